import { instantFault, type RosterEvent, wentBack } from '../../models/events.ts';
import type { Refusal, RosterFault } from '../../models/faults.ts';
import { merged, noPerformance } from '../../models/performance.ts';
import { type ModelProfile, runningMaxOf } from '../../models/profile.ts';
import {
  type Registration,
  type RosterModel,
  registered,
  restatused,
  type StatusChange,
} from '../../models/roster.ts';
import { rankOf } from '../../models/scores.ts';
import { fail, type Instant, isoOf, ok, type Result } from '../../primitives.ts';
import { recordsBetween } from './history.ts';
import { recordRefusal } from './refusing.ts';
import { abilitiesText, type Roster } from './roster.ts';

/** What registering did. */
export type Registered = 'new' | 'other-weights' | 'changed' | 'unchanged';

/**
 * Puts a model on the roster, or changes what is known of one. A refusal is recorded, and nothing else
 * changes.
 */
export function register(roster: Roster, asked: Registration): Result<Registered, RosterFault> {
  const { profile, at } = asked;
  return refusable(roster, profile.id, at, () => {
    const before = roster.standing(profile.id);
    const event = registered(before, asked);
    if (!event.ok) return event;
    if (event.value === null) return ok('unchanged');
    const { generation, status } = event.value;
    const isSame = before?.generation === generation;
    writeModel(roster, profile, { status, generation, at, running: before?.load.running ?? 0 });
    if (!isSame) roster.statement('DELETE FROM offers WHERE model = ?').run(profile.id);
    writeOffers(roster, profile, generation);
    logRosterEvent(roster, event.value);
    if (before === null) return ok('new');
    return ok(isSame ? 'changed' : 'other-weights');
  });
}

/** Changes a model's status. @returns whether it was another one before. */
export function restatus(roster: Roster, change: StatusChange): Result<boolean, RosterFault> {
  return refusable(roster, change.id, change.at, () => {
    const before = roster.standing(change.id);
    if (before === null) return fail(unknownModel(roster, change.id));
    const event = restatused(before, change);
    if (!event.ok) return event;
    if (event.value === null) return ok(false);
    roster
      .statement('UPDATE models SET status = ?, changed_at = max(changed_at, ?) WHERE id = ?')
      .run(change.to, change.at, change.id);
    logRosterEvent(roster, event.value);
    return ok(true);
  });
}

/** A sign of life. It is no event of the log: one comes every few seconds. */
export function heartbeat(roster: Roster, id: string, at: Instant): Result<null, RosterFault> {
  return refusable(roster, id, at, () => {
    const before = roster.standing(id);
    if (before === null) return fail(unknownModel(roster, id));
    if (wentBack(before.seenAt, at)) return fail(wentBackFault(id, before.seenAt, at));
    roster.statement('UPDATE models SET seen_at = max(seen_at, ?) WHERE id = ?').run(at, id);
    return ok(null);
  });
}

function refusable<Value>(
  roster: Roster,
  about: string,
  at: Instant,
  work: () => Result<Value, Refusal>,
): Result<Value, RosterFault> {
  const done = roster.write((): Result<Value, Refusal> => {
    const fault = instantFault(at);
    const result = fault === null ? work() : fail(fault);
    if (!result.ok) recordRefusal(roster, { about, at, refusal: result.fault });
    return result;
  });
  return done.ok ? done.value : done;
}

/** @returns the refusal with the id that was probably meant. */
export function unknownModel(roster: Roster, id: string): Refusal {
  const near = roster.near(id);
  return { kind: 'model-unknown', id, near: near.ok ? near.value : null };
}

export function wentBackFault(about: string, last: Instant, given: Instant): Refusal {
  return { kind: 'clock-went-back', about, last: isoOf(last), given: isoOf(given) };
}

interface Standing extends Pick<RosterModel, 'status' | 'generation'> {
  readonly at: Instant;
  readonly running: number;
}

function writeModel(
  roster: Roster,
  profile: ModelProfile,
  { status, generation, at, running }: Standing,
): void {
  const { id, role, capabilities } = profile;
  roster
    .statement(
      `INSERT INTO models VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
         profile = excluded.profile, revision = excluded.revision, role = excluded.role, status = excluded.status,
         generation = excluded.generation, context_tokens = excluded.context_tokens,
         running_max = excluded.running_max, changed_at = excluded.changed_at, seen_at = excluded.seen_at`,
    )
    .run(
      id,
      role,
      status,
      generation,
      capabilities.contextTokens,
      running,
      runningMaxOf(profile),
      at,
      at,
      roster.lastEvent(),
      JSON.stringify(profile),
    );
}

function writeOffers(roster: Roster, { id, capabilities }: ModelProfile, generation: number): void {
  const { surfaces } = capabilities;
  const abilities = abilitiesText(capabilities);
  roster
    .statement(
      'DELETE FROM offers WHERE model = ? AND surface NOT IN (SELECT value FROM json_each(?))',
    )
    .run(id, JSON.stringify(surfaces));
  const offer = roster.statement(
    'INSERT INTO offers VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET abilities = excluded.abilities',
  );
  for (const surface of surfaces) {
    // A surface that is declared again has the record that it had.
    const days = recordsBetween(roster, { id, surface, generation });
    const record = days.reduce((sum, day) => merged(sum, day.record), noPerformance);
    offer.run(id, surface, rankOf(record), abilities, roster.lastEvent(), JSON.stringify(record));
  }
}

function logRosterEvent(roster: Roster, event: RosterEvent): void {
  roster
    .statement('INSERT INTO events (at, kind, model, body) VALUES (?, ?, ?, ?)')
    .run(event.at, event.kind, event.model, JSON.stringify(event));
}
