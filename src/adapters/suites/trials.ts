import { DAY_MS } from '../../models/events.ts';
import type { RosterStorageFault } from '../../models/faults.ts';
import { BASELINE_DAYS, baselineOf } from '../../models/lifecycle/baseline.ts';
import { type CanaryTask, canaryOf } from '../../models/lifecycle/canary-tasks.ts';
import { degradationOf, monthsAbove } from '../../models/lifecycle/degradation.ts';
import {
  beginTrial,
  type Evidence,
  type Passed,
  type Stage,
  type Trial,
} from '../../models/lifecycle/trial.ts';
import type { TaskFacts } from '../../models/performance.ts';
import type { Surface } from '../../models/profile.ts';
import type { RosterModel } from '../../models/roster.ts';
import type { Standing } from '../../models/routing/eligible.ts';
import { type Instant, ok, type Result } from '../../primitives.ts';
import type { Roster } from '../roster/roster.ts';
import { type KeptRun, runsSince } from './runs.ts';

/** A trial as it is kept, with what it takes to find its evidence. */
export interface KeptTrial extends Trial {
  /** Which weights it is about: others under the same id begin anew. */
  readonly generation: number;
  readonly began: Instant;
  /** When its canary began; null before. */
  readonly canarySince: Instant | null;
}

/** The trial of a model on a surface; a new one where there is none, or where its weights are others now. */
export function trialOf(
  roster: Roster,
  { profile, generation, status }: RosterModel,
  { surface, now }: { readonly surface: Surface; readonly now: Instant },
): Result<KeptTrial, RosterStorageFault> {
  const model = profile.id;
  return roster.read(() => {
    const row = roster
      .statement('SELECT * FROM trials WHERE model = ? AND surface = ? AND generation = ?')
      .get(model, surface, generation);
    // Retired is for good, whoever decided it.
    if (row === undefined || status === 'retired') {
      const canarySince = status === 'canary' ? now : null;
      const trial = beginTrial({ model, surface, status }, now);
      return { ...trial, generation, began: now, canarySince };
    }
    const canarySince =
      row['canary_since'] === null ? null : (Number(row['canary_since']) as Instant);
    const canary = canaryOf(tasksOn(roster, surface, canarySince ?? now), {
      newcomer: model,
      generation,
      since: canarySince ?? now,
    });
    return {
      model,
      surface,
      generation,
      stage: String(row['stage']) as Stage,
      since: Number(row['since']) as Instant,
      share: Number(row['share']),
      began: Number(row['began']) as Instant,
      canarySince,
      canary,
    };
  });
}

/** Keeps where a trial stands. */
export function keepTrial(roster: Roster, trial: KeptTrial): Result<null, RosterStorageFault> {
  return roster.write(() => {
    roster
      .statement(
        `INSERT INTO trials VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO UPDATE SET
         generation = excluded.generation, stage = excluded.stage, since = excluded.since,
         began = excluded.began, canary_since = excluded.canary_since, share = excluded.share`,
      )
      .run(
        trial.model,
        trial.surface,
        trial.generation,
        trial.stage,
        trial.since,
        trial.began,
        trial.canarySince,
        trial.share,
      );
    return null;
  });
}

/** Stages of one model on all its surfaces. */
export function stagesOf(
  roster: Roster,
  model: string,
): Result<readonly { readonly surface: Surface; readonly stage: Stage }[], RosterStorageFault> {
  return roster.read(() =>
    roster
      .statement('SELECT surface, stage FROM trials WHERE model = ? ORDER BY surface')
      .all(model)
      .map((row) => ({ surface: row['surface'] as Surface, stage: row['stage'] as Stage })),
  );
}

/**
 * What share of each surface's tasks a model may be given, 0 to 1: what a router holds a canary to. A model or
 * surface about which nothing was decided is not named; the status alone says what it is given.
 */
export const sharesIn = (roster: Roster): Result<Shares, RosterStorageFault> =>
  roster.read(() => sharesNow(roster));

type Shares = ReadonlyMap<string, NonNullable<Standing['shares']>>;

/** The same as a part of the transaction around it. @throws as SQLite does. */
export function sharesNow(roster: Roster): Shares {
  const shares = new Map<string, { [Name in Surface]?: number }>();
  // Made when the first suite is run; a roster without it has decided nothing.
  if (roster.statement("SELECT 1 FROM sqlite_schema WHERE name = 'trials'").get() === undefined)
    return shares;
  const rows = roster.statement(
    `SELECT t.model, t.surface, t.share FROM trials t JOIN models m ON m.id = t.model
     AND m.generation = t.generation`,
  );
  for (const { model, surface, share } of rows.all()) {
    const own = shares.get(String(model)) ?? {};
    own[surface as Surface] = Number(share);
    shares.set(String(model), own);
  }
  return shares;
}

/** Everything a step is decided by, as it stands now. */
export function evidenceFor(
  roster: Roster,
  trial: KeptTrial,
  now: Instant,
): Result<Evidence, RosterStorageFault> {
  const { model, surface } = trial;
  const since = (now - (BASELINE_DAYS + 7) * DAY_MS) as Instant;
  const all = runsSince(roster, { surface, since });
  if (!all.ok) return all;
  const inUse = roster.read(() => modelsInUse(roster));
  if (!inUse.ok) return inUse;
  const own = all.value.filter(
    (run) => run.model === model && run.generation === trial.generation && run.at <= now,
  );
  const whole = own.filter(({ tier }) => tier !== 'micro');
  const sinceBegun = own.filter(({ at }) => at >= trial.began);
  const compared = sinceBegun.filter(({ tier }) => tier !== 'micro');
  const suite = compared.at(-1)?.suiteDigest;
  const others = all.value.filter(
    (run) =>
      run.tier !== 'micro' &&
      inUse.value.has(run.model) &&
      run.model !== model &&
      (suite === undefined || run.suiteDigest === suite),
  );
  const baseline = baselineOf(others, surface, now);
  const daily = own.filter(({ tier }) => tier === 'micro');
  return ok({
    now,
    smoke: passedIn(sinceBegun.at(-1), 'smoke'),
    capability: passedIn(compared.at(-1), 'all'),
    runs: compared.filter(({ suiteDigest }) => suiteDigest === suite),
    baseline,
    cost: costs(compared, others),
    degradation: degradationOf(daily, surface, now),
    monthsAboveBaseline: monthsAbove(whole, surface, { baseline, now }),
  });
}

function passedIn(run: KeptRun | undefined, of: 'smoke' | 'all'): Passed | null {
  if (run === undefined) return null;
  return of === 'smoke'
    ? { passed: run.smokePassed, tasks: run.smokeTasks }
    : { passed: run.passed, tasks: run.tasks };
}

/** Mean cost of a task of both; null where one is not known or is nothing. */
function costs(own: readonly KeptRun[], others: readonly KeptRun[]): Evidence['cost'] {
  const newcomer = meanCost(own);
  const control = meanCost(others);
  return newcomer > 0 && control > 0 ? { newcomer, control } : null;
}

function meanCost(runs: readonly KeptRun[]): number {
  if (runs.some(({ costUsd }) => costUsd === null)) return 0;
  const cost = runs.reduce((sum, { costUsd }) => sum + (costUsd ?? 0), 0);
  const tasks = runs.reduce((sum, { tasks: count }) => sum + count, 0);
  return tasks === 0 ? 0 : cost / tasks;
}

/** Ids of the workers that others are compared with. @throws as SQLite does. */
export function modelsInUse(roster: Roster): ReadonlySet<string> {
  return new Set(
    roster
      .statement("SELECT id FROM models WHERE role = 'worker' AND status IN ('active', 'degraded')")
      .all()
      .map((row) => String(row['id'])),
  );
}

/** Most tasks that one canary looks at, the newest: the models in use are known well enough by then. */
const TASKS_MAX = 20_000;

/** Tasks on a surface from the baseline's days before a canary on, oldest first. @throws as SQLite does. */
function tasksOn(roster: Roster, surface: Surface, canarySince: Instant): readonly CanaryTask[] {
  const inUse = modelsInUse(roster);
  return roster
    .statement(
      `SELECT model, generation, at, facts FROM tasks WHERE surface = ? AND facts IS NOT NULL AND at > ?
       ORDER BY at DESC, decision DESC LIMIT ${TASKS_MAX}`,
    )
    .all(surface, canarySince - BASELINE_DAYS * DAY_MS)
    .map((row) => ({
      model: String(row['model']),
      generation: Number(row['generation']),
      inUse: inUse.has(String(row['model'])),
      at: Number(row['at']) as Instant,
      facts: JSON.parse(String(row['facts'])) as TaskFacts,
    }))
    .toReversed();
}
