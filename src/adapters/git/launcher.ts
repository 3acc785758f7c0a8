import { type ChildProcess, spawn } from 'node:child_process';
import { statSync } from 'node:fs';
import type { Socket } from 'node:net';
import type { Duplex, Readable, Writable } from 'node:stream';
import { quotedWord } from '../shell-word.ts';

/**
 * Starts runs of git by one waiting shell. Starting a process copies the page tables of whoever starts
 * it: 2 to 15 ms of a node that can do nothing else meanwhile, some hundred µs of a small shell on the
 * other core.
 */
export interface Launcher extends Disposable {
  /** @returns null where the run has to be started in the ordinary way. */
  launch(run: Launch): Launched | null;
}

export interface Launch {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** The folder it has to run in; undefined where any will do. */
  readonly cwd?: string | undefined;
  /** Another run, after one that went well; what it prints follows behind a NUL. */
  readonly next?: readonly string[] | undefined;
}

export interface Launched {
  /** Its input and its output; what it complains is lost. */
  readonly channel: Duplex;
  /** How it ended, after its channel closed; null where nobody knows. */
  readonly code: Promise<number | null>;
  kill(): void;
}

/** What a POSIX shell understands as the number of a file is one digit, and three have a meaning. */
const CHANNELS = [3, 4, 5, 6, 7, 8, 9] as const;
/** So many runs one shell starts. */
export const launchesMax = CHANNELS.length;
const SHELL = ['/bin/sh'];
const VARIABLE = /^[A-Za-z_][A-Za-z0-9_]*$/;

/**
 * The shell ends with us, however we end, and takes what it started along: its input ends then. It
 * leads a group of its own, without which the signal finds nobody. What it knows of itself is nothing
 * that a run has to see; bash tells `_` and SHLVL in spite of it, which git does not read.
 */
const PROLOGUE = "trap 'kill -KILL -$$' EXIT\nunset PWD OLDPWD SHLVL\n";

/**
 * @param directory where the shell, and with it every run, works.
 * @param env the caller's; nothing but PATH is taken from it.
 * @returns null where there is no such shell.
 */
export function openLauncher(
  directory: string,
  env: Readonly<Record<string, string | undefined>>,
  shell: readonly string[] = SHELL,
): Launcher | null {
  const path = env['PATH'];
  if (process.platform === 'win32' || path === undefined) return null;
  // Where nothing can be started, node says so later of a missing folder, and throws of one that is a file.
  if (!isFolder(directory)) return null;
  const child = spawn(shell[0] as string, [...shell.slice(1), '-s'], {
    cwd: directory,
    env: { PATH: path },
    stdio: ['pipe', 'pipe', 'ignore', ...CHANNELS.map(() => 'pipe' as const)],
    detached: true,
  });
  child.on('error', () => undefined);
  if (child.pid === undefined) return null;
  return launcherOf(child, directory, path);
}

const isFolder = (path: string): boolean => {
  try {
    return statSync(path).isDirectory();
  } catch {
    return false;
  }
};

function launcherOf(child: ChildProcess, directory: string, path: string): Launcher {
  const script = child.stdin as Writable;
  const runs: Told[] = [];
  const streams = child.stdio as readonly (Socket | null)[];
  let living = true;
  let waitedFor = 0;
  // Nobody waits for a shell that has nothing to do: a command that fails must be able to end.
  child.unref();
  for (const stream of streams) stream?.unref();
  script.on('error', () => undefined).write(PROLOGUE);
  listen(child.stdout as Readable, (channel, word, number) => {
    const run = runs[CHANNELS.indexOf(channel as 3)];
    if (word === 'pid') run?.began(number);
    else run?.ended(number);
  });
  child.on('close', () => {
    living = false;
    for (const run of runs) run.ended(null);
  });
  return {
    launch(run) {
      const channel = CHANNELS[runs.length];
      if (!living || channel === undefined || !fits(run, directory, path)) return null;
      script.write(scriptOf(run, channel));
      const socket = streams[channel] as Socket;
      const { told, launched } = launchedAt(socket.ref(), () =>
        script.write(`wait $p${channel}; echo "${channel} code $?"\n`),
      );
      runs.push(told);
      waitedFor += 1;
      streams[1]?.ref();
      void launched.code.then(() => {
        waitedFor -= 1;
        if (waitedFor === 0) streams[1]?.unref();
      });
      return launched;
    },
    [Symbol.dispose]() {
      living = false;
      if (child.exitCode === null && child.signalCode === null) kill(-(child.pid as number));
    },
  };
}

/** What the shell tells of a run. */
interface Told {
  began(pid: number): void;
  ended(code: number | null): void;
}

/** @param ask has the shell say how the run ended, for which it waits: only once its output did. */
function launchedAt(channel: Duplex, ask: () => void) {
  const { promise: code, resolve } = Promise.withResolvers<number | null>();
  let pid: number | null = null;
  let doomed = false;
  let over = false;
  let whole = false;
  channel.on('error', () => undefined);
  channel.on('end', () => {
    whole = true;
    if (!over) ask();
  });
  // What broke before its end may have lost output: whatever the run says of itself, it did not go well.
  channel.on('close', () => {
    if (!whole) launched.kill();
  });
  const told: Told = {
    began(number) {
      pid = number;
      if (doomed) kill(pid);
    },
    ended(number) {
      over = true;
      resolve(number);
    },
  };
  const launched: Launched = {
    channel,
    code,
    kill() {
      // The shell may be waiting for another, so the process itself is ended, by its number.
      if (!doomed && !over && pid !== null) kill(pid);
      doomed = true;
      resolve(null);
      channel.destroy();
    },
  };
  return { told, launched };
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}

/** Reads `CHANNEL pid NUMBER` and `CHANNEL code NUMBER`. */
function listen(
  output: Readable,
  tell: (channel: number, word: string, number: number) => void,
): void {
  let text = '';
  output.on('data', (chunk: Buffer) => {
    const lines = (text + chunk.toString('latin1')).split('\n');
    text = lines.pop() as string;
    for (const line of lines) {
      const [channel, word, number] = line.split(' ') as [string, string, string];
      tell(Number(channel), word, Number(number));
    }
  });
}

function fits(run: Launch, directory: string, path: string): boolean {
  if (run.cwd !== undefined && run.cwd !== directory) return false;
  if (run.env['PATH'] !== path || !Object.keys(run.env).every((name) => VARIABLE.test(name)))
    return false;
  // No argument holds NUL; the ordinary way says so.
  return ![...run.args, ...(run.next ?? []), ...Object.values(run.env)].some((word) =>
    word.includes('\0'),
  );
}

/**
 * One line of the shell's script. The run gets its channel as input and output and none of those that
 * are still free; the shell keeps none that is taken, so a channel ends with its run.
 */
function scriptOf({ args, env, next }: Launch, channel: number): string {
  const sees = Object.entries(env).map(([name, value]) => `${name}=${quotedWord(value)}`);
  const command = (words: readonly string[]) =>
    [...sees, 'git', ...words.map(quotedWord)].join(' ');
  const whole =
    next === undefined
      ? command(args)
      : `{ ${command(args)} && { printf '\\000'; ${command(next)}; :; }; }`;
  const free = CHANNELS.filter((other) => other > channel).map((other) => `${other}<&-`);
  return `${whole} <&${channel} >&${channel} ${free.join(' ')} & p${channel}=$!; exec ${channel}<&-; echo "${channel} pid $p${channel}"\n`;
}
