import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { openLedger } from '../../src/adapters/store-sqlite/ledger.ts';
import { append, claim } from '../../src/arbitration/lease.ts';
import type { CommitSha, Instant, VerdictId } from '../../src/primitives.ts';
import { newSigner } from '../ledger/kit.ts';
import { forEvery, mustEqual, type Row } from './row.ts';

const base = 'b'.repeat(40) as CommitSha;
const now = 1_800_000_000_000 as Instant;

/**
 * Arbitrations of one spec that all begin in the same moment, each of another process.
 *
 * @returns how many may go on, and how many of those could record a winner.
 */
async function raced(count: number, takesOver: boolean): Promise<readonly [number, number]> {
  const folder = mkdtempSync(join(tmpdir(), 'caws-attack-winning-'));
  const opened = await openLedger({ file: join(folder, 'l.db'), access: 'create', anchors: [] });
  if (!opened.ok) throw new Error(opened.fault.kind);
  await using ledger = opened.value;
  try {
    const newId = () => '01a40088-0000-7000-8000-000000000001' as VerdictId;
    const world = { ledger, signer: newSigner(), clock: { now: () => now }, newId };
    const claims = await Promise.all(
      Array.from({ length: count }, () => claim({ spec: 'CART-1', base, takesOver }, world)),
    );
    const began = claims.flatMap((each) => (each.ok ? [each.value] : []));
    const decided = await Promise.all(
      began.map(({ body, entry }) => {
        const after = entry.sequence;
        return append('arbitration', 'CART-1', { ...body, state: 'left' }, world, { after });
      }),
    );
    return [began.length, decided.filter(({ ok }) => ok).length];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Two changes for one spec that are both to win. */
export const winningRows: readonly Row[] = [
  {
    id: 'I117',
    name: 'two winners for one spec',
    expected: 'of arbitrations that begin at once one goes on, and one decides',
    defence: {
      file: 'src/arbitration/lease.ts',
      from: 'body, world, { after });\n  return entry.ok ? ok({ body',
      to: 'body, world, {});\n  return entry.ok ? ok({ body',
    },
    async holds() {
      mustEqual(await raced(1, false), [1, 1], 'one alone');
      mustEqual(await raced(2, false), [1, 1], 'two at once');
    },
    variants: () =>
      forEvery(
        8,
        fc.tuple(fc.integer({ min: 2, max: 6 }), fc.boolean()),
        async ([count, takesOver]) => {
          mustEqual(await raced(count, takesOver), [1, 1], `${count} at once`);
        },
      ),
  },
];
