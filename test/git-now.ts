/**
 * Git for tests that do one thing after the other. Starting a program copies the page tables of whoever
 * starts it, 3 to 12 ms of a process with all tests in it, so a small shell that waits beside them does.
 */
import { execFileSync, spawn } from 'node:child_process';
import {
  mkdtempSync,
  openSync,
  readFileSync,
  readSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { quoted } from './hub/quoted.ts';

export interface GitNow {
  readonly args: readonly string[];
  /** All that git sees; default: where programs are, and no configuration of the machine. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly input?: string | Uint8Array | undefined;
}

const machine: NonNullable<GitNow['env']> = {
  PATH: process.env['PATH'],
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
};

interface Shell {
  readonly asks: number;
  readonly answers: number;
  readonly file: (name: 'in' | 'out' | 'err') => string;
}

let running: Shell | undefined;

/** @returns what git printed. @throws with what it complained, where it did not go well. */
export function gitBytes({ args, env = machine, input }: GitNow): Buffer {
  running ??= startShell();
  const { asks, answers, file } = running;
  if (input !== undefined) writeFileSync(file('in'), input);
  const from = input === undefined ? '/dev/null' : file('in');
  const sees = Object.entries(env).flatMap(([name, value]) =>
    value === undefined ? [] : [`${name}=${quoted(value)}`],
  );
  // Each commit would start another git that looks whether it is time to clean up.
  const command = [...sees, 'git -c maintenance.auto=false', ...args.map(quoted)].join(' ');
  const streams = `<${quoted(from)} >${quoted(file('out'))} 2>${quoted(file('err'))} 3>&-`;
  writeSync(asks, `${command} ${streams}; echo $? >&3\n`);
  const code = lineOf(answers);
  if (code !== '0')
    throw new Error(`git ${args.join(' ')} (${code}): ${readFileSync(file('err'), 'utf8')}`);
  return readFileSync(file('out'));
}

/** The same as text, without white space around it. */
export const gitNow = (run: GitNow): string => gitBytes(run).toString('utf8').trim();

/** The commit that is checked out in a repository that nobody packs: two files, where a program takes 10 ms. */
export function headNow(folder: string): string {
  const read = (name: string) => readFileSync(join(folder, '.git', name), 'utf8').trim();
  const head = read('HEAD');
  return head.startsWith('ref: ') ? read(head.slice('ref: '.length)) : head;
}

/** Each end of the two pipes waits until the other is opened, by both in the same order. */
function startShell(): Shell {
  const folder = mkdtempSync(join(tmpdir(), 'git-now-'));
  process.once('exit', () => rmSync(folder, { recursive: true, force: true }));
  const [asks, answers] = [join(folder, 'asks'), join(folder, 'answers')];
  execFileSync('mkfifo', [asks, answers]);
  const script = 'unset PWD OLDPWD SHLVL; exec /bin/sh -s <"$0" 3>"$1"';
  const env = { PATH: process.env['PATH'] };
  // It ends with us: what it reads ends then.
  spawn('/bin/sh', ['-c', script, asks, answers], { env, stdio: 'ignore' }).unref();
  return {
    asks: openSync(asks, 'w'),
    answers: openSync(answers, 'r'),
    file: (name) => join(folder, name),
  };
}

function lineOf(file: number): string {
  const bytes = Buffer.alloc(16);
  let text = '';
  while (!text.endsWith('\n')) {
    const read = readSync(file, bytes);
    if (read === 0) throw new Error('the shell that starts git has ended');
    text += bytes.toString('latin1', 0, read);
  }
  return text.trim();
}
