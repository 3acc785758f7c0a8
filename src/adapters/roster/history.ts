import type { RosterStorageFault } from '../../models/faults.ts';
import type { Performance } from '../../models/performance.ts';
import type { Surface } from '../../models/profile.ts';
import type { Instant, Result } from '../../primitives.ts';
import type { Roster } from './roster.ts';

/** An event or refusal as it stands in the log. */
export interface Logged {
  readonly sequence: number;
  readonly at: Instant;
  readonly body: unknown;
}

/** What the log holds about one model, newest first. */
export function eventsOf(
  roster: Roster,
  model: string,
  limit: number,
): Result<readonly Logged[], RosterStorageFault> {
  return logged(
    roster,
    'SELECT sequence, at, body FROM events WHERE model = ? ORDER BY sequence DESC LIMIT ?',
    [model, limit],
  );
}

/** What was refused about one thing, or about anything, newest first. */
export function refusalsOf(
  roster: Roster,
  about: string | null,
  limit: number,
): Result<readonly Logged[], RosterStorageFault> {
  const where = about === null ? '' : 'WHERE about = ?';
  return logged(
    roster,
    `SELECT sequence, at, body FROM refusals ${where} ORDER BY sequence DESC LIMIT ?`,
    about === null ? [limit] : [about, limit],
  );
}

function logged(
  roster: Roster,
  sql: string,
  values: readonly (string | number)[],
): Result<readonly Logged[], RosterStorageFault> {
  return roster.read(() =>
    roster
      .statement(sql)
      .all(...values)
      .map((row) => ({
        sequence: Number(row['sequence']),
        at: Number(row['at']) as Instant,
        body: JSON.parse(String(row['body'])) as unknown,
      })),
  );
}

/** One model's record on one surface, day by day, oldest first. */
export interface DayRecord {
  readonly generation: number;
  /** Days since 1970 in UTC. */
  readonly day: number;
  readonly record: Performance;
}

/** The days of one surface since a day, or of one generation alone. @throws as SQLite does. */
export function recordsBetween(
  roster: Roster,
  of: {
    readonly id: string;
    readonly surface: Surface;
    readonly generation?: number;
    readonly sinceDay?: number;
  },
): readonly DayRecord[] {
  return roster
    .statement(
      `SELECT generation, day, record FROM days WHERE model = ?1 AND surface = ?2
       AND (?3 IS NULL OR generation = ?3) AND day >= ?4 ORDER BY generation, day`,
    )
    .all(of.id, of.surface, of.generation ?? null, of.sinceDay ?? 0)
    .map((row) => ({
      generation: Number(row['generation']),
      day: Number(row['day']),
      record: JSON.parse(String(row['record'])) as Performance,
    }));
}
