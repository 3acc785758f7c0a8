/**
 * Starts git from small shells of its own. Starting a program copies the page tables of whoever starts it and
 * stops it meanwhile: 5 to 8 ms of a node process of any size, under 1 ms of a shell.
 */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable, Writable } from 'node:stream';
import { quoted } from './quoted.ts';

export interface GitRun {
  /** `git`, or a program of git's own by its path. */
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd: string;
  /** All of it: nothing of this process is inherited. */
  readonly env: Readonly<Record<string, string>>;
  readonly input: Uint8Array;
}

export interface GitAnswer {
  readonly code: number;
  readonly out: Buffer;
  readonly err: string;
}

/** More at once than there are cores gains nothing; what comes meanwhile waits for the first that is done. */
const SHELLS_MAX = 4;
const ERROR_BYTES_MAX = 65_536;
/** More than any object a test writes: a runaway git ends here instead of filling memory. In 512 bytes. */
const FILE_BLOCKS_MAX = (256 * 1024 * 1024) / 512;
const NO_SHELL = 'whoever starts git has ended';

interface Shell {
  readonly child: ChildProcessByStdio<Writable, Readable, null>;
  readonly folder: string;
}

interface Waiting {
  readonly command: string;
  readonly input: Uint8Array;
  readonly answer: (answer: GitAnswer) => void;
}

const idle: Shell[] = [];
const waiting: Waiting[] = [];
let shells = 0;

/** Runs git to its end and gives whatever it answered. */
export function runGit(run: GitRun): Promise<GitAnswer> {
  return new Promise((answer) => {
    waiting.push({ command: commandOf(run), input: run.input, answer });
    next();
  });
}

function next(): void {
  if (waiting.length === 0) return;
  const shell = idle.pop() ?? (shells < SHELLS_MAX ? startShell() : undefined);
  const first = shell && waiting.shift();
  if (first) runIn(shell, first);
}

function startShell(): Shell {
  shells += 1;
  const folder = mkdtempSync(join(tmpdir(), 'hub-git-'));
  const child = spawn('/bin/sh', ['-s'], { env: {}, stdio: ['pipe', 'pipe', 'ignore'] });
  const shell = { child, folder };
  const removed = () => rmSync(folder, { recursive: true, force: true });
  process.once('exit', removed);
  child.once('close', () => {
    shells -= 1;
    process.off('exit', removed);
    removed();
    if (idle.includes(shell)) idle.splice(idle.indexOf(shell), 1);
    next();
  });
  for (const each of [child, child.stdin]) each.on('error', () => undefined);
  child.stdin.write(`unset PWD OLDPWD SHLVL; ulimit -f ${FILE_BLOCKS_MAX}\n`);
  letEnd(child, true);
  return shell;
}

/** A process ends when nothing waits for an answer. */
function letEnd(child: Shell['child'], mayEnd: boolean): void {
  for (const each of [child, child.stdin as Socket, child.stdout as Socket])
    if (mayEnd) each.unref();
    else each.ref();
}

function runIn(shell: Shell, { command, input, answer }: Waiting): void {
  const { child, folder } = shell;
  const [fed, out, err] = ['in', 'out', 'err'].map((name) => join(folder, name)) as Files;
  if (input.length > 0) writeFileSync(fed, input);
  letEnd(child, false);
  const lost = () => answer({ code: 128, out: Buffer.alloc(0), err: NO_SHELL });
  child.once('close', lost);
  // One line, which a pipe gives whole.
  child.stdout.once('data', (code: Buffer) => {
    child.off('close', lost);
    letEnd(child, true);
    answer({
      code: Number(code.toString()),
      out: readFileSync(out),
      err: readFileSync(err).toString('utf8', 0, ERROR_BYTES_MAX),
    });
    idle.push(shell);
    next();
  });
  const from = input.length > 0 ? fed : '/dev/null';
  child.stdin.write(`(${command}) <'${from}' >'${out}' 2>'${err}'; echo $?\n`);
}

type Files = [fed: string, out: string, err: string];

/** It takes the place of the shell that was started for it. */
function commandOf({ program, args, cwd, env }: GitRun): string {
  const sees = Object.entries(env).map(([name, value]) => `${name}=${quoted(value)}`);
  const words = [program, ...args].map(quoted);
  return `cd ${quoted(cwd)} && unset PWD OLDPWD && ${sees.join(' ')} exec ${words.join(' ')}`;
}
