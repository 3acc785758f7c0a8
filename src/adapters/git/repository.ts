import type { CandidatePatch, PatchFault } from '../../1-pleading/candidate-patch.ts';
import type { LawText } from '../../caws/law.ts';
import type { Repository, RepositoryFault } from '../../ports.ts';
import { type CommitSha, fail, ok, type Result } from '../../primitives.ts';
import { answered, answering } from './answering.ts';
import { readBlobs } from './blobs.ts';
import { openDiffs } from './diffs.ts';
import { viewEnvironment } from './environment.ts';
import { headNames } from './head-names.ts';
import { type Launcher, openLauncher } from './launcher.ts';
import { readPolicyAt } from './law.ts';
import { directoryOf, type Located, locate } from './locate.ts';
import { openObjects } from './objects.ts';
import { presentPaths } from './present-paths.ts';
import { isDirty, rangeOf, stagedRange } from './range.ts';
import { measure, readingsAt } from './range-readings.ts';
import { resolveEnds } from './revisions.ts';
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
    policyAt: (commit) => answered(readPolicyAt(commit, place), objects),
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
    present: (commit, paths) => presentPaths(commit, paths, place),
    measure: (range) => measure(range, readings, place),
    law,
    async messages(range) {
      const read = await history(range);
      if (!read.ok) return read;
      return ok(read.value.commits.map((commit) => commit.message));
    },
  };
}
