import { createHash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { PlannedGate } from '../../../src/3-deliberation/deliberation.ts';
import type { Sandbox } from '../../../src/adapters/sandbox/isolation.ts';
import type { Gate, GateAnswer } from '../../../src/caws/policy.ts';
import { type CommitSha, commitSha, type Digest } from '../../../src/primitives.ts';
import { gitNow, headNow } from '../../git-now.ts';

/** A folder that is gone when its scope ends. */
export function temporaryFolder(): { readonly path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), 'caws-test-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}

/**
 * Puts the temporary folders of a file of tests where no other file's are, so that it can say what was left.
 *
 * @returns what takes them away.
 */
export function ownTemporaryFolders(): () => void {
  // It keeps a folder of its own, for all files of tests.
  gitNow({ args: ['version'] });
  const own = mkdtempSync(join(tmpdir(), 'caws-own-'));
  const before = process.env['TMPDIR'];
  process.env['TMPDIR'] = own;
  return () => {
    if (before === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = before;
    rmSync(own, { recursive: true, force: true });
  };
}

export function write(folder: string, files: Readonly<Record<string, string | Uint8Array>>): void {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content);
  }
}

export const digestOf = (content: string): Digest =>
  `sha256:${createHash('sha256').update(content).digest('hex')}` as Digest;

export function planned(id: string, answer: GateAnswer, more: Partial<Gate> = {}): PlannedGate {
  const gate: Gate = {
    id,
    description: '',
    mode: 'block',
    answer,
    measures: 'tests',
    minimum: null,
    timeoutMs: 20_000,
    waivable: true,
    approvers: [],
    approversMin: 1,
    longestWaiverDays: 30,
    trustMin: 'local',
    ...more,
  };
  return { gate, minimum: gate.minimum };
}

export const byFile = (file: string): GateAnswer => ({ by: 'evidence', format: 'junit', file });

export const byCommand = (
  command: readonly string[],
  path: string | null = null,
  more: { readonly sandbox?: 'required' | 'preferred'; readonly network?: boolean } = {},
): GateAnswer => ({
  by: 'command',
  command,
  report: path === null ? null : { format: 'junit', path },
  sandbox: 'preferred',
  network: false,
  ...more,
});

export const git = (folder: string, ...words: readonly string[]): string =>
  gitNow({ args: ['-C', folder, '-c', 'user.name=a', '-c', 'user.email=a@b', ...words] });

// Made where no test looks for what was left.
const repositories = mkdtempSync(join(tmpdir(), 'gates-repositories-'));
process.on('exit', () => rmSync(repositories, { recursive: true, force: true }));

/**
 * A commit that holds the files, and whatever stands in the folder. Git makes the first repository of its kind in
 * an empty folder; the others are copies of it.
 */
export function repositoryOf(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): CommitSha {
  if (readdirSync(folder).length > 0) return committed(folder, files);
  const made = join(repositories, digestOf(JSON.stringify(files)));
  if (!existsSync(made)) {
    mkdirSync(made);
    committed(made, files);
  }
  cpSync(made, folder, { recursive: true });
  return commitSha(headNow(folder)) as CommitSha;
}

function committed(
  folder: string,
  files: Readonly<Record<string, string | Uint8Array>>,
): CommitSha {
  git(folder, 'init', '-q', '--template=');
  write(folder, files);
  git(folder, 'add', '-A');
  git(folder, 'commit', '-qm', 'one', '--allow-empty');
  return commitSha(headNow(folder)) as CommitSha;
}

/** Confines nothing, and takes no time: for what is the same in every sandbox. */
export const openSandbox: Sandbox = {
  name: 'open',
  confine: async ({ command: [program = '', ...words] }) => ({
    program,
    words,
    environment: { PATH: '/usr/bin:/bin' },
    files: [],
    memory: null,
    [Symbol.asyncDispose]: async () => {},
  }),
};

export const passingReport =
  '<testsuite name="s" tests="1"><testcase classname="c" name="a"/></testsuite>';
export const noProgress = () => {};
