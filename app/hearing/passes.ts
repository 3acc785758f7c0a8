/** What the app has said at a commit, and takes back where nobody stands there for it any more. */
import { checkFace } from '../../src/5-publication/check/face.ts';
import {
  isVerdictName,
  PREVIEW_NAME,
  UNREQUIRED_NAME,
} from '../../src/5-publication/check/names.ts';
import type { SingleState } from '../../src/5-publication/check/state.ts';
import type { Forge, ForgeFault, LiveCheckRun } from '../../src/forge.ts';
import { type CommitSha, type Instant, ok, type Result } from '../../src/primitives.ts';
import { holdForQueue, queuesAt } from '../merging/queues-at.ts';
import { isOfGroup } from '../merging/show-group.ts';
import type { Job, Lease } from '../work/task.ts';
import { ownCheck, showFace } from './check-post.ts';
import type { DocketRow } from './docket.ts';
import type { HearingDeps } from './hearing-deps.ts';

interface Commit {
  readonly forge: Forge;
  readonly lease: Lease;
  readonly deps: HearingDeps;
  readonly job: Job;
  readonly head: CommitSha;
}

/**
 * A pass stands under a name only as long as an open pull request at its commit is heard under it: where
 * nobody looks, waivers end and the law changes unseen, and a check is asked by whichever branch its commit
 * is aimed at next.
 *
 * @param known the check runs of the commit where they are known.
 * @param except pull requests that do not stand there any more, whatever the docket still says.
 * @returns the check runs as they are now.
 */
export async function takeBackPasses(
  commit: Commit,
  state: SingleState,
  { known, except }: { readonly known?: readonly LiveCheckRun[]; readonly except?: number } = {},
): Promise<Result<readonly LiveCheckRun[], ForgeFault>> {
  const { forge, lease, deps, job, head } = commit;
  const asked = known === undefined ? await forge.ownCheckRuns(head) : ok(known);
  if (!asked.ok) return asked;
  const standing = () =>
    deps.docket.openAt(job.repositoryId, head).filter(({ pull }) => pull !== except);
  const heard = namesOf(standing());
  let runs = asked.value;
  for (const name of new Set(runs.map((run) => run.name))) {
    if (heard.has(name) || !isOurName(name)) continue;
    const own = ownCheck(runs, forge.appId, name);
    // What was said of a queue's commit ends where the queue is heard, and stays where it landed.
    if (own === null || !isOpenOrPass(own) || isOfGroup(own, job, deps.docket)) continue;
    const queues = await queuesAt(forge, job, head, deps);
    if (!queues.ok) return queues;
    const queue = queues.value.find((each) => each.name === name);
    if (queue !== undefined) {
      const kept = await holdForQueue(queue, { where: job, lease, forge, deps, checkRuns: runs });
      if (!kept.ok) return kept;
      runs = kept.value;
      continue;
    }
    const written = await writeOver(own, state, commit);
    if (!written.ok) return written;
    runs = [...runs.filter(({ id }) => id !== own.id), written.value];
    // Whoever came meanwhile may have spoken under this name before us.
    for (const row of standing())
      if (namesOf([row]).has(name)) deps.again({ ...job, pull: row.pull });
  }
  return ok(runs);
}

/** Makes a check of ours say something that is about no verdict any more. */
async function writeOver(
  own: LiveCheckRun,
  state: SingleState,
  { forge, lease, deps, head }: Commit,
): Promise<Result<LiveCheckRun, ForgeFault>> {
  const doing = 'taking a pass back';
  if (!lease.stillHeld())
    return { ok: false, fault: { kind: 'forge-unexpected', doing, detail: 'lease lost' } };
  const { owner, name: repository } = forge.repository;
  const face = checkFace(state, {
    site: deps.site,
    repository: { owner, name: repository },
    name: own.name,
    id: own.externalId,
    now: deps.now(),
    mode: own.name === PREVIEW_NAME ? 'observe' : 'enforce',
    imitators: [],
    unsaid: null,
    aside: null,
  });
  return showFace(forge, head, own, face);
}

/** A refusal may be for good, so it is tried less and less often; never is no answer, while somebody may push back. */
const AGAIN_MS = { least: 30_000, most: 3_600_000 } as const;

/**
 * Takes back what commits show that a pull request has left.
 *
 * @returns when what could not be done is to be tried again; null where all is done.
 */
export async function endLeft(
  at: Omit<Commit, 'head'>,
  state: SingleState,
): Promise<Instant | null> {
  const { deps, job } = at;
  let again: Instant | null = null;
  for (const { head, since } of deps.docket.left(job)) {
    const taken = await takeBackPasses({ ...at, head }, state, { except: job.pull });
    if (taken.ok) {
      deps.docket.tookBack(job, head);
      continue;
    }
    const now = deps.now();
    const wait = Math.min(AGAIN_MS.most, Math.max(AGAIN_MS.least, now - since));
    again = Math.min(again ?? Number.MAX_SAFE_INTEGER, now + wait) as Instant;
  }
  return again;
}

const isOurName = (name: string): boolean =>
  isVerdictName(name) || name === UNREQUIRED_NAME || name === PREVIEW_NAME;

const isOpenOrPass = ({ status, conclusion }: LiveCheckRun): boolean =>
  status !== 'completed' || conclusion === 'success';

/** Under which names somebody is heard. A preview opens nothing, so it may stay beside a verdict. */
const namesOf = (rows: readonly DocketRow[]): ReadonlySet<string> =>
  new Set(
    rows.flatMap(({ name, verdict }) =>
      verdict?.mode === 'observe' ? [PREVIEW_NAME] : [name, PREVIEW_NAME],
    ),
  );
