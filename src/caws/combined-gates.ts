/** The gates of two policies: all of both, and where both ask the same question, the stricter. */

import type { Gate } from './generated/policy.js';
import type { EffectivePolicy } from './policy-completion.ts';
import { isExamined } from './policy-gates.ts';
import {
  bothAllow,
  bothApprove,
  freeId,
  largest,
  type Rule,
  sameValue,
  smallest,
  strictestOf,
} from './stricter.ts';

interface Sides {
  readonly own: EffectivePolicy;
  readonly theirs: EffectivePolicy;
}

/**
 * Of two gates that ask the same. Who answers and what is measured are the question itself; `enabled` has
 * become a mode by now.
 */
export const combiningGate: { readonly [Key in keyof Gate]-?: Rule<NonNullable<Gate[Key]>, Gate> } =
  {
    enabled: () => undefined,
    mode: strictestOf('skip', 'warn', 'block'),
    description: (own, theirs) => own ?? theirs,
    // A cache eases, so it is kept as both have written it.
    answer: (own, theirs) => withCaches(own, bothCache(own, theirs)),
    measures: (own) => own,
    // Of security a minimum is what is allowed, and none allows nothing.
    minimum: (own, theirs, sides) =>
      sides.own.measures === 'security' ? Math.min(own ?? 0, theirs ?? 0) : largest(own, theirs),
    timeout_seconds: smallest,
    waivable: bothAllow,
    approvers: bothApprove,
    min_approvers: largest,
    max_waiver_days: smallest,
    min_trust: strictestOf('local', 'check', 'runner'),
  };

/**
 * Every gate of both. Where the two differ in who answers a gate or what it measures, both are asked: the
 * owner's under a name of its own.
 */
export function combineGates(sides: Sides): Readonly<Record<string, Gate>> {
  const gates: Record<string, Gate> = Object.create(null);
  for (const id of idsOf(sides)) {
    const pair = pairOf(id, sides);
    gates[id] = isSameQuestion(pair) || isExamined(id) ? combineGate(pair, sides) : pair.own;
  }
  for (const [id, of] of besides(sides.own, sides.theirs)) {
    const gate = sides.theirs.gates[of];
    if (gate !== undefined) gates[id] = gate;
  }
  return gates;
}

/** The owner's gates that stand beside one of the repository's: the name of each, and the name it has there. */
export function besides(
  own: EffectivePolicy,
  theirs: EffectivePolicy,
): ReadonlyMap<string, string> {
  const sides = { own, theirs };
  const taken = new Set(idsOf(sides));
  return new Map(
    idsOf(sides)
      .filter(
        (id) => theirs.gates[id]?.answer?.by !== 'arbiter' && !isSameQuestion(pairOf(id, sides)),
      )
      .map((id) => [freeId(id, taken), id]),
  );
}

const idsOf = ({ own, theirs }: Sides): readonly string[] => [
  ...new Set([...Object.keys(own.gates), ...Object.keys(theirs.gates)]),
];

interface Pair {
  readonly own: Gate;
  readonly theirs: Gate;
}

/**
 * Who does not name a gate asks nothing there. A gate of the arbiter's own is there all the same, and
 * holds changes up unless a policy says otherwise.
 */
function pairOf(id: string, { own, theirs }: Sides): Pair {
  const here = ownGate(own, id);
  const there = ownGate(theirs, id);
  const other = (here ?? there) as Gate;
  return {
    own: here ?? (isExamined(id) ? unnamed(own) : other),
    theirs: there ?? (isExamined(id) ? unnamed(theirs) : other),
  };
}

const ownGate = ({ gates }: EffectivePolicy, id: string): Gate | undefined =>
  Object.hasOwn(gates, id) ? gates[id] : undefined;

function unnamed({ waivers = {} }: EffectivePolicy): Gate {
  return {
    mode: 'block',
    description: '',
    answer: { by: 'arbiter' },
    waivable: true,
    approvers: [],
    min_approvers: waivers.min_approvers ?? 1,
    max_waiver_days: waivers.max_duration_days ?? 1,
  };
}

function isSameQuestion({ own, theirs }: Pair): boolean {
  if (asksNothing(own) || asksNothing(theirs)) return true;
  const [asked, other] = [own, theirs].map(({ answer }) => withCaches(answer, []));
  return sameValue(asked, other) && own.measures === theirs.measures;
}

/** What is kept between runs is no part of what is asked. */
function withCaches(answer: Gate['answer'], caches: Caches): Gate['answer'] {
  if (answer?.by !== 'command') return answer;
  const { caches: _, ...asked } = answer;
  return caches.length > 0 ? { ...asked, caches } : asked;
}

type Caches = NonNullable<Extract<Gate['answer'], { by: 'command' }>['caches']>;

function bothCache(own: Gate['answer'], theirs: Gate['answer']): Caches {
  const [here, there] = [own, theirs].map((answer) =>
    answer?.by === 'command' ? (answer.caches ?? []) : [],
  );
  return (here ?? []).filter((one) => there?.some((other) => sameValue(one, other)));
}

/** Skipped, or of an older dialect and answered by nobody. */
const asksNothing = ({ mode, answer }: Gate): boolean => mode === 'skip' || answer === undefined;

function combineGate(pair: Pair, sides: Sides): Gate {
  const { own, theirs } = pair;
  if (own === theirs || asksNothing(theirs)) return own;
  if (asksNothing(own)) return theirs;
  const combined: Record<string, unknown> = Object.create(null);
  for (const [key, rule] of Object.entries(combiningGate)) {
    const [one, other] = [own, theirs].map((gate) => gate[key as keyof Gate]);
    const value = (rule as Rule<unknown, Gate>)(one, other, pair);
    if (value !== undefined) combined[key] = value;
  }
  return { ...combined, approvers: approversOf(pair, sides) };
}

/** A gate without approvers of its own has the policy's, which both combine; one with some has both's. */
function approversOf({ own, theirs }: Pair, sides: Sides): string[] {
  const lists = [own.approvers ?? [], theirs.approvers ?? []] as const;
  if (lists.every((list) => list.length === 0)) return [];
  const named = (list: string[], { waivers = {} }: EffectivePolicy) =>
    list.length > 0 ? list : (waivers.approvers ?? []);
  return bothApprove(named(lists[0], sides.own), named(lists[1], sides.theirs));
}
