import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { type Ended, runInGroup } from '../gates/process-group.ts';
import { temporaryPlace } from '../temporary.ts';
import {
  type Attempt,
  attempts,
  type Bait,
  fileTried,
  systemFoldersTried,
  systemSecrets,
  trialBounds,
  trialDiskBytesMax,
} from './attempts.ts';
import type { Sandbox } from './isolation.ts';

const run = promisify(execFile);

/** What of this machine an attempt may see, and what never. */
interface TriedOn {
  readonly privateFolders: readonly string[];
  readonly tools: readonly string[];
}

/** How one attempt came out. */
export interface Held {
  readonly id: string;
  readonly tries: string;
  readonly held: boolean;
  /** What it got hold of, or how it was ended. */
  readonly saw: string;
}

/** Long enough for a slow machine; the attempt that never ends has less. */
const attemptMs = 60_000;
const endlessMs = 2_000;
const outputBytesMax = 4 * 1024 ** 2;
/** The attempts are programs for it. */
const nodeFolder = dirname(process.execPath);

/**
 * Lets code try to get out of a sandbox, one way after the other, and says what held. Nothing of this
 * machine is harmed where it does not hold: what is read, reached and signalled is bait, and what is
 * taken is bounded by the attempt itself.
 *
 * @param privateFolders folders of this machine that nothing may look into, e.g. that of the keys.
 * @param tools folders that the sandbox lets gates read.
 * @param chosen what is tried, in this order.
 * @yields each attempt as it is over.
 */
export async function* testSandbox(
  sandbox: Sandbox,
  { privateFolders, tools }: TriedOn,
  chosen: readonly Attempt[] = attempts,
): AsyncGenerator<Held> {
  const folder = await mkdtemp(join(temporaryPlace(), 'caws-sandbox-test-'));
  const opened: Disposable[] = [];
  try {
    const bait = await laid(folder, opened, placesOf(sandbox, privateFolders), [
      ...tools,
      nodeFolder,
    ]);
    for (const attempt of chosen) yield await tried(attempt, sandbox, bait, folder);
  } finally {
    for (const each of opened) each[Symbol.dispose]();
    await rm(folder, { recursive: true, force: true });
  }
}

/** A system of its own has folders of the same names, and others in them. */
function placesOf(
  { isGuest = false }: Sandbox,
  privateFolders: readonly string[],
): Pick<Bait, 'privateFolders' | 'system'> {
  if (isGuest) return { privateFolders, system: { secret: [], fixed: [] } };
  const homes = ['.ssh', '.config', '.gnupg'].map((name) => join(homedir(), name));
  return {
    privateFolders: [homedir(), ...homes, ...privateFolders],
    system: { secret: systemSecrets, fixed: systemFoldersTried },
  };
}

async function laid(
  folder: string,
  opened: Disposable[],
  places: Pick<Bait, 'privateFolders' | 'system'>,
  readable: readonly string[],
): Promise<Bait> {
  const secret = `bait-${randomBytes(12).toString('hex')}`;
  const outside = join(folder, 'outside');
  await mkdir(outside);
  // Whoever runs in the sandbox could read and write these, were they to be seen there.
  await chmod(folder, 0o755);
  await chmod(outside, 0o777);
  const secretFile = join(outside, 'secret');
  await writeFile(secretFile, secret, { mode: 0o644 });
  const socketFile = join(outside, 'socket');
  const [byNetwork] = await Promise.all([listening(0), listening(socketFile)].map(kept));
  const address = byNetwork?.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const bystander = spawn('/usr/bin/env', ['sleep', '3600'], {
    env: { PATH: '/usr/bin:/bin', ACTIONS_ID_TOKEN_REQUEST_TOKEN: secret },
    stdio: 'ignore',
  });
  opened.push({ [Symbol.dispose]: () => bystander.kill('SIGKILL') });
  return {
    ...places,
    secretFile,
    secret,
    outside,
    port,
    socketFile,
    pid: bystander.pid ?? 0,
    readable,
  };

  async function kept(listens: Promise<Server>): Promise<Server> {
    const server = await listens;
    opened.push({ [Symbol.dispose]: () => server.close() });
    return server;
  }
}

/** @param at 0 for any port of loopback, else the file of the socket. */
function listening(at: 0 | string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.on('error', reject);
    if (at === 0) server.listen(0, '127.0.0.1', () => resolve(server));
    else server.listen(at, () => void chmod(at, 0o777).then(() => resolve(server), reject));
  });
}

async function tried(
  attempt: Attempt,
  sandbox: Sandbox,
  bait: Bait,
  folder: string,
): Promise<Held> {
  const { id, tries } = attempt;
  const tree = await mkdtemp(join(folder, 'tree-'));
  const result = (held: boolean, saw: string): Held => ({ id, tries, held, saw });
  try {
    const command = [process.execPath, '-e', attempt.program(bait)];
    const asked = { command, tree, readable: [nodeFolder], network: false, bounds: trialBounds };
    await using confined = await sandbox.confine(asked);
    const isEndless = attempt.endedBy?.includes('timed-out') === true;
    const timeoutMs = isEndless ? endlessMs : attemptMs;
    const bounds = { folder: tree, timeoutMs, outputBytesMax, diskBytesMax: trialDiskBytesMax };
    const call = { ...confined, directory: tree };
    const ended = await runInGroup(call, bounds, new AbortController().signal);
    const harm = [...brokenIn(ended), ...(await harmDone(bait))];
    if (harm.length > 0) return result(false, harm.join('; '));
    return judged(attempt, ended, result);
  } catch (error) {
    return result(false, `could not be tried: ${String(error)}`);
  } finally {
    await rm(tree, { recursive: true, force: true });
  }
}

function judged(
  { endedBy = [] }: Attempt,
  ended: Ended,
  result: (held: boolean, saw: string) => Held,
): Held {
  if (ended.kind === 'could-not-start') return result(false, `did not start: ${ended.detail}`);
  if (ended.kind !== 'exited')
    return result(
      endedBy.some((way) => way === ended.kind),
      `ended: ${ended.kind}`,
    );
  if (ended.outputTail.trimEnd().endsWith('HELD')) return result(true, 'refused');
  // 128 and a signal's number; V8 ends itself with SIGABRT or SIGTRAP where it gets no memory.
  const isKilled = ended.exitCode > 128;
  const words = ended.outputTail.trim().split('\n').at(-1)?.slice(0, 100) ?? '';
  return result(
    isKilled && endedBy.includes('killed'),
    isKilled ? `killed by signal ${ended.exitCode - 128}` : `exit ${ended.exitCode}: ${words}`,
  );
}

function brokenIn(ended: Ended): readonly string[] {
  if (ended.kind === 'could-not-start') return [];
  return ended.outputTail
    .split('\n')
    .filter((line) => line.startsWith('BROKE '))
    .map((line) => line.slice('BROKE '.length, 200));
}

/** What shows from outside, whatever the attempt says of itself; it is cleared away. */
async function harmDone({ outside, secret, pid }: Bait): Promise<readonly string[]> {
  const harm: string[] = [];
  for (const folder of [outside, ...systemFoldersTried]) {
    const file = join(folder, fileTried);
    if (!existsSync(file)) continue;
    harm.push(`wrote into ${folder}`);
    await rm(file, { force: true });
  }
  if (!isAlive(pid)) harm.push('ended a process outside');
  for (const left of await staying(secret)) {
    harm.push(`left process ${left} behind`);
    process.kill(left, 'SIGKILL');
  }
  return harm;
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Between a kill and the end of a process lies a moment, longer on a busy machine. */
const looksMax = 50;
const lookMs = 100;

async function staying(secret: string): Promise<readonly number[]> {
  let left = await carrying(secret);
  for (let looks = 1; left.length > 0 && looks < looksMax; looks += 1) {
    await setTimeout(lookMs);
    left = await carrying(secret);
  }
  return left;
}

/** Processes that have the bait among their arguments. */
async function carrying(secret: string): Promise<readonly number[]> {
  const { stdout } = await run('ps', ['-A', '-ww', '-o', 'pid=,args=']);
  return stdout
    .split('\n')
    .filter((line) => line.includes(secret))
    .map((line) => Number.parseInt(line, 10));
}
