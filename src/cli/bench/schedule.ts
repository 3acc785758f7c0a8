import { join, resolve } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { learnedText } from '../../5-publication/model-words.ts';
import type { Roster } from '../../adapters/roster/roster.ts';
import {
  type DueJob,
  dueJobs,
  type JobName,
  markDone,
  nextMoment,
} from '../../adapters/suites/schedule.ts';
import type { Period } from '../../models/lifecycle/board.ts';
import type { Status } from '../../models/profile.ts';
import { isoOf } from '../../primitives.ts';
import { learnHere } from '../models/learning.ts';
import { page } from '../page.ts';
import { stop } from '../stop.ts';
import { exits, type World } from '../world.ts';
import { newModel } from './new-model.ts';
import type { ScheduleOptions } from './options.ts';
import { openBenchRoster } from './place.ts';
import { reportNow, writeReport } from './reporting.ts';
import { runTier } from './run.ts';

/** A job that comes due is begun at most so late; a clock that is set forward is seen by then. */
const PAUSE_MS_MAX = 60_000;

/**
 * `arbiter bench schedule`: does what is due, for every worker on the roster, and waits for the next. With
 * `--once` it does what is due and ends, for a machine whose own timer calls it.
 */
export async function schedule(
  world: World,
  words: readonly string[],
  options: ScheduleOptions,
): Promise<void> {
  for (;;) {
    const opened = openBenchRoster(world);
    if (!opened.ok) return stop(world, opened.fault);
    {
      using roster = opened.value;
      const due = dueJobs(roster, world.now());
      if (!due.ok) return stop(world, due.fault);
      for (const job of due.value) {
        page(world, `${job.name}: due ${isoOf(job.due)}\n`);
        // What stands in the way of one job is said, and the job stays due.
        if (await done(world, roster, { job, words, options })) markDone(roster, job);
      }
      if (options.once === true && due.value.length === 0)
        page(world, `Nothing is due before ${isoOf(nextMoment(world.now()))}.\n`);
    }
    if (options.once === true) return world.finish(exits.pass);
    const wait = nextMoment(world.now()) - world.now();
    await pause(Math.min(PAUSE_MS_MAX, Math.max(1_000, wait)));
  }
}

interface Doing {
  readonly job: DueJob;
  readonly words: readonly string[];
  readonly options: ScheduleOptions;
}

async function done(world: World, roster: Roster, doing: Doing): Promise<boolean> {
  const { job, options } = doing;
  const period = periodOf(job.name);
  if (period !== null) return writePeriod(world, roster, period, options);
  const known = job.name !== 'learn' || (await learned(world, roster, options.ledger));
  const wanted = benched(job.name);
  const all = roster.all();
  if (!all.ok) {
    stop(world, all.fault);
    return false;
  }
  const models = all.value.filter(
    ({ status, profile }) => profile.role === 'worker' && wanted.includes(status),
  );
  let whole = known;
  for (const { profile } of models)
    whole = (await benchOne(world, roster, { ...doing, model: profile.id })) && whole;
  return whole;
}

/** A canary is looked at every hour: it gets real tasks, and one that fails them is not left at it until the night. */
function benched(name: JobName): readonly Status[] {
  if (name === 'learn') return ['canary'];
  return name === 'new-model' ? ['candidate'] : ['canary', 'active', 'degraded'];
}

/** A repository that nothing was judged in yet has no ledger, and nothing to learn from. */
async function learned(world: World, roster: Roster, ledger: string | undefined): Promise<boolean> {
  const done = await learnHere(world, roster, ledger);
  if (done.ok) page(world, learnedText(done.value));
  else if (done.fault.kind !== 'ledger-missing') stop(world, done.fault);
  return done.ok || done.fault.kind === 'ledger-missing';
}

async function benchOne(
  world: World,
  roster: Roster,
  { job, words, options, model }: Doing & { readonly model: string },
): Promise<boolean> {
  const asked = { ...options, model };
  if (job.name === 'micro' || job.name === 'macro') {
    const tier = job.name;
    const ran = await runTier(world, roster, { tier, words, options: asked });
    if (!ran.ok) {
      stop(world, ran.fault);
      return false;
    }
  }
  let failed = false;
  const finish = (code: number) => {
    if (code !== exits.pass) failed = true;
  };
  const steps = { ...world, finish };
  await newModel(steps, words, asked);
  return !failed;
}

async function writePeriod(
  world: World,
  roster: Roster,
  period: Period,
  { reports, ledger }: ScheduleOptions,
): Promise<boolean> {
  if (reports === undefined) return true;
  const report = await reportNow(world, roster, {
    period,
    ...(ledger === undefined ? {} : { ledger }),
  });
  if (!report.ok) {
    stop(world, report.fault);
    return false;
  }
  const day = isoOf(report.value.until).slice(0, 10);
  const folder = join(resolve(world.directory, reports), `${period}-${day}`);
  const wrong = await writeReport(folder, report.value);
  if (wrong !== null) world.err(`${folder} was not written (${wrong}); it is tried again.\n`);
  return wrong === null;
}

function periodOf(name: JobName): Period | null {
  switch (name) {
    case 'report-daily':
      return 'daily';
    case 'report-weekly':
      return 'weekly';
    case 'report-monthly':
      return 'monthly';
    case 'report-quarterly':
      return 'quarterly';
    default:
      return null;
  }
}
