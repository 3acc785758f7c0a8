import { execFile } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { compileGlobs } from '../../caws/glob.ts';
import type { CommitSha } from '../../primitives.ts';
import { readBoundedFile } from '../gates/bounded-file.ts';

const run = promisify(execFile);

/** More than the files of any task of a suite, together. */
const ENTRIES_MAX = 2_000;
const FILE_BYTES_MAX = 1024 ** 2;
/** A commit of some files takes milliseconds. */
const GIT_TIMEOUT_MS = 30_000;

type Texts = Readonly<Record<string, string>>;

/** What a worker left, compared with what it found. */
export interface Left {
  /** Path to new text of the files that it may change. */
  readonly changed: Texts;
  /** Why its bounds are broken, for a person; empty where they were kept. */
  readonly broken: readonly string[];
}

/** Makes the repository that a worker finds: the files, in one commit. */
export async function layOut(folder: string, files: Texts): Promise<void> {
  await writeAll(folder, files);
  await commitAll(folder);
}

/** Files in a repository of its own, as one commit: what gates check out. */
export async function committed(folder: string, files: Texts): Promise<CommitSha> {
  await mkdir(folder, { recursive: true });
  await writeAll(folder, files);
  await commitAll(folder);
  const { stdout } = await git(folder, ['rev-parse', 'HEAD']);
  return stdout.trim() as CommitSha;
}

/**
 * Reads what a worker left. Links, files that are too large and too many of them break its bounds, and
 * so does a change where it may make none; none of that is read, and none of it is checked.
 */
export function whatIsLeft(folder: string, found: Texts, mayChange: readonly string[]): Left {
  const globs = compileGlobs(mayChange);
  if (!globs.ok)
    throw new Error(`a suite was read with a glob that is none: ${globs.fault.pattern}`);
  const changed: Record<string, string> = {};
  const broken: string[] = [];
  const paths = pathsIn(folder);
  if (paths.length >= ENTRIES_MAX) broken.push(`left ${ENTRIES_MAX} files or more`);
  for (const path of paths) {
    const read = readBoundedFile(folder, path, FILE_BYTES_MAX);
    const text = read.ok ? new TextDecoder().decode(read.value.bytes) : null;
    if (text !== null && Object.hasOwn(found, path) && found[path] === text) continue;
    if (!globs.value.matches(path)) broken.push(`changed ${path}`);
    else if (text === null) broken.push(`left ${path}, which cannot be read`);
    else changed[path] = text;
  }
  for (const path of Object.keys(found))
    if (!paths.includes(path) && !globs.value.matches(path)) broken.push(`removed ${path}`);
  return { changed, broken: broken.slice(0, 20) };
}

/** Files below the folder, without git's own; no link is followed. */
function pathsIn(folder: string): readonly string[] {
  const paths: string[] = [];
  const waiting = [''];
  for (let below = waiting.pop(); below !== undefined; below = waiting.pop()) {
    for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (path === '.git') continue;
      if (entry.isDirectory()) waiting.push(path);
      else paths.push(path);
      if (paths.length + waiting.length >= ENTRIES_MAX) return paths;
    }
  }
  return paths.sort();
}

async function writeAll(folder: string, files: Texts): Promise<void> {
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
}

async function commitAll(folder: string): Promise<void> {
  await git(folder, ['init', '--quiet', '--template=']);
  await git(folder, ['add', '--all', '--force']);
  await git(folder, ['commit', '--quiet', '--allow-empty', '--no-gpg-sign', '-m', 'The task']);
}

const nobody = { name: 'arbiter', email: 'arbiter@localhost', date: '2000-01-01T00:00:00Z' };

/** Nothing of this machine's configuration counts, so that a suite is the same everywhere. */
function git(folder: string, words: readonly string[]): Promise<{ readonly stdout: string }> {
  return run('git', ['-C', folder, '-c', 'core.hooksPath=/dev/null', ...words], {
    timeout: GIT_TIMEOUT_MS,
    env: {
      PATH: process.env['PATH'] ?? '/usr/bin:/bin',
      LC_ALL: 'C',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_AUTHOR_NAME: nobody.name,
      GIT_AUTHOR_EMAIL: nobody.email,
      GIT_AUTHOR_DATE: nobody.date,
      GIT_COMMITTER_NAME: nobody.name,
      GIT_COMMITTER_EMAIL: nobody.email,
      GIT_COMMITTER_DATE: nobody.date,
    },
  });
}
