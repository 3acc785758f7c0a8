import { type Breaker, closedBreaker } from '../../models/orchestration/breaker.ts';
import { type Pulse, type Vital, vitalOf } from '../../models/orchestration/health.ts';
import type { Instant } from '../../primitives.ts';
import type { Roster } from '../roster/roster.ts';

/** What can be broken or silent: `model:ID`, `daemon:BACKEND`, `runner:NAME`. */
export type PartName = `${'model' | 'daemon' | 'runner'}:${string}`;

/** @throws as SQLite does. */
export function breakerOf(roster: Roster, name: PartName): Breaker {
  const row = roster.statement('SELECT body FROM breakers WHERE name = ?').get(name);
  return row === undefined ? closedBreaker : (JSON.parse(String(row['body'])) as Breaker);
}

/** @throws as SQLite does. */
export function writeBreaker(roster: Roster, name: PartName, breaker: Breaker): void {
  // One that says nothing needs no row.
  if (breaker.state === 'closed' && breaker.failures === 0)
    roster.statement('DELETE FROM breakers WHERE name = ?').run(name);
  else
    roster
      .statement(
        'INSERT INTO breakers VALUES (?, ?) ON CONFLICT DO UPDATE SET body = excluded.body',
      )
      .run(name, JSON.stringify(breaker));
}

/** All that ever failed and has not worked since. @throws as SQLite does. */
export function breakersIn(roster: Roster): ReadonlyMap<string, Breaker> {
  const rows = roster.statement('SELECT name, body FROM breakers ORDER BY name').all();
  return new Map(
    rows.map((row) => [String(row['name']), JSON.parse(String(row['body'])) as Breaker]),
  );
}

/** A sign of life, and when the next one is to be expected. @throws as SQLite does. */
export function beat(roster: Roster, name: PartName, { seenAt, everyMs }: Pulse): void {
  roster
    .statement(
      'INSERT INTO pulses VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET seen_at = excluded.seen_at, every_ms = excluded.every_ms',
    )
    .run(name, seenAt, everyMs);
}

/** Whoever leaves on purpose is not missed. @throws as SQLite does. */
export function leave(roster: Roster, name: PartName): void {
  roster.statement('DELETE FROM pulses WHERE name = ?').run(name);
}

export interface Heard extends Pulse {
  readonly vital: Vital;
}

/** Everybody who announced themselves, and how they stand. @throws as SQLite does. */
export function pulsesIn(roster: Roster, now: Instant): ReadonlyMap<string, Heard> {
  const rows = roster.statement('SELECT name, seen_at, every_ms FROM pulses ORDER BY name').all();
  return new Map(
    rows.map((row) => {
      const pulse = { seenAt: Number(row['seen_at']) as Instant, everyMs: Number(row['every_ms']) };
      return [String(row['name']), { ...pulse, vital: vitalOf(pulse, now) }];
    }),
  );
}

/** Silent for this long, it is gone for good: a runner that was killed, a daemon that was removed. */
const FORGOTTEN_MS = 86_400_000;

/** @throws as SQLite does. */
export function forgetSilent(roster: Roster, now: Instant): void {
  roster.statement('DELETE FROM pulses WHERE seen_at < ?').run(now - FORGOTTEN_MS);
}
