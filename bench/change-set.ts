/**
 * Measures how long a change takes to measure, beside git's own listing of the same pair in the same
 * run. Every shape is built, timed and weighed in processes of its own: the system counts the memory
 * of whoever starts a process as that process' too.
 */
import { execFileSync, fork, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openRepository } from '../src/adapters/git/repository.ts';
import { median, type Row, report } from './rows.ts';

const RUNS = 7;
/**
 * What measures many changes, as a service does, is at its pace after some forty of them: its code is compiled, and the
 * memory for short-lived objects has grown to what they need, which touches fresh pages until then. The first of all
 * is printed beside it, without a bar.
 */
const WARM_UPS = 40;
const RATIO_MAX = 1.5;
const EXPONENT_MAX = 1.1;
/** 250 MB, in the units of the system. */
const RSS_MIB_MAX = 238;

interface Shape {
  readonly name: string;
  /** Has so many commits that walking them, which the floor does not, is printed beside it. */
  readonly walked?: true;
  /** A `git fast-import` stream that leaves refs/heads/base and refs/heads/head. */
  readonly stream: () => Iterable<string>;
}

const data = (text: string) => `data ${Buffer.byteLength(text)}\n${text}\n`;
const commit = (branch: string, message: string, from: string | null) =>
  `commit refs/heads/${branch}\ncommitter n <n@localhost> 1700000000 +0000\n${data(message)}${from === null ? '' : `from ${from}\n`}`;
const file = (path: string, text: string) => `M 100644 inline ${path}\n${data(text)}`;
const lines = (seed: string, count: number) =>
  Array.from(
    { length: count },
    (_, line) => `${seed} line ${line} of some ordinary length;\n`,
  ).join('');

/** `files` files in directories of 50: a third new, a third changed, a third deleted and replaced. */
function* manyFiles(files: number, linesEach: number): Iterable<string> {
  const path = (index: number) => `src/d${Math.floor(index / 50)}/f${index}.ts`;
  yield commit('base', 'base', null);
  yield file('README.md', 'base\n');
  for (let index = 0; index < files; index += 1) {
    if (index % 3 !== 0) yield file(path(index), lines(`old ${index}`, linesEach / 2));
  }
  yield commit('head', 'head', 'refs/heads/base');
  for (let index = 0; index < files; index += 1) {
    const count = index % 3 === 0 ? linesEach : linesEach / 2;
    yield file(path(index), lines(`new ${index}`, count));
  }
}

/** The change of `manyFiles`, made in so many commits, each with its share of the files. */
function* manyFilesInCommits(files: number, linesEach: number, commits: number): Iterable<string> {
  const path = (index: number) => `src/d${Math.floor(index / 50)}/f${index}.ts`;
  yield commit('base', 'base', null);
  yield file('README.md', 'base\n');
  for (let index = 0; index < files; index += 1) {
    if (index % 3 !== 0) yield file(path(index), lines(`old ${index}`, linesEach / 2));
  }
  const share = Math.ceil(files / commits);
  for (let from = 0; from < files; from += share) {
    yield commit('head', `commit ${from}`, from === 0 ? 'refs/heads/base' : null);
    for (let index = from; index < Math.min(files, from + share); index += 1) {
      const count = index % 3 === 0 ? linesEach : linesEach / 2;
      yield file(path(index), lines(`new ${index}`, count));
    }
  }
}

function* manyCommits(commits: number, files: number): Iterable<string> {
  yield commit('base', 'base', null);
  yield file('README.md', 'base\n');
  yield commit('head', 'start', 'refs/heads/base');
  yield file('start.ts', 'start\n');
  for (let index = 1; index < commits; index += 1) {
    yield commit('head', `commit ${index}`, null);
    for (let part = 0; part < files; part += 1) {
      yield file(`src/d${index % 20}/f${index}-${part}.ts`, lines(`c ${index}`, 20));
    }
  }
}

function* oneLongLine(bytes: number): Iterable<string> {
  yield commit('base', 'base', null);
  yield file('README.md', 'base\n');
  yield commit('head', 'head', 'refs/heads/base');
  yield file('bundle.js', `${'let a=1;'.repeat(bytes / 8)}\n`);
}

function* manyRenames(files: number): Iterable<string> {
  yield commit('base', 'base', null);
  for (let index = 0; index < files; index += 1) {
    yield file(`old/d${index % 60}/f${index}.ts`, lines(`r ${index}`, 20));
  }
  yield commit('head', 'head', 'refs/heads/base');
  yield 'R old new\n';
}

const shapes: readonly Shape[] = [
  { name: '3,000 files, 60,000 lines', stream: () => manyFiles(3000, 20) },
  {
    name: 'the same in 500 commits',
    walked: true,
    stream: () => manyFilesInCommits(3000, 20, 500),
  },
  { name: '500 commits of 1 file', walked: true, stream: () => manyCommits(500, 1) },
  { name: '500 commits of 6 files', walked: true, stream: () => manyCommits(500, 6) },
  { name: 'one line of 20 MB', stream: () => oneLongLine(20 * 1024 * 1024) },
  { name: '3,000 renames', stream: () => manyRenames(3000) },
];

const growth = [750, 1500, 3000, 6000];
const growing: readonly Shape[] = growth.map((files) => ({
  name: `${files} files`,
  stream: () => manyFiles(files, 20),
}));

function build(directory: string, shape: Shape): void {
  execFileSync('git', ['init', '-q', '--bare', directory]);
  const input = [...shape.stream()].join('');
  execFileSync('git', ['-C', directory, 'fast-import', '--quiet'], { input });
  execFileSync('git', ['-C', directory, 'symbolic-ref', 'HEAD', 'refs/heads/head']);
}

interface Sample {
  /** The first measurement of the process. */
  readonly coldMs: number;
  readonly ms: number;
  readonly floorMs: number;
  /** The most memory that the process of them all ever held, the runtime's own with it. */
  readonly heldMiB: number;
  /** From the names of the range on, the merge base with it. */
  readonly wholeMs: number;
  /** What git takes to list and count every commit of the range. */
  readonly walkMs: number;
  /**
   * What git takes to count the pair and to list every commit of the range beside it, at once: nobody
   * knows the sums of each commit for less.
   */
  readonly atOnceMs: number;
  /** What git takes to find the merge base. */
  readonly meetMs: number;
}

const LISTED = ['--raw', '--numstat', '-M', '-z'];

type Timed = Omit<Sample, 'coldMs' | 'heldMiB'>;

type Floors = Pick<Sample, 'floorMs' | 'walkMs' | 'meetMs' | 'atOnceMs'>;

/** Runs in a child: measure and floor in turn, so that both see the same machine. */
async function sample(directory: string): Promise<Sample> {
  const runs: Timed[] = [];
  // A process that starts another has to copy each of its own pages at the next touch, which nobody does to an
  // arbiter: git alone is started by a process of its own.
  const floors = fork(import.meta.filename, ['--floors', directory]);
  const { ms: coldMs } = await measureMs(directory);
  for (let run = 1; run < WARM_UPS; run += 1) await measureMs(directory);
  for (let run = 0; run < RUNS; run += 1) {
    floors.send(run);
    const [floor] = (await once(floors, 'message')) as [Floors];
    runs.push({ ...(await measureMs(directory)), ...floor });
  }
  floors.disconnect();
  const middle = (pick: (run: Timed) => number) => median(runs.map(pick));
  return {
    coldMs,
    heldMiB: process.resourceUsage().maxRSS / 1024,
    ms: middle(({ ms }) => ms),
    wholeMs: middle(({ wholeMs }) => wholeMs),
    floorMs: middle(({ floorMs }) => floorMs),
    walkMs: middle(({ walkMs }) => walkMs),
    atOnceMs: middle(({ atOnceMs }) => atOnceMs),
    meetMs: middle(({ meetMs }) => meetMs),
  };
}

/** Runs in a child of that child: tells what git alone takes, as often as it is asked. */
function tellFloors(directory: string): void {
  const tell = async (): Promise<void> => {
    const floors: Floors = {
      floorMs: gitMs(directory, ['diff', ...LISTED, 'base', 'head']),
      walkMs: gitMs(directory, ['log', ...LISTED, '--format=raw', 'base..head']),
      meetMs: gitMs(directory, ['merge-base', '--all', 'base', 'head']),
      atOnceMs: await bothMs(directory),
    };
    process.send?.(floors);
  };
  process.on('message', () => void tell());
}

function gitMs(directory: string, args: readonly string[]): number {
  const start = performance.now();
  const { status } = spawnSync('git', ['-C', directory, ...args], { maxBuffer: 1024 ** 3 });
  if (status !== 0) throw new Error(`git ${args[0]} ended with ${status}`);
  return performance.now() - start;
}

async function bothMs(directory: string): Promise<number> {
  const start = performance.now();
  const runs = [
    ['diff', ...LISTED, 'base', 'head'],
    ['log', '--raw', '-M', '-z', '--format=raw', 'base..head'],
  ].map(async (args) => {
    const git = spawn('git', ['-C', directory, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    git.stdout.resume();
    const [status] = await once(git, 'close');
    if (status !== 0) throw new Error(`git ${args[0]} ended with ${status}`);
  });
  await Promise.all(runs);
  return performance.now() - start;
}

async function measureMs(directory: string): Promise<Pick<Sample, 'ms' | 'wholeMs'>> {
  const opened = await openRepository(directory, { env: process.env });
  if (!opened.ok) throw new Error(JSON.stringify(opened.fault));
  using repository = opened.value;
  const named = performance.now();
  const range = await repository.resolve('base...head');
  if (!range.ok) throw new Error(JSON.stringify(range.fault));
  const start = performance.now();
  const change = await repository.measure(range.value);
  const end = performance.now();
  if (!change.ok || change.value.incomplete.length > 0) throw new Error(JSON.stringify(change));
  return { ms: end - start, wholeMs: end - named };
}

/** Runs in a child: the most memory that it ever held, the runtime's own with it. */
async function weigh(directory: string): Promise<number> {
  await measureMs(directory);
  return process.resourceUsage().maxRSS / 1024;
}

function inChild(...args: readonly string[]): string {
  const child = spawnSync(process.execPath, [import.meta.filename, ...args], { encoding: 'utf8' });
  if (child.status !== 0) throw new Error(child.stderr);
  return child.stdout;
}

const sampleOf = (directory: string) => JSON.parse(inChild('--sample', directory)) as Sample;

function main(): void {
  const folder = mkdtempSync(join(tmpdir(), 'caws-bench-'));
  const built = (shape: Shape) => {
    const directory = join(folder, `shape-${all.indexOf(shape)}`);
    inChild('--build', directory, String(all.indexOf(shape)));
    return directory;
  };
  try {
    const measured = shapes.flatMap((shape) => {
      const directory = built(shape);
      return rowsOf(shape, sampleOf(directory), Number(inChild('--weigh', directory)));
    });
    const samples = growing.map((shape) => sampleOf(built(shape)).ms);
    const exponent = slope(
      samples.map((ms, index) => [Math.log(growth[index] as number), Math.log(ms)]),
    );
    report([
      ...measured,
      {
        what: `  growth exponent, ${growth[0]} to ${growth.at(-1)} files`,
        measured: exponent.toFixed(2),
        floor: '',
        ratio: '',
        bar: `<= ${EXPONENT_MAX}`,
        ok: exponent <= EXPONENT_MAX,
      },
    ]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function rowsOf(
  { name, walked }: Shape,
  { coldMs, heldMiB, ms, wholeMs, floorMs, walkMs, atOnceMs, meetMs }: Sample,
  rssMiB: number,
): readonly Row[] {
  const ratio = ms / floorMs;
  const informs = { floor: '', ratio: '', bar: '', ok: null };
  const beside = (what: string, measuredMs: number, gitMs: number): Row => ({
    what: `  ${what}`,
    measured: `${measuredMs.toFixed(1)} ms`,
    floor: `${gitMs.toFixed(1)} ms`,
    ratio: (measuredMs / gitMs).toFixed(2),
    bar: '',
    ok: null,
  });
  const walk = [
    beside('beside git counting the pair and each commit', ms, floorMs + walkMs),
    beside('beside git counting the pair and listing each commit at once', ms, atOnceMs),
    beside('with the search for the merge base, beside git doing so', wholeMs, floorMs + meetMs),
  ];
  return [
    {
      what: `change set, ${name}`,
      measured: `${ms.toFixed(1)} ms`,
      floor: `${floorMs.toFixed(1)} ms`,
      ratio: ratio.toFixed(2),
      bar: `<= ${RATIO_MAX}`,
      ok: ratio <= RATIO_MAX,
    },
    ...(walked ? walk : []),
    { ...informs, what: '  the first of a process', measured: `${coldMs.toFixed(1)} ms` },
    {
      ...informs,
      what: '  resident set of a process that measures it, at most',
      measured: `${rssMiB.toFixed(0)} MiB`,
      bar: `<= ${RSS_MIB_MAX} MiB`,
      ok: rssMiB <= RSS_MIB_MAX,
    },
    {
      ...informs,
      what: `  of one that did so ${WARM_UPS + RUNS} times, as the engine lets it grow`,
      measured: `${heldMiB.toFixed(0)} MiB`,
    },
  ];
}

/** Least squares over (log files, log ms). */
function slope(points: readonly (readonly [number, number])[]): number {
  const mean = (pick: (point: readonly [number, number]) => number) =>
    points.reduce((sum, point) => sum + pick(point), 0) / points.length;
  const [x, y] = [mean((point) => point[0]), mean((point) => point[1])];
  const over = points.reduce((sum, [px, py]) => sum + (px - x) * (py - y), 0);
  return over / points.reduce((sum, [px]) => sum + (px - x) ** 2, 0);
}

const all = [...shapes, ...growing];
const [flag, directory = '', index] = process.argv.slice(2);
if (flag === '--sample') console.log(JSON.stringify(await sample(directory)));
else if (flag === '--floors') tellFloors(directory);
else if (flag === '--weigh') console.log(await weigh(directory));
else if (flag === '--build') build(directory, all[Number(index)] as Shape);
else main();
