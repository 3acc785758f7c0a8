/**
 * `npm run mutate`: changes the decision core in one place at a time and runs the tests that import
 * it. A mutant that no test notices is printed with its place; below the bar the run fails.
 *
 * StrykerJS 10 was tried with vitest 5: it runs once it is kept from tsconfig.json, but has no
 * sampling (5,000 mutants of stages 1 to 4 take hours) and does not rerun tests with formatted
 * names, so that mutants survive which those tests kill.
 */
import { spawn } from 'node:child_process';
import {
  cpSync,
  globSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, normalize } from 'node:path';
import { parseArgs } from 'node:util';
import { equivalence } from './equivalent.ts';
import { type Mutant, mutantsOf, mutated } from './mutants.ts';

const root = join(import.meta.dirname, '..', '..');
const core = [
  'src/1-pleading/{binding,spec-scope,governed,inspected,file-change,text-measure,signs,lfs,trailers}.ts',
  'src/2-examination/*.ts',
  'src/3-deliberation/*.ts',
  'src/4-verdict/{decide,judge,waiver-events}.ts',
  'src/4-verdict/waivers/{event,expiry,ignored,open-event,read-payload,signed-events,signers}.ts',
  'src/caws/{glob,glob-match,read-policy,policy-checks}.ts',
];
/** Of the mutants of stages 1 to 4 that anyone could notice, the share that some test must notice. */
const killedPercentMin = 85;
/** A mutant that loops is noticed by the clock; the same tests take a few seconds otherwise. */
const runLimitMs = 90_000;
/** All of them together, once, without a mutant. */
const allLimitMs = 20 * runLimitMs;

const { values: options } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    count: { type: 'string', default: '150' },
    jobs: { type: 'string', default: '2' },
    only: { type: 'string', default: '' },
    all: { type: 'boolean', default: false },
    wide: { type: 'boolean', default: false },
  },
});

interface Outcome {
  readonly mutant: Mutant;
  readonly by: 'tests' | 'nobody';
}

const sources = new Map(
  core
    .flatMap((pattern) => globSync(pattern, { cwd: root }))
    .filter((file) => file.includes(options.only))
    .toSorted()
    .map((file) => [file, readFileSync(join(root, file), 'utf8')]),
);
const testsOf = testsByModule();
const chosen = choose();
process.stdout.write(`${chosen.length} mutants in ${sources.size} files, seed ${options.seed}\n`);
const queue = [...chosen];
const everyTest = [...new Set([...sources.keys()].flatMap((file) => testsOf(file).flat()))];
if (!(await vitestPasses(root, everyTest, allLimitMs))) {
  process.stdout.write('The tests fail without any mutant, so they would prove nothing.\n');
  process.exit(1);
}
const outcomes: Outcome[] = [];
await Promise.all(Array.from({ length: Number(options.jobs) }, worker));
report();

/** A seeded sample, every file in turn, so that no large file takes it all. */
function choose(): readonly Mutant[] {
  const next = randomFrom(Number(options.seed));
  const piles = [...sources].map(([file, text]) =>
    mutantsOf(file, text)
      .filter((mutant) => equivalence(mutant, text) === undefined)
      .map((mutant) => ({ mutant, key: next() }))
      .toSorted((one, other) => one.key - other.key)
      .map(({ mutant }) => mutant),
  );
  const longest = Math.max(...piles.map((pile) => pile.length));
  const inTurn = Array.from({ length: longest }, (_, at) =>
    piles.flatMap((pile) => pile[at] ?? []),
  );
  return options.all ? inTurn.flat() : inTurn.flat().slice(0, Number(options.count));
}

/** Mulberry32: small, and the same on every machine. */
function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
}

/** One copy of the tree that takes mutants from the queue until it is empty. */
async function worker(): Promise<void> {
  const copy = mkdtempSync(join(tmpdir(), 'caws-mutants-'));
  try {
    for (const name of ['app', 'src', 'test', 'policies', 'package.json', 'tsconfig.json'])
      cpSync(join(root, name), join(copy, name), { recursive: true });
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'));
    for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
      const text = sources.get(mutant.file) as string;
      writeFileSync(join(copy, mutant.file), mutated(text, mutant));
      const killed = await anyFails(copy, testsOf(mutant.file));
      writeFileSync(join(copy, mutant.file), text);
      outcomes.push({ mutant, by: killed ? 'tests' : 'nobody' });
      if (!killed) process.stdout.write(`${sentence(mutant)}\n`);
    }
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

/** The nearest tests first: most mutants die there, and the others need not run. */
async function anyFails(copy: string, tests: readonly (readonly string[])[]): Promise<boolean> {
  for (const group of tests)
    if (group.length > 0 && !(await vitestPasses(copy, group))) return true;
  return false;
}

function vitestPasses(
  copy: string,
  files: readonly string[],
  limitMs = runLimitMs,
): Promise<boolean> {
  return new Promise((resolve) => {
    const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs');
    // As patient as the suite's own configuration, which stands beside the copy.
    const patient = ['--testTimeout', String(runLimitMs), '--hookTimeout', String(runLimitMs)];
    const words = [vitest, 'run', '--bail', '1', '--reporter', 'dot', ...patient, ...files];
    const child = spawn(process.execPath, words, { cwd: copy, stdio: 'ignore', detached: true });
    const timer = setTimeout(() => process.kill(-(child.pid as number), 'SIGKILL'), limitMs);
    child.on('close', (code) => {
      clearTimeout(timer);
      resolve(code === 0);
    });
  });
}

/** Tests that reach a module by imports: those of its own folder, then the other stages and git, then (--wide) all. */
function testsByModule(): (file: string) => readonly (readonly string[])[] {
  const files = globSync('{src,test}/**/*.ts', { cwd: root });
  const imports = new Map(
    files.map((file) => {
      const text = readFileSync(join(root, file), 'utf8');
      const named = [...text.matchAll(/(?:from|import\()\s*'(\.[^']+)'/g)].map((match) =>
        normalize(join(dirname(file), match[1] as string)),
      );
      return [file, named];
    }),
  );
  const reached = (from: string): ReadonlySet<string> => {
    const seen = new Set<string>();
    const pending = [from];
    for (let file = pending.pop(); file !== undefined; file = pending.pop()) {
      if (seen.has(file)) continue;
      seen.add(file);
      pending.push(...(imports.get(file) ?? []));
    }
    return seen;
  };
  const tests = files
    .filter((file) => file.endsWith('.test.ts') && !file.endsWith('mutants.test.ts'))
    .map((file) => ({ file, reaches: reached(file) }));
  return (file) => {
    const all = tests.filter(({ reaches }) => reaches.has(file)).map((test) => test.file);
    const folder = file.split('/')[1] as string;
    const near = all.filter((test) => test.startsWith(`test/${folder}/`));
    const stages = all.filter((test) => !near.includes(test) && isNearby(test, file));
    const rest = all.filter((test) => !near.includes(test) && !stages.includes(test));
    return [near, stages, ...(options.wide ? [rest] : [])];
  };
}

/** What stages read of git is measured by git's own tests as well. */
function isNearby(test: string, file: string): boolean {
  const measuring = file.startsWith('src/1-pleading/') && test.startsWith('test/adapters/git/');
  return measuring || /^test\/(?:\d|caws)/.test(test);
}

function sentence({ file, line, original, replacement }: Mutant): string {
  const shown = (text: string) => JSON.stringify(text.replace(/\s+/g, ' ').slice(0, 90));
  return `survived  ${file}:${line}  ${shown(original)} -> ${shown(replacement)}`;
}

function report(): void {
  const folders = Map.groupBy(outcomes, ({ mutant }) => mutant.file.split('/')[1] as string);
  for (const [folder, all] of [...folders].toSorted(([one], [other]) => (one < other ? -1 : 1)))
    process.stdout.write(`${folder.padEnd(16)} ${scoreOf(all).padStart(14)}\n`);
  const stages = outcomes.filter(({ mutant }) => /^src\/\d/.test(mutant.file));
  process.stdout.write(
    `stages 1 to 4    ${scoreOf(stages).padStart(14)}  (bar ${killedPercentMin} %)\n`,
  );
  if (percentOf(stages) < killedPercentMin) process.exitCode = 1;
}

function percentOf(all: readonly Outcome[]): number {
  return all.length === 0 ? 0 : (100 * all.filter(({ by }) => by === 'tests').length) / all.length;
}

function scoreOf(all: readonly Outcome[]): string {
  const killed = all.filter(({ by }) => by === 'tests').length;
  return `${killed}/${all.length} ${percentOf(all).toFixed(1)} %`;
}
