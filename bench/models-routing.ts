/**
 * What routing loses and keeps to: regret of the default beside `ucb1` in the same run and beside
 * published figures, budgets and newcomers. 200 seeds, shared among the cores.
 * Ends with 1 where a bar is missed.
 *
 * Run: npm run bench:models
 */
import { availableParallelism } from 'node:os';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { referenceWorlds } from '../test/models/routing/worlds.ts';
import {
  badNewcomer,
  bestNewcomer,
  budgetsUsd,
  type Paced,
  pacedBy,
  type Regrets,
  regretsOf,
  worlds,
} from './models-routing-play.ts';
import { type Row, report } from './rows.ts';

const SEEDS = 200;
/** Worlds without a bar: enough to tell which policy does better. */
const OTHER_SEEDS = 10;

/** Published means of 200 seeds: the same family of policy, and UCB1; and what is asked of the default. */
const references = [
  { reset: 59, ucb1: 262, max: 70 },
  { reset: 189, ucb1: 589, max: 210 },
  { reset: 182, ucb1: 236, max: 220 },
  { reset: 48, ucb1: 646, max: 60 },
] as const;

/** Everything that one seed shows. */
interface Shown {
  readonly regrets: readonly Regrets[];
  readonly paced: readonly (Paced & { readonly usdPerTask: number })[];
  readonly best: { readonly whole: number; readonly last: number };
  readonly bad: number;
}

function shownBy(seed: number): Shown {
  const played = seed <= OTHER_SEEDS ? worlds.length : referenceWorlds.length;
  return {
    regrets: Array.from({ length: played }, (_, at) => regretsOf(at, seed)),
    paced: budgetsUsd.map((usdPerTask) => ({ usdPerTask, ...pacedBy(usdPerTask, seed) })),
    best: bestNewcomer(seed),
    bad: badNewcomer(seed),
  };
}

if (isMainThread) await main();
else {
  const { first, stride } = workerData as { readonly first: number; readonly stride: number };
  for (let seed = first; seed <= SEEDS; seed += stride) parentPort?.postMessage(shownBy(seed));
}

async function main(): Promise<void> {
  const stride = Math.min(4, availableParallelism());
  const shown = await Promise.all(Array.from({ length: stride }, (_, at) => seedsOf(at, stride)));
  const rows = rowsOf(shown.flat());
  report(rows);
  process.exitCode = rows.some(({ ok }) => ok === false) ? 1 : 0;
}

function seedsOf(at: number, stride: number): Promise<readonly Shown[]> {
  const worker = new Worker(new URL(import.meta.url), { workerData: { first: at + 1, stride } });
  const shown: Shown[] = [];
  return new Promise((resolve, reject) => {
    worker.on('message', (each: Shown) => shown.push(each));
    worker.on('error', reject);
    worker.on('exit', () => resolve(shown));
  });
}

function rowsOf(shown: readonly Shown[]): readonly Row[] {
  const regrets = shown.flatMap((each) => each.regrets);
  return [
    ...worlds.map(({ name }, at) =>
      regretRow(
        name,
        regrets.filter(({ world }) => world === name),
        references[at],
      ),
    ),
    ...budgetsUsd.map((usdPerTask) =>
      pacedRow(
        usdPerTask,
        shown.flatMap(({ paced }) => paced.filter((each) => each.usdPerTask === usdPerTask)),
      ),
    ),
    ...newcomerRows(shown),
  ];
}

function regretRow(
  world: string,
  regrets: readonly Regrets[],
  reference: (typeof references)[number] | undefined,
): Row {
  const reset = meanOf(regrets.map((each) => each.reset));
  const ucb1 = meanOf(regrets.map((each) => each.ucb1));
  const published =
    reference === undefined ? '' : ` (published ${reference.reset}, ucb1 ${reference.ucb1})`;
  return {
    what: `regret, ${world}`,
    measured: reset.shown,
    floor: `ucb1 ${ucb1.shown}${published}`,
    ratio: `${(ucb1.mean / reset.mean).toFixed(1)}×`,
    bar: reference === undefined ? '' : `≤ ${reference.max}, < ucb1`,
    ok: reference === undefined ? null : reset.mean <= reference.max && reset.mean < ucb1.mean,
  };
}

function pacedRow(usdPerTask: number, paced: readonly Paced[]): Row {
  const worst = Math.max(...paced.map(({ overshoot }) => overshoot));
  const earned = meanOf(paced.map(({ rewardShare }) => rewardShare)).mean;
  return {
    what: `over a budget of $ ${usdPerTask} a task, worst of ${paced.length} seeds`,
    measured: `${(100 * worst).toFixed(2)} %`,
    floor: `${(100 * earned).toFixed(1)} % of the best mix's reward`,
    ratio: '',
    bar: '≤ 0.5 %',
    ok: worst <= 0.005,
  };
}

function newcomerRows(shown: readonly Shown[]): readonly Row[] {
  const whole = meanOf(shown.map(({ best }) => best.whole)).mean;
  const last = meanOf(shown.map(({ best }) => best.last)).mean;
  const bad = meanOf(shown.map((each) => each.bad));
  return [
    {
      what: 'newcomer that is best: its share of the 150 steps after it came',
      measured: `${(100 * whole).toFixed(0)} %, ${(100 * last).toFixed(0)} % of the last 50`,
      floor: 'published: half after 142 steps',
      ratio: '',
      bar: '≥ 50 %',
      ok: whole >= 0.5,
    },
    {
      what: 'newcomer that is bad: tried in 1,000 steps',
      measured: bad.shown,
      floor: `at most ${Math.max(...shown.map((each) => each.bad))}`,
      ratio: '',
      bar: '≤ 30',
      ok: bad.mean <= 30,
    },
  ];
}

function meanOf(values: readonly number[]): { readonly mean: number; readonly shown: string } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const half = 1.96 * Math.sqrt(squares / Math.max(1, values.length - 1) / values.length);
  return { mean, shown: `${mean.toFixed(0)} ± ${half.toFixed(0)}` };
}
