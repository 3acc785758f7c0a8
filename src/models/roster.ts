/** The roster: every model with its standing, its load and its record; and what registering changes. */

import { fail, type Instant, isoOf, ok, type Result } from '../primitives.ts';
import { type RosterEvent, wentBack } from './events.ts';
import type { Refusal } from './faults.ts';
import type { Performance } from './performance.ts';
import type { Load, ModelProfile, Role, Status, Surface } from './profile.ts';

export interface RosterModel {
  readonly profile: ModelProfile;
  readonly status: Status;
  /** 1 for the first weights under this id; a record belongs to one generation. */
  readonly generation: number;
  readonly load: Load;
  /** When its profile or status changed last. */
  readonly changedAt: Instant;
  /** The last sign of life: registration, heartbeat or outcome. */
  readonly seenAt: Instant;
  /** By surface; a surface without tasks has a record of none. */
  readonly performance: { readonly [Name in Surface]?: Performance };
}

/** What a task needs of a model. Where nothing is asked, nothing is required. */
export interface Need {
  readonly surface: Surface;
  readonly role?: Role;
  readonly task?: string;
  readonly language?: string;
  readonly tools?: readonly string[];
  readonly contextTokens?: number;
  /** Default: canary, active and degraded ones. */
  readonly statuses?: readonly Status[];
  /** Leaves out models without a sign of life since. */
  readonly seenSince?: Instant;
  /** Leaves out models that work on as much as they can. */
  readonly free?: boolean;
  /** Most that are given; default and at most 1,000. */
  readonly limit?: number;
}

/** Models that are given work. */
export const servingStatuses: readonly Status[] = ['canary', 'active', 'degraded'];

/** Without a sign of life for this long a model counts as stale. Ten missed heartbeats of a minute. */
export const STALE_AFTER_MS = 600_000;

/** Whether nobody knows any more that it is there. A sign of life from the future is none. */
export function isStale({ seenAt }: Pick<RosterModel, 'seenAt'>, now: Instant): boolean {
  return now - seenAt > STALE_AFTER_MS || wentBack(seenAt, now);
}

/** What is asked of the roster with a profile. */
export interface Registration {
  readonly profile: ModelProfile;
  readonly at: Instant;
  readonly because: string;
  /** Whether other weights may take the place of those under this id; their record starts anew. */
  readonly replace: boolean;
  /** The status to start with; default `candidate`. Not asked where the weights stay the same. */
  readonly status?: Status;
}

type Registered = Extract<RosterEvent, { readonly kind: 'registered' }>;

/** @returns what changes, null where nothing does, or why it is refused. */
export function registered(
  before: Pick<RosterModel, 'profile' | 'status' | 'generation' | 'changedAt'> | null,
  asked: Registration,
): Result<Registered | null, Refusal> {
  const { profile, at, because } = asked;
  const event = (generation: number, status: Status): Registered => ({
    kind: 'registered',
    at,
    model: profile.id,
    generation,
    status,
    because,
    profile,
  });
  if (before === null) return ok(event(1, asked.status ?? 'candidate'));
  const { id } = profile;
  for (const field of ['family', 'role', 'backend'] as const)
    if (before.profile[field] !== profile[field]) {
      const [is, given] = [before.profile[field], profile[field]];
      return fail({ kind: 'model-id-taken', id, field, registered: is, given });
    }
  if (wentBack(before.changedAt, at))
    return fail({
      kind: 'clock-went-back',
      about: id,
      last: isoOf(before.changedAt),
      given: isoOf(at),
    });
  const [old, now] = [weightsOf(before.profile), weightsOf(profile)];
  if (old === now) {
    if (before.status === 'retired')
      return fail({ kind: 'model-retired', id, because: 'the same weights were retired' });
    const isSame = JSON.stringify(sorted(before.profile)) === JSON.stringify(sorted(profile));
    return ok(isSame ? null : event(before.generation, before.status));
  }
  if (!asked.replace)
    return fail({ kind: 'model-digest-changed', id, registered: old, given: now });
  return ok(event(before.generation + 1, asked.status ?? 'candidate'));
}

/** What makes a record that of this model: its version and weights. */
function weightsOf({ version, digest }: ModelProfile): string {
  return digest === null ? version : `${version} (${digest})`;
}

/** The same value with the keys of every map in one order. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
}

/** A change of status with its reason; `from` makes it fail where somebody else changed it meanwhile. */
export interface StatusChange {
  readonly id: string;
  readonly to: Status;
  readonly at: Instant;
  readonly because: string;
  readonly from?: Status;
}

/** @returns what changes, null where nothing does, or why it is refused. Retired is for good. */
export function restatused(
  before: Pick<RosterModel, 'status' | 'changedAt'>,
  change: StatusChange,
): Result<Extract<RosterEvent, { readonly kind: 'status' }> | null, Refusal> {
  const { id, to, at, because, from } = change;
  const { status } = before;
  if (from !== undefined && from !== status)
    return fail({ kind: 'model-status-differs', id, expected: from, found: status });
  if (status === to) return ok(null);
  if (status === 'retired')
    return fail({
      kind: 'model-retired',
      id,
      because: 'a retired model comes back only with new weights',
    });
  if (wentBack(before.changedAt, at))
    return fail({
      kind: 'clock-went-back',
      about: id,
      last: isoOf(before.changedAt),
      given: isoOf(at),
    });
  return ok({ kind: 'status', at, model: id, from: status, to, because });
}
