import {
  EVIDENCE_BYTES_MAX,
  type EvidenceItem,
  type GateAnswerGiven,
} from '../../3-deliberation/deliberation.ts';
import type { EvidenceFormat } from '../../caws/policy.ts';
import { type Digest, fail, ok, type Result } from '../../primitives.ts';
import { readBoundedFile } from './bounded-file.ts';

/** Why a report could not be collected, in the states of an answer. */
export interface ReportFault {
  readonly state: Extract<GateAnswerGiven['state'], 'missing' | 'unreadable' | 'digest-differs'>;
  readonly detail: string;
}

/**
 * Collects one report below a folder.
 *
 * @param digest what the file must hash to; null where nobody said.
 */
export function collectReport(
  folder: string,
  report: { readonly format: EvidenceFormat; readonly path: string },
  digest: Digest | null,
): Result<EvidenceItem, ReportFault> {
  const read = readBoundedFile(folder, report.path, EVIDENCE_BYTES_MAX);
  if (!read.ok) {
    const { kind, detail } = read.fault;
    const absent = kind === 'absent';
    return fail({
      state: absent ? 'missing' : 'unreadable',
      detail: absent ? `no ${report.path}` : `${report.path}: ${detail}`,
    });
  }
  if (digest !== null && digest !== read.value.digest)
    return fail({
      state: 'digest-differs',
      detail: `${report.path}: ${read.value.digest} instead of ${digest}`,
    });
  if (isArchive(read.value.bytes))
    return fail({
      state: 'unreadable',
      detail: `${report.path}: archives are not read, unpack it`,
    });
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      read.value.bytes,
    );
    const { path: name, format } = report;
    return ok({ name, format, digest: read.value.digest, trust: 'local', text });
  } catch {
    return fail({ state: 'unreadable', detail: `${report.path}: not UTF-8` });
  }
}

/** zip (whole, empty or split), gzip, zstd. */
function isArchive(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.subarray(0, 4)).toString('hex');
  return /^(504b(0304|0506|0708)|1f8b|28b52ffd)/.test(start);
}
