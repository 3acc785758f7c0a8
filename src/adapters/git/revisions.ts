import type { RepositoryFault } from '../../ports.ts';
import { type CommitSha, commitSha, fail, ok, type Result } from '../../primitives.ts';
import { userEnvironment } from './environment.ts';
import { faultOf, gapOf } from './faults.ts';
import type { Launcher } from './launcher.ts';
import { gitTooOld, type Located } from './locate.ts';
import { type ObjectSource, openObjects } from './objects.ts';
import { runGit } from './process.ts';

/** A name and the commit it stands for. */
export interface NamedCommit {
  /** The full ref that it would merge into, or the commit where no ref was named. */
  readonly ref: string;
  readonly sha: CommitSha;
}

export interface RangeEnds {
  readonly base: NamedCommit;
  readonly head: NamedCommit;
}

export interface NameContext {
  readonly located: Located;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Objects without refs: the only place where a short sha can be nothing else. */
  readonly view: ObjectSource;
  readonly launcher: Launcher | null;
  readonly limitMs: number;
}

const REF_LISTING_BYTES_MAX = 16 * 1024 * 1024;
const KNOWN_MAX = 5;
/** No file system holds a ref with a longer name. */
const NAME_CHARACTERS_MAX = 2_048;
/** So much of a name that is not known is repeated. */
const NAME_CHARACTERS_SHOWN = 256;

/** The two names of a range; null stands for the default branch. Three dots and two mean the same. */
export function splitRange(range: string | null): { base: string | null; head: string } {
  if (range === null || range === '') return { base: null, head: 'HEAD' };
  const match = /^(.*?)\.\.\.?(?!\.)(.*)$/s.exec(range);
  if (match === null) return { base: range, head: 'HEAD' };
  return {
    base: match[1] === '' ? 'HEAD' : (match[1] as string),
    head: match[2] === '' ? 'HEAD' : (match[2] as string),
  };
}

/** Resolves both ends in the user's repository: one listing of refs and one object process at once. */
export async function resolveEnds(
  range: string | null,
  context: NameContext,
): Promise<Result<RangeEnds, RepositoryFault>> {
  using objects = openObjects({
    args: [],
    env: userEnvironment(context.env),
    cwd: context.located.directory,
    launcher: context.launcher,
    limitMs: context.limitMs,
  });
  const ends = await endsBy(objects, splitRange(range), context);
  // What did not answer knows of no name.
  const failure = objects.failure();
  return failure === null ? ends : fail(failure);
}

async function endsBy(
  objects: ObjectSource,
  names: ReturnType<typeof splitRange>,
  context: NameContext,
): Promise<Result<RangeEnds, RepositoryFault>> {
  const defaults = names.base === null ? defaultBranches(context.located) : [];
  const wanted = [names.base, names.head].filter((name) => name !== null);
  const [refs, head, named] = await Promise.all([
    listRefs([...defaults, ...wanted.flatMap(refsNamed)], context),
    nameCommit(names.head, objects),
    names.base === null ? null : nameCommit(names.base, objects),
  ]);
  if (!refs.ok) return refs;
  const checked = (name: string, found: CommitSha | 'ambiguous' | null) =>
    found === null ? null : check(name, found, refs.value, objects, context);
  const [resolvedHead, base] = await Promise.all([
    checked(names.head, head),
    names.base === null ? defaultBase(defaults, refs.value, objects) : checked(names.base, named),
  ]);
  if (resolvedHead === null) return unknownRevision(names.head, context);
  if (!resolvedHead.ok) return resolvedHead;
  if (base === null) {
    return names.base === null
      ? fail({ kind: 'no-default-branch' })
      : unknownRevision(names.base, context);
  }
  if (!base.ok) return base;
  return ok({
    base: { ...base.value, ref: mergeTarget(base.value, context.located) },
    head: resolvedHead.value,
  });
}

/** The refs that git would take a name for, most binding first. */
function refsNamed(name: string): readonly string[] {
  const plain = plainName(name);
  if (plain === null) return [];
  if (plain === 'HEAD' || plain === '@') return [];
  return [
    ...(plain.startsWith('refs/') ? [plain] : []),
    `refs/${plain}`,
    `refs/heads/${plain}`,
    `refs/tags/${plain}`,
    `refs/remotes/${plain}`,
    `refs/remotes/${plain}/HEAD`,
  ];
}

/** The part of a revision that can be a ref's name, or null where it cannot be one. */
function plainName(name: string): string | null {
  const plain = /^[^~^]*?(?=[~^]|@\{|$)/s.exec(name)?.[0] ?? '';
  // git forbids exactly these in a ref.
  if (name.length > NAME_CHARACTERS_MAX) return null;
  return plain === '' || /[\0- ~^:?*[\\\x7f]|\.\./.test(plain) ? null : plain;
}

/** `:path`, `rev:path` and a search through messages name something else than a commit. */
const namesNoCommit = (name: string) =>
  name === '' || name.length > NAME_CHARACTERS_MAX || name.includes(':') || /\^\{\//.test(name);

/** Refs that exist, and the ref that a symbolic one stands for ('' for the others). */
type RefListing = ReadonlyMap<string, string>;

async function listRefs(
  patterns: readonly string[],
  context: NameContext,
): Promise<Result<RefListing, RepositoryFault>> {
  if (patterns.length === 0) return ok(new Map());
  const end = await runGit({
    args: ['for-each-ref', '--format=%(refname)%00%(symref)', '--', ...patterns],
    env: userEnvironment(context.env),
    cwd: context.located.directory,
    launcher: context.launcher,
    limitMs: context.limitMs,
    bytesMax: REF_LISTING_BYTES_MAX,
  });
  if (end.code !== 0) return fail(faultOf(end, faultContext(context, 'listing refs')));
  const lines = end.stdout
    .toString('utf8')
    .split('\n')
    .filter((line) => line !== '');
  return ok(new Map(lines.map((line) => line.split('\0', 2) as [string, string])));
}

const faultContext = (context: NameContext, doing: string) => ({
  doing,
  limitMs: context.limitMs,
  partialClone: context.located.partialClone,
});

/** @returns the commit that git takes the name for, 'ambiguous' for a short sha of several, or null. */
async function nameCommit(
  name: string,
  objects: ObjectSource,
): Promise<CommitSha | 'ambiguous' | null> {
  if (namesNoCommit(name)) return null;
  const info = await objects.info(`${name}^{commit}`);
  if (info === 'ambiguous') return 'ambiguous';
  return typeof info === 'string' ? null : (commitSha(info.id) ?? null);
}

/** A name that several refs answer to with different commits is refused: git would choose silently. */
async function check(
  name: string,
  found: CommitSha | 'ambiguous',
  refs: RefListing,
  objects: ObjectSource,
  context: NameContext,
): Promise<Result<NamedCommit, RepositoryFault>> {
  if (found === 'ambiguous') {
    return fail({ kind: 'ambiguous-revision', revision: name, candidates: [] });
  }
  const plain = plainName(name);
  const candidates = [...new Set(refsNamed(name))].filter((ref) => refs.has(ref));
  const exact = plain === name;
  const commits = new Map<string, CommitSha>();
  if (exact) commits.set(name, found);
  const shas = await Promise.all(candidates.map((ref) => nameCommit(ref, objects)));
  for (const [at, ref] of candidates.entries()) {
    const sha = shas[at];
    if (sha !== undefined && sha !== null && sha !== 'ambiguous') commits.set(ref, sha);
  }
  if (candidates.length > 0 && /^[0-9a-f]{4,64}$/.test(plain ?? '')) {
    const asObject = await context.view.info(`${plain}^{commit}`);
    if (typeof asObject !== 'string') commits.set(asObject.id, asObject.id as CommitSha);
  }
  if (new Set(commits.values()).size > 1) {
    return fail({
      kind: 'ambiguous-revision',
      revision: name,
      candidates: fullNames(commits, name),
    });
  }
  const branch = candidates.find((ref) => ref.startsWith('refs/heads/'));
  const ref = branch ?? candidates[0];
  if (plain === 'HEAD' || plain === '@') return ok({ ref: exact ? 'HEAD' : found, sha: found });
  return ok({ ref: exact && ref !== undefined ? refs.get(ref) || ref : found, sha: found });
}

/** Without the name itself, where one of the others says in full what git takes it for. */
function fullNames(commits: ReadonlyMap<string, CommitSha>, name: string): readonly string[] {
  const others = [...commits].filter(([other]) => other !== name);
  const isTold = others.some(([, sha]) => sha === commits.get(name));
  return isTold ? others.map(([other]) => other) : [...commits.keys()];
}

/** The default branch's refs in the order in which they are tried. */
export function defaultBranches({ remotes: known }: Pick<Located, 'remotes'>): readonly string[] {
  const names = known.map((remote) => remote.name);
  const remotes = [
    ...['origin', 'upstream'].filter((name) => names.includes(name)),
    ...names.filter((name) => name !== 'origin' && name !== 'upstream'),
  ].slice(0, REMOTES_MAX);
  return [
    ...remotes.flatMap((name) =>
      ['HEAD', 'main', 'master'].map((branch) => `refs/remotes/${name}/${branch}`),
    ),
    'refs/heads/main',
    'refs/heads/master',
  ];
}

const REMOTES_MAX = 20;

async function defaultBase(
  defaults: readonly string[],
  refs: RefListing,
  objects: ObjectSource,
): Promise<Result<NamedCommit, RepositoryFault> | null> {
  for (const ref of defaults) {
    if (!refs.has(ref)) continue;
    const info = await objects.info(`${ref}^{commit}`);
    const sha = typeof info === 'string' ? undefined : commitSha(info.id);
    if (sha !== undefined) return ok({ ref: refs.get(ref) || ref, sha });
  }
  return null;
}

/** The ref at the remote that a remote-tracking ref stands for; every other ref is its own target. */
function mergeTarget({ ref, sha }: NamedCommit, located: Located): string {
  if (ref === 'HEAD') return sha;
  for (const { name } of located.remotes) {
    const prefix = `refs/remotes/${name}/`;
    if (ref.startsWith(prefix) && ref !== `${prefix}HEAD`)
      return `refs/heads/${ref.slice(prefix.length)}`;
  }
  return ref;
}

async function unknownRevision(
  name: string,
  context: NameContext,
): Promise<{ readonly ok: false; readonly fault: RepositoryFault }> {
  const old = await gitTooOld(context.located.directory, context.env, context.limitMs);
  if (old !== null) return fail(old);
  const gap = await missingCommit(name, context);
  if (gap !== null) return fail(gapOf(gap, context.located.partialClone));
  const end = await runGit({
    args: [
      'for-each-ref',
      '--count=5000',
      '--format=%(refname:short)',
      'refs/heads',
      'refs/remotes',
      'refs/tags',
    ],
    env: userEnvironment(context.env),
    cwd: context.located.directory,
    limitMs: context.limitMs,
    bytesMax: REF_LISTING_BYTES_MAX,
  });
  const revision = name.slice(0, NAME_CHARACTERS_SHOWN);
  const known = end.stdout
    .toString('utf8')
    .split('\n')
    .filter((ref) => ref !== '' && ref !== name);
  if (end.code === 0 && known.length === 0 && /^(?:HEAD|@)?$/.test(name))
    return fail({ kind: 'no-commits' });
  return fail({ kind: 'unknown-revision', revision, known: nearest(revision, known) });
}

/** The object that a ref names and the store does not hold: where other repositories' objects are borrowed, and gone. */
async function missingCommit(name: string, context: NameContext): Promise<string | null> {
  const plain = plainName(name);
  // Digits of a commit name themselves, also where no such commit ever was.
  if (plain === null || /^[0-9a-f]{4,64}$/.test(plain)) return null;
  const end = await runGit({
    args: ['rev-parse', '--verify', '--quiet', '--end-of-options', plain],
    env: userEnvironment(context.env),
    cwd: context.located.directory,
    limitMs: context.limitMs,
    bytesMax: 1_024,
  });
  const id = end.stdout.toString('utf8').trim();
  if (end.code !== 0 || commitSha(id) === undefined) return null;
  return (await context.view.info(id)) === 'missing' ? id : null;
}

/** The known names nearest to one that is not known. */
export function nearest(name: string, known: readonly string[]): readonly string[] {
  const wanted = name.slice(0, 200).toLowerCase();
  return known
    .map((candidate) => ({
      candidate,
      distance: distanceOf(wanted, candidate.slice(0, 200).toLowerCase()),
    }))
    .filter(({ candidate, distance }) => distance <= Math.max(2, candidate.length / 3))
    .sort((left, right) => left.distance - right.distance)
    .slice(0, KNOWN_MAX)
    .map(({ candidate }) => candidate);
}

/** Edits between two names; a name without its remote is as near as the whole. */
function distanceOf(wanted: string, candidate: string): number {
  const bare = candidate.slice(candidate.lastIndexOf('/') + 1);
  return Math.min(editsBetween(wanted, candidate), editsBetween(wanted, bare));
}

function editsBetween(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let i = 1; i <= left.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= right.length; j += 1) {
      const substituted = (row[j - 1] as number) + (left[i - 1] === right[j - 1] ? 0 : 1);
      next.push(Math.min(substituted, (row[j] as number) + 1, (next[j - 1] as number) + 1));
    }
    row = next;
  }
  return row[right.length] as number;
}
