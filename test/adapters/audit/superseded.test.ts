import { expect, test } from 'vitest';
import type { VerdictRecord } from '../../../src/4-verdict/verdict.ts';
import { isSuperseded } from '../../../src/adapters/audit/superseded.ts';
import type { LedgerEntry } from '../../../src/ports.ts';
import { type Instant, isoOf, ok } from '../../../src/primitives.ts';
import { digestOf, sha } from '../../2-examination/case.ts';

const MINUTE_MS = 60_000;
const at = (minute: number) => (minute * MINUTE_MS) as Instant;

/** `#N` accepted at a minute, or what stood then ended: newest first, as a ledger gives them. */
const words = (...said: readonly (readonly [minute: number, head: string | null])[]) =>
  said
    .map(([minute, head], place): LedgerEntry => {
      const body = JSON.stringify(
        head === null ? { state: 'ended' } : { state: 'accepted', head: sha(head) },
      );
      const digest = digestOf(String(place));
      return {
        ...{ sequence: place + 1, at: isoOf(at(minute)), kind: 'acceptance' },
        ...{ about: 'refs/heads/main CART-1', body, previous: digest, digest },
      };
    })
    .toReversed();

const record = {
  law: { spec: { id: 'CART-1' } },
  subject: { head: sha('own'), base: sha('base'), baseRef: 'refs/heads/main' },
} as unknown as VerdictRecord;

test.each<[string, number | null, readonly LedgerEntry[], boolean]>([
  ['before anybody was accepted', 9, words([10, 'other']), false],
  ['while another one stood', 11, words([10, 'other']), true],
  ['while another one stood that has ended since', 11, words([10, 'other'], [20, null]), true],
  ['after another one had ended', 21, words([10, 'other'], [20, null]), false],
  ['while it was accepted itself', 11, words([10, 'own']), false],
  ['at a time that nothing tells, while another one stands', null, words([10, 'other']), true],
  ['at a time that nothing tells, and nobody stands', null, words([1, 'other'], [2, null]), false],
  ['in the second time of another one', 31, words([1, 'own'], [20, null], [30, 'other']), true],
])('what landed %s', async (_, minute, entries, expected) => {
  const recent = async (_limit: number, kind?: string, about?: string) =>
    ok(kind === 'acceptance' && about === 'refs/heads/main CART-1' ? entries : []);
  const landedAt = minute === null ? null : at(minute);
  expect(await isSuperseded(record, landedAt, { recent })).toEqual(ok(expected));
});
