import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { type Learned, learn, type Reverted } from '../src/adapters/roster/learn.ts';
import { openRoster } from '../src/adapters/roster/roster.ts';
import type { SqliteLedger } from '../src/adapters/store-sqlite/ledger.ts';
import type { RosterStorageFault } from '../src/models/faults.ts';
import type { LedgerFault } from '../src/ports.ts';
import { ok, type Result } from '../src/primitives.ts';
import type { Tools } from './hands.ts';

/** Has what is decided here reach the record of the models whose work it is about. */
export interface Learning {
  /** Takes in what these ledgers hold that is new, and what was taken back. */
  readonly from: (
    ledgers: readonly SqliteLedger[],
    reverted: readonly Reverted[],
  ) => Promise<Result<Learned, RosterStorageFault>>;
  /** The same for every repository that is judged here; what stands in the way is logged, and done with the next pass. */
  readonly pass: () => Promise<void>;
}

const nothing: Learned = { verdicts: 0, events: 0, refused: 0 };

/**
 * The app's own roster is `models.db` in its data folder; where there is none, nobody's work is known, and nothing
 * is read. The ledgers are what is learned from, and the roster remembers how far: what a crash cut off is
 * learned with the next pass, and nothing twice.
 */
export function learningOf(
  { settings, now, log }: Pick<Tools, 'settings' | 'now' | 'log'>,
  books: {
    /** Of every repository that is judged. */
    readonly repositories: () => readonly number[];
    readonly ledgerOf: (repositoryId: number) => Promise<Result<SqliteLedger, LedgerFault>>;
  },
): Learning {
  const file = join(settings.dataFolder, 'models.db');
  const from: Learning['from'] = async (ledgers, reverted) => {
    if (!existsSync(file)) return ok(nothing);
    const opened = openRoster({ file, access: 'open' });
    if (!opened.ok) return opened;
    using roster = opened.value;
    // Awaited here: the roster is closed when this returns.
    return await learn(roster, ledgers, reverted, now());
  };
  return {
    from,
    async pass() {
      if (!existsSync(file)) return;
      const ledgers: SqliteLedger[] = [];
      for (const id of books.repositories()) {
        const ledger = await books.ledgerOf(id);
        if (ledger.ok) ledgers.push(ledger.value);
        else log.warn({ ledger: ledger.fault.kind, repository: id }, 'nothing is learned from it');
      }
      const learned = await from(ledgers, []);
      if (!learned.ok) log.warn({ roster: learned.fault.kind }, 'nothing is learned for now');
      else if (learned.value.events > 0) log.info(learned.value, 'the models have a longer record');
    },
  };
}
