/** The thread that reads one report after the other. What it is given is a stranger's, so it is given nothing else. */
import { parentPort } from 'node:worker_threads';
import type { EvidenceItem } from '../../3-deliberation/deliberation.ts';
import { readEvidence } from '../../3-deliberation/evidence/read-evidence.ts';

parentPort?.on(
  'message',
  ({ format, name, text }: Pick<EvidenceItem, 'format' | 'name' | 'text'>) =>
    parentPort?.postMessage(readEvidence(format, { name, text })),
);
