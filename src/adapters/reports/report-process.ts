/** The process that reads one report after the other. What it is given is a stranger's, so it is given nothing else. */
import type { EvidenceItem } from '../../3-deliberation/deliberation.ts';
import { readEvidence } from '../../3-deliberation/evidence/read-evidence.ts';

process.on('message', ({ format, name, text }: Pick<EvidenceItem, 'format' | 'name' | 'text'>) =>
  process.send?.(readEvidence(format, { name, text })),
);
