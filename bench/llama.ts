/**
 * What running a model through this package costs, beside the shared library that the package brings,
 * driven by a small C program (llama-bare.c) with as many tokens, the same threads and batch: overhead, not
 * speed. Tokenising is not part of it: the program is given tokens. Beside the answer stands what the library's
 * addon takes for the same calls with nothing of ours around them: two visits to another thread a token, below
 * which nothing that goes through the addon can come. Then the tokens that the calls of one case evaluate, over
 * the least possible.
 *
 * Run: node bench/llama.ts [MODEL.gguf]
 * Without a file: models of random weights. It needs git and a C compiler (`cc`).
 */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Token } from 'node-llama-cpp';
import type { ModelCall } from '../src/3-deliberation/judge/prompt.ts';
import { judgeAtHost } from '../src/adapters/judge/hear.ts';
import {
  type Engine,
  openEngine,
  type Profile,
  promptTokens,
  wrapperOf,
} from '../src/adapters/llama/engine.ts';
import { type Library, loadLibrary, usefulThreads } from '../src/adapters/llama/library.ts';
import { aDossier, aModel, answering, prompts, proven } from '../test/3-deliberation/judge/kit.ts';
import { type TinyModel, writeTinyGguf } from '../test/adapters/llama/tiny-gguf.ts';
import { openAddon } from './llama-addon.ts';
import { median, type Row, report } from './rows.ts';

const ROUNDS = 5;
const PROMPT_LINES = 64;
const ANSWER_TOKENS = 128;
const BATCH = 512;
const CONTEXT = 2048;
const RATIO_MIN = 0.95;
const EVALUATED_MAX = 1.1;

const folder = mkdtempSync(join(tmpdir(), 'arbiter-bench-llama-'));
const library = await loadLibrary('cpu');
try {
  report(await measure());
} finally {
  await library.llama.dispose();
  rmSync(folder, { recursive: true, force: true });
}

async function measure(): Promise<readonly Row[]> {
  const bare = compiled();
  const [given] = process.argv.slice(2);
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
  const addon = fileURLToPath(
    import.meta.resolve(`@node-llama-cpp/${process.platform}-${process.arch}`),
  );
  const backends = join(dirname(addon), '..', 'bins', `${process.platform}-${process.arch}`);
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
      /^lib(?:llama|ggml|ggml-base)\.(?:v.*\.)?so$/.test(name) || name === 'libggml-base.so',
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

/** One model both ways, in turns, so that whatever else the machine does falls on both. */
async function compared(name: string, file: string, bare: Bare): Promise<readonly Row[]> {
  await using engine = await openEngine(library, file, profile(CONTEXT));
  const ours = { prompt: [] as number[], answer: [] as number[] };
  const floor = { prompt: [] as number[], answer: [] as number[] };
  const addon: number[] = [];
  await using direct = await openAddon(library, file, { contextSize: CONTEXT, batchSize: BATCH });
  let tokens = { prompt: 0, answer: 0 };
  for (let round = 0; round <= ROUNDS; round += 1) {
    const through = await timed(engine, round, (call) => direct.tokenise(call));
    tokens = through.tokens;
    const bareRun = barely(bare, file, tokens);
    const addonMs = await direct.says(tokens.prompt, tokens.answer);
    // The first of each reads the file from disk.
    if (round === 0) continue;
    addon.push(addonMs);
    ours.prompt.push(through.promptMs);
    ours.answer.push(through.answerMs);
    floor.prompt.push(bareRun.promptMs);
    floor.answer.push(bareRun.answerMs);
  }
  const threads = `${library.threads} thread${library.threads === 1 ? '' : 's'}`;
  return [
    row(
      `${name}: reads ${tokens.prompt} tokens, ${threads}`,
      tokens.prompt,
      ours.prompt,
      floor.prompt,
    ),
    row(
      `${name}: says ${tokens.answer} tokens, ${threads}`,
      tokens.answer,
      ours.answer,
      floor.answer,
    ),
    row(
      `${name}: says ${tokens.answer} tokens, beside the addon's calls alone`,
      tokens.answer,
      ours.answer,
      addon,
    ),
  ];
}

function profile(contextTokens: number): Profile {
  return { contextTokens, batchTokens: BATCH, flashAttention: 'auto' };
}

async function timed(engine: Engine, round: number, tokenise: (call: ModelCall) => number) {
  const call: ModelCall = {
    purpose: 'think',
    // Another beginning each time, so that nothing of it was evaluated before.
    system: `Round ${round}.`,
    shared: 'prices are right\n'.repeat(PROMPT_LINES),
    own: 'Go on.',
    schema: null,
    temperature: 0,
    seed: 1,
    tokensMax: 1,
  };
  const signal = new AbortController().signal;
  // Each call tokenises its prompt anew.
  const tokenisedMs = tokenise(call);
  const started = performance.now();
  const read = await engine.answer(call, signal);
  const between = performance.now();
  const said = await engine.answer({ ...call, tokensMax: ANSWER_TOKENS }, signal);
  const ended = performance.now();
  if (typeof read === 'string' || typeof said === 'string') throw new Error('no answer');
  return {
    promptMs: between - started - tokenisedMs,
    answerMs: ended - between - tokenisedMs,
    tokens: { prompt: read.tokensIn ?? 0, answer: said.tokensOut ?? 0 },
  };
}

function barely(
  { program, backends }: Bare,
  file: string,
  { prompt, answer }: { readonly prompt: number; readonly answer: number },
) {
  const ids = Array.from({ length: prompt }, (_, at) => String(1 + (at % 100)));
  // As many evaluations: the engine's first word comes of the prompt's last token, evaluated once more.
  const numbers = [usefulThreads(), BATCH, CONTEXT, 1, answer + 1].map(String);
  const out = execFileSync(program, [file, backends, ...numbers, ...ids], { encoding: 'utf8' });
  const [promptMs = NaN, answerMs = NaN] = out.trim().split(' ').map(Number);
  return { promptMs, answerMs };
}

function row(what: string, tokens: number, ours: readonly number[], floor: readonly number[]): Row {
  const [measured, bare] = [median(ours), median(floor)];
  const ratio = bare / measured;
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
