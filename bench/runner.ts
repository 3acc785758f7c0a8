/**
 * What a run of gates costs beside the gates: from the case that the action received to the evidence that the
 * app has recorded, the shipped action in a process of its own against the app and the offline GitHub.
 *
 * Run: node bench/runner.ts
 */
import { runsAction } from '../test/app/action-process.ts';
import { newestRun, openRunTown } from '../test/app/runner.ts';
import type { Town } from '../test/app/town.ts';
import { median, type Row, report } from './rows.ts';

const RUNS = 5;
const OVERHEAD_MS_MAX = 1_500;

report(await measure());

async function measure(): Promise<readonly Row[]> {
  await using town = await openRunTown({ hub: { referee: false } });
  const overheads: number[] = [];
  const whole: number[] = [];
  for (let at = 0; at < RUNS; at += 1) {
    const { overheadMs, wholeMs } = await oneRun(town, at);
    overheads.push(overheadMs);
    whole.push(wholeMs);
  }
  const overhead = median(overheads);
  return [
    {
      what: 'runner: case received to evidence accepted, two gates of no length',
      measured: `${overhead.toFixed(0)} ms`,
      floor: '',
      ratio: '',
      bar: `<= ${OVERHEAD_MS_MAX} ms`,
      ok: overhead <= OVERHEAD_MS_MAX,
    },
    {
      what: 'runner: the whole process of the action',
      measured: `${median(whole).toFixed(0)} ms`,
      ...{ floor: '', ratio: '', bar: '', ok: null },
    },
  ];
}

async function oneRun(town: Town, at: number) {
  const pull = await town.opens(`run-${at}`, {
    'src/cart/junit.xml': '<testsuite><testcase name="a"/></testsuite>',
    'src/cart/total.ts': `export const total = ${at};\n`,
  });
  await town.rest();
  const began = performance.now();
  const ran = await runsAction(town, newestRun(town));
  const wholeMs = performance.now() - began;
  await town.rest();
  if (town.check(pull)?.conclusion !== 'success')
    throw new Error(`${ran.printed}\n${town.check(pull)?.summary}`);
  // Its gates copy a file and look for one: what they take themselves is less than can be measured here.
  const overheadMs = Number(/^(\d+) ms from the case/m.exec(ran.printed)?.[1]);
  if (Number.isNaN(overheadMs)) throw new Error(`no time in ${ran.printed}`);
  return { wholeMs, overheadMs };
}
