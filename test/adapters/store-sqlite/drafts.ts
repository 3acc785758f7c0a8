import { sha256Of } from '../../../src/ledger/entry.ts';
import type { LedgerDraft } from '../../../src/ports.ts';
import type { Instant } from '../../../src/primitives.ts';

const START = Date.UTC(2026, 10, 23, 12);

/** The n-th verdict of a test, with a blob where a text is given. */
export function draftOf(n: number, blob?: string): LedgerDraft {
  const bytes = blob === undefined ? undefined : Buffer.from(blob);
  return {
    at: (START + n * 1_000) as Instant,
    kind: 'verdict',
    about: `verdict-${n}`,
    body: { n, verdict: 'PASS', word: 'naïve' },
    blobs: bytes === undefined ? [] : [{ digest: sha256Of(bytes), bytes }],
  };
}
