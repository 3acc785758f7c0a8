/** What became of a pull request as a whole since a word was said about it. */
import type { PullMove } from '../../forge.ts';
import { type Asking, saidAt } from './answer.ts';

/** What speaks against carrying a word out as if it were said now. */
export type MovedSince =
  | { readonly because: 'moved-often' | 'was-closed' }
  /** The full ref that it led into. */
  | { readonly because: 'elsewhere'; readonly into: string };

/** null: it is open, and leads where it led when the word was said. */
export function movedSinceSaid(asking: Asking): MovedSince | null {
  const moves = movesSince(asking);
  // Where it led when the word was said cannot be told any more.
  if (moves.some(({ kind }) => kind === 'unlisted')) return { because: 'moved-often' };
  // Whoever opens it again chooses the moment, and whoever wished for it may have forgotten.
  if (moves.some(({ kind }) => kind !== 'aimed')) return { because: 'was-closed' };
  const into = targetsLookedAt(asking, moves).find((each) => each !== asking.pull.baseRef);
  return into === undefined ? null : { because: 'elsewhere', into };
}

/** The forge tells times to the second. */
const TICK_MS = 1_000;
/** A button is dated by our own clock: so far it and the forge's may lie apart. */
const CLOCKS_APART_MS = 60_000;

/** What became of the pull request since the word was said, or may have. */
function movesSince(asking: Asking): readonly PullMove[] {
  return asking.pull.moves.filter(({ at }) => at >= earliestOf(asking));
}

/** When it may have been said at the earliest, by the clock that dated what it is held against. */
export const earliestOf = (asking: Asking): number =>
  saidAt(asking) - (asking.heard.kind === 'button' ? CLOCKS_APART_MS : 0);

/**
 * Into which branches the change may have led when the word was said: where it was aimed elsewhere since, and
 * where a button was pressed beside a verdict. Whoever opened the change may aim it elsewhere the moment somebody
 * asks for its merge.
 */
function targetsLookedAt(asking: Asking, moved: readonly PullMove[]): readonly string[] {
  const { heard, verdicts } = asking;
  const until = earliestOf(asking) + TICK_MS;
  const left = moved
    .flatMap((move) => (move.kind === 'aimed' ? [move] : []))
    .filter(({ at }, place) => place === 0 || at < until)
    .map(({ from }) => `refs/heads/${from}`);
  const beside = verdicts.find(({ id }) => heard.kind === 'button' && id === heard.verdict);
  return beside === undefined ? left : [...left, beside.subject.baseRef];
}
