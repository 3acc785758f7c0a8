/**
 * The protocol as a pure function of what was answered so far: it says which calls come next, or what the
 * opinion is. Asking is left to an adapter; replay runs the same function over the record.
 */

import { fail, ok, type Result } from '../../primitives.ts';
import {
  balancedLean,
  concernsAbout,
  type Heard,
  leanOf,
  meanLean,
  rationaleOf,
  weighedLean,
} from './aggregate.ts';
import { type Answer, type AnswerFault, askedOf, readAnswer } from './answer.ts';
import { AGREEING_MIN, RETRIES_MAX, THOUGHT_CHARS_MAX } from './bounds.ts';

import type {
  Abstention,
  Judgement,
  Opinion,
  OptionLogits,
  PlannedCall,
  RecordedCall,
} from './judgement.ts';
import { type Licence, licenceOf } from './licence.ts';
import { unfit } from './unfit.ts';

export type Step =
  | { readonly kind: 'ask'; readonly calls: readonly PlannedCall[] }
  | { readonly kind: 'done'; readonly opinion: Opinion };

/**
 * Round 1: one call in each order, the surest word of each. Round 2: two more in each order, reasoned and
 * sampled. Round 3: another family of models, once in each order.
 *
 * The claims are seen in one order and not in the other, so that agreement across orders is agreement
 * across views as well, and words around a change cannot carry it alone.
 */
const rounds: Readonly<Record<1 | 2 | 3, readonly PlannedCall[]>> = {
  1: [planned(1, '12', 0, 'V1+V2', 1), planned(1, '21', 0, 'V1', 2)],
  2: [
    planned(2, '12', 0, 'V1+V2', 3),
    planned(2, '12', 1, 'V1', 4),
    planned(2, '21', 0, 'V1+V2', 5),
    planned(2, '21', 1, 'V1', 6),
  ],
  3: [planned(3, '12', 0, 'V1+V2', 7), planned(3, '21', 0, 'V1', 8)],
};

const bySlot: ReadonlyMap<string, PlannedCall> = new Map(
  Object.values(rounds).flatMap((calls) => calls.map((call) => [call.slot, call] as const)),
);

/** The call of a slot as the protocol asks it, or null where it asks none such. */
export function plannedCall(slot: string): PlannedCall | null {
  return bySlot.get(slot) ?? null;
}

function planned(
  round: 1 | 2 | 3,
  order: '12' | '21',
  number: number,
  view: PlannedCall['view'],
  seed: number,
): PlannedCall {
  return {
    slot: `${round}.${order}.${number}`,
    retry: false,
    round,
    seat: round === 3 ? 1 : 0,
    order,
    view,
    thinks: round > 1,
    temperature: round === 2 ? 0.6 : 0,
    seed,
  };
}

/** What comes next. Total: a record that no run of this protocol makes is abstained from. */
export function nextStep(judgement: Judgement): Step {
  const done = (because: Abstention): Step => ({
    kind: 'done',
    opinion: { kind: 'abstains', because, calls: judgement.calls.length },
  });
  const [first] = judgement.seats;
  if (judgement.stopped !== null) return done(judgement.stopped);
  if (first === undefined) return done('no-judge');
  if (!judgement.calls.every(({ slot }) => bySlot.has(slot))) return done('unreadable');
  const unseen = unfit(judgement.dossier);
  if (unseen !== null) return done(unseen);
  const licence = licenceOf(first.anchors);
  if (!licence.licensed) return done('unlicensed');
  const heard: Heard[] = [];
  for (const round of [1, 2, 3] as const) {
    const second = round === 3 ? secondLicence(judgement) : null;
    if (round === 3 && second === null) return done(leftOpen(heard));
    const round_ = hearRound(rounds[round], judgement);
    if (round_.kind === 'ask') return round_;
    if (round_.kind === 'abstains') return done(round_.because);
    heard.push(...round_.heard);
    const opinion = decideAfter(round, heard, { judgement, licence, second });
    if (opinion !== null) return { kind: 'done', opinion };
  }
  return done(leftOpen(heard));
}

/** The opinion that a record comes to; a run that was cut off has none. */
export function opinionOf(judgement: Judgement): Opinion {
  const step = nextStep(judgement);
  if (step.kind === 'done') return step.opinion;
  return { kind: 'abstains', because: 'unreadable', calls: judgement.calls.length };
}

type Round =
  | { readonly kind: 'ask'; readonly calls: readonly PlannedCall[] }
  | { readonly kind: 'abstains'; readonly because: Abstention }
  | { readonly kind: 'heard'; readonly heard: readonly Heard[] };

function hearRound(calls: readonly PlannedCall[], judgement: Judgement): Round {
  const readings = calls.map((call) => ({ call, reading: readingOf(call, judgement) }));
  const unasked = readings.filter(({ reading }) => reading === null).map(({ call }) => call);
  if (unasked.length > 0) return { kind: 'ask', calls: unasked };
  const again = readings.filter(
    ({ reading }) => reading?.ok === false && reading.fault === 'again',
  );
  if (again.length > 0) {
    const used = judgement.calls.filter(({ retry }) => retry).length;
    if (used + again.length > RETRIES_MAX) return { kind: 'abstains', because: 'invalid-answer' };
    return { kind: 'ask', calls: again.map(({ call }) => ({ ...call, retry: true })) };
  }
  const heard: Heard[] = [];
  for (const { reading } of readings) {
    if (reading === null || !reading.ok)
      return {
        kind: 'abstains',
        because: reading === null || reading.fault === 'again' ? 'invalid-answer' : reading.fault,
      };
    if (reading.value.answer.instructions !== 'no')
      return { kind: 'abstains', because: 'instructions-found' };
    heard.push(reading.value);
  }
  return { kind: 'heard', heard };
}

/** The last answer to a call: null where it was not asked, `again` where it may be asked once more. */
function readingOf(
  call: PlannedCall,
  judgement: Judgement,
): Result<Heard, Abstention | 'again'> | null {
  const given = judgement.calls.filter(({ slot }) => slot === call.slot);
  const [first, second, ...more] = given;
  if (first === undefined) return null;
  if (more.length > 0 || first.retry || second?.retry === false) return fail('unreadable');
  const last = second ?? first;
  if (typeof last.answer === 'string') return fail(last.answer);
  const read = readCall(call, last, judgement);
  if (read.ok) return ok({ call, answer: read.value, logits: last.answer.optionLogits });
  return fail(second === undefined ? 'again' : 'invalid-answer');
}

/** One recorded call held against its schema, its dossier and its own numbers. */
export function readCall(
  call: Pick<PlannedCall, 'order' | 'temperature'>,
  { answer, thought }: RecordedCall,
  { dossier, rubric }: Pick<Judgement, 'dossier' | 'rubric'>,
): Result<Answer, AnswerFault | 'logits-unreadable' | 'silent'> {
  if (typeof answer === 'string') return fail('silent');
  if (thought !== null && thought.text.length > THOUGHT_CHARS_MAX) return fail('outside-schema');
  const read = readAnswer(
    answer.text,
    askedOf(
      dossier,
      rubric.map(({ id }) => id),
      call.order,
    ),
  );
  if (!read.ok) return read;
  return agreesWith(answer.optionLogits, read.value, call.temperature)
    ? read
    : fail('logits-unreadable');
}

/** Numbers that are numbers; where nothing was sampled, the surest word is the one that was said. */
function agreesWith(logits: OptionLogits | null, { better }: Answer, temperature: number): boolean {
  if (logits === null) return true;
  if (!(['1', '2', 'tie', 'insufficient'] as const).every((word) => Number.isFinite(logits[word])))
    return false;
  if (temperature > 0) return true;
  return logits[better] >= Math.max(logits['1'], logits['2'], logits.tie, logits.insufficient);
}

type Licensed = Extract<Licence, { licensed: true }>;

function secondLicence({ seats }: Judgement): Licensed | null {
  const [first, second] = seats;
  if (second === undefined || second.model.family === first?.model.family) return null;
  const licence = licenceOf(second.anchors);
  return licence.licensed ? licence : null;
}

interface Grounds {
  readonly judgement: Judgement;
  readonly licence: Licensed;
  readonly second: Licensed | null;
}

/** The opinion after a round, or null where it takes another. */
function decideAfter(round: 1 | 2 | 3, heard: readonly Heard[], grounds: Grounds): Opinion | null {
  const { licence, second } = grounds;
  const own = heard.filter(({ call }) => call.seat === 0);
  const lean = balancedLean(own);
  if (round === 1 && own.every(({ answer }) => answer.better === 'tie'))
    return opinion('tie', lean, heard, grounds);
  if (round === 1)
    return agree(own, lean, licence.lambda) ? opinion(sideOf(lean), lean, heard, grounds) : null;
  if (viewsDiffer(own)) return abstained('views-differ', grounds);
  if (round === 2) {
    const agreeing = own.filter((each) => leanOf(each) * lean > 0).length;
    const holds = agreeing >= AGREEING_MIN && ordersAgree(own) && Math.abs(lean) >= licence.lambda;
    return holds ? opinion(sideOf(lean), lean, heard, grounds) : null;
  }
  if (second === null) return null;
  const others = heard.filter(({ call }) => call.seat === 1);
  const theirs = balancedLean(others);
  const both = weighedLean([
    { lean, weight: licence.weight },
    { lean: theirs, weight: second.weight },
  ]);
  const lambda = Math.max(licence.lambda, second.lambda);
  const holds =
    ordersAgree(others) && ordersAgree(own) && theirs * lean > 0 && Math.abs(both) >= lambda;
  return holds
    ? opinion(sideOf(both), both, heard, { ...grounds, licence: { ...licence, lambda } })
    : null;
}

const sideOf = (lean: number): 0 | 1 => (lean > 0 ? 0 : 1);

const agree = (heard: readonly Heard[], lean: number, lambda: number): boolean =>
  ordersAgree(heard) && Math.abs(lean) >= lambda;

/** Both orders lean the same way; no lean agrees with nothing. */
function ordersAgree(heard: readonly Heard[]): boolean {
  return meanLean(heard, '12') * meanLean(heard, '21') > 0;
}

/** What the code says and what its author says of it point to different sides. */
function viewsDiffer(heard: readonly Heard[]): boolean {
  const of = (view: PlannedCall['view']) =>
    balancedLean(heard.filter(({ call }) => call.view === view && call.round === 2));
  return of('V1') * of('V1+V2') < 0;
}

const leftOpen = (heard: readonly Heard[]): Abstention =>
  viewsDiffer(heard) ? 'views-differ' : 'orders-disagree';

const abstained = (because: Abstention, { judgement }: Grounds): Opinion => ({
  kind: 'abstains',
  because,
  calls: judgement.calls.length,
});

function opinion(
  better: 0 | 1 | 'tie',
  lean: number,
  heard: readonly Heard[],
  { judgement, licence }: Grounds,
): Opinion {
  const siding = heard.filter((each) =>
    better === 'tie'
      ? each.answer.better === 'tie'
      : leanOf(each) !== 0 && sideOf(leanOf(each)) === better,
  );
  return {
    kind: 'decides',
    better,
    lean,
    lambda: licence.lambda,
    concerns: better === 'tie' ? [] : concernsAbout(better === 0 ? 1 : 0, siding, judgement.rubric),
    rationale: [rationaleOf(0, heard, judgement.rubric), rationaleOf(1, heard, judgement.rubric)],
    agreeing: siding.length,
    calls: judgement.calls.length,
  };
}
