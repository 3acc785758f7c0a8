import type { RosterStorageFault } from '../../models/faults.ts';
import type { Result } from '../../primitives.ts';
import type { Roster } from './roster.ts';

/**
 * Brings the tables of another part up to date, which stand in the roster's own file: what it keeps and
 * what that is about are written and copied together. Their version is counted apart, so that each part
 * goes its own way.
 *
 * @param counter the table that holds the version; fixed text of that part, never a value.
 * @param steps every version's step from the one before, oldest first; a released step is never edited.
 */
export function prepareTables(
  roster: Roster,
  counter: string,
  steps: readonly string[],
): Result<null, RosterStorageFault> {
  return roster.write(() => {
    const { database } = roster;
    database.exec(
      `CREATE TABLE IF NOT EXISTS ${counter} (one INTEGER PRIMARY KEY CHECK (one = 1), version INTEGER NOT NULL) STRICT`,
    );
    const row = database.prepare(`SELECT version FROM ${counter}`).get();
    for (const step of steps.slice(Number(row?.['version'] ?? 0))) database.exec(step);
    database
      .prepare(
        `INSERT INTO ${counter} VALUES (1, ?) ON CONFLICT DO UPDATE SET version = max(version, excluded.version)`,
      )
      .run(steps.length);
    return null;
  });
}
