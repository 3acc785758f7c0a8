/** From single answers to one lean. Leans are log-odds toward the dossier's side 0. */

import type { Answer } from './answer.ts';
import { LEAN_MAX, VOTE_LEAN } from './bounds.ts';
import type { Check, Concern, OptionLogits, PlannedCall } from './judgement.ts';

/** One valid answer, and the call that it answers. */
export interface Heard {
  readonly call: Pick<PlannedCall, 'order' | 'view' | 'seat' | 'round'>;
  readonly answer: Answer;
  readonly logits: OptionLogits | null;
}

/**
 * How far an answer leans to side 0: the difference of what the model gave both places, bounded, or a
 * fixed vote where it gave no probabilities. Undecided leans nowhere.
 */
export function leanOf({ call, answer, logits }: Heard): number {
  if (answer.better !== '1' && answer.better !== '2') return 0;
  const vote = answer.better === '1' ? VOTE_LEAN : -VOTE_LEAN;
  const given = logits === null ? vote : logits['1'] - logits['2'];
  const towardFirst = Math.min(LEAN_MAX, Math.max(-LEAN_MAX, given));
  return (call.order === '12' ? towardFirst : -towardFirst) + 0;
}

/** The mean over both orders, each order counting the same: a bias toward a place, where it is additive, cancels. */
export function balancedLean(heard: readonly Heard[]): number {
  return (meanLean(heard, '12') + meanLean(heard, '21')) / 2;
}

export function meanLean(heard: readonly Heard[], order: '12' | '21'): number {
  const leans = heard.filter(({ call }) => call.order === order).map(leanOf);
  return leans.length === 0 ? 0 : leans.reduce((sum, lean) => sum + lean, 0) / leans.length;
}

/** Several judges' leans, each weighed by what it got right. */
export function weighedLean(
  judges: readonly { readonly lean: number; readonly weight: number }[],
): number {
  const weights = judges.reduce((sum, { weight }) => sum + weight, 0);
  if (!(weights > 0)) return 0;
  return judges.reduce((sum, { lean, weight }) => sum + lean * weight, 0) / weights;
}

/**
 * What is held against a side: checks of the verdict that answers of both orders deny it, each of them
 * with a fact or a quote of that side.
 */
export function concernsAbout(
  side: 0 | 1,
  heard: readonly Heard[],
  rubric: readonly Check[],
): readonly Concern[] {
  const deciding = rubric.filter(({ informs }) => informs === 'verdict');
  return deciding.flatMap(({ id }) => {
    const denials = heard.flatMap((each) => denialOf(id, side, each) ?? []);
    if (new Set(denials.map(({ order }) => order)).size < 2) return [];
    return [
      {
        check: id,
        facts: uniqueSorted(denials.flatMap(({ facts }) => facts)),
        quotes: uniqueSorted(denials.flatMap(({ quotes }) => quotes)).slice(0, 4),
      },
    ];
  });
}

function denialOf(id: string, side: 0 | 1, { call, answer }: Heard) {
  const place = placeOf(side, call.order);
  const check = answer.checks.find((each) => each.id === id);
  if (check === undefined || check[place === 1 ? 'c1' : 'c2'] !== 'no') return null;
  const quotes = answer.quotes.filter(({ cand }) => cand === place).map(({ text }) => text);
  if (check.cite.length === 0 && quotes.length === 0) return null;
  return { order: call.order, facts: check.cite, quotes };
}

/** The share of the rationale's checks that a side meets, over the calls that saw its claims. */
export function rationaleOf(
  side: 0 | 1,
  heard: readonly Heard[],
  rubric: readonly Check[],
): number | null {
  const ids = rubric.filter(({ informs }) => informs === 'rationale').map(({ id }) => id);
  const worth = { yes: 1, unclear: 0.5, no: 0 } as const;
  const replies = heard
    .filter(({ call }) => call.view === 'V1+V2')
    .flatMap(({ call, answer }) =>
      answer.checks
        .filter(({ id }) => ids.includes(id))
        .map((check) => worth[check[placeOf(side, call.order) === 1 ? 'c1' : 'c2']]),
    );
  if (replies.length === 0) return null;
  return replies.reduce<number>((sum, reply) => sum + reply, 0) / replies.length;
}

const placeOf = (side: 0 | 1, order: '12' | '21'): 1 | 2 =>
  (side === 0) === (order === '12') ? 1 : 2;

const uniqueSorted = (texts: readonly string[]): readonly string[] =>
  [...new Set(texts)].toSorted();
