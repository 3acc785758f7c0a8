/**
 * How long after a pull request is opened its check stands there, and its verdict; and how often the forge
 * is asked for it. Hub, git server and app share one process, so the times are longer than the app's own.
 *
 * Run: node bench/app-verdict.ts [PULL REQUESTS, default 60]
 */

import { law, openTown, type Town } from '../test/app/town.ts';
import type { PullHandle } from '../test/hub/handles.ts';
import { type Row, report } from './rows.ts';

const CHECK_MS_MAX = 1_000;
const VERDICT_MS_MAX = 3_000;
const COLD_CALLS_MAX = 12;
const REPEATED_CALLS_MAX = 4;
/** How often the hub is looked at: no row is exacter than this. */
const LOOK_MS = 2;

const [pulls = 60] = process.argv.slice(2).map(Number);

interface Times {
  readonly check: number;
  readonly verdict: number;
}

async function timesOf(town: Town, number: number): Promise<Times> {
  const kim = town.hub.person('kim');
  const head = `work-${number}`;
  const files = { 'src/cart/total.ts': `export const total = ${number};\n` };
  await kim.push(town.repository, head, files, `Work on ${head}`, { from: 'main' });
  const began = performance.now();
  const pull = await kim.opens(town.repository, { head, title: `Work on ${head}` });
  const check = await when(began, () => town.check(pull) !== undefined);
  const verdict = await when(began, () => town.check(pull)?.conclusion === 'success');
  await town.rest();
  return { check, verdict };
}

/** Milliseconds from `began` until it holds. */
async function when(began: number, holds: () => boolean): Promise<number> {
  while (!holds()) {
    if (performance.now() - began > 60_000) throw new Error('no verdict within a minute');
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
  return performance.now() - began;
}

async function callsOf(town: Town, work: () => Promise<unknown>): Promise<number> {
  const before = town.hub.requests().length;
  await work();
  await town.rest();
  return town.hub
    .requests()
    .slice(before)
    .filter(({ path }) => path.startsWith('/api/')).length;
}

/** An app that has just started knows nobody and holds no token. */
async function calls(): Promise<readonly Row[]> {
  await using town = await openTown({ files: law, hub: { referee: false } });
  await town.rest();
  let pull: PullHandle | undefined;
  const cold = await callsOf(town, async () => {
    pull = await town.opens('prices', { 'src/cart/total.ts': 'export const total = 1;\n' });
  });
  if (pull === undefined) throw new Error('no pull request');
  const opened = pull;
  const repeated = await callsOf(town, () => town.hears(opened));
  return [
    row('calls to the forge for a first evaluation', cold, COLD_CALLS_MAX, String),
    row('… for a repeated one', repeated, REPEATED_CALLS_MAX, String),
  ];
}

async function latency(): Promise<readonly Row[]> {
  await using town = await openTown({ files: law, hub: { referee: false } });
  await town.rest();
  const times: Times[] = [];
  for (let number = 1; number <= pulls; number += 1) times.push(await timesOf(town, number));
  const p95 = (of: keyof Times) =>
    times.map((each) => each[of]).toSorted((one, other) => one - other)[
      Math.ceil(times.length * 0.95) - 1
    ] ?? Number.NaN;
  return [
    row('opened until the check is there, p95', p95('check'), CHECK_MS_MAX, milliseconds),
    row('… until its verdict, p95', p95('verdict'), VERDICT_MS_MAX, milliseconds),
  ];
}

const milliseconds = (value: number) => `${value.toFixed(0)} ms`;

function row(what: string, value: number, max: number, shown: (value: number) => string): Row {
  return {
    what,
    measured: shown(value),
    floor: '',
    ratio: '',
    bar: `<= ${shown(max)}`,
    ok: value <= max,
  };
}

report([...(await calls()), ...(await latency())]);
