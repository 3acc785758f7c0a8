import { execFile } from 'node:child_process';
import { lstat, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { staysInside } from '../../1-pleading/evidence-path.ts';
import type { GateAnswerGiven, PlannedGate } from '../../3-deliberation/deliberation.ts';
import { compileGlobs } from '../../caws/glob.ts';
import type { GateAnswer } from '../../caws/policy.ts';
import type { GateRunner } from '../../ports.ts';
import { type CommitSha, unreachable } from '../../primitives.ts';
import { type Isolation, sandboxBounds } from '../sandbox/isolation.ts';
import { checkOut, type ObjectStore, objectsOf, type Wanted } from './checkout.ts';
import { endWithProcess } from './end-with-process.ts';
import { type Ended, runInGroup } from './process-group.ts';
import { collectReport } from './report-file.ts';
import { removal } from './watchdog.ts';

const run = promisify(execFile);

/** More than any build log a person would read; a gate that prints more is broken or an attack. */
const outputBytesMax = 16 * 1024 * 1024;
/** A checkout, what is installed into it and what it builds. */
const diskBytesMax = 8 * 1024 ** 3;
const notIsolated = 'none (the policy prefers a sandbox, and this machine has none)';
const noSandbox =
  'not run: this machine has no sandbox. Linux: apt-get install bubblewrap; arbiter runner sandbox-test shows what holds';
const brokenSandbox = (detail: string): string =>
  `not run: the sandbox of this machine does not start (${detail.slice(0, 110)}). Mend it until this holds: arbiter runner sandbox-test`;

/**
 * Answers gates by running the commands of the base's policy (`--run-gates`), each in a checkout of
 * the head of its own, so that no gate sees what another left behind; what is held against the base runs on a
 * checkout of the base, or of the head with the base's tests. As many at once as there are
 * cores. Each runs in the strongest sandbox of this machine, which the answer names. On a machine that has
 * no tool for one it runs only where the policy's gate says `sandbox: preferred`; beside a tool that does
 * not work never.
 *
 * A report that the head itself carries is removed before the command runs. Nothing of this process's
 * environment is passed but PATH. Folders and processes are gone when the answers are there, and also
 * when the process exits or the signal aborts.
 */
export function localCommands(options: {
  /** A folder of the repository that holds the head's objects. */
  readonly repository: string;
  readonly cores: number;
  /** Asked for only where a gate is answered by a command. */
  readonly sandbox: () => Promise<Isolation>;
  readonly signal?: AbortSignal;
}): GateRunner {
  return {
    answer: async (gates, subject, progress) => {
      const stop = new AbortController();
      const folder = await mkdtemp(join(tmpdir(), 'caws-gates-'));
      const release = endWithProcess(stop, folder, options.signal);
      try {
        const isAsked = gates.some(({ gate }) => gate.answer.by === 'command');
        const isolation = isAsked ? await options.sandbox() : ({ kind: 'none' } as const);
        const storeOf = stores(options.repository, folder, subject);
        const asked = { storeOf, isolation, folder, signal: stop.signal };
        return await inParallel(gates, options.cores, async (planned, index) => {
          progress(planned.gate.id, 'started');
          const answer = await answerOf(planned, index, asked);
          progress(planned.gate.id, 'done');
          return answer;
        });
      } finally {
        release();
        await removed(folder);
      }
    },
  };
}

/** What each gate is checked out from; gates that see the same tree share it. */
function stores(
  repository: string,
  folder: string,
  { base, head }: Subject,
): (planned: PlannedGate) => Promise<ObjectStore | string> {
  const made = new Map<string, Promise<ObjectStore | string>>();
  return (planned) => {
    const wanted = wantedBy(planned, base, head);
    if (typeof wanted === 'string') return Promise.resolve(wanted);
    const name = 'tests' in wanted ? planned.gate.id : (planned.on ?? 'head');
    const found = made.get(name);
    if (found !== undefined) return found;
    const making = objectsOf(repository, wanted, join(folder, `objects-${name}`)).catch(saidBy);
    made.set(name, making);
    return making;
  };
}

function wantedBy({ on, gate }: PlannedGate, base: CommitSha, head: CommitSha): Wanted | string {
  if (on === undefined) return { commit: head };
  if (on === 'base') return { commit: base };
  const tests = compileGlobs(gate.answer.by === 'command' ? (gate.answer.base?.tests ?? []) : []);
  return tests.ok
    ? { head, base, tests: tests.value }
    : `its tests cannot be told: ${tests.fault.kind}`;
}

type Subject = Parameters<GateRunner['answer']>[1];

interface Asked {
  /** What git said where there are none. */
  readonly storeOf: (planned: PlannedGate) => Promise<ObjectStore | string>;
  readonly isolation: Isolation;
  readonly folder: string;
  readonly signal: AbortSignal;
}

async function answerOf(
  planned: PlannedGate,
  index: number,
  asked: Asked,
): Promise<GateAnswerGiven> {
  const started = performance.now();
  const { id, answer } = planned.gate;
  const elapsed = () => Math.round(performance.now() - started);
  const not = (state: Exclude<GateAnswerGiven['state'], 'answered'>, detail: string) =>
    ({ gate: id, state, detail: detail.slice(0, 200), durationMs: elapsed() }) as const;
  if (answer.by !== 'command') return not('missing', 'not answered by a command');
  const hindrance = hindranceOf(answer, asked);
  if (hindrance !== null) return not('could-not-start', hindrance);
  const store = await asked.storeOf(planned);
  if (typeof store === 'string') return not('could-not-start', store);
  const own = join(asked.folder, String(index));
  const place = { own, tree: join(own, 'tree'), store };
  const failure = await prepared(place, answer).catch(saidBy);
  if (failure !== undefined) return not('could-not-start', failure);
  const ended = await runConfined(answer, place, planned, asked);
  if (ended.kind !== 'exited') return not(...cutShort(ended, answer));
  const report = answer.report === null ? null : collectReport(place.tree, answer.report, null);
  if (report?.ok === false && report.fault.state !== 'missing')
    return not(report.fault.state, report.fault.detail);
  await removed(own);
  return {
    gate: id,
    state: 'answered',
    trust: 'local',
    exitCode: ended.exitCode,
    durationMs: elapsed(),
    evidence: report?.ok === true ? [report.value] : [],
    outputTail: ended.outputTail,
    isolation: isolationOf(asked.isolation, answer.network),
  };
}

type Command = GateAnswer & { readonly by: 'command' };

/** Why it may not even begin; null: nothing hinders it. */
function hindranceOf({ sandbox }: Command, { isolation, signal }: Asked): string | null {
  if (signal.aborted) return 'interrupted';
  if (isolation.kind === 'broken') return brokenSandbox(isolation.detail);
  return isolation.kind === 'none' && sandbox === 'required' ? noSandbox : null;
}

/** @throws what git or the system said. */
async function prepared({ own, tree, store }: Place, { report }: Command): Promise<void> {
  await mkdir(join(own, 'home'), { recursive: true });
  await mkdir(join(own, 'tmp'));
  await checkOut(store, tree);
  if (report !== null) await clearReport(tree, report.path);
}

/** What is told of a command that did not come to its own end. */
function cutShort(
  ended: Exclude<Ended, { kind: 'exited' }>,
  { command }: Command,
): [Exclude<GateAnswerGiven['state'], 'answered'>, string] {
  switch (ended.kind) {
    case 'could-not-start':
      return ['could-not-start', `${command[0] ?? ''}: ${ended.detail}`];
    case 'aborted':
      return ['could-not-start', 'interrupted'];
    case 'timed-out':
      return ['timed-out', ended.outputTail.slice(-200)];
    case 'too-much-output':
      return ['too-much-output', `printed more than ${outputBytesMax / 1024 ** 2} MiB`];
    case 'too-much-disk':
      return [
        'too-much-output',
        `wrote more than ${diskBytesMax / 1024 ** 3} GiB to the disk, or all that was free`,
      ];
    case 'too-much-memory':
      return [
        'too-much-output',
        `held more than ${sandboxBounds.memoryBytesMax / 1024 ** 3} GiB of memory`,
      ];
    default:
      return unreachable(ended);
  }
}

const isolationOf = (isolation: Isolation, network: boolean): string =>
  isolation.kind === 'works'
    ? `${isolation.sandbox.name}${network ? ', network' : ', no network'}`
    : notIsolated;

interface Place {
  /** This gate's own folder. */
  readonly own: string;
  readonly tree: string;
  /** The objects that the checkout borrows. */
  readonly store: ObjectStore;
}

async function runConfined(
  answer: Command,
  { own, tree, store }: Place,
  { gate: { timeoutMs } }: PlannedGate,
  { isolation, folder, signal }: Asked,
): Promise<Ended> {
  const bounds = { folder, timeoutMs, outputBytesMax, diskBytesMax };
  if (isolation.kind !== 'works') {
    const [program = '', ...words] = answer.command;
    const call = { program, words, directory: tree, environment: environmentOf(own) };
    return runInGroup({ ...call, files: [], memory: null }, bounds, signal);
  }
  try {
    await using confined = await isolation.sandbox.confine({
      command: answer.command,
      tree,
      readable: [store.directory],
      network: answer.network,
      bounds: sandboxBounds,
    });
    return await runInGroup({ ...confined, directory: tree }, bounds, signal);
  } catch (error) {
    return { kind: 'could-not-start', detail: saidBy(error) };
  }
}

function environmentOf(own: string): Readonly<Record<string, string>> {
  return {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    HOME: join(own, 'home'),
    TMPDIR: join(own, 'tmp'),
    LANG: 'C.UTF-8',
    CI: 'true',
  };
}

/**
 * Removes what the head has where the report will be written: a committed report would pass for one
 * that the command wrote.
 *
 * @throws where the way to it leads over a link, so that nothing outside is removed.
 */
async function clearReport(tree: string, path: string): Promise<void> {
  if (!staysInside(path)) throw new Error(`${path} may leave the checkout`);
  const target = join(tree, path);
  const way = relative(tree, dirname(target))
    .split('/')
    .filter((segment) => segment !== '');
  for (const [index] of way.entries()) {
    const folder = join(tree, ...way.slice(0, index + 1));
    const found = await lstat(folder).catch(() => null);
    if (found === null) return;
    if (!found.isDirectory()) throw new Error(`${path} leads over a link or file of the head`);
  }
  await rm(target, { recursive: true, force: true });
}

/** A process that left its group may still write there; that must not cost the answers. */
async function removed(folder: string): Promise<void> {
  await run('/bin/sh', removal(folder)).catch(() => undefined);
}

/** Runs over all, at most `width` at once; answers keep their places. */
async function inParallel<Item, Answer>(
  items: readonly Item[],
  width: number,
  work: (item: Item, index: number) => Promise<Answer>,
): Promise<readonly Answer[]> {
  const answers: Answer[] = [];
  const waiting = items.entries();
  const lane = async () => {
    for (const [index, item] of waiting) answers[index] = await work(item, index);
  };
  await Promise.all(Array.from({ length: Math.max(1, Math.min(width, items.length)) }, lane));
  return answers;
}

/** What git or the system said, without the command line that Node puts before it. */
function saidBy(error: unknown): string {
  const stderr = (error as { readonly stderr?: unknown }).stderr;
  if (typeof stderr === 'string' && stderr.trim() !== '') return stderr.trim().slice(0, 200);
  return (error instanceof Error ? error.message : String(error)).slice(0, 200);
}
