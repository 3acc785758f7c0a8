import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Roster } from '../../../src/adapters/roster/roster.ts';
import {
  dueJobs,
  jobs,
  lastMoment,
  markDone,
  nextMoment,
} from '../../../src/adapters/suites/schedule.ts';
import { prepareSuiteTables } from '../../../src/adapters/suites/tables.ts';
import type { Instant } from '../../../src/primitives.ts';
import { must, opened } from '../roster/kit.ts';

const at = (text: string) => Date.parse(text) as Instant;
const names = (roster: Roster, now: string) =>
  must(dueJobs(roster, at(now))).map(({ name }) => name);
const ready = (): Roster => {
  const roster = opened();
  must(prepareSuiteTables(roster));
  return roster;
};
const doAll = (roster: Roster, now: string) => {
  for (const job of must(dueJobs(roster, at(now)))) must(markDone(roster, job));
};

test('nothing is due before its first moment', () => {
  using roster = ready();
  expect(names(roster, '2026-11-25T12:00:00Z')).toEqual([]);
  expect(names(roster, '2026-11-25T12:09:59Z')).toEqual([]);
  expect(names(roster, '2026-11-25T12:10:00Z')).toEqual(['learn']);
  doAll(roster, '2026-11-26T02:59:59Z');
  expect(names(roster, '2026-11-26T02:59:59Z')).toEqual([]);
  expect(names(roster, '2026-11-26T03:00:00Z')).toEqual(['micro']);
});

test('what was missed for weeks is due once each, and not again once it is done', () => {
  using roster = ready();
  doAll(roster, '2026-09-20T12:00:00Z');
  const back = '2026-11-26T12:00:00Z';
  expect(names(roster, back)).toEqual(jobs.map(({ name }) => name));
  doAll(roster, back);
  expect(names(roster, back)).toEqual([]);
  expect(names(roster, '2026-11-27T12:00:00Z')).toEqual(['learn', 'micro', 'report-daily']);
});

test('what was cut off is due again, and a clock that goes back makes nothing due', () => {
  using roster = ready();
  doAll(roster, '2026-11-25T12:00:00Z');
  expect(names(roster, '2026-11-26T03:10:00Z')).toEqual(['learn', 'micro']);
  expect(names(roster, '2026-11-26T03:20:00Z')).toEqual(['learn', 'micro']);
  doAll(roster, '2026-11-26T03:20:00Z');
  expect(names(roster, '2026-11-20T03:20:00Z')).toEqual([]);
  expect(names(roster, '2026-11-26T03:30:00Z')).toEqual([]);
});

test('the last moment is never ahead, and nothing lies between it and the next', () => {
  const day = 86_400_000;
  fc.assert(
    fc.property(fc.integer({ min: at('2026-01-01'), max: at('2028-12-31') }), (now) => {
      for (const { cron } of jobs) {
        const last = lastMoment(cron, now as Instant) ?? 0;
        expect(last).toBeLessThanOrEqual(now);
        expect(lastMoment(cron, last as Instant)).toBe(last);
      }
      const next = nextMoment(now as Instant);
      expect(next).toBeGreaterThan(now);
      expect(next - now).toBeLessThanOrEqual(day);
    }),
    { numRuns: 50 },
  );
});
