import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { LicenceFault } from '../../5-publication/judge-faults.ts';
import { type JudgeAnchors, readJudgeAnchors } from '../../caws/judge-anchors.ts';
import type { DocumentFault } from '../../caws/law.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import { packageFolder } from '../shipped.ts';

/** Of five hundred tasks with their files. */
const ANCHORS_BYTES_MAX = 8 * 1024 ** 2;

type AnchorsFault =
  | { readonly kind: 'document-invalid'; readonly document: DocumentFault }
  | Extract<LicenceFault, { readonly kind: 'anchors-unreadable' }>;

/** @param named absolute; null: those that ship with the program. */
export function loadAnchors(named: string | null): Result<JudgeAnchors, AnchorsFault> {
  const file = named ?? join(packageFolder(), 'policies', 'judge', 'anchors-1.yaml');
  try {
    const { size } = statSync(file);
    if (size > ANCHORS_BYTES_MAX)
      return fail({ kind: 'anchors-unreadable', file, reason: `over ${ANCHORS_BYTES_MAX} bytes` });
    const read = readJudgeAnchors({ file, text: readFileSync(file, 'utf8') });
    return read.ok ? ok(read.value) : fail({ kind: 'document-invalid', document: read.fault });
  } catch (error) {
    const reason = (error as NodeJS.ErrnoException).code ?? 'unreadable';
    return fail({ kind: 'anchors-unreadable', file, reason });
  }
}
