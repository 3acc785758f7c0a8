/**
 * What running a model through this package costs, beside the shared library that the package brings,
 * driven by a small C program (llama-bare.c) with as many tokens behind as many that are there, the same threads,
 * batch and context, and the same cache: overhead, not speed. Ours is the judge daemon's own way, with a process for each model; both are
 * asked in turns, and neither's first run counts. Tokenising is not part of it: the program is given tokens.
 *
 * Then the tokens that the calls of one case evaluate, over the least possible.
 *
 * Run: node bench/llama.ts [MODEL.gguf] [--provider cuda]
 * Without a file: models of random weights. Without a provider: the processor. It needs git, a C compiler (`cc`), and on Linux `taskset`.
 */
import { execFileSync, spawn } from 'node:child_process';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import type { Token } from 'node-llama-cpp';
import type { ModelCall } from '../src/3-deliberation/judge/prompt.ts';
import type { RunProfile } from '../src/5-publication/model-faults.ts';
import { judgeAtHost } from '../src/adapters/judge/hear.ts';
import { openEngine, promptTokens, wrapperOf } from '../src/adapters/llama/engine.ts';
import { type Library, loadLibrary, PROVIDERS } from '../src/adapters/llama/library.ts';
import { ModelHost } from '../src/adapters/llama/model-host.ts';
import { aDossier, aModel, answering, prompts, proven } from '../test/3-deliberation/judge/kit.ts';
import { type TinyModel, writeTinyGguf } from '../test/adapters/llama/tiny-gguf.ts';
import { processOf } from '../test/adapters/llama/tiny-shelf.ts';
import { median, type Row, report } from './rows.ts';

/** Rounds of a model by its size in bytes: of a small one more, since what else the machine does weighs more there. */
const ROUNDS = [
  { below: 1024 ** 2, rounds: 21 },
  { below: 256 * 1024 ** 2, rounds: 9 },
  { below: Number.POSITIVE_INFINITY, rounds: 3 },
] as const;
const OPENINGS = 8;
const LONG_ENOUGH = 64;
const PROMPT_LINES = 64;
const ANSWER_TOKENS = 128;
const BATCH = 512;
const CONTEXT = 2048;
const RATIO_MIN = 0.95;
const EVALUATED_MAX = 1.1;
/** More than any model has. */
const ALL_LAYERS = 10_000;

const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: { provider: { type: 'string', default: 'cpu' } },
});
const provider = PROVIDERS.find((each) => each === values.provider);
if (provider === undefined) throw new Error(`a provider is one of ${PROVIDERS.join(', ')}`);

const folder = mkdtempSync(join(tmpdir(), 'arbiter-bench-llama-'));
const library = await loadLibrary([provider]);
if (library.provider !== provider) throw new Error(`${provider} is not here`);
if (process.platform === 'linux' && library.threads === 1) stayOnOneCore();
try {
  report(await measure());
} finally {
  await library.llama.dispose();
  rmSync(folder, { recursive: true, force: true });
}

/**
 * Two processes of one thread each stay on whichever core they began on, and the cores of a shared machine may differ by
 * a half for as long as that; what this process starts from now on stays on the same one, in turns.
 */
function stayOnOneCore(): void {
  const allowed = /^Cpus_allowed_list:\s*(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'));
  if (allowed?.[1] === undefined) throw new Error('no Cpus_allowed_list in /proc/self/status');
  const words = ['--all-tasks', '--pid', '--cpu-list', allowed[1], String(process.pid)];
  execFileSync('taskset', words, { stdio: 'ignore' });
}

async function measure(): Promise<readonly Row[]> {
  const bare = compiled();
  const [given] = positionals;
  const models: readonly (readonly [string, string])[] =
    given === undefined
      ? [
          made('random, 0.4 MB', {}),
          made('random, 81 MB', { layers: 6, width: 512, feedForward: 1536, heads: 8 }),
        ]
      : [[given, given]];
  const rows: Row[] = [];
  for (const [name, file] of models) rows.push(...(await compared(name, file, bare)));
  return [...rows, await evaluatedInOneCase()];
}

function made(name: string, facts: Partial<TinyModel>): readonly [string, string] {
  return [name, writeTinyGguf(join(folder, `${name.replaceAll(/\W/g, '-')}.gguf`), facts)];
}

interface Bare {
  readonly program: string;
  readonly backends: string;
}

/** The C program against the installed library, with the headers of the very version from its sources. */
function compiled(): Bare {
  const suffix = provider === 'cpu' ? '' : `-${provider}`;
  const build = `${process.platform}-${process.arch}${suffix}`;
  const addon = fileURLToPath(import.meta.resolve(`@node-llama-cpp/${build}`));
  const backends = join(dirname(addon), '..', 'bins', build);
  const sources = join(
    dirname(fileURLToPath(import.meta.resolve('node-llama-cpp'))),
    '..',
    'llama',
  );
  const git = (...args: readonly string[]) =>
    execFileSync('git', ['-C', join(folder, 'sources'), ...args], {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
  mkdirSync(join(folder, 'sources'));
  git('init', '-q');
  git('fetch', '-q', join(sources, 'gitRelease.bundle'), 'HEAD');
  for (const place of ['include/', 'ggml/include/'])
    for (const path of git('ls-tree', '--name-only', 'FETCH_HEAD', place).trim().split('\n'))
      writeFileSync(join(folder, path.slice(place.length)), git('show', `FETCH_HEAD:${path}`));
  const shared = readdirSync(backends).filter(
    (name) =>
      /^lib(?:llama|ggml|ggml-base)(?:\.[a-z]+)?(?:\.v.*)?\.so$/.test(name) ||
      name === 'libggml-base.so',
  );
  const program = join(folder, 'llama-bare');
  execFileSync('cc', [
    '-O2',
    `-I${folder}`,
    '-o',
    program,
    join(import.meta.dirname, 'llama-bare.c'),
    ...shared.map((name) => join(backends, name)),
    `-Wl,-rpath,${backends}`,
  ]);
  return { program, backends };
}

/** One model all ways, in turns, so that whatever else the machine does falls on each. */
async function compared(name: string, file: string, bare: Bare): Promise<readonly Row[]> {
  const { threads } = library;
  const opening = {
    file,
    providers: [library.provider],
    expected: [],
    profile: profile(CONTEXT),
  } as const;
  const opened = await ModelHost.open(processOf('tiny'), opening);
  if (!opened.ok) throw new Error(opened.fault.reason);
  await using host = opened.value.host;
  const call = await longCall(host);
  await using words = await tokeniser(file);
  const { tokenise } = words;
  const { tokens } = await timed(host, call, tokenise);
  using floor = barely(bare, file, tokens);
  const times = { read: [] as number[], said: [] as number[] };
  const bareTimes = { read: [] as number[], said: [] as number[] };
  const { size } = statSync(file);
  const rounds = ROUNDS.find(({ below }) => size < below)?.rounds ?? 0;
  for (let round = 0; round <= rounds; round += 1) {
    const ours = await timed(host, call, tokenise);
    const theirs = await floor.run();
    // The first of each is not warm.
    if (round === 0) continue;
    times.read.push(ours.promptMs);
    times.said.push(ours.answerMs);
    bareTimes.read.push(theirs.promptMs);
    bareTimes.said.push(theirs.answerMs);
  }
  const { prompt, answer } = tokens;
  const onThreads = `${threads} thread${threads === 1 ? '' : 's'}`;
  const on = provider === 'cpu' ? onThreads : provider;
  return [
    row(`${name}: reads ${prompt} tokens, ${on}`, prompt, times.read, bareTimes.read),
    row(`${name}: says ${answer} tokens, ${on}`, answer, times.said, bareTimes.said),
  ];
}

/** Tells the milliseconds that tokenising a call takes. */
async function tokeniser(modelPath: string) {
  const model = await library.llama.loadModel({ modelPath, vocabOnly: true });
  const wrapper = wrapperOf(library, model);
  return {
    tokenise: (call: ModelCall) => {
      const started = performance.now();
      promptTokens(model, wrapper, call);
      return performance.now() - started;
    },
    [Symbol.asyncDispose]: () => model.dispose(),
  };
}

function profile(contextTokens: number): RunProfile {
  const { threads } = library;
  return { contextTokens, batchTokens: BATCH, threads, cache: 'f16', flashAttention: 'auto' };
}

async function spoken(host: ModelHost, call: ModelCall) {
  const said = await host.answer(call, new AbortController().signal);
  if (typeof said === 'string') throw new Error(said);
  return {
    evaluated: (said.tokensIn ?? 0) - (said.tokensCached ?? 0),
    there: said.tokensCached ?? 0,
    answer: said.tokensOut ?? 0,
    // By its own clock, as the program's.
    ms: said.ms,
  };
}

/** A call that the model answers at length: random weights end many an answer at once. */
async function longCall(host: ModelHost): Promise<ModelCall> {
  let longest = { answer: 0, call: aCall(0) };
  for (let at = 0; at < OPENINGS && longest.answer < LONG_ENOUGH; at += 1) {
    const call = aCall(at);
    const { answer } = await spoken(host, { ...call, tokensMax: ANSWER_TOKENS });
    if (answer > longest.answer) longest = { answer, call };
  }
  return longest.call;
}

function aCall(at: number): ModelCall {
  return {
    purpose: 'think',
    system: `Round ${at}.`,
    shared: 'prices are right\n'.repeat(PROMPT_LINES),
    own: 'Go on.',
    schema: null,
    temperature: 0,
    seed: 1,
    tokensMax: 1,
  };
}

async function timed(host: ModelHost, call: ModelCall, tokenise: (call: ModelCall) => number) {
  // Another beginning, so that nothing of the call was evaluated before.
  await spoken(host, { ...call, system: '-', shared: '-', own: '-' });
  // Each call tokenises its prompt anew.
  const tokenisedMs = tokenise(call);
  const read = await spoken(host, call);
  const said = await spoken(host, { ...call, tokensMax: ANSWER_TOKENS });
  return {
    promptMs: read.ms - tokenisedMs,
    answerMs: said.ms - tokenisedMs,
    tokens: { there: read.there, prompt: read.evaluated, answer: said.answer },
  };
}

/** The bare program with a prompt of so many tokens behind those that are there, loaded once as ours is. */
function barely(
  { program, backends }: Bare,
  file: string,
  { there, prompt, answer }: Readonly<Record<'there' | 'prompt' | 'answer', number>>,
) {
  const ids = Array.from({ length: there + prompt }, (_, at) => String(1 + (at % 100)));
  // As many evaluations: the engine's first word comes of the prompt's last token, evaluated once more.
  const layers = provider === 'cpu' ? 0 : ALL_LAYERS;
  const numbers = [layers, library.threads, BATCH, CONTEXT, answer + 1, there].map(String);
  const child = spawn(program, [file, backends, ...numbers, ...ids], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return {
    async run() {
      child.stdin.write('\n');
      const { value } = await lines.next();
      const [promptMs = NaN, answerMs = NaN] = String(value).split(' ').map(Number);
      return { promptMs, answerMs };
    },
    [Symbol.dispose]: () => void child.kill(),
  };
}

function row(what: string, tokens: number, ours: readonly number[], floor: readonly number[]): Row {
  const [measured, bare] = [median(ours), median(floor)];
  // Of each round by itself: the machine may have another speed in the next one.
  const ratio = median(ours.map((ms, at) => (floor[at] ?? Number.NaN) / ms));
  const speed = (ms: number) => `${Math.round((tokens * 1000) / ms)} tokens/s`;
  return {
    what,
    measured: speed(measured),
    floor: speed(bare),
    ratio: ratio.toFixed(2),
    bar: `>= ${RATIO_MIN}`,
    ok: ratio >= RATIO_MIN,
  };
}

/**
 * A case that goes through two rounds: every prompt is evaluated and answered by the model, and a script
 * takes the place of what it said, since random words end a case at once.
 */
async function evaluatedInOneCase(): Promise<Row> {
  const [, file] = made('one case', {
    layers: 1,
    width: 32,
    feedForward: 32,
    heads: 2,
    context: 32_768,
  });
  await using engine = await openEngine(library, file, profile(32_768));
  const calls: ModelCall[] = [];
  let evaluated = 0;
  const model = {
    identity: aModel('owl'),
    isRemote: false,
    answer: async (call: ModelCall, signal: AbortSignal) => {
      calls.push(call);
      // What is said takes as long with and without what was kept; the prompts are what counts here.
      const said = await engine.answer({ ...call, schema: null, tokensMax: 1 }, signal);
      if (typeof said === 'string') throw new Error(said);
      evaluated += (said.tokensIn ?? 0) - (said.tokensCached ?? 0);
      const text = call.purpose === 'think' ? 'Both do it.' : answering('1');
      return { ...said, text, optionLogits: null };
    },
  };
  const judge = judgeAtHost(prompts, [{ model, anchors: { candidates: proven() } }]);
  await judge.hear(aDossier(), { surface: 'candidates', timeoutMs: 600_000, mayLeave: false });
  const least = await leastPossible(library, file, calls);
  return {
    what: `tokens evaluated by the ${calls.length} calls of one case`,
    measured: String(evaluated),
    floor: `${least} at least`,
    ratio: (evaluated / least).toFixed(3),
    bar: `<= ${EVALUATED_MAX}`,
    ok: evaluated / least <= EVALUATED_MAX,
  };
}

/** What all calls begin with, once, and the rest of each. */
async function leastPossible(
  { llama }: Library,
  file: string,
  calls: readonly ModelCall[],
): Promise<number> {
  const model = await llama.loadModel({ modelPath: file, gpuLayers: 0 });
  const wrapper = wrapperOf(library, model);
  const all = calls.map((call) => promptTokens(model, wrapper, call));
  await model.dispose();
  const [first = []] = all;
  const common = first.findIndex((token: Token, at) => all.some((each) => each[at] !== token));
  return common + all.reduce((sum, { length }) => sum + length - common, 0);
}
