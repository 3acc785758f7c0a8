import type { RosterStorageFault } from '../../models/faults.ts';
import type { SuiteRun } from '../../models/lifecycle/baseline.ts';
import type { Suite } from '../../models/lifecycle/suite.ts';
import type { RunResult } from '../../models/lifecycle/suite-run.ts';
import type { Surface } from '../../models/profile.ts';
import type { RosterModel } from '../../models/roster.ts';
import type { Instant, Result } from '../../primitives.ts';
import type { Roster } from '../roster/roster.ts';

/** How much of a suite is run: its smoke tasks, all of it, or all of it for a newcomer. */
export type Tier = 'micro' | 'macro' | 'new-model';

/** What a run has to be told apart from others by. */
export interface RunFacts {
  readonly id: string;
  readonly tier: Tier;
  readonly at: Instant;
  /** Of whatever drives the model; stated by whoever runs it. */
  readonly promptVersion: string;
  /** Processor, memory and system, in one line. */
  readonly hardware: string;
  readonly worker: string;
}

/** A run as it is kept. */
export interface KeptRun extends SuiteRun, RunFacts {
  readonly suite: string;
  readonly suiteVersion: number;
  readonly suiteDigest: string;
  readonly generation: number;
  readonly modelDigest: string | null;
  readonly passed: number;
  readonly smokeTasks: number;
  readonly smokePassed: number;
  readonly unresolved: number;
  readonly costUsd: number | null;
}

/** Keeps a run with all its tasks, or nothing of it. */
export function keepRun(
  roster: Roster,
  {
    suite,
    model,
    result,
    facts,
  }: {
    readonly suite: Suite;
    readonly model: RosterModel;
    readonly result: RunResult;
    readonly facts: RunFacts;
  },
): Result<null, RosterStorageFault> {
  const { figures, tasks } = result;
  const count = (holds: (task: (typeof tasks)[number]) => boolean) => tasks.filter(holds).length;
  const costs = tasks.map(({ costUsd }) => costUsd);
  const cost = costs.some((each) => each === null)
    ? null
    : costs.reduce<number>((sum, each) => sum + (each ?? 0), 0);
  return roster.write(() => {
    roster.statement(`INSERT INTO suite_runs VALUES (${Array(23).fill('?').join(', ')})`).run(
      facts.id,
      suite.id,
      suite.version,
      suite.digest,
      facts.tier,
      suite.surface,
      model.profile.id,
      model.generation,
      model.profile.digest,
      facts.promptVersion,
      facts.hardware,
      facts.worker,
      facts.at,
      figures.completion,
      figures.compliance,
      figures.composite,
      tasks.length,
      count(({ passed }) => passed),
      count(({ smoke }) => smoke),
      count(({ smoke, passed }) => smoke && passed),
      count(({ erred }) => erred),
      tasks.reduce((sum, { unresolved }) => sum + unresolved, 0),
      cost,
    );
    const put = roster.statement('INSERT INTO suite_tasks VALUES (?, ?, ?, ?, ?, ?, ?)');
    for (const { task, passed, kept, erred, durationMs, wrong } of tasks)
      put.run(facts.id, task, +passed, +kept, +erred, durationMs, JSON.stringify(wrong));
    return null;
  });
}

/** Most runs that one question gives: years of daily ones. */
const RUNS_MAX = 10_000;

/** Runs on a surface after an instant, oldest first; of one model, or of all. */
export function runsSince(
  roster: Roster,
  of: { readonly surface: Surface; readonly since: Instant; readonly model?: string },
): Result<readonly KeptRun[], RosterStorageFault> {
  return roster.read(() =>
    roster
      .statement(
        `SELECT * FROM suite_runs WHERE surface = ?1 AND at > ?2 AND (?3 IS NULL OR model = ?3)
         ORDER BY at DESC, id DESC LIMIT ${RUNS_MAX}`,
      )
      .all(of.surface, of.since, of.model ?? null)
      .map(keptRun)
      .toReversed(),
  );
}

function keptRun(row: Readonly<Record<string, unknown>>): KeptRun {
  const number = (name: string) => Number(row[name]);
  const text = (name: string) => String(row[name]);
  const orNull = <Value>(name: string, read: (name: string) => Value) =>
    row[name] === null ? null : read(name);
  return {
    id: text('id'),
    suite: text('suite'),
    suiteVersion: number('suite_version'),
    suiteDigest: text('suite_digest'),
    tier: text('tier') as Tier,
    surface: text('surface') as Surface,
    model: text('model'),
    generation: number('generation'),
    modelDigest: orNull('model_digest', text),
    promptVersion: text('prompt_version'),
    hardware: text('hardware'),
    worker: text('worker'),
    at: number('at') as Instant,
    figures: {
      completion: number('completion'),
      compliance: number('compliance'),
      composite: number('composite'),
    },
    tasks: number('tasks'),
    passed: number('passed'),
    smokeTasks: number('smoke_tasks'),
    smokePassed: number('smoke_passed'),
    erred: number('erred'),
    unresolved: number('unresolved'),
    costUsd: orNull('cost_usd', number),
  };
}
