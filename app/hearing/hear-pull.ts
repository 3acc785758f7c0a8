import type { Step } from '../../src/cycle.ts';
import type { CheckFace, Forge, ForgeFault, LiveCheckRun, LivePull } from '../../src/forge.ts';
import type { LedgerFault, LedgerStore } from '../../src/ports.ts';
import { type CommitSha, fail, type Instant, type Result } from '../../src/primitives.ts';
import { ownCheck, showFace } from './check-post.ts';
import type { DocketRow, PullName } from './docket.ts';
import { type Court, type Judged, type JudgeFault, judgePull } from './judge-pull.ts';

/** One pull request that is to be looked at again; owner and name as last heard. */
export interface Job extends PullName {
  readonly installationId: number;
  readonly owner: string;
  readonly name: string;
}

/** The right to work on a pull request; who lost it changes nothing any more. */
export interface Lease {
  readonly signal: AbortSignal;
  stillHeld(): boolean;
}

export type Outcome =
  | { readonly kind: 'done'; readonly againAt?: Instant }
  | { readonly kind: 'retry'; readonly because: string; readonly notBefore?: Instant };

type JudgedCase = Extract<Judged, { readonly kind: 'judged' }>['adjudicated'];

/** What people are shown; the words are made in 5-publication. */
export interface Faces {
  /** The check's constant name. */
  readonly name: string;
  begun(pull: LivePull, at: Instant): CheckFace;
  /** Nothing is decided: something that has to be known is not known yet. */
  waiting(pull: LivePull, because: JudgeFault, at: Instant): CheckFace;
  /** @param others open pull requests at the same head, as last decided. */
  judged(pull: LivePull, judged: JudgedCase, others: readonly DocketRow[]): CheckFace;
  failed(pull: LivePull, fault: JudgeFault, at: Instant): CheckFace;
  superseded(pull: LivePull, by: CommitSha): CheckFace;
}

export interface HearingDeps extends Court {
  readonly forgeFor: (job: Job) => Promise<Result<Forge, ForgeFault>>;
  readonly ledgerFor: (repositoryId: number) => Promise<Result<LedgerStore, LedgerFault>>;
  /** Whether the branch demands our check. Rarely changes, so it may be some minutes old. */
  readonly isRequired: (forge: Forge, branch: string) => Promise<Result<boolean, ForgeFault>>;
  readonly faces: Faces;
  /** Another pull request is to be looked at again. */
  readonly again: (name: PullName) => void;
  readonly watch: (name: PullName, step: Step) => void;
}

/** A git server may show a push some seconds after the API does. */
const BEHIND_MS = 3_000;

/** What is in hand while one pull request is heard. */
interface Session {
  readonly job: Job;
  readonly lease: Lease;
  readonly deps: HearingDeps;
  readonly forge: Forge;
  readonly pull: LivePull;
  readonly seenAt: Instant;
  readonly checkRuns: readonly LiveCheckRun[];
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
  const checkRuns = await forge.value.checkRuns(pull.value.head.sha);
  if (!checkRuns.ok) return retry(checkRuns.fault);
  const seenAt = deps.docket.seen(job, pull.value.head.sha, deps.now());
  return hear({
    job,
    lease,
    deps,
    forge: forge.value,
    pull: pull.value,
    seenAt,
    checkRuns: checkRuns.value,
  });
}

async function hear(session: Session): Promise<Outcome> {
  const { job, deps, forge, pull } = session;
  const required = await deps.isRequired(forge, pull.base.branch);
  if (!required.ok) return retry(required.fault);
  const ledger = await deps.ledgerFor(job.repositoryId);
  if (!ledger.ok) return retry(ledger.fault);
  await supersede(session);
  remember(session, null);
  let own = ownCheck(session.checkRuns, forge.appId, deps.faces.name);
  // The author sees at once that a verdict is on its way, where one is sure to come.
  if (own === null && (required.value || deps.docket.enrolled(job.repositoryId))) {
    const begun = await show(session, null, deps.faces.begun(pull, deps.now()));
    if (!begun.ok) return retry(begun.fault);
    own = begun.value;
  }
  const judged = await judgePull(
    {
      name: job,
      forge,
      pull,
      at: { checkRuns: session.checkRuns, seenAt: session.seenAt },
      ledger: ledger.value,
      signal: session.lease.signal,
      required: required.value,
      watch: (step) => deps.watch(job, step),
    },
    deps,
  );
  return judged.ok ? announce(session, own, judged.value) : stopShort(session, own, judged.fault);
}

/** The verdict is in the ledger by now; whatever fails from here on is announced again later. */
async function announce(
  session: Session,
  own: LiveCheckRun | null,
  judged: Judged,
): Promise<Outcome> {
  const { deps, pull, job } = session;
  if (judged.kind === 'no-policy') return { kind: 'done' };
  if (judged.kind === 'behind')
    return {
      kind: 'retry',
      because: `git shows ${judged.found ?? 'nothing'} where ${judged.expected} was announced`,
      notBefore: (deps.now() + BEHIND_MS) as Instant,
    };
  const { adjudicated } = judged;
  remember(session, adjudicated);
  const others = deps.docket
    .openAt(job.repositoryId, pull.head.sha)
    .filter(({ pull: number }) => number !== job.pull);
  const shown = await show(session, own, deps.faces.judged(pull, adjudicated, others));
  if (!shown.ok) return retry(shown.fault);
  const until = adjudicated.record.validUntil;
  return until === null
    ? { kind: 'done' }
    : { kind: 'done', againAt: Date.parse(until) as Instant };
}

/** No verdict: the check says what it waits for, or that we failed; it is never a pass. */
async function stopShort(
  session: Session,
  own: LiveCheckRun | null,
  fault: JudgeFault,
): Promise<Outcome> {
  const { deps, pull } = session;
  const wait = waitFor(fault, deps.now());
  const face =
    wait === null
      ? deps.faces.failed(pull, fault, deps.now())
      : deps.faces.waiting(pull, fault, deps.now());
  // A repository that never asked for verdicts is not told that there is none.
  const wanted = own !== null || deps.docket.enrolled(session.job.repositoryId);
  if (wanted) {
    const shown = await show(session, own, face);
    if (!shown.ok) return retry(shown.fault);
  }
  if (fault.kind === 'gates-running') return { kind: 'done', ...again(session, fault) };
  return wait === null ? { kind: 'done' } : retry(fault, wait);
}

/** Events of the repository's own CI wake us; where none comes, its deadline does. */
function again(
  { seenAt, deps }: Session,
  fault: Extract<JudgeFault, { readonly kind: 'gates-running' }>,
): { readonly againAt: Instant } {
  const deadlines = fault.gates.map(({ until }) => until).filter((until) => until > deps.now());
  const first = deadlines.length === 0 ? seenAt : Math.min(...deadlines);
  return { againAt: Math.max(first, deps.now()) as Instant };
}

/** When to try again, or null where trying again changes nothing until somebody acts. */
function waitFor(fault: JudgeFault, now: Instant): Instant | null {
  switch (fault.kind) {
    case 'forge-busy':
      return fault.retryAt;
    case 'gates-running':
    case 'forge-unreachable':
    case 'forge-incomplete':
    case 'forge-unexpected':
    case 'fetch-failed':
    case 'fetch-timed-out':
    case 'timed-out':
    case 'git-failed':
    case 'object-missing':
    case 'scratch-unwritable':
    case 'ledger-locked':
    case 'ledger-full':
    case 'head-moved':
      return now;
    default:
      return null;
  }
}

/** What a head before this one still waits for will never come. */
async function supersede({ job, deps, forge, pull, lease }: Session): Promise<void> {
  const before = deps.docket.row(job);
  if (before === null || before.head === pull.head.sha || before.verdict !== null) return;
  // Another pull request may stand at that head; then it is not superseded.
  if (deps.docket.openAt(job.repositoryId, before.head).length > 1) return;
  const runs = await forge.checkRuns(before.head);
  const old = runs.ok ? ownCheck(runs.value, forge.appId, deps.faces.name) : null;
  if (old === null || old.status === 'completed' || !lease.stillHeld()) return;
  // Nobody merges an older head; should this fail, its check stays open and says nothing wrong.
  await showFace(forge, before.head, old, deps.faces.superseded(pull, pull.head.sha));
}

function remember({ job, deps, pull }: Session, judged: JudgedCase | null): void {
  const before = deps.docket.row(job);
  const same = before !== null && before.head === pull.head.sha;
  deps.docket.save({
    repositoryId: job.repositoryId,
    pull: job.pull,
    head: pull.head.sha,
    baseBranch: pull.base.branch,
    open: true,
    verdict:
      judged === null
        ? same
          ? before.verdict
          : null
        : {
            id: judged.record.id,
            word: judged.record.verdict,
            validUntil:
              judged.record.validUntil === null
                ? null
                : (Date.parse(judged.record.validUntil) as Instant),
            entry: judged.entry.sequence,
          },
  });
}

async function show(
  { forge, pull, lease }: Session,
  before: LiveCheckRun | null,
  face: CheckFace,
): Promise<Result<LiveCheckRun, ForgeFault>> {
  // A slower worker must not write over what a newer one has found.
  if (!lease.stillHeld())
    return fail({ kind: 'forge-unexpected', doing: 'writing the check', detail: 'lease lost' });
  return showFace(forge, pull.head.sha, before, face);
}

/** A pull request that is closed leaves its head to the others that stand there. */
function close(job: Job, { docket, again }: HearingDeps): Outcome {
  const row = docket.row(job);
  if (row === null || !row.open) return { kind: 'done' };
  docket.save({ ...row, open: false });
  for (const other of docket.openAt(row.repositoryId, row.head))
    again({ repositoryId: other.repositoryId, pull: other.pull });
  return { kind: 'done' };
}

function retry(fault: { readonly kind: string }, notBefore?: Instant): Outcome {
  const busy = (fault as { readonly retryAt?: Instant }).retryAt;
  const at = notBefore ?? busy;
  return { kind: 'retry', because: fault.kind, ...(at === undefined ? {} : { notBefore: at }) };
}
