import { type ChildProcess, spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { PassThrough, type Readable, type Writable } from 'node:stream';
import { type Order, type Program, starts, type Told } from './starter-process.ts';

/**
 * A program that was started from a small process. Starting one copies the page tables of whoever starts
 * it, 40 ms of a process of 500 MB that can do nothing else meanwhile, and 2 ms of the small one beside it.
 */
export interface Started {
  readonly stdin: Writable;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** How it ended, after what it printed was read or thrown away. */
  readonly ended: Promise<Ended>;
  /** Ends it at once; what it printed and nobody read is lost. */
  kill(): void;
}

/** `error` where it could not be started, or nobody knows how it ended: `lost`, whoever started it is gone. */
export type Ended =
  | { readonly code: number | null; readonly signal: NodeJS.Signals | null }
  | { readonly error: NodeJS.ErrnoException; readonly lost?: true };

/** Below it the ordinary way costs less than a second process would. */
const LARGE_BYTES = 112 * 1024 * 1024;
/**
 * Whoever is asked to end a program and has not by then may never: it starts no other, and is ended once nobody waits
 * for anything else that it started, which a busy machine alone must not take along. Counted in steps, between which
 * what came is heard: where this thread was held meanwhile, its end may be waiting there.
 */
const END_STEPS_MAX = 5;
const END_STEP_MS = 1_000;
/** What the system takes as the name of a socket, with its end. */
const SOCKET_NAME_BYTES_MAX = 103;

interface Waiting {
  readonly take: (socket: Socket, number: number) => void;
  readonly began: (pid: number) => void;
  readonly over: (ended: Ended) => void;
  /** Whoever started it is gone. */
  readonly lost: () => void;
}

interface Starter {
  readonly child: ChildProcess;
  readonly at: string;
  readonly waiting: Map<string, Waiting>;
  /** Those of them that are to end. */
  readonly doomed: Set<string>;
}

/** null where there is no place for one. */
let running: Starter | null | undefined;

/** Whether to start a program from here costs more than from a small process. */
export function isLarge(): boolean {
  if (process.platform === 'win32' || running === null) return false;
  return running !== undefined || process.memoryUsage.rss() > LARGE_BYTES;
}

/** @returns null where it has to be started in the ordinary way. */
export function startSmall(program: Program): Started | null {
  if (!isLarge()) return null;
  const before = running;
  if (before === undefined || (before !== null && !isWithinReach(before))) {
    running = openStarter() ?? undefined;
    if (before?.waiting.size === 0) letGo(before.child);
  }
  return running ? startBy(running, program) : null;
}

/** Folders for temporary files are swept; what was started before is not touched by that. */
const isWithinReach = ({ child, at }: Starter): boolean => child.connected && existsSync(at);

/** @returns null where it cannot be opened now, as where there is no place or no descriptor for it. */
function openStarter(): Starter | null {
  const folder = newFolder();
  if (folder === null) return null;
  const at = join(folder, 's');
  const waiting: Starter['waiting'] = new Map();
  // A terminal ends us, and we it.
  const child = spawn(process.execPath, ['-e', `(${starts.toString()})()`, folder], {
    ...{ env: {}, cwd: '/', detached: true, serialization: 'advanced' },
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });
  child.on('error', () => undefined);
  if (child.pid === undefined) {
    removeFolder(folder);
    return null;
  }
  const server = createServer({ allowHalfOpen: true }, (socket) => introduced(socket, waiting));
  server.on('error', () => child.kill('SIGKILL'));
  server.listen({ path: at, backlog: 4_096 }).unref();
  child.unref();
  child.channel?.unref();
  let works = false;
  child.on('message', ({ id, ...told }: Told) => {
    works = true;
    const whose = waiting.get(id);
    if ('pid' in told) whose?.began(told.pid);
    else if ('code' in told) whose?.over(told);
    else whose?.over({ error: Object.assign(new Error(told.message), { code: told.error }) });
  });
  const lost = () => {
    // Where none lives, what comes after these runs is started in the ordinary way.
    if (running?.child === child) running = works ? undefined : null;
    server.close();
    removeFolder(folder);
    for (const each of waiting.values()) each.lost();
  };
  child.on('error', lost).on('exit', lost);
  return { child, at, waiting, doomed: new Set() };
}

function newFolder(): string | null {
  const name = join(tmpdir(), 'caws-starter-');
  if (Buffer.byteLength(join(`${name}XXXXXX`, 's')) > SOCKET_NAME_BYTES_MAX) return null;
  try {
    return mkdtempSync(name);
  } catch {
    return null;
  }
}

/** Without a descriptor to look into it, it stays: an empty folder harms nobody. */
function removeFolder(folder: string): void {
  try {
    rmSync(folder, { recursive: true, force: true });
  } catch {
    // It is swept away with all other temporary folders.
  }
}

/** Reads whose stream it is, in one line that comes before all else. */
function introduced(socket: Socket, waiting: Starter['waiting']): void {
  let head = Buffer.alloc(0);
  const gone = () => socket.destroy();
  socket.on('error', () => undefined).on('end', gone);
  socket.on('data', function read(chunk: Buffer) {
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\n');
    if (end < 0) return;
    socket.off('data', read).off('end', gone).pause();
    const [id = '', number] = head.toString('latin1', 0, end).split(' ');
    socket.unshift(head.subarray(end + 1));
    const whose = waiting.get(id);
    if (whose === undefined) socket.destroy();
    else whose.take(socket, Number(number));
  });
}

function startBy({ child, at, waiting, doomed }: Starter, program: Program): Started {
  const id = randomUUID();
  const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
  const streams = [stdin, stdout, stderr] as const;
  for (const stream of streams) stream.on('error', () => undefined);
  const { promise: ended, resolve: settle } = Promise.withResolvers<Ended>();
  const closed = [stdout, stderr].map((stream) => new Promise((done) => stream.on('close', done)));
  let pid: number | null = null;
  let input: Socket | undefined;
  let isOver = false;
  let hangs: NodeJS.Timeout | undefined;
  const over = (how: Ended) => {
    pid = null;
    isOver = true;
    clearInterval(hangs);
    stdin.destroy();
    input?.destroy();
    for (const output of [stdout, stderr])
      if ('error' in how) output.destroy();
      else if (output.readableFlowing === null) output.resume();
    void Promise.all(closed).then(() => {
      waiting.delete(id);
      doomed.delete(id);
      if (waiting.size === 0) letGo(child);
      settle(how);
    });
  };
  const kill = () => {
    if (child.connected) child.send({ id, end: true });
    let steps = 0;
    const step = () => {
      steps += 1;
      if (steps < END_STEPS_MAX) return;
      if (running?.child === child) running = undefined;
      if (doomed.size === waiting.size) child.kill('SIGKILL');
    };
    if (!isOver) {
      doomed.add(id);
      hangs ??= setInterval(step, END_STEP_MS);
    }
    // Nothing is waited for any more, also where a stream never came.
    for (const output of [stdout, stderr]) output.destroy();
  };
  waiting.set(id, {
    over,
    take(socket, number) {
      if (number === 0) input = socket;
      connect(socket, streams[number], number === 0);
    },
    began(number) {
      pid = number;
    },
    lost() {
      if (pid !== null) endOf(program.wholeGroup ? -pid : pid);
      over({ error: new Error('whoever starts programs has ended'), lost: true });
    },
  });
  // Both: where its channel has closed, its end still tells.
  child.ref();
  child.channel?.ref();
  const { cwd, env, ...rest } = program;
  child.send({ ...rest, id, at, env: { ...env }, cwd: resolve(cwd ?? '.') } satisfies Order);
  return { stdin, stdout, stderr, ended, kill };
}

/** It holds us no longer; where another came in its place it goes. */
function letGo(child: ChildProcess): void {
  child.unref();
  child.channel?.unref();
  if (running?.child !== child && child.connected) child.disconnect();
}

/** Lets bytes through until one side is closed. */
function connect(socket: Socket, stream: PassThrough | undefined, isInput: boolean): void {
  if (stream === undefined || stream.destroyed) socket.destroy();
  else if (isInput) stream.pipe(socket.resume()).on('close', () => stream.destroy());
  else {
    socket.pipe(stream).on('close', () => socket.destroy());
    socket.on('close', () => stream.end());
  }
}

function endOf(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}
