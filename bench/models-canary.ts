/**
 * How often the canary sends a newcomer back that is as good as the models in use, and how often one that is
 * ten points worse, within its 200 tasks. Every task is looked at.
 *
 * How many can be caught at all depends on how often the models in use pass. Beside each row stands what
 * the most powerful test there is catches: that of Neyman and Pearson, which looks once, after the last
 * task, knows both rates exactly, and sends as many back that are as good. No test of 200 tasks catches
 * more. Where it catches fewer than 95 of 100 the bar is out of reach, and the canary is held to lie at most
 * three points under it.
 *
 * Run: node bench/models-canary.ts [--seeds 4000]. Ends with 1 where a bar is missed.
 */
import { parseArgs } from 'node:util';
import { CANARY_SIZE, CANARY_TASKS } from '../src/models/lifecycle/canary.ts';
import { logFactorial } from '../src/models/routing/likelihood.ts';
import { sentBack } from '../test/models/lifecycle/canaries.ts';
import { type Row, report } from './rows.ts';

const { values: options } = parseArgs({ options: { seeds: { type: 'string', default: '2000' } } });
const seeds = Number(options.seeds);
/** What the models in use did on the surface before: 90 days of some 110 tasks, and of some eleven. */
const KNOWN_WELL = 10_000;
const KNOWN_LESS = 1_000;
const WORSE = 0.1;
const CAUGHT_MIN = 0.95;
const UNDER_BEST_MAX = 0.03;
const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** The chance of so many failures in the canary's tasks. */
function chanceOf(failures: number, rate: number): number {
  const ways =
    logFactorial(CANARY_TASKS) - logFactorial(failures) - logFactorial(CANARY_TASKS - failures);
  return Math.exp(
    ways + failures * Math.log(rate) + (CANARY_TASKS - failures) * Math.log(1 - rate),
  );
}

/** The power of the most powerful test of this size; it draws lots at its limit to have the size exactly. */
function bestPower(control: number, newcomer: number, size: number): number {
  let left = size;
  let power = 0;
  for (let failures = CANARY_TASKS; failures >= 0; failures -= 1) {
    const same = chanceOf(failures, 1 - control);
    const share = Math.min(1, left / same);
    power += share * chanceOf(failures, 1 - newcomer);
    left -= share * same;
    if (left <= 0) break;
  }
  return power;
}

function rowsAt(control: number): readonly Row[] {
  const newcomer = control - WORSE;
  const same = sentBack({ control, newcomer: control, before: KNOWN_WELL }, seeds);
  const worse = sentBack({ control, newcomer, before: KNOWN_WELL }, seeds);
  const best = bestPower(control, newcomer, CANARY_SIZE);
  const isInReach = best >= CAUGHT_MIN;
  const atLeast = isInReach ? CAUGHT_MIN : best - UNDER_BEST_MAX;
  return [
    {
      what: `passes ${percent(control)}, newcomer as good: sent back`,
      measured: percent(same.share),
      floor: '',
      ratio: '',
      bar: '≤ 5 %',
      ok: same.share <= 0.05,
    },
    {
      what: '  newcomer 10 points worse: caught',
      measured: `${percent(worse.share)}, after ${worse.meanTasks.toFixed(0)} tasks`,
      floor: `best test ${percent(best)}`,
      ratio: (worse.share / best).toFixed(2),
      bar: isInReach ? '≥ 95 %' : `95 % out of reach; ≥ ${percent(atLeast)}`,
      ok: worse.share >= atLeast,
    },
    {
      what: '  the same: let in after its 200 tasks',
      measured: percent(worse.letIn),
      floor: '',
      ratio: '',
      bar: '≤ 5 %',
      ok: worse.letIn <= 0.05,
    },
  ];
}

/** With a shorter history the models in use are themselves less known; it informs, and no bar binds. */
function rowKnownLess(control: number): Row {
  const planted = { control, newcomer: control - WORSE, before: KNOWN_LESS };
  const worse = sentBack(planted, seeds);
  return {
    what: `passes ${percent(control)}, known from ${KNOWN_LESS.toLocaleString('en')} tasks alone: caught`,
    measured: `${percent(worse.share)}, after ${worse.meanTasks.toFixed(0)} tasks`,
    floor: '',
    ratio: '',
    bar: '',
    ok: null,
  };
}

const rows = [
  ...[0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6].flatMap(rowsAt),
  ...[0.9, 0.85].map(rowKnownLess),
];
report(rows);
process.exitCode = rows.some(({ ok }) => ok === false) ? 1 : 0;
