import { rm, writeFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import type { GateAnswerGiven } from '../src/3-deliberation/deliberation.ts';
import type { RunCase } from '../src/3-deliberation/runner/run-case.ts';
import type { CacheFolder } from '../src/adapters/gates/cache-store.ts';
import type { CachePlace } from '../src/adapters/gates/gate-caches.ts';
import { localCommands } from '../src/adapters/gates/local-commands.ts';
import { scratchFolder } from '../src/adapters/gates/scratch.ts';
import type { Isolation } from '../src/adapters/sandbox/isolation.ts';
import {
  type CommitSha,
  commitSha,
  fail,
  type Instant,
  ok,
  type Result,
} from '../src/primitives.ts';
import { askCase, type Courier, sendBundle } from './app-calls.ts';
import { bundleOf, gitVersion, type Machine } from './bundle.ts';
import { type FetchWorld, fetchCommits } from './fetch-commits.ts';
import { planned } from './plan.ts';
import { progressTo } from './tell-progress.ts';

export interface Inputs {
  /** `https://HOST`, without a slash at the end. */
  readonly app: string;
  readonly case: string;
  readonly head: string;
  /** Reads the repository. */
  readonly token: string;
}

/** What the action takes from the run it is in. */
export interface RunWorld extends Courier, Machine, FetchWorld {
  readonly now: () => Instant;
  /** A folder of the run's own. */
  readonly folder: string;
  readonly sandbox: () => Promise<Isolation>;
  /** Where this host keeps folders between runs; null: nowhere. */
  readonly caches: CacheFolder | null;
  /** `refs/heads/BRANCH` of the target, from which the run was started. */
  readonly ref: string;
  readonly log: (line: string) => void;
}

/** What came of a run. A gate that fails is an answer like any other: it is the app that judges. */
export interface Done {
  readonly gates: readonly GateAnswerGiven[];
  readonly isolation: string | null;
  /** null: the app has it. */
  readonly unsent: { readonly file: string; readonly because: string } | null;
}

/**
 * Answers one case: asks the app what to run, fetches the head without checking anything out, runs each gate's
 * command confined, and sends one bundle.
 *
 * @returns why there is no evidence at all, e.g. a sandbox that failed before a gate began; then the app will see
 *   that the run ended without any.
 */
export async function run(inputs: Inputs, world: RunWorld): Promise<Result<Done, string>> {
  const wrong = wrongInput(inputs);
  if (wrong !== null) return fail(wrong);
  const asked = await askCase(inputs.app, inputs.case, world);
  if (!asked.ok) return asked;
  const theCase = asked.value;
  const receivedAt = world.now();
  const head = commitSha(theCase.head);
  if (theCase.case !== inputs.case || head === undefined || theCase.head !== inputs.head)
    return fail('the case of the app is about another head than this run');
  const own = await scratchFolder('caws-run', world.folder);
  const objects = join(own, 'objects.git');
  try {
    // What this machine has is found out while the server is waited for; nothing of it is left behind.
    const machine = Promise.all([world.sandbox(), gitVersion()]);
    const fetching = fetchTrees(objects, theCase, inputs.token, world);
    await Promise.allSettled([fetching, machine]);
    const fetched = await fetching;
    if (!fetched.ok) return fetched;
    const [sandbox, git] = await machine;
    const done = await answer(inputs, theCase, { objects, head, sandbox, git }, world);
    world.log(`${world.now() - receivedAt} ms from the case to the end of sending`);
    return done;
  } finally {
    await rm(own, { recursive: true, force: true });
  }
}

/** The base is asked for only where something is held against it, or kept of it. */
async function fetchTrees(
  objects: string,
  { gates, head, headRef, base }: RunCase,
  token: string,
  world: RunWorld,
): Promise<Result<void, string>> {
  const sought = [
    { what: 'head', commit: head as CommitSha, ref: headRef },
    { what: 'base', commit: base as CommitSha, ref: null },
  ] as const;
  const needsBase = gates.some(({ on, caches }) => on !== undefined || caches !== undefined);
  return fetchCommits(objects, needsBase ? sought : sought.slice(0, 1), token, world);
}

/** What gates are run with. */
interface Ready {
  /** A repository with the trees. */
  readonly objects: string;
  readonly head: CommitSha;
  readonly sandbox: Isolation;
  readonly git: string;
}

async function answer(
  { app }: Inputs,
  theCase: RunCase,
  { objects, head, sandbox, git }: Ready,
  world: RunWorld,
): Promise<Result<Done, string>> {
  const startedAt = world.now();
  const progress = progressTo(app, theCase.case, world);
  const answers = await localCommands({
    repository: objects,
    cores: availableParallelism(),
    sandbox: () => Promise.resolve(sandbox),
    caches: placeOf(theCase, world),
    signal: world.signal,
  }).answer(planned(theCase), { base: theCase.base as CommitSha, head }, (gate, state) => {
    world.log(`${gate}: ${state}`);
    progress.tell(gate, state);
  });
  progress.end();
  const lost = answers.find((each) => each.state === 'lost');
  // Evidence of the rest would be the last word about this head: without any the app asks once more.
  if (lost !== undefined) return fail(`${lost.runner}: ${lost.because}; look: ${lost.shownBy}`);
  const gates = answers.filter((each) => each.state !== 'lost');
  const isolation = sandbox.kind === 'works' ? sandbox.sandbox.name : null;
  const bundle = bundleOf(
    theCase,
    gates,
    { startedAt, endedAt: world.now(), isolation, git },
    world,
  );
  const sent = await sendBundle(app, theCase.case, bundle, world);
  if (sent.ok) return ok({ gates, isolation, unsent: null });
  const file = join(world.folder, 'caws-evidence.json');
  await writeFile(file, bundle);
  return ok({ gates, isolation, unsent: { file, because: sent.fault } });
}

function placeOf({ repository }: RunCase, { caches, ref }: RunWorld): CachePlace | null {
  const branch = /^refs\/heads\/(.+)$/.exec(ref)?.[1];
  if (caches === null || branch === undefined) return null;
  return { ...caches, repositoryId: repository.id, branch };
}

function wrongInput({ app, case: id, head }: Inputs): string | null {
  const url = URL.parse(app);
  // On this machine nobody listens in between.
  const isNear = url?.hostname === '127.0.0.1' || url?.hostname === 'localhost';
  if (
    url === null ||
    (url.protocol !== 'https:' && !isNear) ||
    app !== url.href.replace(/\/+$/, '')
  )
    return 'app: an address https://HOST, without a slash at the end. Set the variable CAWS_ARBITER_APP.';
  if (!/^[0-9a-f-]{36}$/.test(id))
    return 'case: what the app calls a case. Only the app starts this.';
  return commitSha(head) === undefined ? 'head: a full commit id. Only the app starts this.' : null;
}
