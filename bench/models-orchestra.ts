/**
 * Tasks through queue, route, scripted worker and verdict, in a runner that is a process of its own: how
 * many a minute, with how much memory, what it takes while there is nothing to do, and what becomes of
 * them when it is killed again and again. Ends with 1 where a bar is missed.
 *
 * Beside the rate the same bytes written with bare prepared statements of node:sqlite in the same run.
 *
 * Run: node bench/models-orchestra.ts [--minutes 5] [--kills 20]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { setTimeout as pause } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { add, queueState } from '../src/adapters/orchestra/queue.ts';
import type { Roster } from '../src/adapters/roster/roster.ts';
import type { Priority } from '../src/models/orchestration/order.ts';
import type { Instant, Result } from '../src/primitives.ts';
import { orderOf, queueWith } from '../test/adapters/orchestra/kit.ts';
import { witnessed } from '../test/adapters/orchestra/witness.ts';
import { profileOf } from '../test/adapters/roster/kit.ts';
import { type Row, report } from './rows.ts';

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    kills: { type: 'string', default: '20' },
  },
});
const minutes = Number(options.minutes);
const kills = Number(options.kills);

/** Half as much again as the bar, so that a minute below it is one in which the queue fell behind. */
const OFFERED_PER_MINUTE = 1_500;
const PER_MINUTE_MIN = 1_000;
const RSS_MB_MAX = 500;
const IDLE_PERCENT_MAX = 2;
const IDLE_MS = 20_000;
const BURST_TASKS = 3_000;
const AT_ONCE = 16;
const WORK_MS_MAX = 40;
/** Done between two kills, and still to do when each comes. */
const DONE_BETWEEN_KILLS = 15;
const TASKS_FOR_A_KILL = 40;

const program = join(import.meta.dirname, '../test/adapters/orchestra/conductor-process.ts');
const steps = [
  { name: 'work', by: 'model' },
  { name: 'judge', by: 'arbiter' },
] as const;
const priorities: readonly Priority[] = ['normal', 'high', 'low', 'normal'];
const now = () => Date.now() as Instant;

const rows: Row[] = [];
/** Tasks that were put in line so far, by both parts. */
let given = 0;
const folder = mkdtempSync(join(tmpdir(), 'arbiter-bench-orchestra-'));
try {
  await benchRate(place('rate'));
  await benchKills(place('kills'));
  report(rows);
  process.exitCode = rows.some(({ ok }) => ok === false) ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

interface Place {
  readonly roster: Roster;
  readonly witness: string;
}

function place(name: string): Place {
  const witness = join(folder, `${name}.witness`);
  writeFileSync(witness, '');
  const models = ['small', 'large', 'other'].map((id) => profileOf(id, { concurrentMax: 32 }));
  return { roster: queueWith(models, join(folder, `${name}.db`)), witness };
}

async function benchRate({ roster, witness }: Place): Promise<void> {
  const child = started(roster.file, witness, { leaseMs: 15_000 });
  await once(child, 'spawn');
  const idle = await idlePercent(child);
  const paced = await pacedMinutes(roster, child);
  const burst = await burstPerMinute(roster);
  child.kill('SIGTERM');
  await once(child, 'exit');
  const bare = barePerMinute();
  const row = (what: string, measured: string, bar: string, ok: boolean | null, floor = '') =>
    rows.push({ what, measured, floor, ratio: '', bar, ok });
  row(
    `tasks done in the slowest of ${paced.minutes.length} minutes, ${OFFERED_PER_MINUTE} offered in each`,
    `${Math.round(Math.min(...paced.minutes))}/min`,
    `>= ${PER_MINUTE_MIN}/min`,
    Math.min(...paced.minutes) >= PER_MINUTE_MIN,
  );
  rows.push({
    what: `  as many as there are: ${BURST_TASKS} of them at once`,
    measured: `${Math.round(burst)}/min`,
    floor: `${Math.round(bare)}/min`,
    ratio: (burst / bare).toFixed(2),
    bar: '',
    ok: null,
  });
  row(
    '  memory of the runner, highest',
    `${paced.rssMb.toFixed(0)} MB`,
    `< ${RSS_MB_MAX} MB`,
    paced.rssMb < RSS_MB_MAX,
  );
  row(
    `  processor while there is nothing to do, ${IDLE_MS / 1_000} s`,
    `${idle.toFixed(2)} %`,
    `< ${IDLE_PERCENT_MAX} %`,
    idle < IDLE_PERCENT_MAX,
  );
  const { lost, twice, tasks } = witnessed(roster, witness);
  row(
    `  of ${tasks} tasks lost, done twice`,
    `${lost.length}, ${twice.length}`,
    '0, 0',
    lost.length + twice.length === 0,
  );
}

/** Offers tasks evenly; counts what was done in each minute, or in all of a shorter time. */
async function pacedMinutes(
  roster: Roster,
  child: ChildProcess,
): Promise<{ readonly minutes: readonly number[]; readonly rssMb: number }> {
  const perMinute: number[] = [];
  let rss = 0;
  for (let left = minutes; left > 0; left -= 1) {
    const share = Math.min(1, left);
    const before = doneIn(roster);
    const began = performance.now();
    const offered = Math.round(OFFERED_PER_MINUTE * share);
    for (let offer = 0; offer < offered; ) {
      const due = Math.ceil(((performance.now() - began) / 60_000) * OFFERED_PER_MINUTE);
      const count = Math.min(offered, due) - offer;
      give(roster, count);
      offer += count;
      rss = Math.max(rss, (await asked(child)).rss);
      await pause(200);
    }
    await pause(Math.max(0, 60_000 * share - (performance.now() - began)));
    perMinute.push((doneIn(roster) - before) / ((performance.now() - began) / 60_000));
  }
  return { minutes: perMinute, rssMb: rss / 1_000_000 };
}

async function burstPerMinute(roster: Roster): Promise<number> {
  while (doneIn(roster) < given) await pause(50);
  give(roster, BURST_TASKS);
  const began = performance.now();
  while (doneIn(roster) < given) await pause(20);
  return BURST_TASKS / ((performance.now() - began) / 60_000);
}

async function benchKills({ roster, witness }: Place): Promise<void> {
  const before = given;
  let done = 0;
  for (let kill = 0; kill < kills; kill += 1) {
    give(roster, TASKS_FOR_A_KILL);
    const child = started(roster.file, witness, { leaseMs: 500 });
    done += DONE_BETWEEN_KILLS;
    while (linesIn(witness) < done) await pause(5);
    child.kill('SIGKILL');
    await once(child, 'exit');
    done = Math.max(done, linesIn(witness));
  }
  const last = started(roster.file, witness, { leaseMs: 500 });
  while (doneIn(roster) < given - before) await pause(50);
  last.kill('SIGTERM');
  await once(last, 'exit');
  const { lost, twice, cutOff, tasks } = witnessed(roster, witness);
  rows.push({
    what: `killed ${kills} times, ${cutOff} attempts cut off: of ${tasks} tasks lost, done twice`,
    measured: `${lost.length}, ${twice.length}`,
    floor: '',
    ratio: '',
    bar: '0, 0',
    ok: lost.length + twice.length === 0 && cutOff > 0,
  });
}

function linesIn(witness: string): number {
  return readFileSync(witness, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('done ')).length;
}

function started(
  file: string,
  witness: string,
  { leaseMs }: { readonly leaseMs: number },
): ChildProcess {
  const words = [
    program,
    file,
    witness,
    'bench',
    String(AT_ONCE),
    String(leaseMs),
    String(WORK_MS_MAX),
  ];
  return spawn(process.execPath, words, { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}

interface Answer {
  readonly cpu: NodeJS.CpuUsage;
  readonly rss: number;
}

async function asked(child: ChildProcess): Promise<Answer> {
  child.send('how are you?');
  const [answer] = await once(child, 'message');
  return answer as Answer;
}

async function idlePercent(child: ChildProcess): Promise<number> {
  // It has started, and compiled what it runs.
  await asked(child);
  await pause(2_000);
  const before = await asked(child);
  const began = performance.now();
  await pause(IDLE_MS);
  const after = await asked(child);
  const microseconds = after.cpu.user + after.cpu.system - before.cpu.user - before.cpu.system;
  return (microseconds / 1_000 / (performance.now() - began)) * 100;
}

function give(roster: Roster, count: number): void {
  must(
    roster.write(() => {
      for (let at = 0; at < count; at += 1) {
        given += 1;
        const priority = priorities[given % priorities.length] ?? 'normal';
        must(
          add(
            roster,
            orderOf(`t${given}`, { repository: `r${given % 9}`, priority, steps }),
            now(),
          ),
        );
      }
    }),
  );
}

function doneIn(roster: Roster): number {
  return must(queueState(roster)).ended.done;
}

/** One task's texts, written one after another as durably, without anything that they mean. */
function barePerMinute(): number {
  const bare = new DatabaseSync(join(folder, 'floor.db'));
  bare.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  bare.exec('CREATE TABLE floor (sequence INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT');
  const insert = bare.prepare('INSERT INTO floor (body) VALUES (?)');
  const [count, text] = [500, 'x'.repeat(1_000)];
  const began = performance.now();
  for (let at = 0; at < count; at += 1)
    // It is taken, its work ends, and so does its judgement.
    for (let part = 0; part < 3; part += 1) {
      bare.exec('BEGIN IMMEDIATE');
      insert.run(text);
      bare.exec('COMMIT');
    }
  const took = performance.now() - began;
  bare.close();
  return count / (took / 60_000);
}

function must<Value>(result: Result<Value, unknown>): Value {
  if (!result.ok) throw new Error(JSON.stringify(result.fault));
  return result.value;
}
