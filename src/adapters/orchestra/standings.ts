import { afterAttempt, onTrial, passes } from '../../models/orchestration/breaker.ts';
import type { Claim, QueuedTask } from '../../models/orchestration/task.ts';
import { type ModelProfile, runningMaxOf, type Status } from '../../models/profile.ts';
import { servingStatuses } from '../../models/roster.ts';
import type { Standing } from '../../models/routing/eligible.ts';
import type { Instant } from '../../primitives.ts';
import type { Roster } from '../roster/roster.ts';
import { sharesNow } from '../suites/trials.ts';
import { breakerOf, breakersIn, pulsesIn, writeBreaker } from './breakers.ts';
import type { KnownProfiles } from './profiles.ts';

/** How every model stands at this instant, as far as this transaction sees it. @throws as SQLite does. */
export function standingsIn(
  { profiles, roster }: { readonly profiles: KnownProfiles; readonly roster: Roster },
  now: Instant,
): Map<string, Standing> {
  const isDown = downIn(roster, now);
  const known = profiles.in(roster);
  const shares = sharesNow(roster);
  const standings = new Map<string, Standing>();
  for (const row of roster.statement('SELECT id, status, running FROM models').all()) {
    const profile = known.get(String(row['id']));
    if (profile === undefined) continue;
    const health = isDown(profile) ? 'down' : 'up';
    const held = shares.get(profile.id);
    standings.set(profile.id, {
      ...(held === undefined ? {} : { shares: held }),
      profile,
      status: row['status'] as Status,
      running: Number(row['running']),
      health,
    });
  }
  return standings;
}

/**
 * Tells whether a model is down: its breaker keeps tasks from it, or it or its backend has fallen silent. Where there
 * was no queue yet, nothing is known of anybody. @throws as SQLite does.
 */
export function downIn(roster: Roster, now: Instant): (profile: ModelProfile) => boolean {
  if (roster.statement("SELECT 1 FROM sqlite_schema WHERE name = 'pulses'").get() === undefined)
    return () => false;
  const [breakers, pulses] = [breakersIn(roster), pulsesIn(roster, now)];
  const isSilent = (name: string): boolean => pulses.get(name)?.vital === 'lost';
  return ({ backend, id }) => {
    const breaker = breakers.get(`model:${id}`);
    const keepsOut = breaker !== undefined && passes(breaker, now) === 'no';
    return keepsOut || isSilent(`model:${id}`) || isSilent(`daemon:${backend}`);
  };
}

/** Whether any model could be given anything: where none can, one look is enough to see what does not need one. */
export function hasRoom(standings: ReadonlyMap<string, Standing>): boolean {
  return [...standings.values()].some(
    ({ health, profile, running, status }) =>
      health === 'up' && servingStatuses.includes(status) && running < runningMaxOf(profile),
  );
}

/** Where the chosen model's breaker lets one attempt through, this is the one. */
export function markTrial(
  { leaseMs, roster }: { readonly leaseMs: number; readonly roster: Roster },
  model: string,
  trial: { readonly attempt: string; readonly now: Instant; readonly timeoutMs: number },
  standings: Map<string, Standing>,
): void {
  const breaker = breakersIn(roster).get(`model:${model}`);
  if (breaker === undefined || passes(breaker, trial.now) !== 'trial') return;
  const lostAfterMs = trial.timeoutMs + leaseMs;
  writeBreaker(roster, `model:${model}`, onTrial(breaker, { ...trial, lostAfterMs }));
  const standing = standings.get(model);
  if (standing !== undefined) standings.set(model, { ...standing, health: 'down' });
}

interface AtRunner {
  readonly roster: Roster;
  readonly runner: string;
  readonly leaseMs: number;
}

/**
 * How many tasks a runner may take now: one on which nothing could be started three times in a row is left alone for
 * a while and then gets one, so that a machine without its programs does not use up what others could do.
 */
export function mayTake({ roster, runner }: AtRunner, slots: number, now: Instant): number {
  const may = passes(breakerOf(roster, `runner:${runner}`), now);
  return may === 'yes' ? slots : may === 'trial' ? Math.min(1, slots) : 0;
}

/** Where the runner's breaker lets one task through, this is the one. */
export function markRunnersTrial(
  { leaseMs, roster, runner }: AtRunner,
  claim: Claim,
  { now, timeoutMs }: { readonly now: Instant; readonly timeoutMs: number },
): void {
  const breaker = breakerOf(roster, `runner:${runner}`);
  if (passes(breaker, now) !== 'trial') return;
  const trial = { attempt: attemptOf(claim), now, lostAfterMs: timeoutMs + leaseMs };
  writeBreaker(roster, `runner:${runner}`, onTrial(breaker, trial));
}

/** Counts for a runner whether something could be started there. What then crashed is no fault of the machine's. */
export function startedAt(roster: Roster, task: QueuedTask, works: boolean, now: Instant): void {
  if (task.runner === null) return;
  const name = `runner:${task.runner}` as const;
  const attempt = { id: attemptOf(task), works, now };
  writeBreaker(roster, name, afterAttempt(breakerOf(roster, name), attempt));
}

const attemptOf = ({ id, fence }: Claim): string => `${id}.${fence}`;
