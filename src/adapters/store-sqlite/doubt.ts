import type { LedgerFault } from '../../ports.ts';
import { type Instant, isoOf, ok, type Result } from '../../primitives.ts';
import { orFault } from './faults.ts';
import type { SqliteLedger } from './ledger.ts';

/** A verdict that a lost key may have forged. */
export interface DoubtfulVerdict {
  readonly sequence: number;
  readonly at: string;
  readonly about: string;
}

/**
 * The verdicts that a key appended since it was lost.
 *
 * The place in the chain decides, not only the time in the entry, which whoever holds the key may
 * choose: everything of the key's that stands after the first entry of that time is doubtful too.
 */
export function doubtfulVerdicts(
  ledger: SqliteLedger,
  keyId: string,
  since: Instant,
): Result<readonly DoubtfulVerdict[], LedgerFault> {
  const { database, file, waitMs } = ledger.storage;
  return orFault(file, waitMs, () =>
    ok(
      database
        .prepare(
          `SELECT sequence, at, about FROM entries WHERE signer = ? AND kind = 'verdict'
           AND sequence >= (SELECT min(sequence) FROM entries WHERE at >= ?) ORDER BY sequence`,
        )
        .all(keyId, isoOf(since)) as unknown as readonly DoubtfulVerdict[],
    ),
  );
}
