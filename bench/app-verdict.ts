/**
 * How long after a pull request is opened its check stands there, and its verdict, where the repository's
 * own CI answers the gates; and how often the forge is asked for it. Hub, git server and app share one
 * process, so the times are longer than the app's own.
 *
 * Run: node bench/app-verdict.ts [PULL REQUESTS, default 60]
 */

import { law, openTown, type Town } from '../test/app/town.ts';
import type { PullHandle } from '../test/hub/handles.ts';
import { clientOf } from '../test/hub/testing.ts';
import { type Row, report } from './rows.ts';

const CHECK_MS_MAX = 1_000;
const VERDICT_MS_MAX = 3_000;
const COLD_CALLS_MAX = 12;
const REPEATED_CALLS_MAX = 4;
/** How often the hub is looked at: no row is exacter than this. */
const LOOK_MS = 2;
const GATES = ['build', 'tests'] as const;

const [pulls = 60] = process.argv.slice(2).map(Number);

/** A town where another app, the repository's CI, answers what the policy asks of a change. */
interface Place extends AsyncDisposable {
  readonly town: Town;
  /** CI says that these of its checks went well at this head. */
  readonly answers: (pull: PullHandle, gates?: readonly string[]) => Promise<void>;
}

async function openPlace(): Promise<Place> {
  const town = await openTown({ files: law, hub: { referee: false } });
  const ci = await town.hub.installApp({
    on: 'acme',
    name: 'CI',
    permissions: { checks: 'write' },
    events: [],
  });
  const gates = GATES.map(
    (name) =>
      `  ${name}: { mode: block, timeout_seconds: 600, answer: { by: check, name: ${name}, app_id: ${ci.appId} } }\n`,
  ).join('');
  const policy = `${law['.caws/policy.yaml']}${gates}`;
  await town.hub.person('ada').push(town.repository, 'main', { '.caws/policy.yaml': policy });
  await town.rest();
  const { checks } = clientOf(town.hub, ci.token()).rest;
  return {
    town,
    async answers(pull, names = GATES) {
      const where = { owner: 'acme', repo: 'shop', head_sha: pull.head };
      for (const name of names)
        await checks.create({ ...where, name, status: 'completed', conclusion: 'success' });
    },
    [Symbol.asyncDispose]: () => town[Symbol.asyncDispose](),
  };
}

async function opened({ town }: Place, number: number): Promise<[PullHandle, number]> {
  const kim = town.hub.person('kim');
  const head = `work-${number}`;
  const files = { 'src/cart/total.ts': `export const total = ${number + 1};\n` };
  await kim.push(town.repository, head, files, `Work on ${head}`, { from: 'main' });
  const began = performance.now();
  return [await kim.opens(town.repository, { head, title: `Work on ${head}` }), began];
}

interface Times {
  readonly check: number;
  readonly verdict: number;
  readonly answered: number;
}

async function timesOf(place: Place, number: number): Promise<Times> {
  const { town } = place;
  const passed = (pull: PullHandle) => town.check(pull)?.conclusion === 'success';
  const [pull, began] = await opened(place, number);
  const answering = place.answers(pull);
  const check = await when(began, () => town.check(pull) !== undefined);
  const verdict = await when(began, () => passed(pull));
  await answering;
  await town.rest();
  const [later] = await opened(place, pulls + number);
  await place.answers(later, GATES.slice(1));
  await town.rest();
  if (town.check(later)?.status === 'completed') throw new Error('a verdict without its gate');
  await place.answers(later, GATES.slice(0, 1));
  const answered = await when(performance.now(), () => passed(later));
  await town.rest();
  return { check, verdict, answered };
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

/** Two evaluations with all gates answered; an app that has just started knows nobody and holds no token. */
async function calls(): Promise<readonly Row[]> {
  await using place = await openPlace();
  const { town } = place;
  await town.replace();
  // The owner's policy is asked for as well.
  const theirs = { '.caws/policy.yaml': 'version: 1\n' };
  await town.hub.repository({ owner: 'acme', name: '.github', files: theirs });
  town.hub.faults.delivery({}, { kind: 'late' });
  const [pull] = await opened(place, 0);
  await place.answers(pull);
  const cold = await callsOf(town, async () =>
    town.hub.faults.release((held) => held.filter(({ action }) => action === 'opened')),
  );
  const repeated = await callsOf(town, () => town.hears(pull));
  if (town.check(pull)?.conclusion !== 'success') throw new Error('the gates were not answered');
  return [
    row('calls to the forge for a first evaluation', cold, COLD_CALLS_MAX, String),
    row('… for a repeated one', repeated, REPEATED_CALLS_MAX, String),
  ];
}

async function latency(): Promise<readonly Row[]> {
  await using place = await openPlace();
  const times: Times[] = [];
  for (let number = 1; number <= pulls; number += 1) times.push(await timesOf(place, number));
  const p95 = (of: keyof Times) =>
    times.map((each) => each[of]).toSorted((one, other) => one - other)[
      Math.ceil(times.length * 0.95) - 1
    ] ?? Number.NaN;
  return [
    row('opened until the check is there, p95', p95('check'), CHECK_MS_MAX, milliseconds),
    row('… until its verdict, CI answers at once', p95('verdict'), VERDICT_MS_MAX, milliseconds),
    row('the last answer of CI until the verdict', p95('answered'), VERDICT_MS_MAX, milliseconds),
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
