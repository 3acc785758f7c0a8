import type { RepositoryFault, ResolvedRange } from '../../ports.ts';
import { type CommitSha, commitSha, fail, ok, type Result } from '../../primitives.ts';
import { meetInOneLine, rootNearby } from './ancestry.ts';
import { userEnvironment } from './environment.ts';
import { faultOf } from './faults.ts';
import { repositoryOfUrl } from './identity.ts';
import type { Located } from './locate.ts';
import { runGit, streamGit } from './process.ts';
import type { Readings } from './range-readings.ts';
import type { NamedCommit } from './revisions.ts';
import type { Workplace } from './workplace.ts';

/** Whether a work tree is dirty is worth this long; after it the answer is unknown. */
const DIRTY_LIMIT_MS = 5_000;
const OUTPUT_BYTES_MAX = 1024 * 1024;

/** Of the caller. */
type Env = Readonly<Record<string, string | undefined>>;

/** Two named commits and where they meet; meanwhile the readings of the range begin. */
export async function rangeOf(
  base: NamedCommit,
  head: NamedCommit,
  located: Located,
  askedDirty: Promise<boolean | null>,
  place: Workplace,
  readings: Readings,
): Promise<Result<Omit<ResolvedRange, 'branches'>, RepositoryFault>> {
  async function meet(): Promise<Result<CommitSha, RepositoryFault>> {
    const met = await findMergeBase(base.sha, head.sha, place, readings.beginList);
    if (met.ok && met.value !== head.sha) {
      readings.begin({ base: base.sha, mergeBase: met.value, head: head.sha });
    }
    return met;
  }

  const [mergeBase, dirty, repository] = await Promise.all([
    meet(),
    askedDirty,
    identify(located, base.sha, place),
  ]);
  if (!mergeBase.ok) return mergeBase;
  if (!repository.ok) return repository;
  if (mergeBase.value === head.sha) {
    return fail({ kind: 'empty-range', base: base.sha, head: head.sha });
  }
  return ok({
    repository: repository.value,
    baseRef: base.ref,
    base: base.sha,
    mergeBase: mergeBase.value,
    head: head.sha,
    dirty,
  });
}

/** Of an index that says the same as the merge base there is nothing to judge, though its commit is a new one. */
export async function stagedRange(
  base: NamedCommit,
  head: NamedCommit,
  located: Located,
  env: Env,
  place: Workplace,
  readings: Readings,
): Promise<Result<Omit<ResolvedRange, 'branches'>, RepositoryFault>> {
  const dirty = isDirty(located, env, place);
  const range = await rangeOf(base, head, located, dirty, place, readings);
  if (!range.ok) return range;
  const [before, after] = await Promise.all([
    place.objects.info(`${range.value.mergeBase}^{tree}`),
    place.objects.info(`${head.sha}^{tree}`),
  ]);
  const same = typeof before !== 'string' && typeof after !== 'string' && before.id === after.id;
  return same ? fail({ kind: 'nothing-staged', base: base.sha }) : range;
}

/**
 * The one merge base. Where histories crossed there are several, and against any one of them some
 * line that a merge would bring may not show: that is a fault, and merging the target clears it.
 *
 * @param beginList is told where git has to look for it, which takes as long as to list the commits.
 */
async function findMergeBase(
  base: CommitSha,
  head: CommitSha,
  place: Workplace,
  beginList: Readings['beginList'],
): Promise<Result<CommitSha, RepositoryFault>> {
  const met = await meetInOneLine(base, head, place.objects);
  if (met !== null) return ok(met);
  beginList({ base, head });
  const end = await runGit({
    args: ['merge-base', '--all', '--end-of-options', base, head],
    env: place.env,
    limitMs: place.limitMs,
    bytesMax: OUTPUT_BYTES_MAX,
  });
  const bases = end.stdout
    .toString('utf8')
    .split('\n')
    .flatMap((line) => commitSha(line) ?? []);
  if (end.code === 1 && end.stderr === '') return fail({ kind: 'unrelated-histories', base, head });
  if (end.code !== 0) return fail(faultOf(end, { doing: 'looking for the merge base', ...place }));
  const [only, another] = bases;
  if (only === undefined) return fail({ kind: 'unrelated-histories', base, head });
  return another === undefined ? ok(only) : fail({ kind: 'several-merge-bases', bases });
}

/**
 * Whether the work tree holds what no commit has. Filters, hooks and monitors of the configuration
 * are off, so a file that needs one may be called changed; submodules are not entered.
 */
export async function isDirty(
  located: Located,
  env: Env,
  { launcher, signal }: Workplace,
): Promise<boolean | null> {
  if (!located.hasWorkTree) return null;
  let dirty = false;
  const end = await streamGit(
    {
      args: [
        'status',
        '--porcelain=v1',
        '-z',
        '--untracked-files=normal',
        '--ignore-submodules=all',
      ],
      env: userEnvironment(env, located.filters),
      cwd: located.directory,
      launcher,
      // A name that means nothing ends the command, which does not wait for this then.
      signal,
      limitMs: DIRTY_LIMIT_MS,
      bytesMax: OUTPUT_BYTES_MAX,
    },
    () => {
      dirty = true;
      return 'stop';
    },
  );
  if (dirty) return true;
  return end.code === 0 ? false : null;
}

async function identify(
  located: Located,
  base: CommitSha,
  place: Workplace,
): Promise<Result<string, RepositoryFault>> {
  const remote = located.remotes.find(({ name }) => name === 'origin') ?? located.remotes[0];
  if (remote !== undefined) return ok(repositoryOfUrl(remote.url));
  const near = await rootNearby(base, place.objects);
  if (near !== null) return ok(`root:${near}`);
  const end = await runGit({
    args: ['rev-list', '--first-parent', '--max-parents=0', '--end-of-options', base, '--'],
    env: place.env,
    limitMs: place.limitMs,
    bytesMax: OUTPUT_BYTES_MAX,
  });
  const root = commitSha(end.stdout.toString('utf8').trim());
  if (end.code !== 0 || root === undefined) {
    return fail(faultOf(end, { doing: 'looking for the first commit', ...place }));
  }
  return ok(`root:${root}`);
}
