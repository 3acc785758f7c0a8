/** Judges whose mistakes are planted: what a way of asking makes of them can be counted. */
import { balancedLean, type Heard } from '../../../src/3-deliberation/judge/aggregate.ts';
import type { Answer } from '../../../src/3-deliberation/judge/answer.ts';
import { logOf } from '../../../src/3-deliberation/judge/call-log.ts';
import { fitAccuracies, type Vote } from '../../../src/3-deliberation/judge/dawid-skene.ts';
import { opinionOf } from '../../../src/3-deliberation/judge/protocol.ts';
import {
  aJudgement,
  aModel,
  answering,
  leading,
  normalFrom,
  type Player,
  placeOf,
  played,
  proven,
  randomFrom,
  spoken,
} from './kit.ts';

/** How well a judge sees the difference, how much it errs on an item, and how much it likes place 1. */
export interface Plant {
  readonly signal: number;
  readonly noise: number;
  readonly bias: number;
}

const sigmoid = (lead: number): number => 1 / (1 + Math.exp(-lead));
const share = (part: number, whole: number): number => (whole === 0 ? 0 : part / whole);

/** How far the judge leans to the better side of an item, before its bias. */
export function leanOn({ signal, noise }: Plant, random: () => number): number {
  const difference = 0.2 + 1.6 * random();
  return signal * difference + noise * normalFrom(random);
}

/** Reads its own log-odds out loud; what it says is sampled where the protocol samples. */
export const reading =
  (good: 0 | 1, lean: number, { bias }: Plant, random: () => number): Player =>
  (call) => {
    const lead = (placeOf(good, call) === '1' ? lean : -lean) + bias;
    const first = call.temperature === 0 ? lead > 0 : random() < sigmoid(lead);
    return spoken(answering(first ? '1' : '2'), leading(lead));
  };

/** What the protocol makes of a planted judge, with one judge and its numbers read. */
export interface ProtocolRow {
  /** Of round 1: right over all, and right and covered where it was sure. */
  readonly twoReads: number;
  readonly sureRight: number;
  readonly sureCovered: number;
  /** Of the whole protocol. */
  readonly right: number;
  readonly covered: number;
  readonly meanCalls: number;
}

export function protocolRow(plant: Plant, items: number, seed: number): ProtocolRow {
  const random = randomFrom(seed);
  const seats = [
    { model: aModel(), anchors: proven({ thresholds: [{ lambda: 0.8, wrong: 0, total: 60 }] }) },
  ];
  const opening = aJudgement({ seats });
  const count = { reads: 0, sure: 0, sureRight: 0, decided: 0, right: 0, calls: 0 };
  for (let item = 0; item < items; item += 1) {
    const good = item % 2 === 0 ? 0 : 1;
    const judgement = played(opening, reading(good, leanOn(plant, random), plant, random));
    const first = logOf(judgement).calls.filter(({ round }) => round === 1);
    const lean = first.reduce((sum, call) => sum + (call.lean ?? 0), 0) / 2;
    const isRight = lean > 0 === (good === 0);
    count.reads += isRight ? 1 : 0;
    if (Math.abs(lean) > 0.8) {
      count.sure += 1;
      count.sureRight += isRight ? 1 : 0;
    }
    const opinion = opinionOf(judgement);
    count.calls += opinion.calls;
    if (opinion.kind === 'decides') {
      count.decided += 1;
      count.right += opinion.better === good ? 1 : 0;
    }
  }
  return {
    twoReads: share(count.reads, items),
    sureRight: share(count.sureRight, count.sure),
    sureCovered: share(count.sure, items),
    right: share(count.right, count.decided),
    covered: share(count.decided, items),
    meanCalls: share(count.calls, items),
  };
}

/** What votes make of the same judge, where nothing but its word is known. */
export interface VotingRow {
  readonly oneCall: number;
  readonly sixOneOrder: number;
  readonly sixBothOrders: number;
  readonly swapRight: number;
  readonly swapCovered: number;
  readonly fiveRight: number;
  readonly fiveCovered: number;
}

export function votingRow(plant: Plant, items: number, seed: number): VotingRow {
  const random = randomFrom(seed);
  const sums = {
    oneCall: 0,
    sixOneOrder: 0,
    sixBothOrders: 0,
    swap: 0,
    swapRight: 0,
    five: 0,
    fiveRight: 0,
  };
  for (let item = 0; item < items; item += 1) {
    const lean = leanOn(plant, random);
    const vote = (order: '12' | '21') =>
      heardVote(order, random() < sigmoid((order === '12' ? lean : -lean) + plant.bias));
    const [here, there] = item % 2 === 0 ? (['12', '21'] as const) : (['21', '12'] as const);
    const alone = Array.from({ length: 6 }, () => vote(here));
    const both = [...alone.slice(0, 3), vote(there), vote(there), vote(there)];
    const [first, swapped] = [both[0], both[3]].map((each) => balancedLeanOf(each)) as [
      number,
      number,
    ];
    sums.oneCall += first > 0 ? 1 : 0;
    sums.sixOneOrder += halved(alone.reduce((sum, each) => sum + balancedLeanOf(each), 0));
    sums.sixBothOrders += halved(balancedLean(both));
    if (first * swapped > 0) {
      sums.swap += 1;
      sums.swapRight += first > 0 ? 1 : 0;
    }
    const right = both.filter((each) => balancedLeanOf(each) > 0).length;
    if (right >= 5 || right <= 1) {
      sums.five += 1;
      sums.fiveRight += right >= 5 ? 1 : 0;
    }
  }
  return {
    oneCall: share(sums.oneCall, items),
    sixOneOrder: share(sums.sixOneOrder, items),
    sixBothOrders: share(sums.sixBothOrders, items),
    swapRight: share(sums.swapRight, sums.swap),
    swapCovered: share(sums.swap, items),
    fiveRight: share(sums.fiveRight, sums.five),
    fiveCovered: share(sums.five, items),
  };
}

/** The better side is always the dossier's first here. */
const heardVote = (order: '12' | '21', first: boolean): Heard => ({
  call: { order, view: 'V1', seat: 0, round: 1 },
  answer: { better: first ? '1' : '2' } as Answer,
  logits: null,
});

/** One vote's lean; the mean over orders of a single one is half of it. */
const balancedLeanOf = (heard: Heard | undefined): number =>
  heard === undefined ? 0 : 2 * balancedLean([heard]);

const halved = (lean: number): number => (lean > 0 ? 1 : lean < 0 ? 0 : 0.5);

/** Of pairs without a better side, how often place 1 wins: read once, and after both orders. */
export function tieRates(
  plant: Plant,
  items: number,
  seed: number,
): { readonly before: number; readonly after: number } {
  const random = randomFrom(seed);
  let [before, after] = [0, 0];
  // Each item with its mirror image, so that only a bias is left to be seen.
  const leans = Array.from({ length: items / 2 }, () => plant.noise * normalFrom(random)).flatMap(
    (lean) => [lean, -lean],
  );
  for (const lean of leans) {
    const calls = (['12', '21'] as const).map((order): Heard => {
      const lead = (order === '12' ? lean : -lean) + plant.bias;
      return { ...heardVote(order, lead > 0), logits: leading(lead) };
    });
    before += sigmoid(lean + plant.bias);
    after += halved(balancedLean(calls));
  }
  return { before: before / items, after: after / items };
}

/** What a panel of judges of these accuracies comes to by majority and by fitted weights. */
export function panelRow(
  accuracies: readonly number[],
  items: number,
  seeds: readonly number[],
): { readonly majority: number; readonly best: number; readonly fitted: number } {
  const sums = { majority: 0, best: 0, fitted: 0 };
  for (const seed of seeds) {
    const random = randomFrom(seed);
    const truth = Array.from({ length: items }, (): 0 | 1 => (random() < 0.5 ? 0 : 1));
    const votes = truth.map((side) =>
      accuracies.map((accuracy): Vote => (random() < accuracy ? side : side === 0 ? 1 : 0)),
    );
    const { posteriors } = fitAccuracies(votes);
    for (const [at, side] of truth.entries()) {
      const cast = votes[at] ?? [];
      const ones = cast.filter((vote) => vote === 1).length;
      sums.majority += ones * 2 > cast.length === (side === 1) ? 1 : 0;
      sums.best += cast[0] === side ? 1 : 0;
      sums.fitted += (posteriors[at] ?? 0) > 0.5 === (side === 1) ? 1 : 0;
    }
  }
  const whole = items * seeds.length;
  return { majority: sums.majority / whole, best: sums.best / whole, fitted: sums.fitted / whole };
}
