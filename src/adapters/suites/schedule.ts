import { Cron } from 'croner';
import type { RosterStorageFault } from '../../models/faults.ts';
import type { Instant, Result } from '../../primitives.ts';
import type { Roster } from '../roster/roster.ts';

/** What is done regularly, and when, in UTC. */
export const jobs = [
  // First: what stands in the ledger is known before anything is measured or reported by it.
  { name: 'learn', cron: '10 * * * *' },
  { name: 'micro', cron: '0 3 * * *' },
  { name: 'macro', cron: '0 4 * * 0' },
  { name: 'new-model', cron: '0 5 1 * *' },
  { name: 'report-daily', cron: '30 6 * * *' },
  { name: 'report-weekly', cron: '40 6 * * 1' },
  { name: 'report-monthly', cron: '50 6 1 * *' },
  { name: 'report-quarterly', cron: '0 7 1 1,4,7,10 *' },
] as const;

export type JobName = (typeof jobs)[number]['name'];

export interface DueJob {
  readonly name: JobName;
  /** When it should have begun, the last time. */
  readonly due: Instant;
}

/** The last moment of a job up to now, that moment included. */
export function lastMoment(cron: string, now: Instant): Instant | null {
  const job = new Cron(cron, { timezone: 'UTC', paused: true });
  // croner counts seconds, and means strictly before.
  const [found] = job.previousRuns(1, new Date(Math.floor(now / 1_000) * 1_000 + 1_000));
  return found === undefined ? null : (found.getTime() as Instant);
}

/** The next moment of any job after now. */
export function nextMoment(now: Instant): Instant {
  const moments = jobs.map(({ cron }) =>
    new Cron(cron, { timezone: 'UTC', paused: true }).nextRun(new Date(now)),
  );
  return Math.min(...moments.flatMap((each) => (each === null ? [] : [each.getTime()]))) as Instant;
}

/**
 * What is due, in the order of `jobs`. After a downtime a job is due once, however often it was missed:
 * a report of last week is of no use today, and a run today says what one yesterday would have. A clock
 * that went back makes nothing due a second time. What was never done before waits for its next moment.
 */
export function dueJobs(
  roster: Roster,
  now: Instant,
): Result<readonly DueJob[], RosterStorageFault> {
  return roster.write(() =>
    jobs.flatMap(({ name, cron }): readonly DueJob[] => {
      const due = lastMoment(cron, now);
      if (due === null) return [];
      const known = roster.statement('SELECT last_due FROM jobs WHERE name = ?').get(name);
      if (known === undefined) {
        roster.statement('INSERT INTO jobs VALUES (?, ?)').run(name, due);
        return [];
      }
      return due > Number(known['last_due']) ? [{ name, due }] : [];
    }),
  );
}

/** Marks a job as done, once it is: one that was cut off is due again. */
export function markDone(roster: Roster, { name, due }: DueJob): Result<null, RosterStorageFault> {
  return roster.write(() => {
    roster.statement('UPDATE jobs SET last_due = max(last_due, ?) WHERE name = ?').run(due, name);
    return null;
  });
}
