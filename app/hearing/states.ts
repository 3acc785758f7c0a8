import type { GateLost } from '../../src/3-deliberation/deliberation.ts';
import type { CaseFile } from '../../src/4-verdict/case.ts';
import type { VerdictRecord } from '../../src/4-verdict/verdict.ts';
import type {
  CheckState,
  Decided,
  PendingWaiver,
  SingleState,
} from '../../src/5-publication/check/state.ts';
import type { AnyFault } from '../../src/5-publication/fault-words.ts';
import type { Adjudicated } from '../../src/cycle/world.ts';
import type { ForgeFault } from '../../src/forge.ts';
import type { LedgerFault, LedgerStore } from '../../src/ports.ts';
import { type Instant, ok, type Result, type VerdictId } from '../../src/primitives.ts';
import type { DocketRow } from './docket.ts';
import { type JudgeFault, recordedVerdict } from './judge-pull.ts';
import { pendingWaivers } from './pending.ts';
import { UNREAD_TRIES } from './unread-tries.ts';

/** How the reason for a waiver reads, where somebody said. */
type Reads = (file: CaseFile, waiver: PendingWaiver) => string | null;

function readPending(file: CaseFile, record: VerdictRecord, reads: Reads) {
  return pendingWaivers(file, record).map((waiver) => {
    const read = reads(file, waiver);
    return read === null ? waiver : { ...waiver, reads: read };
  });
}

/** A recorded verdict as a check shows it. */
export async function decidedState(
  { record, entry }: Adjudicated,
  ledger: LedgerStore,
  reads: Reads = () => null,
): Promise<Result<Decided, LedgerFault>> {
  const file = await caseFileOf(record, ledger);
  if (!file.ok) return file;
  return ok({
    kind: 'decided',
    record,
    entry: { sequence: entry.sequence, digest: entry.digest },
    tookMs: null,
    annotatable: filesInHead(file.value),
    pending: file.value === null ? [] : readPending(file.value, record, reads),
  });
}

/** All inputs of a verdict; null where retention dropped them: the verdict stands, its places are in the record. */
export async function caseFileOf(
  { caseDigest }: VerdictRecord,
  ledger: LedgerStore,
): Promise<Result<CaseFile | null, LedgerFault>> {
  const blob = await ledger.blob(caseDigest);
  if (!blob.ok || blob.value === null) return blob.ok ? ok(null) : blob;
  return ok(JSON.parse(Buffer.from(blob.value).toString('utf8')) as CaseFile);
}

/** Only files of the change that stand in the head have lines to write beside. */
function filesInHead(file: CaseFile | null): ReadonlySet<string> {
  const files = file?.change.files ?? [];
  return new Set(files.filter(({ status }) => status !== 'deleted').map(({ path }) => path));
}

/** What another pull request at the same head shows, by what was last decided there. */
async function stateOfRow(
  row: DocketRow,
  ledger: LedgerStore,
  now: Instant,
): Promise<Result<SingleState, LedgerFault>> {
  const queued: SingleState = { kind: 'queued', ahead: null, runner: null, since: now };
  // What could not be read may be anything by now.
  if (row.verdict === null || row.unread >= UNREAD_TRIES) return ok(queued);
  // Decided, but meanwhile something keeps it from being said.
  if (row.shown !== row.verdict.id) return ok(queued);
  const recorded = await recordedVerdict(ledger, row.verdict.id);
  if (!recorded.ok) return recorded;
  return recorded.value === null ? ok(queued) : decidedState(recorded.value, ledger);
}

type Several = Extract<CheckState, { readonly kind: 'several' }>;

/** The state of a head: this pull request's, and those of the others that stand there. */
export async function stateAtHead(
  own: Several['pulls'][number],
  others: readonly DocketRow[],
  ledger: LedgerStore,
  now: Instant,
): Promise<Result<CheckState, LedgerFault>> {
  if (others.length === 0) return ok(own.state);
  const pulls = [own];
  for (const row of others) {
    const state = await stateOfRow(row, ledger, now);
    if (!state.ok) return state;
    const { pull: number, baseBranch, name } = row;
    pulls.push({ number, baseBranch, name, state: state.value });
  }
  return ok({ kind: 'several', pulls });
}

/** How often and how long something was waited for before it is said to have failed. */
export interface Patience {
  readonly attempt: number;
  readonly since: Instant;
  readonly againAt: Instant;
  readonly deadline: Instant;
}

/** Why there is no verdict, as a check shows it. */
export function stoppedState(fault: StoppingFault, id: VerdictId, patience: Patience): SingleState {
  if (fault.kind === 'runner-lost') return lostState(fault.lost, id);
  const away = awayFault(fault);
  if (away !== null) return { kind: 'waiting', fault: away, ...patience };
  const stopped = isForgeFault(fault)
    ? ({ kind: 'forge', fault } as const)
    : ({ kind: 'fault', fault: ownFault(fault) } as const);
  return {
    kind: 'error',
    stopped,
    stage: 'Pleading',
    attempt: patience.attempt,
    attemptsMax: patience.attempt,
    reference: id,
  };
}

function lostState({ runner, because, afterMs, attempts }: GateLost, id: VerdictId): SingleState {
  return {
    kind: 'error',
    stopped: { kind: 'runner-lost', runner, afterMs, because },
    ...{ stage: 'Deliberation', attempt: attempts, attemptsMax: attempts, reference: id },
  };
}

/** A gate that still runs stops nothing: it is shown as what the case waits for. */
export type StoppingFault = Exclude<JudgeFault, { readonly kind: 'gates-running' }>;

const isForgeFault = (fault: StoppingFault): fault is ForgeFault => fault.kind.startsWith('forge-');

/** What is over once the forge answers again; its git server is a part of it. */
function awayFault(fault: StoppingFault): ForgeFault | null {
  if (isForgeFault(fault)) return fault.kind === 'forge-refused' ? null : fault;
  const doing = 'fetching the change';
  switch (fault.kind) {
    case 'fetch-failed':
      return { kind: 'forge-unreachable', doing, detail: fault.stderr };
    case 'fetch-timed-out':
      return {
        kind: 'forge-unreachable',
        doing,
        detail: `no end after ${fault.limitMs / 1_000} s`,
      };
    default:
      return null;
  }
}

/** A fetch that failed is git's failure to a reader. */
function ownFault(fault: Exclude<StoppingFault, ForgeFault>): AnyFault {
  switch (fault.kind) {
    case 'fetch-failed':
      return { kind: 'git-failed', doing: 'fetching the change', stderr: fault.stderr };
    case 'fetch-timed-out':
      return { kind: 'timed-out', doing: 'fetching the change', limitMs: fault.limitMs };
    case 'repository-too-large':
      return {
        kind: 'git-failed',
        doing: 'fetching the change',
        stderr: `the repository has ${fault.bytes} bytes, ${fault.limit} are allowed`,
      };
    default:
      return fault;
  }
}
