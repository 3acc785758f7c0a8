import type { Landing } from '../../4-verdict/landing.ts';
import type { VerdictRecord } from '../../4-verdict/verdict.ts';
import type { RepositoryFault } from '../../ports.ts';
import { type CommitSha, ok, type Result } from '../../primitives.ts';
import type { Landings } from '../git/landings.ts';

/** Commits of the line that landed by one verdict, the newest of which names it. */
export interface Group {
  /** What all of them came on; null where the change does not begin on the line. */
  readonly onto: CommitSha | null;
  /** Places on the line of the others, beside the one that names the verdict. */
  readonly others: readonly number[];
}

/** A change of more commits is landed as one. */
const CHANGE_COMMITS_MAX = 1_000;

/**
 * A head that was fast-forwarded to brings its commits along, down to where the change begins. Where the
 * line does not come to that, the branch was moved to a line of somebody else's.
 */
export function fastForwarded(
  line: readonly Landing[],
  place: number,
  { subject, totals }: VerdictRecord,
): Group {
  const others: number[] = [];
  for (let at = place; at < place + totals.commits; at += 1) {
    if (at !== place) others.push(at);
    const parent = line[at]?.parents[0];
    if (parent === subject.mergeBase) return { onto: parent, others };
    if (parent === undefined) break;
  }
  return { onto: null, others: [] };
}

/**
 * The commits that a rebase wrote anew. Each has to be one of the judged ones: its author, its message,
 * and exactly the tree that picking it again onto the one before gives; one that gives nothing new may be
 * left out. Otherwise what somebody pushed beside the change, and took back before, would be covered by it.
 *
 * @returns null where the landing is no such rebase.
 */
export async function rebased(
  line: readonly Landing[],
  place: number,
  { subject, totals }: VerdictRecord,
  landings: Pick<Landings, 'changeOf' | 'picked'>,
): Promise<Result<Group | null, RepositoryFault>> {
  const last = line[place];
  if (last === undefined || last.parents.length !== 1) return ok(null);
  if (totals.commits < 2 || totals.commits > CHANGE_COMMITS_MAX) return ok(null);
  const change = await landings.changeOf(subject.mergeBase, subject.head, CHANGE_COMMITS_MAX);
  if (!change.ok) return change;
  if (!change.value?.some((commit) => isSame(commit, last))) return ok(null);
  let at = place;
  for (const commit of change.value.toReversed()) {
    const [here, before] = [line[at], line[at + 1]];
    if (here === undefined || before === undefined || here.parents.length !== 1) return ok(null);
    const kept = isSame(commit, here);
    const again = await landings.picked(kept ? before : here, commit);
    if (!again.ok) return again;
    if (again.value !== here.tree) return ok(null);
    if (kept) at += 1;
  }
  const others = Array.from({ length: at - place - 1 }, (_, index) => place + 1 + index);
  return ok({ onto: line[at]?.sha ?? null, others });
}

/** A rebase keeps who wrote a commit, when, and what about, but for the line end that git puts there. */
const isSame = (one: Landing, other: Landing): boolean =>
  one.author === other.author && one.message.trimEnd() === other.message.trimEnd();
