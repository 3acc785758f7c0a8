/**
 * What a burst of deliveries becomes: many for each of many pull requests, doubled and out of order. The app
 * is a process of its own; at the end every check is held against what its pull request deserves.
 *
 * Run: node bench/app-burst.ts [DELIVERIES, default 5000] [PULL REQUESTS, default 500]
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTown, type Town } from '../test/app/town.ts';
import type { PullHandle } from '../test/hub/handles.ts';
import type { Delivery } from '../test/hub/outbox.ts';
import { type Row, report } from './rows.ts';

const RSS_MB_MAX = 500;
/** As many as GitHub hands over at once, as far as anybody has seen. */
const CONNECTIONS = 8;
/** Some minutes on two cores; what takes longer has stopped. */
const STANDSTILL_MS = 120_000;
/** Between two of its questions the app never thinks as long. */
const CALM_MS = 4_000;
const LOOK_MS = 250;

const [deliveries = 5_000, count = 500] = process.argv.slice(2).map(Number);

/** What a pull request brings, by its number, and how its check has to begin. */
interface Kind {
  readonly title: string;
  readonly conclusion: string;
  readonly files: (number: number) => Readonly<Record<string, string>>;
}

const lines = (many: number, number: number) =>
  Array.from({ length: many }, (_, at) => `export const total${at} = ${number};\n`).join('');
const kinds: readonly Kind[] = [
  {
    title: 'PASS',
    conclusion: 'success',
    files: (number) => ({ 'src/cart/total.ts': lines(3, number) }),
  },
  {
    title: 'WAIVER REQUIRED',
    conclusion: 'action_required',
    files: (number) => ({ 'src/cart/total.ts': lines(400, number) }),
  },
  {
    title: 'FAIL',
    conclusion: 'failure',
    files: (number) => ({
      'src/cart/total.ts': lines(3, number),
      '.caws/policy.yaml': 'version: 1\nmode: observe\n',
    }),
  },
];
const kindOf = (number: number) => kinds[number % kinds.length] as Kind;

/** The same at every run, so that two runs compare. */
function shuffled<Item>(items: readonly Item[]): readonly Item[] {
  let state = 1;
  const chance = () => {
    state = Math.imul(state, 48_271) % 2_147_483_647;
    return Math.abs(state);
  };
  return items
    .map((item) => [chance(), item] as const)
    .toSorted(([one], [other]) => one - other)
    .map(([, item]) => item);
}

/** Every pull request is open, and everything that is to be told of it waits. */
async function prepare(town: Town): Promise<readonly PullHandle[]> {
  const { hub, repository } = town;
  const kim = hub.person('kim');
  const branches = Array.from({ length: count }, (_, number) => [
    `work-${number}`,
    kindOf(number).files(number),
  ]);
  await hub.branches(repository, Object.fromEntries(branches));
  hub.faults.delivery({}, { kind: 'late' });
  const pulls: PullHandle[] = [];
  for (let number = 0; number < count; number += 1)
    pulls.push(await kim.opens(repository, { head: `work-${number}`, title: `Work ${number}` }));
  const toldOnce = Math.floor(deliveries / 2) - count;
  for (let told = 0; told < toldOnce; told += 1)
    await kim.labels(pulls[told % count] as PullHandle, `label ${told}`);
  return pulls;
}

/** The app as `npm start` runs it, with a data folder of its own. */
async function startApp(town: Town, data: string): Promise<ChildProcess> {
  const process_ = join(import.meta.dirname, '..', 'test', 'app', 'town-process.ts');
  const child = spawn(process.execPath, [process_], {
    env: { PATH: process.env['PATH'], ...town.environment, ARBITER_DATA: data },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const address = await new Promise<string>((resolve, reject) => {
    child.stdout?.once('data', (text: Buffer) => resolve(text.toString().trim()));
    child.once('exit', () => reject(new Error('the app did not start')));
  });
  town.installed.listensAt(`${address}/api/github/webhooks`);
  return child;
}

/** The most memory that a process ever had, as Linux counts it; null elsewhere. */
function peakBytes({ pid }: ChildProcess): number | null {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]) * 1_024;
  } catch {
    return null;
  }
}

/** Every one of them twice and in any order, over several connections. */
function arranged(held: readonly Delivery[]): readonly Delivery[] {
  return shuffled([...held, ...held].slice(0, deliveries));
}

/** Waits until all is delivered, no check is open and nothing was asked of the hub for a while. */
async function calm(town: Town, pulls: readonly PullHandle[]): Promise<void> {
  let [asked, since, told] = [-1, performance.now(), 0];
  for (;;) {
    const open = pulls.filter((pull) => town.check(pull)?.status !== 'completed').length;
    const { waiting } = town.hub.world.outbox;
    const now = town.hub.requests().length - waiting;
    if (now !== asked) [asked, since] = [now, performance.now()];
    const still = performance.now() - since;
    if ((open + waiting === 0 && still > CALM_MS) || still > STANDSTILL_MS) return;
    const step = Math.floor(((count - open) * 10) / count);
    if (step > told) {
      told = step;
      console.error(`${count - open} of ${count} checks stand, ${waiting} deliveries wait`);
    }
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  }
}

async function burst(): Promise<readonly Row[]> {
  await using town = await openTown({
    hub: { referee: false, deliveriesAtOnce: CONNECTIONS, hourlyLimit: 1_000_000 },
  });
  await town.app.stop();
  const data = mkdtempSync(join(tmpdir(), 'burst-'));
  const child = await startApp(town, data);
  try {
    const pulls = await prepare(town);
    console.error(`${count} pull requests are open`);
    const from = town.hub.requests().length;
    const began = performance.now();
    let sent: readonly Delivery[] = [];
    town.hub.faults.release((held) => {
      sent = arranged(held);
      return sent;
    });
    await calm(town, pulls);
    const seconds = (performance.now() - began) / 1_000;
    const heard = town.hub
      .requests()
      .slice(from)
      .filter(({ path }) => /\/pulls\/\d+$/.test(path)).length;
    return rowsOf(town, { pulls, sent, heard, seconds, peak: peakBytes(child) });
  } finally {
    child.kill('SIGKILL');
    rmSync(data, { recursive: true, force: true });
  }
}

interface Found {
  readonly pulls: readonly PullHandle[];
  readonly sent: readonly Delivery[];
  readonly heard: number;
  readonly seconds: number;
  readonly peak: number | null;
}

function rowsOf(town: Town, { pulls, sent, heard, seconds, peak }: Found): readonly Row[] {
  const lost = sent.filter(({ statusCode }) => statusCode < 200 || statusCode > 299).length;
  const wrong = pulls.filter((pull, number) => {
    const check = town.check(pull);
    const { title, conclusion } = kindOf(number);
    return !check?.title?.startsWith(title) || check.conclusion !== conclusion;
  });
  for (const pull of wrong.slice(0, 3))
    console.error(`#${pull.number}: ${town.check(pull)?.title ?? 'no check'}`);
  const informs = { floor: '', ratio: '', bar: '', ok: null };
  const memory = peak === null ? 'not measured' : `${Math.round(peak / 1_048_576)} MB`;
  return [
    {
      what: `${sent.length} deliveries for ${count} pull requests: not taken`,
      measured: String(lost),
      ...{ floor: '', ratio: '', bar: '= 0', ok: lost === 0 && sent.length === deliveries },
    },
    {
      what: '… checks that are not what the pull request deserves',
      measured: `${wrong.length} of ${pulls.length}`,
      ...{ floor: '', ratio: '', bar: '= 0', ok: wrong.length === 0 },
    },
    {
      what: '… the most memory that the app had',
      measured: memory,
      ...{ floor: '', ratio: '', bar: `<= ${RSS_MB_MAX} MB` },
      ok: peak === null ? null : peak <= RSS_MB_MAX * 1_048_576,
    },
    { what: '… evaluations', measured: String(heard), ...informs },
    { what: '… until all checks stand', measured: `${Math.round(seconds)} s`, ...informs },
  ];
}

report(await burst());
