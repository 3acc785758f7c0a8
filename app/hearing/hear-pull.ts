import { checkFace } from '../../src/5-publication/check/face.ts';
import { after, begun, type Progress } from '../../src/5-publication/check/progress.ts';
import { CHECK_NAME, PREVIEW_NAME, type SingleState } from '../../src/5-publication/check/state.ts';
import type { Adjudicated } from '../../src/cycle.ts';
import type { CheckFace, Forge, ForgeFault, LiveCheckRun, LivePull } from '../../src/forge.ts';
import type { LedgerFault, LedgerStore } from '../../src/ports.ts';
import { fail, type Instant, ok, type Result, type VerdictId } from '../../src/primitives.ts';
import type { Job, Lease, Outcome } from '../work/task.ts';
import { ownCheck, showFace } from './check-post.ts';
import { type Court, type Judged, type JudgeFault, judgePull } from './judge-pull.ts';
import { decidedState, stateAtHead, stoppedState } from './states.ts';
import { waitFor } from './waiting.ts';

export interface HearingDeps extends Court {
  readonly forgeFor: (job: Job) => Promise<Result<Forge, ForgeFault>>;
  readonly ledgerFor: (repositoryId: number) => Promise<Result<LedgerStore, LedgerFault>>;
  /** Whether the branch demands our check. Rarely changes, so it may be some minutes old. */
  readonly isRequired: (forge: Forge, branch: string) => Promise<Result<boolean, ForgeFault>>;
  /** Another pull request is to be looked at again. */
  readonly again: (job: Job) => void;
  /** `https://HOST` of the app's own pages. */
  readonly site: string;
}

/** A git server may show a push some seconds after the API does. */
const BEHIND_MS = 3_000;
/** Where the forge names no time, this long is waited before it is asked again. */
const AGAIN_MS = 30_000;
/** So long after its head came a check waits for a whole answer; then it says that none came. */
const PATIENCE_MS = 30 * 60_000;

/** What is in hand while one pull request is heard. */
interface Session {
  readonly job: Job;
  readonly lease: Lease;
  readonly deps: HearingDeps;
  readonly forge: Forge;
  readonly pull: LivePull;
  readonly ledger: LedgerStore;
  readonly required: boolean;
  readonly seenAt: Instant;
  /** Of the verdict to come. */
  readonly id: VerdictId;
  /** Those of the head; what is written here comes in. */
  checkRuns: readonly LiveCheckRun[];
  progress: Progress;
}

/**
 * Hears one pull request by what the forge says now: no matter which event asked for it, how often, or in
 * which order, the same state ends in the same check.
 */
export async function hearPull(job: Job, lease: Lease, deps: HearingDeps): Promise<Outcome> {
  const forge = await deps.forgeFor(job);
  if (!forge.ok) return retry(forge.fault);
  const pull = await forge.value.pull(job.pull);
  if (!pull.ok) return retry(pull.fault);
  if (pull.value === null || pull.value.state !== 'open') return close(job, deps);
  const session = await openSession({ job, lease, deps }, forge.value, pull.value);
  if (!session.ok) return retry(session.fault);
  await supersede(session.value);
  remember(session.value, null);
  const begun = await beginCheck(session.value);
  if (!begun.ok) return retry(begun.fault);
  const judged = await judgePull(
    {
      ...session.value,
      name: job,
      at: session.value,
      signal: lease.signal,
      watch: (step) => {
        session.value.progress = after(session.value.progress, step);
      },
    },
    deps,
  );
  return judged.ok
    ? announce(session.value, judged.value)
    : stopShort(session.value, judged.fault);
}

async function openSession(
  { job, lease, deps }: Pick<Session, 'job' | 'lease' | 'deps'>,
  forge: Forge,
  pull: LivePull,
): Promise<Result<Session, ForgeFault | LedgerFault>> {
  const { now, docket, newId } = deps;
  const checkRuns = await forge.checkRuns(pull.head.sha);
  if (!checkRuns.ok) return checkRuns;
  const required = await deps.isRequired(forge, pull.base.branch);
  if (!required.ok) return required;
  const ledger = await deps.ledgerFor(job.repositoryId);
  if (!ledger.ok) return ledger;
  return ok({
    job,
    lease,
    deps,
    forge,
    pull,
    ledger: ledger.value,
    required: required.value,
    seenAt: docket.seen(job, pull.head.sha, now()),
    checkRuns: checkRuns.value,
    id: docket.nextId(job, pull.head.sha, () => newId(now())),
    progress: begun(now()),
  });
}

/** The author sees at once that a verdict is on its way, where one is sure to come. */
async function beginCheck(session: Session): Promise<Result<void, ForgeFault>> {
  const { deps, job, seenAt } = session;
  if (ownRun(session, CHECK_NAME) !== null || ownRun(session, PREVIEW_NAME) !== null)
    return ok(undefined);
  if (!session.required && !deps.docket.enrolled(job.repositoryId)) return ok(undefined);
  return show(session, { kind: 'queued', ahead: null, runner: null, since: seenAt });
}

/** The verdict is in the ledger by now; whatever fails from here on is announced again later. */
async function announce(session: Session, judged: Judged): Promise<Outcome> {
  const { deps } = session;
  if (judged.kind === 'no-policy') return { kind: 'done' };
  if (judged.kind === 'behind')
    return {
      kind: 'retry',
      because: `git shows ${judged.found ?? 'nothing'} where ${judged.expected} was announced`,
      notBefore: (deps.now() + BEHIND_MS) as Instant,
    };
  const { record } = judged.adjudicated;
  remember(session, judged.adjudicated);
  const state = await stateOfHead(session, judged.adjudicated);
  if (!state.ok) return retry(state.fault);
  const written = await write(session, checkFace(state.value, contextOf(session, record.mode)));
  if (!written.ok) return retry(written.fault);
  return record.validUntil === null
    ? { kind: 'done' }
    : { kind: 'done', againAt: Date.parse(record.validUntil) as Instant };
}

/** What the check of the head shows, with what was last decided of others that stand there. */
async function stateOfHead({ deps, job, pull, ledger }: Session, adjudicated: Adjudicated) {
  const decided = await decidedState(adjudicated, ledger);
  if (!decided.ok) return decided;
  const others = deps.docket
    .openAt(job.repositoryId, pull.head.sha)
    .filter((row) => row.pull !== job.pull);
  const state: SingleState = decided.value;
  const own = { number: pull.number, baseBranch: pull.base.branch, state };
  return stateAtHead(own, others, ledger, deps.now());
}

/** No verdict: the check says what it waits for, or that we failed; it is never a pass. */
async function stopShort(session: Session, fault: JudgeFault): Promise<Outcome> {
  const { deps, seenAt, id } = session;
  const now = deps.now();
  if (fault.kind === 'gates-running') {
    const running = await show(session, { kind: 'running', progress: atGates(session, fault) });
    if (!running.ok) return retry(running.fault);
    return { kind: 'done', againAt: Math.min(...fault.gates.map(({ until }) => until)) as Instant };
  }
  const againAt = waitFor(fault, now, AGAIN_MS);
  // A repository that never asked for verdicts is not told that there is none.
  if (session.required || deps.docket.enrolled(session.job.repositoryId)) {
    const deadline = (seenAt + PATIENCE_MS) as Instant;
    const patience = { attempt: 1, since: seenAt, againAt: againAt ?? now, deadline };
    const stopped = await show(session, stoppedState(fault, id, patience));
    if (!stopped.ok) return retry(stopped.fault);
  }
  return againAt === null ? { kind: 'done' } : retry(fault, againAt);
}

/** What the case waits for, as the stage table shows it. */
function atGates(
  { progress, deps }: Session,
  { gates }: Extract<JudgeFault, { readonly kind: 'gates-running' }>,
): Progress {
  const [first] = gates;
  return first === undefined
    ? progress
    : { ...progress, gate: { id: first.gate, at: 1, startedAt: deps.now() } };
}

/** What a head before this one still waits for will never come. */
async function supersede(session: Session): Promise<void> {
  const { job, deps, forge, pull, lease } = session;
  const before = deps.docket.row(job);
  if (before === null || before.head === pull.head.sha || before.verdict !== null) return;
  // Another pull request may stand at that head; then it is not superseded.
  if (deps.docket.openAt(job.repositoryId, before.head).length > 1) return;
  const runs = await forge.checkRuns(before.head);
  const old = runs.ok ? ownCheck(runs.value, forge.appId, CHECK_NAME) : null;
  if (old === null || old.status === 'completed' || !lease.stillHeld()) return;
  const face = checkFace({ kind: 'superseded', by: pull.head.sha }, contextOf(session, 'enforce'));
  // Nobody merges an older head; should this fail, its check stays open and says nothing wrong.
  await showFace(forge, before.head, old, { ...face, externalId: old.externalId });
}

function remember({ job, deps, pull }: Session, judged: Adjudicated | null): void {
  const before = deps.docket.row(job);
  const standing = before !== null && before.head === pull.head.sha ? before.verdict : null;
  const until = judged?.record.validUntil ?? null;
  deps.docket.save({
    repositoryId: job.repositoryId,
    pull: job.pull,
    head: pull.head.sha,
    baseBranch: pull.base.branch,
    open: true,
    verdict:
      judged === null
        ? standing
        : {
            id: judged.record.id,
            word: judged.record.verdict,
            validUntil: until === null ? null : (Date.parse(until) as Instant),
            entry: judged.entry.sequence,
          },
  });
}

function contextOf({ deps, forge, id }: Session, mode: 'enforce' | 'observe') {
  const { owner, name } = forge.repository;
  return { site: deps.site, repository: { owner, name }, id, now: deps.now(), mode };
}

const ownRun = ({ checkRuns, forge }: Session, name: string) =>
  ownCheck(checkRuns, forge.appId, name);

function show(session: Session, state: SingleState): Promise<Result<void, ForgeFault>> {
  return write(session, checkFace(state, contextOf(session, 'enforce')));
}

/** A slower worker must not write over what a newer one has found. */
async function write(session: Session, face: CheckFace): Promise<Result<void, ForgeFault>> {
  const { forge, pull, lease } = session;
  if (!lease.stillHeld())
    return fail({ kind: 'forge-unexpected', doing: 'writing the check', detail: 'lease lost' });
  const written = await showFace(forge, pull.head.sha, ownRun(session, face.name), face);
  if (!written.ok) return written;
  const others = session.checkRuns.filter(({ id }) => id !== written.value.id);
  session.checkRuns = [...others, written.value];
  return ok(undefined);
}

/** A pull request that is closed leaves its head to the others that stand there. */
function close(job: Job, { docket, again }: HearingDeps): Outcome {
  const row = docket.row(job);
  if (row === null || !row.open) return { kind: 'done' };
  docket.save({ ...row, open: false });
  for (const other of docket.openAt(row.repositoryId, row.head)) again({ ...job, pull: other.pull });
  return { kind: 'done' };
}

function retry(fault: { readonly kind: string }, notBefore?: Instant): Outcome {
  const at = notBefore ?? (fault as { readonly retryAt?: Instant }).retryAt;
  return { kind: 'retry', because: fault.kind, ...(at === undefined ? {} : { notBefore: at }) };
}
