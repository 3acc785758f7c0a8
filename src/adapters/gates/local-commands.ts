import { execFile, execFileSync } from 'node:child_process';
import { lstat, mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { promisify } from 'node:util';
import { staysInside } from '../../1-pleading/evidence-path.ts';
import type { GateAnswerGiven, PlannedGate } from '../../3-deliberation/deliberation.ts';
import type { GateAnswer } from '../../caws/policy.ts';
import type { GateRunner } from '../../ports.ts';
import type { CommitSha } from '../../primitives.ts';
import { type Sandbox, sandboxBounds } from '../sandbox/isolation.ts';
import { checkOut, type ObjectStore, objectStoreOf } from './checkout.ts';
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

/**
 * Answers gates by running the commands of the base's policy (`--run-gates`), each in a checkout of
 * the head of its own, so that no gate sees what another left behind. As many at once as there are
 * cores. Each runs in the strongest sandbox of this machine, which the answer names; without one it
 * runs only where the policy's gate says `sandbox: preferred`.
 *
 * A report that the head itself carries is removed before the command runs. Nothing of this process's
 * environment is passed but PATH. Folders and processes are gone when the answers are there, and also
 * when the process exits or the signal aborts.
 */
export function localCommands(options: {
  /** A folder of the repository that holds the head's objects. */
  readonly repository: string;
  readonly cores: number;
  /** Null: this machine has none. Asked for only where a gate is answered by a command. */
  readonly sandbox: () => Promise<Sandbox | null>;
  readonly signal?: AbortSignal;
}): GateRunner {
  return {
    answer: async (gates, subject, progress) => {
      const stop = new AbortController();
      const folder = await mkdtemp(join(tmpdir(), 'caws-gates-'));
      const release = endWithProcess(stop, folder, options.signal);
      try {
        const store = objectStoreOf(options.repository).catch((error: unknown) => saidBy(error));
        const isAsked = gates.some(({ gate }) => gate.answer.by === 'command');
        const asked: Asked = {
          store: await store,
          sandbox: isAsked ? await options.sandbox() : null,
          head: subject.head,
          folder,
          signal: stop.signal,
        };
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

interface Asked {
  readonly store: ObjectStore | string;
  readonly sandbox: Sandbox | null;
  readonly head: CommitSha;
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
  if (typeof asked.store === 'string') return not('could-not-start', asked.store);
  if (asked.signal.aborted) return not('could-not-start', 'interrupted');
  if (asked.sandbox === null && answer.sandbox === 'required')
    return not('could-not-start', noSandbox);
  const own = join(asked.folder, String(index));
  const tree = join(own, 'tree');
  try {
    await mkdir(join(own, 'home'), { recursive: true });
    await mkdir(join(own, 'tmp'));
    await checkOut(asked.store, asked.head, tree);
    if (answer.report !== null) await clearReport(tree, answer.report.path);
  } catch (error) {
    return not('could-not-start', saidBy(error));
  }
  const ended = await runConfined(
    answer,
    { own, tree, store: asked.store.directory },
    planned,
    asked,
  );
  switch (ended.kind) {
    case 'could-not-start':
      return not('could-not-start', `${answer.command[0] ?? ''}: ${ended.detail}`);
    case 'aborted':
      return not('could-not-start', 'interrupted');
    case 'timed-out':
    case 'too-much-output':
      return not(ended.kind, ended.outputTail.slice(-200));
    case 'too-much-disk':
      return not('too-much-output', `wrote more than ${diskBytesMax / 1024 ** 3} GiB to the disk`);
    case 'exited':
  }
  const report = answer.report === null ? null : collectReport(tree, answer.report, null);
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
    isolation: isolationOf(asked.sandbox, answer.network),
  };
}

const isolationOf = (sandbox: Sandbox | null, network: boolean): string =>
  sandbox === null ? notIsolated : `${sandbox.name}${network ? ', network' : ', no network'}`;

interface Place {
  /** This gate's own folder. */
  readonly own: string;
  readonly tree: string;
  /** The objects that the checkout borrows. */
  readonly store: string;
}

async function runConfined(
  answer: GateAnswer & { readonly by: 'command' },
  { own, tree, store }: Place,
  { gate: { timeoutMs } }: PlannedGate,
  { sandbox, folder, signal }: Asked,
): Promise<Ended> {
  const bounds = { folder, timeoutMs, outputBytesMax, diskBytesMax };
  if (sandbox === null) {
    const [program = '', ...words] = answer.command;
    const call = { program, words, directory: tree, environment: environmentOf(own), files: [] };
    return runInGroup(call, bounds, signal);
  }
  try {
    await using confined = await sandbox.confine({
      command: answer.command,
      tree,
      readable: [store],
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

const endings = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;

/**
 * Ends what runs and removes the folder when this process is ended, by exit or by a signal; a signal
 * is then raised again, so that it does what it would have done.
 *
 * @returns what takes the listeners back.
 */
function endWithProcess(
  stop: AbortController,
  folder: string,
  outer: AbortSignal | undefined,
): () => void {
  const end = () => {
    stop.abort();
    try {
      execFileSync('/bin/sh', removal(folder), { stdio: 'ignore' });
    } catch {
      // Something still writes there; a throw here would hide why the process ends.
    }
  };
  const raised = (name: NodeJS.Signals) => {
    end();
    release();
    if (process.listenerCount(name) === 0) process.kill(process.pid, name);
  };
  const aborted = () => stop.abort();
  const release = () => {
    process.off('exit', end);
    for (const name of endings) process.off(name, raised);
    outer?.removeEventListener('abort', aborted);
  };
  process.on('exit', end);
  for (const name of endings) process.on(name, raised);
  if (outer?.aborted === true) aborted();
  outer?.addEventListener('abort', aborted);
  return release;
}

/** What git or the system said, without the command line that Node puts before it. */
function saidBy(error: unknown): string {
  const stderr = (error as { readonly stderr?: unknown }).stderr;
  if (typeof stderr === 'string' && stderr.trim() !== '') return stderr.trim().slice(0, 200);
  return (error instanceof Error ? error.message : String(error)).slice(0, 200);
}
