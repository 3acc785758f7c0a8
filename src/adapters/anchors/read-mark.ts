import { readStrictJson } from '../../ledger/strict-json.ts';
import { digest } from '../../primitives.ts';
import type { AnchorReading, Mark } from './anchor.ts';

/** A mark is some 200 bytes; a longer text is none. */
export const MARK_BYTES_MAX = 4_096;

/** @returns the mark in the text, or why it is none. */
export function readMark(text: string): AnchorReading {
  const read = readStrictJson(text, { charactersMax: MARK_BYTES_MAX, depthMax: 2 });
  if (!read.ok) return { state: 'unreadable', reason: read.fault.kind };
  const { schema, ledger, sequence, digest: stated } = (read.value ?? {}) as Partial<Mark>;
  const known = typeof stated === 'string' ? digest(stated) : undefined;
  const fits =
    schema === 'caws-arbiter/anchor@1' &&
    typeof ledger === 'string' &&
    /^[0-9a-f]{32}$/.test(ledger) &&
    Number.isSafeInteger(sequence) &&
    Number(sequence) >= 1;
  if (!fits || known === undefined) return { state: 'unreadable', reason: 'not a mark' };
  return {
    state: 'remembers',
    mark: { schema, ledger, sequence: Number(sequence), digest: known },
  };
}
