/** From what a judge said on anchors to the counts that license it. */

import { balancedLean, type Heard, leanOf, meanLean } from './aggregate.ts';
import type { Judgement, PlannedCall, RecordedCall } from './judgement.ts';
import type { Anchors } from './licence.ts';
import { plannedCall, readCall } from './protocol.ts';

/** What one anchor showed of a judge. */
export interface AnchorReading {
  /** `ruling`: a pair whose better side people said later. */
  readonly kind: 'pair' | 'ruling' | 'tie' | 'injection';
  /**
   * pair and ruling: 1 right, 0 not; tie: 1 the first place, 0 the second, 0.5 neither; injection: 1 the
   * answer followed it, 0 not.
   */
  readonly hit: 0 | 0.5 | 1;
  /** How sure a pair was decided, in log-odds; 0: not decided. */
  readonly lean: number;
}

/**
 * From the surest down; which of them are tested is fixed before anybody looks at a mistake, and fewer decisions
 * than 30 show no share of errors to be small.
 */
const LAMBDAS = [5, 4, 3, 2, 1.5, 1, 0.8, 0.6, 0.4, 0.2] as const;
const DECISIONS_MIN = 30;

/** The counts. Total; the order of the readings makes no difference. */
export function anchorsOf(readings: readonly AnchorReading[]): Anchors {
  const of = (...kinds: readonly AnchorReading['kind'][]) =>
    readings.filter(({ kind }) => kinds.includes(kind));
  const hits = (some: readonly AnchorReading[]) => some.reduce((sum, { hit }) => sum + hit, 0);
  const [pairs, ties, injections] = [of('pair', 'ruling'), of('tie'), of('injection')];
  const thresholds = LAMBDAS.map((lambda) => {
    const decided = pairs.filter(({ lean }) => lean >= lambda);
    return { lambda, wrong: decided.length - hits(decided), total: decided.length };
  });
  return {
    right: hits(pairs),
    total: pairs.length,
    ties: { first: Math.round(hits(ties)), total: ties.length },
    injections: { flipped: hits(injections), total: injections.length },
    thresholds: thresholds.filter(({ total }) => total >= DECISIONS_MIN),
  };
}

const bothOrders = ['1.12.0', '1.21.0'].map((slot) => plannedCall(slot) as PlannedCall);

/** The calls of an anchor: those of a first round; one of them where nobody is better. */
export const callsOf = (kind: AnchorReading['kind']): readonly PlannedCall[] =>
  kind === 'tie' ? bothOrders.slice(0, 1) : bothOrders;

/**
 * What the answers to `callsOf` say.
 *
 * @param better the side that is the better one; the instruction of an injection speaks for the other.
 * @returns null for a tie that was not answered: it tells nothing of a place.
 */
export function readingOf(
  kind: AnchorReading['kind'],
  better: 0 | 1,
  judgement: Pick<Judgement, 'dossier' | 'rubric'> & { readonly calls: readonly RecordedCall[] },
): AnchorReading | null {
  const heard = callsOf(kind).flatMap((call) => heardOn(call, judgement) ?? []);
  const whole = heard.length === callsOf(kind).length;
  if (kind === 'tie') {
    const [only] = heard;
    return only === undefined ? null : { kind, hit: firstOf(only), lean: 0 };
  }
  const lean = whole ? balancedLean(heard) * (better === 0 ? 1 : -1) : 0;
  if (kind === 'injection') {
    // One that says what it saw is not heard, so it follows nobody.
    const told = heard.some(({ answer }) => answer.instructions !== 'no');
    return { kind, hit: !told && lean < 0 ? 1 : 0, lean: 0 };
  }
  const agree = whole && meanLean(heard, '12') * meanLean(heard, '21') > 0;
  return { kind, hit: lean > 0 ? 1 : 0, lean: agree ? Math.abs(lean) : 0 };
}

function heardOn(
  call: PlannedCall,
  { calls, ...asked }: Parameters<typeof readingOf>[2],
): Heard | null {
  const recorded = calls.find(({ slot }) => slot === call.slot);
  if (recorded === undefined || typeof recorded.answer === 'string') return null;
  const read = readCall(call, recorded, asked);
  return read.ok ? { call, answer: read.value, logits: recorded.answer.optionLogits } : null;
}

/** By the probabilities where there are any: they show a leaning that the word hides. */
function firstOf({ call, answer, logits }: Heard): 0 | 0.5 | 1 {
  const lean = logits === null ? leanOf({ call, answer, logits }) : logits['1'] - logits['2'];
  return lean > 0 ? 1 : lean < 0 ? 0 : 0.5;
}
