import type { CandidatePatch, PatchFault } from '../../1-pleading/candidate-patch.ts';
import type { Change } from '../../1-pleading/change.ts';
import type { LawText, LawTexts } from '../../caws/law.ts';
import type { Repository, RepositoryFault, ResolvedRange } from '../../ports.ts';
import { type CommitSha, commitSha, fail, ok, type Result } from '../../primitives.ts';
import { meetInOneLine, rootNearby } from './ancestry.ts';
import { readBlobs } from './blobs.ts';
import { openDiffs } from './diffs.ts';
import { userEnvironment, viewEnvironment } from './environment.ts';
import { faultOf } from './faults.ts';
import { headNames } from './head-names.ts';
import { type History, listCommits, measureCommits, readCommits } from './history.ts';
import { repositoryOfUrl } from './identity.ts';
import { type Launcher, openLauncher } from './launcher.ts';
import { readLaw, readPolicyAt } from './law.ts';
import { directoryOf, type Located, locate } from './locate.ts';
import { type MeasuredFiles, measureFiles } from './measure.ts';
import { type ObjectSource, openObjects } from './objects.ts';
import { runGit, streamGit } from './process.ts';
import { type NamedCommit, resolveEnds } from './revisions.ts';
import { commitIndex } from './staged.ts';
import { isLarge } from './starter.ts';
import { openView } from './view.ts';
import type { Workplace } from './workplace.ts';

export interface RepositoryOptions {
  /** The caller's environment: PATH and HOME are taken from it, nothing of git's own. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The longest that one run of git may take, in ms. */
  readonly limitMs?: number;
}

/** A repository and the folder that all its work trees share, absolute. */
export interface OpenedRepository extends Repository, Disposable {
  readonly commonDirectory: string;
  /** `.caws/policy.yaml` of a commit, or null; nothing else of it is read. */
  readonly policyAt: (commit: CommitSha) => Promise<Result<LawText | null, RepositoryFault>>;
  /** A patch as a commit on top of another; see `commitPatch`. */
  readonly commitPatch: (
    base: CommitSha,
    patch: CandidatePatch,
  ) => Promise<Result<CommitSha, RepositoryFault | PatchFault>>;
}

const LIMIT_MS = 120_000;
/** Whether a work tree is dirty is worth this long; after it the answer is unknown. */
const DIRTY_LIMIT_MS = 5_000;
const OUTPUT_BYTES_MAX = 1024 * 1024;

/**
 * Opens the repository that a directory belongs to, by git; or one of which the caller knows all that
 * git would tell, because it made it. Everything is measured in a view of its
 * objects alone: configuration, attributes, hooks, filters, replaced objects and the checkout change
 * nothing, and nothing is fetched. Dispose it: a folder and a process go with it.
 */
export async function openRepository(
  place: string | Located,
  options: RepositoryOptions,
): Promise<Result<OpenedRepository, RepositoryFault>> {
  const limitMs = options.limitMs ?? LIMIT_MS;
  const launcher = isLarge() ? null : openLauncher(directoryOf(place), options.env);
  const opened = await openLocated(place, options.env, limitMs, launcher);
  if (!opened.ok) launcher?.[Symbol.dispose]();
  return opened;
}

async function openLocated(
  at: string | Located,
  callersEnv: Env,
  limitMs: number,
  launcher: Launcher | null,
): Promise<Result<OpenedRepository, RepositoryFault>> {
  const located = await locate({ at, env: callersEnv, limitMs, launcher });
  if (!located.ok) return located;
  const { commonDirectory, format, partialClone } = located.value;
  const store = { commonDirectory, objectsDirectory: `${commonDirectory}/objects`, format };
  const view = openView(store);
  if (!view.ok) return view;
  const env = viewEnvironment(callersEnv, view.value.directory);
  const objects = openObjects({ args: [], env, limitMs, launcher });
  const closing = new AbortController();
  const { signal } = closing;
  const diffs = openDiffs({ env, signal, launcher, limitMs, partialClone });
  const place: Workplace = {
    directory: view.value.directory,
    env,
    objects,
    diffs,
    launcher,
    signal,
    format,
    limitMs,
    partialClone,
  };
  return ok({
    ...answering(repositoryAt(located.value, callersEnv, place), objects),
    commonDirectory,
    policyAt: async (commit) => orFailure(await readPolicyAt(commit, place), objects),
    commitPatch: async (base, patch) => {
      const { commitPatch } = await import('./commit-patch.ts');
      return commitPatch(base, patch, store.objectsDirectory, place);
    },
    [Symbol.dispose]: () => {
      objects[Symbol.dispose]();
      closing.abort();
      launcher?.[Symbol.dispose]();
      view.value[Symbol.dispose]();
    },
  });
}

/** What is read without the objects that did not answer is no answer either: it would depend on how busy a machine is. */
const orFailure = <Value>(
  read: Result<Value, RepositoryFault>,
  objects: ObjectSource,
): Result<Value, RepositoryFault> => {
  const failure = objects.failure();
  return failure === null ? read : fail(failure);
};

function answering(repository: Repository, objects: ObjectSource): Repository {
  return {
    resolve: async (range) => orFailure(await repository.resolve(range), objects),
    resolveStaged: async () => orFailure(await repository.resolveStaged(), objects),
    blobs: async (ids) => orFailure(await repository.blobs(ids), objects),
    measure: async (range) => orFailure(await repository.measure(range), objects),
    law: async (range) => orFailure(await repository.law(range), objects),
    messages: async (range) => orFailure(await repository.messages(range), objects),
  };
}

type Env = RepositoryOptions['env'];

function repositoryAt(located: Located, env: Env, place: Workplace): Repository {
  const readings = readingsAt(place);
  const { law, history } = readings;
  const { launcher } = place;

  return {
    async resolve(range) {
      if (located.shallow) return fail({ kind: 'shallow' });
      const context = { located, env, view: place.objects, launcher, limitMs: place.limitMs };
      const resolving = resolveEnds(range, context);
      // These go on while names are looked up.
      const dirty = isDirty(located, env, place);
      place.objects.start();
      place.diffs.start();
      const ends = await resolving;
      if (!ends.ok) return ends;
      const { base, head } = ends.value;
      const resolved = await rangeOf(base, head, located, dirty, place, readings);
      if (!resolved.ok) return resolved;
      return ok({ ...resolved.value, branches: headNames(range, ends.value.head.ref, located) });
    },
    async resolveStaged() {
      if (located.shallow) return fail({ kind: 'shallow' });
      const context = { located, env, view: place.objects, launcher, limitMs: place.limitMs };
      const onHead = await resolveEnds('HEAD...HEAD', context);
      if (!onHead.ok) return onHead;
      const ends = await resolveEnds(null, context);
      if (!ends.ok && ends.fault.kind !== 'no-default-branch') return ends;
      const base = ends.ok ? ends.value.base : onHead.value.base;
      const head = await commitIndex(located, onHead.value.head.sha, place);
      if (!head.ok) return head;
      const index = { ref: 'HEAD', sha: head.value };
      const staged = await stagedRange(base, index, located, env, place, readings);
      if (!staged.ok) return staged;
      return ok({ ...staged.value, branches: headNames(null, 'HEAD', located) });
    },
    blobs: (ids) => readBlobs(ids, place),
    measure: (range) => measure(range, readings, place),
    law,
    async messages(range) {
      const read = await history(range);
      if (!read.ok) return read;
      return ok(read.value.commits.map((commit) => commit.message));
    },
  };
}

/** What of a range the readings need. */
type ReadRange = Pick<ResolvedRange, 'base' | 'mergeBase' | 'head'>;

interface Readings {
  readonly files: (range: ReadRange) => Promise<Result<MeasuredFiles, RepositoryFault>>;
  readonly history: (range: ReadRange) => Promise<Result<History, RepositoryFault>>;
  readonly law: (range: ReadRange) => Promise<Result<LawTexts, RepositoryFault>>;
  /** Begins to list the commits, for which the merge base need not be known. */
  readonly beginList: (range: Pick<ReadRange, 'base' | 'head'>) => void;
  /** Begins all of them, because whoever resolves a range asks for them next. */
  readonly begin: (range: ReadRange) => void;
}

function readingsAt(place: Workplace): Readings {
  const filesOf = new Map<string, Promise<Result<MeasuredFiles, RepositoryFault>>>();
  const histories = new Map<string, Promise<Result<History, RepositoryFault>>>();
  const lists = new Map<string, Promise<Result<History, RepositoryFault>>>();
  const list = (range: Pick<ReadRange, 'base' | 'head'>) =>
    remembered(lists, `${range.base} ${range.head}`, () => listCommits(range, place));
  const laws = new Map<string, Promise<Result<LawTexts, RepositoryFault>>>();
  const readings: Readings = {
    files: (range) =>
      remembered(filesOf, `${range.mergeBase} ${range.head}`, () => measureFiles(range, place)),
    history: (range) =>
      remembered(histories, `${range.base} ${range.mergeBase} ${range.head}`, () =>
        readCommits(range, place, () => list(range)),
      ),
    law: (range) => remembered(laws, range.base, () => readLaw(range, place)),
    beginList: (range) => void list(range).catch(() => undefined),
    begin(range) {
      const begun = [readings.files(range), readings.history(range), readings.law(range)];
      // What is thrown by a bug reaches whoever asks; nobody may.
      for (const reading of begun) reading.catch(() => undefined);
    },
  };
  return readings;
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
async function stagedRange(
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
async function isDirty(
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

async function measure(
  range: ResolvedRange,
  readings: Readings,
  place: Workplace,
): Promise<Result<Change, RepositoryFault>> {
  const [files, history, law] = await Promise.all([
    readings.files(range),
    readings.history(range),
    readings.law(range),
  ]);
  if (!files.ok) return files;
  if (!history.ok) return history;
  if (!law.ok) return law;
  const signers = law.value.allowedSigners?.text ?? null;
  const { incomplete } = files.value;
  // The counts of a change that is not whole would make its commits smaller than they are.
  const whole = incomplete.length === 0 || history.value.isNetChange ? files.value.files : [];
  const commits = await measureCommits(history.value, whole, signers, place);
  if (!commits.ok) return commits;
  return ok({
    repository: range.repository,
    baseRef: range.baseRef,
    base: range.base,
    mergeBase: range.mergeBase,
    head: range.head,
    headTree: files.value.headTree,
    files: files.value.files,
    commits: commits.value,
    inspected: files.value.inspected,
    collisions: files.value.collisions,
    shadows: files.value.shadows,
    incomplete: [...incomplete, ...history.value.incomplete],
    digest: files.value.digest,
  });
}
