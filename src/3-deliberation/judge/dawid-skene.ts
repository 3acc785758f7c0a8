/** How right each of several judges is, from their votes alone: one coin a judge (Dawid and Skene). */

/** A judge's vote on one item; null where it abstained. */
export type Vote = 0 | 1 | null;

/** More rounds than any panel of this size needs to settle. */
const ROUNDS_MAX = 100;
const SETTLED = 1e-6;

/**
 * Fits the accuracies by expectation and maximisation, from the majority's word on.
 *
 * @param votes of every item, one a judge, in the judges' order.
 * @param known the true side of items that are anchors; they are never doubted.
 * @returns each judge's accuracy, 0..1 exclusive, and how likely side 1 is the better one of each item.
 */
export function fitAccuracies(
  votes: readonly (readonly Vote[])[],
  known: ReadonlyMap<number, 0 | 1> = new Map(),
): { readonly accuracies: readonly number[]; readonly posteriors: readonly number[] } {
  const judges = Math.max(0, ...votes.map((item) => item.length));
  const anchored = (at: number, otherwise: number) => known.get(at) ?? otherwise;
  let posteriors = votes.map((item, at) => anchored(at, majority(item)));
  let accuracies: readonly number[] = [];
  for (let round = 0; round < ROUNDS_MAX; round += 1) {
    const before = accuracies;
    accuracies = Array.from({ length: judges }, (_, judge) => accuracyOf(judge, votes, posteriors));
    posteriors = votes.map((item, at) => anchored(at, posteriorOf(item, accuracies)));
    const moved = accuracies.map((each, at) => Math.abs(each - (before[at] ?? 1)));
    if (Math.max(0, ...moved) < SETTLED) break;
  }
  return { accuracies, posteriors };
}

function majority(item: readonly Vote[]): number {
  const cast = item.filter((vote) => vote !== null);
  return cast.length === 0 ? 0.5 : cast.filter((vote) => vote === 1).length / cast.length;
}

/** One vote right and one wrong are added, so that nobody is taken for certain. */
function accuracyOf(
  judge: number,
  votes: readonly (readonly Vote[])[],
  posteriors: readonly number[],
): number {
  let [right, total] = [1, 2];
  for (const [at, item] of votes.entries()) {
    const vote = item[judge] ?? null;
    if (vote === null) continue;
    const side1 = posteriors[at] ?? 0.5;
    right += vote === 1 ? side1 : 1 - side1;
    total += 1;
  }
  return right / total;
}

function posteriorOf(item: readonly Vote[], accuracies: readonly number[]): number {
  const odds = item.reduce<number>((sum, vote, judge) => {
    const accuracy = accuracies[judge] ?? 0.5;
    const weight = Math.log(accuracy / (1 - accuracy));
    return vote === null ? sum : sum + (vote === 1 ? weight : -weight);
  }, 0);
  return 1 / (1 + Math.exp(-odds));
}
