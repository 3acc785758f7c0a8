import { measureBounds } from '../../1-pleading/bounds.ts';
import { type LoggedCommit, readHistory } from '../../1-pleading/history-reader.ts';
import type { RepositoryFault } from '../../ports.ts';
import { type CommitSha, fail, ok, type Result } from '../../primitives.ts';
import { faultOf } from './faults.ts';
import { triedAgain } from './octopus.ts';
import { streamGit } from './process.ts';
import type { Workplace } from './workplace.ts';

/** How a commit is shown: whole, nothing of it checked or decorated. */
export const SHOWN = [
  '-z',
  '--format=raw',
  '--encoding=UTF-8',
  '--no-color',
  '--no-decorate',
  '--no-notes',
  '--no-mailmap',
  '--no-show-signature',
  '--no-abbrev',
  '--no-ext-diff',
  '--no-textconv',
  '-M50%',
  '-l1000',
  '--ignore-submodules=none',
];

/** A commit with sums that git was asked for. */
export interface MeasuredApart extends LoggedCommit {
  /** A merge that could not be tried again: its sums are those of its largest difference from a parent. */
  readonly untried?: true;
}

type Apart = Result<readonly MeasuredApart[], RepositoryFault>;

/**
 * Asks git for the sums of merges and of `others`. Merges are tried again and compared: those of two parents
 * by git at once, those of more by `triedAgain`.
 *
 * Each is shown by itself: a walk that shows merges in reverse order gives wrong differences (git 2.39).
 */
export async function measureApart(
  commits: readonly LoggedCommit[],
  others: readonly LoggedCommit[],
  place: Workplace,
): Promise<Result<ReadonlyMap<CommitSha, MeasuredApart>, RepositoryFault>> {
  const pairs = commits.filter((commit) => commit.parents.length === 2);
  const octopuses = commits.filter((commit) => commit.parents.length > 2);
  const measured = await Promise.all([
    showCommits(shasOf(pairs), '--remerge-diff', place),
    measureOctopuses(octopuses, place),
    showCommits(shasOf(others), '--diff-merges=off', place),
  ]);
  const merges = new Map<CommitSha, MeasuredApart>();
  for (const result of measured) {
    if (!result.ok) return result;
    for (const commit of result.value) merges.set(commit.sha, commit);
  }
  return ok(merges);
}

const shasOf = (commits: readonly LoggedCommit[]) => commits.map(({ sha }) => sha);

async function measureOctopuses(
  octopuses: readonly LoggedCommit[],
  place: Workplace,
): Promise<Apart> {
  if (octopuses.length === 0) return ok([]);
  const tried = await triedAgain(octopuses, place);
  if (!tried.ok) return tried;
  const standIns = [...tried.value.values()].filter((standIn) => standIn !== null);
  const untried = shasOf(octopuses).filter((sha) => !tried.value.get(sha));
  const [retried, whole] = await Promise.all([
    showCommits(standIns, '--diff-merges=off', place),
    showCommits(untried, '--diff-merges=separate', place),
  ]);
  if (!retried.ok) return retried;
  if (!whole.ok) return whole;
  return ok(
    octopuses.map((merge) => {
      const standIn = tried.value.get(merge.sha);
      const shown = retried.value.find(({ sha }) => sha === standIn);
      if (shown !== undefined) return { ...shown, sha: merge.sha, parents: merge.parents };
      return { ...largestOf(merge, whole.value), untried: true };
    }),
  );
}

/** What differs in nothing from any parent is still a merge that nobody can make again: it counts as one line. */
function largestOf(merge: LoggedCommit, differences: readonly LoggedCommit[]): LoggedCommit {
  const size = ({ added, deleted, lineless }: LoggedCommit) => added + deleted + lineless;
  const [largest = merge] = differences
    .filter(({ sha }) => sha === merge.sha)
    .toSorted((one, other) => size(other) - size(one));
  return size(largest) > 0 ? largest : { ...largest, lineless: 1 };
}

async function showCommits(
  shas: readonly CommitSha[],
  against: '--remerge-diff' | '--diff-merges=separate' | '--diff-merges=off',
  place: Workplace,
): Promise<Apart> {
  if (shas.length === 0) return ok([]);
  const reader = readHistory();
  const end = await streamGit(
    {
      args: ['log', '--no-walk=unsorted', '--stdin', against, '--numstat', ...SHOWN],
      env: place.env,
      signal: place.signal,
      input: shas.map((sha) => `${sha}\n`).join(''),
      limitMs: place.limitMs,
      bytesMax: measureBounds.historyBytesMax,
    },
    (chunk) => {
      reader.push(chunk);
      return undefined;
    },
  );
  if (end.code === 0 && reader.end()) return ok(reader.commits);
  return fail(faultOf(end, { doing: 'reading the history', ...place }));
}
