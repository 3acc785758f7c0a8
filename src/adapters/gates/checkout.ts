import { copyFile, mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { PathMatcher } from '../../caws/glob.ts';
import type { CommitSha } from '../../primitives.ts';
import type { Launcher } from '../git/launcher.ts';
import { type GitEnd, runGit } from '../git/process.ts';
import { mustFit } from './tree-size.ts';

/** A checkout of a large repository takes seconds; one that takes longer hangs. */
const gitTimeoutMs = 120_000;
/** A million files with names of a hundred bytes. */
const listingBytesMax = 160 * 1024 * 1024;

/** What git may know of this machine while it works for a stranger's tree. */
export function gitEnvironment(): Readonly<Record<string, string>> {
  return {
    PATH: process.env['PATH'] ?? '/usr/bin:/bin',
    LC_ALL: 'C',
    GIT_CONFIG_NOSYSTEM: '1',
    GIT_CONFIG_GLOBAL: '/dev/null',
    GIT_TERMINAL_PROMPT: '0',
    GIT_NO_REPLACE_OBJECTS: '1',
    GIT_NO_LAZY_FETCH: '1',
    GIT_LFS_SKIP_SMUDGE: '1',
  };
}

/** Counts before every .gitattributes of a tree. */
const AS_THEY_ARE = '* -text -ident !eol !working-tree-encoding !filter\n';

/** Where trees are copied from. */
export interface Source {
  /** Of its objects. */
  readonly objects: string;
  /** An empty repository: what git found out about this machine stands in its configuration. */
  readonly empty: string;
  /** Starts git for less. */
  readonly launcher: Launcher | null;
}

/**
 * Makes ready to copy out of a repository.
 *
 * @param empty a folder for what all copies begin with; it must not be there yet.
 * @throws what git says, e.g. where the folder is no repository.
 */
export async function openSource(
  repository: string,
  commit: CommitSha,
  empty: string,
  launcher: Launcher | null = null,
): Promise<Source> {
  const format = commit.length === 64 ? 'sha256' : 'sha1';
  await mkdir(empty, { recursive: true });
  const asked = ['rev-parse', '--path-format=absolute', '--git-path', 'objects'];
  const [{ stdout }] = await Promise.all([
    git({ folder: repository, launcher, env: ownersGit() }, asked),
    git({ folder: empty, launcher }, [
      ...['init', '--quiet', '--template=', `--object-format=${format}`],
    ]),
  ]);
  const objects = Buffer.from(stdout, 'latin1').toString().replace(/\n$/, '');
  return { objects, empty, launcher };
}

/** A place of the objects of one commit, and how they are named. */
export interface ObjectStore {
  readonly directory: string;
  readonly commit: string;
  /** True: every file is written to the byte, whatever attributes stand in the tree. */
  readonly toTheByte: boolean;
  readonly launcher: Launcher | null;
}

/** A commit, or the tree of one with the tests of another in the place of its own. */
export type Wanted =
  | { readonly commit: CommitSha }
  | {
      readonly head: CommitSha;
      readonly base: CommitSha;
      /** Which files are tests. */
      readonly tests: PathMatcher;
    };

/**
 * Copies what one tree is made of out of a repository. What else is there (other branches, the history,
 * what was only fetched) may be nobody's to read who can make a gate run.
 *
 * @param folder where they are put; it must not be there yet.
 * @throws what git says, e.g. where the commit is not in it.
 */
export async function objectsOf(
  { objects: from, empty, launcher }: Source,
  wanted: Wanted,
  folder: string,
): Promise<ObjectStore> {
  await makeLike(empty, folder);
  await cutOff(folder, 'commit' in wanted ? wanted.commit : wanted.head);
  const own = join(folder, '.git', 'objects');
  const at = { folder, launcher };
  return borrowed(own, from, async () => {
    const commit = 'commit' in wanted ? wanted.commit : await withTestsOf(at, wanted);
    await mustFit({ repository: folder, env: gitEnvironment(), launcher }, commit);
    const pack = join(own, 'pack', 'pack');
    await mkdir(join(own, 'pack'));
    await git(at, ['pack-objects', '--quiet', '--revs', '--window=0', pack], `${commit}\n`);
    // Attributes of the head would have git rewrite the tests of the base as it writes them.
    return { directory: own, commit, toTheByte: 'tests' in wanted, launcher };
  });
}

/** Makes a commit of the head's tree in which every test is the base's: others of the head are gone. */
async function withTestsOf(
  at: At,
  { head, base, tests }: Extract<Wanted, { readonly tests: PathMatcher }>,
): Promise<string> {
  const [atHead, atBase] = await Promise.all([
    testsIn(at, head, tests),
    testsIn(at, base, tests),
    git(at, ['read-tree', head]),
  ]);
  const nothing = '0'.repeat(head.length);
  const gone = atHead.map(({ path }) => `0 ${nothing}\t${path}\0`);
  const put = atBase.map(({ entry, path }) => `${entry}\t${path}\0`);
  await git(at, ['update-index', '-z', '--replace', '--index-info'], [...gone, ...put].join(''));
  const { stdout: tree } = await git(at, ['write-tree']);
  const who = ['-c', 'user.name=arbiter', '-c', 'user.email=arbiter@localhost'];
  const words = ['commit-tree', '-m', 'The head with the tests of the base', tree.trim()];
  const { stdout: commit } = await git(at, [...who, ...words]);
  return commit.trim();
}

/** One file, as git lists it; names as their bytes, one a character. */
interface Listed {
  /** `MODE TYPE ID` */
  readonly entry: string;
  readonly path: string;
}

async function testsIn(at: At, commit: CommitSha, tests: PathMatcher): Promise<readonly Listed[]> {
  const { stdout } = await git(at, ['ls-tree', '-r', '-z', '--full-tree', commit]);
  return stdout.split('\0').flatMap((line) => {
    const tab = line.indexOf('\t');
    const path = line.slice(tab + 1);
    const isTest = tab > 0 && tests.matches(Buffer.from(path, 'latin1').toString());
    return isTest ? [{ entry: line.slice(0, tab), path }] : [];
  });
}

/**
 * Checks their commit out into a new folder, as a repository of its own that borrows the objects of
 * another: nothing is hard-linked, so what runs in it reaches the other one through no file of its own. No
 * hooks, no filters (no configuration defines one), no submodules, no remote, and no history.
 *
 * @throws what git says, e.g. for a missing object or a path that git holds dangerous.
 */
export async function checkOut(objects: ObjectStore, folder: string): Promise<void> {
  const { commit, launcher } = objects;
  await makeLike(dirname(dirname(objects.directory)), folder);
  await cutOff(folder, commit);
  await writeFile(alternatesIn(join(folder, '.git', 'objects')), `${objects.directory}\n`);
  if (objects.toTheByte) {
    await mkdir(join(folder, '.git', 'info'), { recursive: true });
    await writeFile(join(folder, '.git', 'info', 'attributes'), AS_THEY_ARE);
  }
  const how = ['--quiet', '--force', '--detach', '--no-recurse-submodules'];
  await git({ folder, launcher }, ['checkout', ...how, commit, '--']);
}

/** As `git init` would: what it found out about this machine stands in the configuration of the first one. */
async function makeLike(first: string, folder: string): Promise<void> {
  const [own, other] = [join(folder, '.git'), join(first, '.git')];
  await mkdir(join(own, 'refs', 'heads'), { recursive: true });
  await copyFile(join(other, 'config'), join(own, 'config'));
  await copyFile(join(other, 'HEAD'), join(own, 'HEAD'));
}

/** The commit stands for itself, without those before it. */
async function cutOff(folder: string, commit: string): Promise<void> {
  await mkdir(join(folder, '.git', 'objects', 'info'), { recursive: true });
  await writeFile(join(folder, '.git', 'shallow'), `${commit}\n`);
}

const alternatesIn = (objects: string): string => join(objects, 'info', 'alternates');

/** Objects of another place are there while the work is done, and not afterwards. */
async function borrowed<Done>(
  objects: string,
  from: string,
  work: () => Promise<Done>,
): Promise<Done> {
  await writeFile(alternatesIn(objects), `${from}\n`);
  const done = await work();
  await rm(alternatesIn(objects));
  return done;
}

/** Where git works, and how it is started. */
interface At {
  readonly folder: string;
  readonly launcher?: Launcher | null;
  readonly env?: Readonly<Record<string, string>>;
}

/** Names are bytes of any kind: they come and go one byte a character. */
async function git(
  { folder, launcher = null, env = gitEnvironment() }: At,
  words: readonly string[],
  input = '',
): Promise<{ readonly stdout: string }> {
  const args = ['-C', folder, '-c', 'core.hooksPath=/dev/null', ...words];
  const bounds = { limitMs: gitTimeoutMs, bytesMax: listingBytesMax, launcher };
  const end = await runGit({ args, env, input: Buffer.from(input, 'latin1'), ...bounds });
  if (end.ended !== 'exited' || end.code !== 0)
    throw new Error(end.stderr || `git ${words[0] ?? ''} ${wordOf(end)}`);
  return { stdout: end.stdout.toString('latin1') };
}

const wordOf = ({ ended, code }: GitEnd): string =>
  ended === 'exited' ? `ended with ${code}` : ended;

/**
 * What a commit has at these paths: `MODE TYPE ID` by path, of files and folders alike.
 *
 * @throws what git says, e.g. where the commit is not there.
 */
export async function entriesAt(
  repository: string,
  commit: CommitSha,
  paths: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const words = ['ls-tree', '-z', '--full-tree', commit, '--', ...paths];
  const { stdout } = await git({ folder: repository, env: ownersGit() }, words);
  const lines = stdout.split('\0').filter((line) => line !== '');
  return new Map(
    lines.map((line) => {
      const [entry = '', path = ''] = line.split('\t', 2);
      return [Buffer.from(path, 'latin1').toString(), entry] as const;
    }),
  );
}

/** The owner's own list of safe directories stands in the global configuration. */
function ownersGit(): Readonly<Record<string, string>> {
  const { GIT_CONFIG_GLOBAL: _, ...environment } = gitEnvironment();
  return { ...environment, HOME: process.env['HOME'] ?? '/nonexistent' };
}
