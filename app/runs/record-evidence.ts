import type { GateAnswerGiven } from '../../src/3-deliberation/deliberation.ts';
import { type BundleFault, readBundle } from '../../src/3-deliberation/runner/bundle.ts';
import { sha256Of } from '../../src/ledger/entry.ts';
import type { LedgerFault, LedgerStore, Signer } from '../../src/ports.ts';
import { type Digest, fail, type Instant, ok, type Result } from '../../src/primitives.ts';
import type { Run, Runs } from './runs.ts';

/** A run is never run again under its number: who does so by hand starts another attempt, which is none of ours. */
export const ATTEMPT = 1;

/** How a bundle came here, and who vouches for that. */
export type BroughtBy =
  | { readonly kind: 'token'; readonly jti: string; readonly runnerEnvironment: string }
  /** Left behind by the run, and fetched from the forge. */
  | { readonly kind: 'artifact' };

export interface Recording {
  readonly ledger: LedgerStore;
  readonly signer: Signer;
  readonly runs: Runs;
  readonly now: () => Instant;
}

/**
 * Takes a bundle as the evidence of a run: in the ledger first, whole, then nobody waits for it any more.
 * After a crash between the two the ledger is asked.
 *
 * @returns its digest; the same once more where it stands already.
 */
export async function recordEvidence(
  run: Run,
  bytes: Uint8Array,
  by: BroughtBy,
  { ledger, signer, runs, now }: Recording,
): Promise<Result<Digest, BundleFault | LedgerFault | { readonly kind: 'answered-before' }>> {
  if (run.runId === null) return fail({ kind: 'bundle-of-another', what: 'run' });
  const read = readBundle(bytes, run.file, { id: run.runId, attempt: ATTEMPT });
  if (!read.ok) return read;
  const before = await ledger.find('evidence', run.id);
  if (!before.ok) return before;
  if (before.value !== null) return fail({ kind: 'answered-before' });
  const bundle = sha256Of(bytes);
  const { repositoryId, repository, pull, head, branch, runId, workflowSha } = run;
  const { base, policy, plan } = run.file;
  const body = {
    schema: 'caws-arbiter/evidence-entry@1',
    ...{ case: run.id, repositoryId, repository, pull, head, base, policy, plan, bundle },
    run: { id: runId, attempt: ATTEMPT, branch, workflowSha },
    by,
  };
  const blobs = [{ digest: bundle, bytes }];
  const draft = { at: now(), kind: 'evidence', about: run.id, body, blobs } as const;
  const entry = await ledger.append(draft, signer);
  if (!entry.ok) return entry;
  runs.answered(run.id, now());
  return ok(bundle);
}

/** What a run's recorded evidence answers; null where none is recorded, or retention dropped it. */
export async function recordedAnswers(
  run: Run,
  ledger: LedgerStore,
): Promise<Result<readonly GateAnswerGiven[] | null, LedgerFault>> {
  const entry = await ledger.find('evidence', run.id);
  if (!entry.ok) return entry;
  if (entry.value === null) return ok(null);
  const { bundle, run: by } = JSON.parse(entry.value.body) as {
    readonly bundle: Digest;
    readonly run: { readonly id: number };
  };
  const blob = await ledger.blob(bundle);
  if (!blob.ok) return blob;
  if (blob.value === null) return ok(null);
  const read = readBundle(blob.value, run.file, { id: by.id, attempt: ATTEMPT });
  return ok(read.ok ? read.value : null);
}
