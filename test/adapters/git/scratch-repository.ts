import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { Change } from '../../../src/1-pleading/change.ts';
import { openRepository } from '../../../src/adapters/git/repository.ts';
import type { RepositoryFault, ResolvedRange } from '../../../src/ports.ts';
import { gitBytes, headNow } from '../../git-now.ts';

/** A real repository in a temporary folder, with a git that knows nothing of the machine it runs on. */
export interface ScratchRepository extends Disposable {
  readonly directory: string;
  git(...args: readonly string[]): string;
  gitWith(input: string | Buffer, ...args: readonly string[]): string;
  write(path: string, content: string | Buffer): void;
  link(path: string, target: string): void;
  remove(path: string): void;
  /** Stages everything and commits. @returns the commit. */
  commit(message?: string): string;
}

export const plainEnv = {
  PATH: process.env['PATH'] ?? '',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Ada',
  GIT_AUTHOR_EMAIL: 'ada@example.org',
  GIT_COMMITTER_NAME: 'Ada',
  GIT_COMMITTER_EMAIL: 'ada@example.org',
  GIT_AUTHOR_DATE: '2026-01-01T00:00:00Z',
  GIT_COMMITTER_DATE: '2026-01-01T00:00:00Z',
};

export function scratchRepository(...initArgs: readonly string[]): ScratchRepository {
  const directory = mkdtempSync(join(tmpdir(), 'caws-git-'));
  const gitWith = (input: string | Buffer | undefined, args: readonly string[]) =>
    gitBytes({ args: ['-C', directory, ...args], env: plainEnv, input })
      .toString('utf8')
      .trimEnd();
  const repository: ScratchRepository = {
    directory,
    git: (...args) => gitWith(undefined, args),
    gitWith: (input, ...args) => gitWith(input, args),
    write(path, content) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      writeFileSync(join(directory, path), content);
    },
    link(path, target) {
      mkdirSync(dirname(join(directory, path)), { recursive: true });
      symlinkSync(target, join(directory, path));
    },
    remove: (path) => rmSync(join(directory, path), { recursive: true, force: true }),
    commit(message = 'change') {
      gitWith(undefined, ['add', '-A']);
      gitWith(message, ['commit', '-q', '--allow-empty', '--cleanup=verbatim', '-F', '-']);
      return headNow(directory);
    },
    [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
  };
  repository.git('init', '-q', '-b', 'main', '--template=', ...initArgs);
  return repository;
}

/** A tree of a few objects that no work tree could hold: names as bytes, any mode. */
export function commitTree(
  repository: ScratchRepository,
  entries: readonly { readonly mode: string; readonly name: Buffer; readonly id: string }[],
  parents: readonly string[],
): string {
  const body = Buffer.concat(
    entries.map(({ mode, name, id }) =>
      Buffer.concat([Buffer.from(`${mode} `), name, Buffer.from([0]), Buffer.from(id, 'hex')]),
    ),
  );
  const tree = repository.gitWith(
    body,
    'hash-object',
    '-t',
    'tree',
    '-w',
    '--literally',
    '--stdin',
  );
  return repository.git(
    'commit-tree',
    ...parents.flatMap((parent) => ['-p', parent]),
    '-m',
    'crafted',
    tree,
  );
}

export const blobOf = (repository: ScratchRepository, content: string | Buffer) =>
  repository.gitWith(content as string, 'hash-object', '-w', '--stdin');

type Env = Readonly<Record<string, string | undefined>>;

/** Resolves and measures, and throws where either fails: for tests that are not about failing. */
export async function measured(
  directory: string,
  range: string | null,
  env: Env = plainEnv,
): Promise<Change> {
  const opened = await openRepository(directory, { env });
  if (!opened.ok) throw new Error(JSON.stringify(opened.fault));
  using repository = opened.value;
  const resolved = await repository.resolve(range);
  if (!resolved.ok) throw new Error(JSON.stringify(resolved.fault));
  const change = await repository.measure(resolved.value);
  if (!change.ok) throw new Error(JSON.stringify(change.fault));
  return change.value;
}

/** What a range resolves to, or why it does not. */
export async function resolved(
  directory: string,
  range: string | null,
  env: Env = plainEnv,
): Promise<ResolvedRange | RepositoryFault> {
  const opened = await openRepository(directory, { env });
  if (!opened.ok) return opened.fault;
  using repository = opened.value;
  const answer = await repository.resolve(range);
  return answer.ok ? answer.value : answer.fault;
}
