/** What a commit says, read from the bare repository once: commits never change. */
import { askGit, git } from './git.ts';
import type { Repository } from './state.ts';

export interface Person {
  readonly name: string;
  readonly email: string;
  /** ISO 8601 in UTC. */
  readonly date: string;
}

export interface Commit {
  readonly sha: string;
  readonly tree: string;
  readonly parents: readonly string[];
  readonly author: Person;
  readonly committer: Person;
  readonly message: string;
}

/** A few thousand commits are a few megabytes; past that the oldest are read again. */
const cachedMax = 20_000;
const cache = new Map<string, Commit>();
/** Whoever looks at a pull request asks for the same range each time. */
const logsMax = 1_000;
const logs = new Map<string, Promise<readonly Commit[]>>();
/** Counts, orders and ranges of whole SHAs: their answer never changes, as that of a branch does. */
const NAMES_NOTHING_THAT_MOVES =
  /^(?:-\d+|--reverse|--topo-order|[0-9a-f]{40}(?:\.\.[0-9a-f]{40})?)$/;

const fields = ['%H', '%T', '%P', '%an', '%ae', '%at', '%cn', '%ce', '%ct', '%B'];
const format = `${fields.join('%x00')}%x01`;

export async function readCommit(repository: Repository, sha: string): Promise<Commit> {
  const known = cache.get(`${repository.folder} ${sha}`);
  if (known !== undefined) return known;
  const [commit] = await readCommits(repository, ['-1', sha]);
  if (commit === undefined) throw new Error(`no commit ${sha}`);
  return commit;
}

/** @param args what `git log` is asked for: a range, a count, paths. */
export function readCommits(
  repository: Repository,
  args: readonly string[],
): Promise<readonly Commit[]> {
  if (!args.every((each) => NAMES_NOTHING_THAT_MOVES.test(each))) return readLog(repository, args);
  const key = [repository.folder, ...args].join(' ');
  const known = logs.get(key);
  if (known !== undefined) return known;
  const read = readLog(repository, args);
  if (logs.size >= logsMax) logs.clear();
  logs.set(key, read);
  // What is not there yet may come.
  read.catch(() => logs.delete(key));
  return read;
}

async function readLog(
  repository: Repository,
  args: readonly string[],
): Promise<readonly Commit[]> {
  const out = await git(repository.folder, ['log', `--format=${format}`, ...args]);
  const commits = out
    .split('\x01')
    .map((entry) => entry.replace(/^\n/, ''))
    .filter((entry) => entry !== '')
    .map(commitOf);
  for (const commit of commits) {
    if (cache.size >= cachedMax) cache.delete(cache.keys().next().value ?? '');
    cache.set(`${repository.folder} ${commit.sha}`, commit);
  }
  return commits;
}

function commitOf(entry: string): Commit {
  const [
    sha = '',
    tree = '',
    parents = '',
    an = '',
    ae = '',
    at = '',
    cn = '',
    ce = '',
    ct = '',
    message = '',
  ] = entry.split('\0');
  const date = (seconds: string) =>
    `${new Date(Number(seconds) * 1000).toISOString().slice(0, 19)}Z`;
  return {
    sha,
    tree,
    parents: parents === '' ? [] : parents.split(' '),
    author: { name: an, email: ae, date: date(at) },
    committer: { name: cn, email: ce, date: date(ct) },
    message: message.trimEnd(),
  };
}

/** The commit that a branch, tag, full ref or (short) SHA means, or null. */
export async function resolveCommit(repository: Repository, ref: string): Promise<string | null> {
  for (const name of [`refs/heads/${ref}`, `refs/tags/${ref}`, `refs/${ref}`, ref]) {
    const sha = repository.refs.get(name);
    if (sha !== undefined) return sha;
  }
  // Written or read before, so that it is there.
  if (cache.has(`${repository.folder} ${ref}`)) return ref;
  if (!/^(?:[0-9a-f]{4,40}|refs\/pull\/\d+\/(?:head|merge)|pull\/\d+\/(?:head|merge))$/.test(ref))
    return null;
  const name = ref.startsWith('pull/') ? `refs/${ref}` : ref;
  const answer = await askGit(repository.folder, [
    'rev-parse',
    '--quiet',
    '--verify',
    '--end-of-options',
    `${name}^{commit}`,
  ]);
  return answer.code === 0 ? answer.out.toString().trim() : null;
}
