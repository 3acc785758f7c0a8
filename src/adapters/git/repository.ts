import type { Change } from '../../1-pleading/change.ts';
import { changeDigest } from '../../1-pleading/change-digest.ts';
import type { LawTexts } from '../../caws/law.ts';
import type { Repository, RepositoryFault, ResolvedRange } from '../../ports.ts';
import { type CommitSha, commitSha, fail, ok, type Result } from '../../primitives.ts';
import { readBlobs } from './blobs.ts';
import { userEnvironment, viewEnvironment } from './environment.ts';
import { faultOf, gapOf } from './faults.ts';
import { headNames } from './head-names.ts';
import { type History, measureCommits, readCommits } from './history.ts';
import { repositoryOfUrl } from './identity.ts';
import { readLaw } from './law.ts';
import { type Located, locate } from './locate.ts';
import { measureFiles } from './measure.ts';
import { openObjects } from './objects.ts';
import { runGit, streamGit } from './process.ts';
import { type NamedCommit, resolveEnds } from './revisions.ts';
import { commitIndex } from './staged.ts';
import { openView } from './view.ts';
import type { Workplace } from './workplace.ts';

export interface RepositoryOptions {
  /** The caller's environment: PATH and HOME are taken from it, nothing of git's own. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The longest that one run of git may take, in ms. */
  readonly limitMs?: number;
}

const LIMIT_MS = 120_000;
/** Whether a work tree is dirty is worth this long; after it the answer is unknown. */
const DIRTY_LIMIT_MS = 5_000;
const OUTPUT_BYTES_MAX = 1024 * 1024;

/**
 * Opens the repository that a directory belongs to, by git. Everything is measured in a view of its
 * objects alone: configuration, attributes, hooks, filters, replaced objects and the checkout change
 * nothing, and nothing is fetched. Dispose it: a folder and a process go with it.
 */
export async function openRepository(
  directory: string,
  options: RepositoryOptions,
): Promise<Result<Repository & Disposable, RepositoryFault>> {
  const limitMs = options.limitMs ?? LIMIT_MS;
  const located = await locate(directory, options.env, limitMs);
  if (!located.ok) return located;
  const { commonDirectory, format, partialClone } = located.value;
  const store = { commonDirectory, objectsDirectory: `${commonDirectory}/objects`, format };
  const view = openView(store);
  if (!view.ok) return view;
  const env = viewEnvironment(options.env, view.value.directory);
  const objects = openObjects({ args: [], env });
  const place: Workplace = {
    directory: view.value.directory,
    env,
    objects,
    format,
    limitMs,
    partialClone,
  };
  const opened = repositoryAt(located.value, options.env, place);
  return ok({
    ...opened,
    [Symbol.dispose]: () => {
      objects[Symbol.dispose]();
      view.value[Symbol.dispose]();
    },
  });
}

type Env = RepositoryOptions['env'];

function repositoryAt(located: Located, env: Env, place: Workplace): Repository {
  const histories = new Map<string, Promise<Result<History, RepositoryFault>>>();
  const laws = new Map<string, Promise<Result<LawTexts, RepositoryFault>>>();
  const history = (range: ResolvedRange) =>
    remembered(histories, `${range.base} ${range.head}`, () => readCommits(range, place));
  const law = (range: ResolvedRange) => remembered(laws, range.base, () => readLaw(range, place));

  return {
    async resolve(range) {
      if (located.shallow) return fail({ kind: 'shallow' });
      const context = { located, env, view: place.objects, limitMs: place.limitMs };
      const ends = await resolveEnds(range, context);
      if (!ends.ok) return ends;
      const resolved = await rangeOf(ends.value.base, ends.value.head, located, env, place);
      if (!resolved.ok) return resolved;
      return ok({ ...resolved.value, branches: headNames(range, ends.value.head.ref, located) });
    },
    async resolveStaged() {
      if (located.shallow) return fail({ kind: 'shallow' });
      const context = { located, env, view: place.objects, limitMs: place.limitMs };
      const onHead = await resolveEnds('HEAD...HEAD', context);
      if (!onHead.ok) return onHead;
      const ends = await resolveEnds(null, context);
      if (!ends.ok && ends.fault.kind !== 'no-default-branch') return ends;
      const base = ends.ok ? ends.value.base : onHead.value.base;
      const head = await commitIndex(located, onHead.value.head.sha, place);
      if (!head.ok) return head;
      const staged = await stagedRange(base, { ref: 'HEAD', sha: head.value }, located, env, place);
      if (!staged.ok) return staged;
      return ok({ ...staged.value, branches: headNames(null, 'HEAD', located) });
    },
    blobs: (ids) => readBlobs(ids, place),
    measure: (range) => measure(range, { history, law }, place),
    law,
    async messages(range) {
      const read = await history(range);
      if (!read.ok) return read;
      return ok(read.value.commits.map((commit) => commit.message));
    },
  };
}

/** The same question of one range is asked of git once. */
function remembered<Value>(
  known: Map<string, Promise<Value>>,
  key: string,
  ask: () => Promise<Value>,
) {
  let answer = known.get(key);
  if (answer === undefined) {
    answer = ask();
    known.set(key, answer);
  }
  return answer;
}

async function rangeOf(
  base: NamedCommit,
  head: NamedCommit,
  located: Located,
  env: Env,
  place: Workplace,
): Promise<Result<Omit<ResolvedRange, 'branches'>, RepositoryFault>> {
  const [mergeBase, dirty, repository] = await Promise.all([
    findMergeBase(base.sha, head.sha, place),
    isDirty(located, env),
    identify(located, base.sha, place),
    // The answer is not needed yet; its process has started by the time that measuring asks it.
    place.objects.info(head.sha),
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

/** An index that says the same as the merge base is an empty range, though its commit is a new one. */
async function stagedRange(
  base: NamedCommit,
  head: NamedCommit,
  located: Located,
  env: Env,
  place: Workplace,
): Promise<Result<Omit<ResolvedRange, 'branches'>, RepositoryFault>> {
  const range = await rangeOf(base, head, located, env, place);
  if (!range.ok) return range;
  const [before, after] = await Promise.all([
    place.objects.info(`${range.value.mergeBase}^{tree}`),
    place.objects.info(`${head.sha}^{tree}`),
  ]);
  const same = typeof before !== 'string' && typeof after !== 'string' && before.id === after.id;
  return same ? fail({ kind: 'empty-range', base: base.sha, head: head.sha }) : range;
}

/**
 * The one merge base. Where histories crossed there are several, and against any one of them some
 * line that a merge would bring may not show: that is a fault, and merging the target clears it.
 */
async function findMergeBase(
  base: CommitSha,
  head: CommitSha,
  place: Workplace,
): Promise<Result<CommitSha, RepositoryFault>> {
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
async function isDirty(located: Located, env: Env): Promise<boolean | null> {
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

interface Readings {
  readonly history: (range: ResolvedRange) => Promise<Result<History, RepositoryFault>>;
  readonly law: (range: ResolvedRange) => Promise<Result<LawTexts, RepositoryFault>>;
}

async function measure(
  range: ResolvedRange,
  readings: Readings,
  place: Workplace,
): Promise<Result<Change, RepositoryFault>> {
  const tree = place.objects
    .info(`${range.head}^{tree}`)
    .then((info) => (typeof info === 'string' ? null : info.id));
  const [files, history, law] = await Promise.all([
    measureFiles(range, tree, place),
    readings.history(range),
    readings.law(range),
  ]);
  const headTree = await tree;
  if (headTree === null) return fail(gapOf(range.head, place.partialClone));
  if (!files.ok) return files;
  if (!history.ok) return history;
  if (!law.ok) return law;
  const signers = law.value.allowedSigners?.text ?? null;
  const commits = await measureCommits(history.value, files.value.files, signers, place);
  if (!commits.ok) return commits;
  return ok({
    repository: range.repository,
    baseRef: range.baseRef,
    base: range.base,
    mergeBase: range.mergeBase,
    head: range.head,
    headTree,
    files: files.value.files,
    commits: commits.value,
    inspected: files.value.inspected,
    collisions: files.value.collisions,
    shadows: files.value.shadows,
    incomplete: [...files.value.incomplete, ...history.value.incomplete],
    digest: changeDigest(files.value.files),
  });
}
