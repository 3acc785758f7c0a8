/**
 * `arbiter verify` of a small change as a whole process from the bundle, warm compile cache, beside
 * what no such program can do without: a bare node and git's own three looks at the same range.
 *
 * Run: node bench/verify-start.ts
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { demoRepository, layDown, lcovOf, moduleOf } from '../src/cli/demo/repository.ts';
import { median, type Row, report } from './rows.ts';

const RUNS = 21;
/** The first runs fill the compile cache and the disk's own. */
const WARM_UPS = 3;
const RATIO_MAX = 2.5;

const project = dirname(import.meta.dirname);
const folder = mkdtempSync(join(tmpdir(), 'arbiter-bench-start-'));
try {
  report(measure());
} finally {
  rmSync(folder, { recursive: true, force: true });
}

interface Program {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly input?: string;
}

function measure(): readonly Row[] {
  const entry = bundled();
  const shop = changedShop();
  const floors = floorOf(shop);
  const verify: Program = {
    name: 'arbiter verify, small change, whole process',
    command: process.execPath,
    args: [entry, '-C', shop, 'verify', 'main...change', '--evidence', join(folder, 'reports')],
  };
  const times = new Map<Program, number[]>([...floors, verify].map((program) => [program, []]));
  // In turn, so that all see the same machine.
  for (let run = 0; run < RUNS + WARM_UPS; run += 1)
    for (const [program, taken] of times) {
      const ms = timed(program);
      if (run >= WARM_UPS) taken.push(ms);
    }
  const medianOf = (program: Program) => median(times.get(program) ?? []);
  const floor = floors.reduce((sum, program) => sum + medianOf(program), 0);
  const ratio = medianOf(verify) / floor;
  return [
    ...floors.map((program) => ({
      what: `  ${program.name}`,
      measured: `${medianOf(program).toFixed(1)} ms`,
      floor: '',
      ratio: '',
      bar: '',
      ok: null,
    })),
    {
      what: verify.name,
      measured: `${medianOf(verify).toFixed(1)} ms`,
      floor: `${floor.toFixed(1)} ms`,
      ratio: ratio.toFixed(2),
      bar: `<= ${RATIO_MAX}`,
      ok: ratio <= RATIO_MAX,
    },
  ];
}

/** The bundle as it is installed: beside the policies. */
function bundled(): string {
  const installed = join(folder, 'installed');
  execFileSync(process.execPath, [join(project, '.ci/bundle.ts'), join(installed, 'dist')]);
  for (const name of ['policies', 'package.json'])
    cpSync(join(project, name), join(installed, name), { recursive: true });
  return join(installed, 'dist', 'arbiter.cjs');
}

function changedShop(): string {
  const shop = demoRepository(join(folder, 'shop'));
  layDown(shop, 'version: 1\nkeys: []\n');
  shop.branch('change', 'Prices', () => shop.write('src/cart/total.ts', moduleOf(24, 'total')));
  mkdirSync(join(folder, 'reports'));
  writeFileSync(join(folder, 'reports', 'lcov.info'), lcovOf(92));
  return shop.directory;
}

function floorOf(shop: string): readonly Program[] {
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-C', shop, ...args], { encoding: 'utf8' }).trim();
  const base = git('merge-base', 'main', 'change');
  const blobs = git('diff', '--raw', '--no-abbrev', base, 'change')
    .split('\n')
    .flatMap((line) => line.split(' ').slice(2, 4));
  const program = (name: string, ...args: readonly string[]): Program => ({
    name,
    command: 'git',
    args: ['-C', shop, ...args],
  });
  return [
    { name: 'node -e 0', command: process.execPath, args: ['-e', '0'] },
    program('git merge-base', 'merge-base', 'main', 'change'),
    program('git diff --raw --numstat', 'diff', '--raw', '--numstat', base, 'change'),
    { ...program('git cat-file --batch', 'cat-file', '--batch'), input: `${blobs.join('\n')}\n` },
  ];
}

function timed({ name, command, args, input }: Program): number {
  const env = {
    PATH: process.env['PATH'],
    HOME: folder,
    XDG_CONFIG_HOME: join(folder, 'config'),
    XDG_STATE_HOME: join(folder, 'state'),
    NODE_COMPILE_CACHE: join(folder, 'compiled'),
  };
  const begun = performance.now();
  const { status, stderr } = spawnSync(command, args, {
    env,
    input: input ?? '',
    encoding: 'utf8',
  });
  const ms = performance.now() - begun;
  if (status !== 0) throw new Error(`${name} ended with ${status}: ${stderr}`);
  return ms;
}
