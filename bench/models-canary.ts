/**
 * How often the canary sends a newcomer back that is as good as the models in use, and how often one that is
 * ten points worse, within its 200 tasks. Every task is looked at. Ends with 1 where a bar is missed: how
 * many are caught depends on how often the models in use pass, so that is varied.
 *
 * Beside each the same of a test that has it easier: it looks once, after the last task, knows exactly how
 * often the models in use pass, and may send 5 of 100 back that are as good.
 *
 * Run: node bench/models-canary.ts [--seeds 2000]
 */
import { parseArgs } from 'node:util';
import { CANARY_TASKS } from '../src/models/lifecycle/canary.ts';
import { sentBack } from '../test/models/lifecycle/canaries.ts';
import { type Row, report } from './rows.ts';

const { values: options } = parseArgs({ options: { seeds: { type: 'string', default: '1000' } } });
const seeds = Number(options.seeds);
/** What the models in use did on the surface before: some months of work. */
const BEFORE = 1_000;
const WORSE = 0.1;
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** The normal distribution up to z, by Abramowitz and Stegun 26.2.17. */
function normalBelow(z: number): number {
  if (z < 0) return 1 - normalBelow(-z);
  const t = 1 / (1 + 0.231_641_9 * z);
  const poly =
    t *
    (0.319_381_53 +
      t * (-0.356_563_782 + t * (1.781_477_937 + t * (-1.821_255_978 + t * 1.330_274_429))));
  return 1 - (Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI)) * poly;
}

/** Of newcomers that are so much worse, the share that one look at the end catches. */
function caughtAtTheEnd(control: number, worse: number): number {
  const newcomer = control - worse;
  const limit = 1.644_853_6 * Math.sqrt((control * (1 - control)) / CANARY_TASKS);
  return normalBelow((worse - limit) / Math.sqrt((newcomer * (1 - newcomer)) / CANARY_TASKS));
}

function rowsAt(control: number): readonly Row[] {
  const same = sentBack({ control, newcomer: control, before: BEFORE }, seeds);
  const worse = sentBack({ control, newcomer: control - WORSE, before: BEFORE }, seeds);
  return [
    {
      what: `passes ${percent(control)}, newcomer as good: sent back`,
      measured: percent(same.share),
      floor: '5.0 %',
      ratio: '',
      bar: '≤ 5 %',
      ok: same.share <= 0.05,
    },
    {
      what: `passes ${percent(control)}, newcomer 10 points worse: caught`,
      measured: `${percent(worse.share)}, after ${worse.meanTasks.toFixed(0)} tasks`,
      floor: percent(caughtAtTheEnd(control, WORSE)),
      ratio: '',
      bar: '≥ 95 %',
      ok: worse.share >= 0.95,
    },
  ];
}

const rows = [0.95, 0.9, 0.85, 0.8].flatMap(rowsAt);
report(rows);
process.exitCode = rows.some(({ ok }) => ok === false) ? 1 : 0;
