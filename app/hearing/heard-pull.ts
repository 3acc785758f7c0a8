import { isDeepStrictEqual } from 'node:util';
import type { CaseFile } from '../../src/4-verdict/case.ts';
import { checkFace } from '../../src/5-publication/check/face.ts';
import type { Progress } from '../../src/5-publication/check/progress.ts';
import type {
  CheckContext,
  CheckState,
  PendingWaiver,
  Unsaid,
} from '../../src/5-publication/check/state.ts';
import type { Adjudicated } from '../../src/cycle/world.ts';
import type {
  CheckFace,
  Forge,
  ForgeFault,
  LiveCheckRun,
  LiveComment,
  LivePull,
} from '../../src/forge.ts';
import type { LedgerStore } from '../../src/ports.ts';
import { fail, type Instant, ok, type Result, type VerdictId } from '../../src/primitives.ts';
import type { Where } from '../intake/concern-types.ts';
import type { Job, Lease } from '../work/task.ts';
import { imitatorsAmong, ownCheck, showFace } from './check-post.ts';
import type { Looked } from './docket.ts';
import type { Rules } from './forges.ts';
import type { HearingDeps } from './hearing-deps.ts';
import { endLeft, takeBackPasses } from './passes.ts';

/** What is in hand while one pull request is heard. */
export interface HeardPull {
  readonly job: Job;
  readonly lease: Lease;
  readonly deps: HearingDeps;
  readonly forge: Forge;
  /** As the forge says it is now. */
  live: LivePull;
  readonly ledger: LedgerStore;
  readonly rules: Rules;
  readonly seenAt: Instant;
  /** As far as is known before it is judged: a preview is not waited for under the name of a verdict. */
  readonly mode: CheckContext['mode'];
  /** Of the verdict to come. */
  id: VerdictId;
  /** Those of the head; what is written here comes in. */
  checkRuns: readonly LiveCheckRun[];
  /** Why nothing may pass here now: the forge does not let us read what else stands at the head. Or null. */
  readonly refused: ForgeFault | null;
  /** The whole conversation; what is written here comes in. */
  comments: readonly LiveComment[];
  progress: Progress;
  /** What stands for the head now; null until it was judged. */
  adjudicated: Adjudicated | null;
  /** What the forge refused to let us say, in this hearing or before it. */
  unsaid: Unsaid | null;
  /** What the check was last made to show here. */
  shown: {
    readonly state: CheckState;
    readonly mode: CheckContext['mode'];
    readonly unsaid: Unsaid | null;
  } | null;
}

/** Where a face stands; the mode is the target's policy's. */
export function contextOf(
  { checkRuns, deps, forge, id, rules, unsaid }: HeardPull,
  mode: CheckContext['mode'],
): CheckContext {
  const { owner, name } = forge.repository;
  const imitators = imitatorsAmong(checkRuns, forge.appId, rules.name);
  return {
    site: deps.site,
    repository: { owner, name },
    name: rules.name,
    id,
    now: deps.now(),
    mode,
    unanswered: rules.unanswered,
    imitators,
    unsaid,
    aside: rules.aside,
  };
}

/** How the reasons of waivers that wait here read to a model, as far as one said. */
export const readsOf =
  ({ deps: { reasons }, job }: Pick<HeardPull, 'deps' | 'job'>) =>
  (file: CaseFile, waiver: PendingWaiver): string | null =>
    reasons?.of(job, file, waiver) ?? null;

/** Whatever a merge queue has put together for a branch rests on what its pull requests are. */
export function againGroupsOf(
  where: Where,
  branch: string,
  { groups, againGroup }: Pick<HearingDeps, 'groups' | 'againGroup'>,
): void {
  for (const group of groups.of(where.repositoryId, branch)) againGroup(where, group);
}

export const ownRun = ({ checkRuns, forge }: HeardPull, name: string): LiveCheckRun | null =>
  ownCheck(checkRuns, forge.appId, name);

/** Makes the check of the head show a state; the mode is the target's policy's. */
export function show(
  pull: HeardPull,
  state: CheckState,
  mode: CheckContext['mode'] = pull.mode,
): Promise<Result<void, ForgeFault>> {
  pull.shown = { state, mode, unsaid: pull.unsaid };
  pull.deps.live.tell(pull.id, state);
  return write(pull, checkFace(state, contextOf(pull, mode)));
}

/** The same once more, where meanwhile the forge refused a comment, or took one again. */
export async function showUnsaid(pull: HeardPull): Promise<Result<void, ForgeFault>> {
  const { shown, unsaid } = pull;
  if (shown === null || isDeepStrictEqual(shown.unsaid, unsaid)) return ok(undefined);
  return show(pull, shown.state, shown.mode);
}

/** A slower worker must not write over what a newer one has found. */
async function write(pull: HeardPull, face: CheckFace): Promise<Result<void, ForgeFault>> {
  const { deps, forge, job, live, lease } = pull;
  if (!lease.stillHeld())
    return fail({ kind: 'forge-unexpected', doing: 'writing the check', detail: 'lease lost' });
  const run = ownRun(pull, face.name);
  const pressed = deps.records
    .buttons(job.repositoryId, live.head.sha)
    .findLast(({ checkRun }) => checkRun === run?.id);
  const pressedAt = pressed?.receivedAt ?? null;
  const written = await showFace(forge, live.head.sha, run, face, pressedAt);
  if (!written.ok) return written;
  pull.checkRuns = [...pull.checkRuns.filter(({ id }) => id !== written.value.id), written.value];
  return ok(undefined);
}

/**
 * What heads before this one still wait for will never come, and they may be pushed back: their passes end.
 * No head that the forge does not let us write to keeps the new one from being heard.
 *
 * @returns when what is left is to be tried again, or null where nothing is.
 */
export async function supersede(pull: HeardPull): Promise<Instant | null> {
  const { job, deps, live } = pull;
  const before = deps.docket.row(job);
  if (before !== null && before.head !== live.head.sha)
    deps.docket.leave(job, before.head, deps.now());
  // Where it stands again, what is said is said anew.
  deps.docket.tookBack(job, live.head.sha);
  return endLeft(pull, { kind: 'superseded', by: live.head.sha });
}

/** What was said here under a name that nobody is heard under any more, as where the target is another. */
export async function leaveNames(pull: HeardPull): Promise<Result<void, ForgeFault>> {
  const { checkRuns: known, live } = pull;
  const here = { ...pull, head: live.head.sha };
  const taken = await takeBackPasses(here, { kind: 'left', landed: null }, { known });
  if (!taken.ok) return taken;
  pull.checkRuns = taken.value;
  return ok(undefined);
}

/** Writes down what stands for the head. @param judged null: nothing new, what stood there stays. */
export function remember(
  { job, deps, live, rules }: HeardPull,
  judged: Adjudicated | null,
  looked: Looked | null = null,
): void {
  const before = deps.docket.row(job);
  // What was said for another target says nothing for this one.
  const stands =
    before?.head === live.head.sha && before.baseBranch === live.base.branch ? before : null;
  const standing = stands?.verdict ?? null;
  const until = judged?.record.validUntil ?? null;
  deps.docket.save({
    repositoryId: job.repositoryId,
    pull: job.pull,
    head: live.head.sha,
    baseBranch: live.base.branch,
    name: rules.name,
    open: true,
    verdict:
      judged === null
        ? standing
        : {
            id: judged.record.id,
            word: judged.record.verdict,
            mode: judged.record.mode,
            validUntil: until === null ? null : (Date.parse(until) as Instant),
            entry: judged.entry.sequence,
          },
    looked: looked ?? stands?.looked ?? null,
    shown: stands?.shown ?? null,
    unread: 0,
  });
}

/** What the check shows from now on. @param id null: no verdict, and nobody may take the last one for it. */
export function remembersShown({ deps, job }: HeardPull, id: VerdictId | null): void {
  const row = deps.docket.row(job);
  if (row !== null && row.shown !== id) deps.docket.save({ ...row, shown: id });
}
