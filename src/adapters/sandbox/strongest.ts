import { randomBytes, randomInt } from 'node:crypto';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Result } from '../../primitives.ts';
import { runInGroup } from '../gates/process-group.ts';
import { scratchFolder } from '../gates/scratch.ts';
import { bubblewrap } from './bubblewrap.ts';
import type { RunnerHost } from './host.ts';
import { type Isolation, type Sandbox, sandboxBounds } from './isolation.ts';
import { isolationProgram, type Patience, usualPatience } from './isolation-program.ts';
import { seatbelt } from './seatbelt.ts';

/** A program that does nearly nothing needs no longer, also on a busy machine. */
const startMs = 20_000;

/**
 * What gates run in on this machine: of what the operator names, the first that is there; else the machine's
 * own sandbox. What is there and does not work is never passed over for something weaker.
 *
 * @param host as read; where that failed nothing is to run.
 * @param tools folders that gates may read beside the system's, e.g. a toolchain outside /usr.
 * @param patience with the operator's programs.
 */
export async function isolationOf(
  host: Result<RunnerHost, string>,
  tools: readonly string[],
  patience: Patience = usualPatience,
): Promise<Isolation> {
  if (!host.ok) return { kind: 'broken', detail: host.fault };
  for (const named of host.value.isolation ?? [{ own: true }]) {
    const found =
      'program' in named
        ? await tried(await isolationProgram(named, patience), patience.startMs)
        : await strongestSandbox(tools);
    if (found.kind !== 'none') return found;
  }
  return { kind: 'none' };
}

/** The strongest isolation of this machine's own that really starts a program. */
export async function strongestSandbox(tools: readonly string[]): Promise<Isolation> {
  const own = process.platform === 'darwin' ? await seatbelt(tools) : await bubblewrap(tools);
  return tried(own, startMs);
}

async function tried(found: Isolation, timeoutMs: number): Promise<Isolation> {
  if (found.kind !== 'works') return found;
  const detail = await whyNotRunning(found.sandbox, timeoutMs);
  return detail === null ? found : { kind: 'broken', detail };
}

/** It writes what nobody could guess, says it and ends with it. */
const trial = 'printf %s "$1" >tried && cat tried && exit "$2"';

/**
 * Kernels and containers may refuse what the tool needs, and a program may say that it ran what it did not.
 *
 * @returns null where a command runs in its tree, and its output and exit code are told; else what was said instead.
 */
async function whyNotRunning(sandbox: Sandbox, timeoutMs: number): Promise<string | null> {
  const folder = await scratchFolder('caws-sandbox-try');
  const tree = join(folder, 'tree');
  try {
    await mkdir(tree);
    const [word, code] = [randomBytes(12).toString('hex'), randomInt(2, 100)];
    const command = ['/bin/sh', '-c', trial, 'sh', word, String(code)];
    await using confined = await sandbox.confine({
      ...{ command, tree, readable: [], network: false, bounds: sandboxBounds },
    });
    const bounds = { folder, timeoutMs, outputBytesMax: 65_536, diskBytesMax: 65_536 };
    const call = { ...confined, directory: tree };
    const ended = await runInGroup(call, bounds, new AbortController().signal);
    if (ended.kind === 'could-not-start') return ended.detail;
    const said = ended.outputTail.trim().split('\n').at(-1) ?? '';
    const wrote = await readFile(join(tree, 'tried'), 'utf8').catch(() => '');
    if (ended.kind === 'exited' && ended.exitCode === code && said === word && wrote === word)
      return null;
    if (ended.kind === 'exited' && ended.exitCode === 0)
      return 'it says that it ran what it did not';
    return said === '' || said === word ? `${sandbox.name} ${ended.kind}` : said.slice(0, 150);
  } catch (error) {
    return String(error).slice(0, 150);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
