import type { Change, CommitMeasure, FileChange } from '../1-pleading/change.ts';
import { pathLeft } from '../1-pleading/spec-scope.ts';
import type { Finding, Quantity } from '../caws/findings.ts';
import type { Policy } from '../caws/policy.ts';
import { byText, finding, spotAt } from './finding.ts';
import { touchedPath, type Yardsticks } from './yardsticks.ts';

/** What the net difference is charged with: the tier's budget, and the files left out of it. */
interface Charged {
  readonly net: { readonly files: number; readonly lines: number };
  readonly excluded: readonly FileChange[];
}

/**
 * What the commits hold beside their net difference. Merging keeps every commit unless it squashes,
 * so lines that come and go again, paths touched on the way and a merge's own edits are all looked at.
 */
export function examineHistory(
  change: Change,
  policy: Policy,
  yardsticks: Yardsticks,
  charged: Charged,
): readonly Finding[] {
  const { commits } = change;
  const netPaths = pathsOf(change.files);
  return [
    ...forgedVerdicts(commits),
    ...evilMerges(commits),
    ...signatures(commits, policy),
    ...netZero(change, policy, yardsticks, netPaths),
    ...(policy.history === 'each-commit'
      ? [
          ...commitBudgets(commits, policy, yardsticks, charged),
          ...churn(change, yardsticks),
          ...pathsOnTheWay(change, yardsticks, netPaths),
        ]
      : []),
  ];
}

/** A verdict is announced by the arbiter after it was recorded; a commit that brings one forged it. */
function forgedVerdicts(commits: readonly CommitMeasure[]): readonly Finding[] {
  const forged = commits.filter(({ verdictTrailers }) => verdictTrailers.length > 0);
  if (forged.length === 0) return [];
  return [
    finding('history.forged-verdict', {
      detail: {
        commits: forged.length,
        commit: first(forged),
        trailer: forged[0]?.verdictTrailers[0] ?? '',
      },
    }),
  ];
}

function evilMerges(commits: readonly CommitMeasure[]): readonly Finding[] {
  const own = commits.filter(({ mergeOwnLines }) => !(mergeOwnLines <= 0));
  if (own.length === 0) return [];
  const untried = own.filter(({ mergeUntried }) => mergeUntried === true).length;
  return [
    finding('history.evil-merge', {
      measured: quantity(sum(own.map(({ mergeOwnLines }) => mergeOwnLines)), 'lines'),
      limit: quantity(0, 'lines'),
      detail: { commits: own.length, commit: first(own), ...(untried > 0 ? { untried } : {}) },
    }),
  ];
}

function signatures(commits: readonly CommitMeasure[], policy: Policy): readonly Finding[] {
  if (!policy.editRules.requireSignedCommits) return [];
  const bad = commits.filter(({ signature }) => signature.state === 'bad');
  const unproven = commits.filter(
    ({ signature }) => signature.state !== 'good' && signature.state !== 'bad',
  );
  const counted = (all: readonly CommitMeasure[]) => ({
    detail: {
      commits: all.length,
      commit: first(all),
      because: all[0]?.signature.state ?? 'no commits',
    },
  });
  return [
    ...(bad.length === 0 ? [] : [finding('history.signature-bad', counted(bad))]),
    // Without a commit there is no signature either, and nothing was established.
    ...(unproven.length === 0 && commits.length > 0
      ? []
      : [
          finding('history.unsigned', {
            measured: quantity(unproven.length, 'commits'),
            limit: quantity(0, 'commits'),
            ...counted(unproven),
          }),
        ]),
  ];
}

/**
 * The commit that passes each cap the furthest. Merges are charged with their own lines alone. A commit
 * is measured whole, so what the net difference shows of its excluded files is taken off again. One no
 * larger than the net difference hides nothing that the budget itself does not ask about already.
 */
function commitBudgets(
  commits: readonly CommitMeasure[],
  policy: Policy,
  { caps }: Yardsticks,
  { net, excluded }: Charged,
): readonly Finding[] {
  const isAdded = policy.linesCounted === 'added';
  const byPath = new Map(excluded.map((file) => [file.path, file]));
  const weighed = plainCommits(commits).map((commit) => {
    const left = commit.paths.flatMap((path) => byPath.get(path) ?? []);
    return {
      sha: commit.sha,
      files: commit.files - left.length,
      lines:
        commit.added +
        (isAdded ? 0 : commit.deleted) -
        sum(left.map((file) => file.added + (isAdded ? 0 : file.deleted))),
    };
  });
  return (['files', 'lines'] as const).flatMap((unit) => {
    const limit = caps[unit];
    if (limit === null) return [];
    const passing = weighed.filter((commit) => !(commit[unit] <= Math.max(limit, net[unit])));
    const [worst] = passing.toSorted(
      (one, other) => other[unit] - one[unit] || byText(one.sha, other.sha),
    );
    if (worst === undefined) return [];
    return [
      finding('history.commit-budget', {
        subject: unit,
        measured: quantity(worst[unit], unit),
        limit: quantity(limit, unit),
        detail: { commits: passing.length, commit: worst.sha },
      }),
    ];
  });
}

/** Lines that came in one commit and went in another: no one commit needs to be large for it. */
function churn(change: Change, { caps }: Yardsticks): readonly Finding[] {
  const value = hiddenLines(change);
  if (caps.lines === null || value <= caps.lines) return [];
  return [
    finding('history.churn', {
      measured: quantity(value, 'lines'),
      limit: quantity(caps.lines, 'lines'),
      detail: { commits: change.commits.length },
    }),
  ];
}

/** Files that came and went, or more lines than the budget: everyday rewriting stays unsaid. */
function netZero(
  change: Change,
  policy: Policy,
  { caps }: Yardsticks,
  net: ReadonlySet<string>,
): readonly Finding[] {
  const value = hiddenLines(change);
  const gone = new Set(
    plainCommits(change.commits).flatMap(({ paths }) => paths.filter((path) => !net.has(path))),
  );
  // Where every commit counts, `churn` asks about the lines.
  const limit = policy.history === 'each-commit' ? null : caps.lines;
  if (gone.size === 0 && value <= (limit ?? Infinity)) return [];
  return [
    finding('history.net-zero', {
      measured: quantity(value, 'lines'),
      limit: quantity(0, 'lines'),
      spots: [...gone].map((path) => spotAt(path)),
      detail: { commits: change.commits.length },
    }),
  ];
}

/** Lines of the commits that the net difference does not show, never negative. */
function hiddenLines({ commits, files }: Change): number {
  const byCommits = sum(plainCommits(commits).map(({ added, deleted }) => added + deleted));
  const net = sum(files.map(({ added, deleted }) => added + deleted));
  return Math.max(0, byCommits - net);
}

/** Paths that a commit touched and the net difference does not show, where scope or people guard them. */
function pathsOnTheWay(
  change: Change,
  yardsticks: Yardsticks,
  net: ReadonlySet<string>,
): readonly Finding[] {
  const cut = change.commits.filter(({ pathsCut }) => pathsCut);
  const passed = new Set(plainCommits(change.commits).flatMap(({ paths }) => paths));
  const { standpointOf, governed, protectedPaths, controlPlane } = yardsticks;
  const guarded = [...passed].filter((path) => {
    if (net.has(path)) return false;
    const touched = touchedPath(path);
    if (governed.names(touched) || protectedPaths.names(touched) || controlPlane.names(touched))
      return true;
    const standpoint = standpointOf?.(touched.read) ?? 'in';
    return standpoint === 'out' || standpoint === 'outside';
  });
  return [
    ...(cut.length === 0
      ? []
      : [
          finding('history.paths-unknown', { detail: { commits: cut.length, commit: first(cut) } }),
        ]),
    ...(guarded.length === 0
      ? []
      : [finding('history.commit-paths', { spots: guarded.map((path) => spotAt(path)) })]),
  ];
}

/** A merge repeats what its parents hold; its own lines are another finding. */
function plainCommits(commits: readonly CommitMeasure[]): readonly CommitMeasure[] {
  return commits.filter(({ parents }) => parents.length < 2);
}

function pathsOf(files: readonly FileChange[]): ReadonlySet<string> {
  const paths = new Set<string>();
  for (const file of files) {
    paths.add(file.path);
    const left = pathLeft(file);
    if (left !== null) paths.add(left);
  }
  return paths;
}

function first(commits: readonly CommitMeasure[]): string {
  return commits[0]?.sha ?? '';
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function quantity(value: number, unit: Quantity['unit']): Quantity {
  return { value, unit };
}
