import { BUNDLE_BYTES_MAX, isBundleFault } from '../../src/3-deliberation/runner/bundle.ts';
import { bundleFaultText } from '../../src/5-publication/run-words.ts';
import { readOneFileZip } from '../../src/adapters/github/one-file-zip.ts';
import type { ForgeFault, StartedRun } from '../../src/forge.ts';
import type { LedgerFault } from '../../src/ports.ts';
import { ok, type Result } from '../../src/primitives.ts';
import { ATTEMPT, type Recording, recordEvidence } from './record-evidence.ts';
import type { Run } from './runs.ts';

/** What a run keeps where it could not send its evidence: one file in one artifact. */
const ARTIFACT = 'caws-evidence';
const FILE = 'caws-evidence.json';

/** The archive that a run left under a name, or null. */
export type FetchArtifact = (
  runId: number,
  name: string,
) => Promise<Result<Uint8Array | null, ForgeFault>>;

export type Brought =
  | { readonly kind: 'recorded' }
  | { readonly kind: 'nothing' }
  | { readonly kind: 'refused'; readonly because: string };

/**
 * Fetches what a run left behind that could not reach the app. That it is this run's, of the target's own
 * workflow, is the forge's word; the bundle is read as strictly as one that was sent.
 */
export async function bringArtifact(
  run: Run,
  live: StartedRun,
  recording: Recording & { readonly artifact: FetchArtifact },
): Promise<Result<Brought, ForgeFault | LedgerFault>> {
  if (run.runId === null || live.attempt !== ATTEMPT) return ok({ kind: 'nothing' });
  if (live.head !== run.workflowSha) return ok({ kind: 'nothing' });
  const zip = await recording.artifact(run.runId, ARTIFACT);
  if (!zip.ok) return zip;
  if (zip.value === null) return ok({ kind: 'nothing' });
  const file = await readOneFileZip(zip.value, FILE, BUNDLE_BYTES_MAX);
  if (!file.ok) return ok({ kind: 'refused', because: `an artifact with ${file.fault}` });
  const recorded = await recordEvidence(run, file.value, { kind: 'artifact' }, recording);
  if (recorded.ok) return ok({ kind: 'recorded' });
  const { fault } = recorded;
  if (fault.kind === 'answered-before') return ok({ kind: 'recorded' });
  return isBundleFault(fault)
    ? ok({ kind: 'refused', because: `evidence that is none: ${bundleFaultText(fault)}` })
    : { ok: false, fault };
}
