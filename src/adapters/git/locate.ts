import { statSync } from 'node:fs';
import type { RepositoryFault } from '../../ports.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import { userEnvironment } from './environment.ts';
import { faultOf } from './faults.ts';
import type { Launcher } from './launcher.ts';
import { type GitEnd, runGit, runGitTwice } from './process.ts';

/** A repository as it was found, with the parts of its configuration that are needed. */
export interface Located {
  readonly directory: string;
  readonly gitDirectory: string;
  readonly commonDirectory: string;
  readonly format: 'sha1' | 'sha256';
  readonly hasWorkTree: boolean;
  readonly shallow: boolean;
  readonly partialClone: boolean;
  /** Remotes and their URLs, in the order of the configuration. */
  readonly remotes: readonly { readonly name: string; readonly url: string }[];
  /** Names of content filters that the configuration defines. */
  readonly filters: readonly string[];
}

/** `cat-file --batch-command` came with 2.36; older versions lack safety fixes of the same year. */
const GIT_NEEDED = '2.36.0';
const [NEEDED_MAJOR, NEEDED_MINOR] = [2, 36];
const CONFIG_BYTES_MAX = 4 * 1024 * 1024;
const FACTS = [
  'rev-parse',
  '--path-format=absolute',
  '--is-inside-work-tree',
  '--is-shallow-repository',
  '--show-object-format',
  '--git-dir',
  '--git-common-dir',
];
const CONFIG = [
  'config',
  '--null',
  '--get-regexp',
  '^(remote\\..*\\.(url|promisor|partialclonefilter)|extensions\\.partialclone|filter\\..*)$',
];

interface Place {
  /** A directory of the repository, or all that is to be found. */
  readonly at: string | Located;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly limitMs: number;
  readonly launcher: Launcher | null;
}

export const directoryOf = (at: Place['at']): string =>
  typeof at === 'string' ? at : at.directory;

/** Finds the repository that a directory belongs to, and reads its configuration. */
export async function locate(place: Place): Promise<Result<Located, RepositoryFault>> {
  const { at: directory, env, limitMs, launcher } = place;
  if (typeof directory !== 'string') return ok(directory);
  if (!isDirectory(directory)) return fail({ kind: 'not-a-repository', directory });
  const found = await runGitTwice(
    {
      args: FACTS,
      env: userEnvironment(env),
      cwd: directory,
      launcher,
      limitMs,
      bytesMax: CONFIG_BYTES_MAX,
    },
    CONFIG,
  );
  if (found.code !== 0) {
    return fail((await gitTooOld(directory, env, limitMs)) ?? notFound(directory, found, limitMs));
  }
  // No name of a folder holds NUL.
  const factsEnd = found.stdout.indexOf(0);
  const facts = found.stdout.toString('utf8', 0, factsEnd);
  return locatedOf(directory, facts, readConfig(found.stdout.subarray(factsEnd + 1)));
}

/**
 * Whether git is older than what is needed. Asked only when something else failed: a process for every
 * run that goes well would cost more than most of them do.
 */
export async function gitTooOld(
  directory: string,
  env: Readonly<Record<string, string | undefined>>,
  limitMs: number,
): Promise<RepositoryFault | null> {
  const end = await runGit({
    args: ['version'],
    env: userEnvironment(env),
    cwd: directory,
    limitMs,
    bytesMax: CONFIG_BYTES_MAX,
  });
  return end.code === 0 ? tooOld(end.stdout.toString('utf8')) : null;
}

function isDirectory(directory: string): boolean {
  return statSync(directory, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

/** @param text what `git version` printed. @returns the fault of a git that is too old, or null. */
export function tooOld(text: string): RepositoryFault | null {
  const match = /(\d+)\.(\d+)(?:\.\d+)*/.exec(text);
  const [major, minor] = [Number(match?.[1] ?? 0), Number(match?.[2] ?? 0)];
  const enough = major > NEEDED_MAJOR || (major === NEEDED_MAJOR && minor >= NEEDED_MINOR);
  return enough ? null : { kind: 'git-too-old', version: match?.[0] ?? text, needed: GIT_NEEDED };
}

function notFound(directory: string, end: GitEnd, limitMs: number): RepositoryFault {
  if (/dubious ownership|unsafe repository/.test(end.stderr))
    return { kind: 'not-owned', directory };
  if (/not a git repository|invalid gitfile/i.test(end.stderr)) {
    return { kind: 'not-a-repository', directory };
  }
  return faultOf(end, { doing: 'looking for the repository', limitMs, partialClone: false });
}

function locatedOf(
  directory: string,
  text: string,
  config: readonly (readonly [string, string])[],
): Result<Located, RepositoryFault> {
  const lines = text.replace(/\n$/, '').split('\n');
  const [workTree, shallow, format, gitDirectory, commonDirectory] = lines as [
    string,
    string,
    string,
    string,
    string,
  ];
  if (lines.length !== 5 || (format !== 'sha1' && format !== 'sha256')) {
    // A folder whose name holds a line end cannot be told apart in this answer.
    return fail({
      kind: 'git-failed',
      doing: 'looking for the repository',
      stderr: text.slice(0, 1000),
    });
  }
  return ok({
    directory,
    gitDirectory,
    commonDirectory,
    format,
    hasWorkTree: workTree === 'true',
    shallow: shallow === 'true',
    partialClone: config.some(
      ([key, value]) =>
        key === 'extensions.partialclone' ||
        key.endsWith('.partialclonefilter') ||
        (key.endsWith('.promisor') && value !== 'false'),
    ),
    remotes: config.flatMap(([key, url]) => {
      const name = /^remote\.(.+)\.url$/s.exec(key)?.[1];
      return name === undefined ? [] : [{ name, url }];
    }),
    filters: [...new Set(config.flatMap(([key]) => /^filter\.(.+)\.[^.]+$/s.exec(key)?.[1] ?? []))],
  });
}

function readConfig(bytes: Buffer): readonly (readonly [string, string])[] {
  return bytes
    .toString('utf8')
    .split('\0')
    .filter((record) => record !== '')
    .map((record) => {
      const end = record.indexOf('\n');
      return end < 0 ? [record, 'true'] : [record.slice(0, end), record.slice(end + 1)];
    });
}
