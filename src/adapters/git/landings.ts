import { measureBounds } from '../../1-pleading/bounds.ts';
import type { Landing, MergedAgain } from '../../4-verdict/landing.ts';
import type { RepositoryFault } from '../../ports.ts';
import {
  type CommitSha,
  commitSha,
  fail,
  type Instant,
  type ObjectId,
  objectId,
  ok,
  type Result,
} from '../../primitives.ts';
import { userEnvironment, viewEnvironment } from './environment.ts';
import { faultOf, gapOf } from './faults.ts';
import { repositoryOfUrl } from './identity.ts';
import { type Launcher, openLauncher } from './launcher.ts';
import { directoryOf, type Located, locate } from './locate.ts';
import { type MergePlace, mergedAgain, NOBODY, picked } from './merge-again.ts';
import { type ObjectSource, openObjects } from './objects.ts';
import { runGit } from './process.ts';
import { isLarge } from './starter.ts';
import { openView } from './view.ts';

/** Where the verdict of a commit stands for good, also where its message was lost. */
export const NOTES_REF = 'refs/notes/caws';

const LIMIT_MS = 120_000;
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
const NOTE_BYTES_MAX = 4_096;
const DOCUMENT_BYTES_MAX = 1024 * 1024;

/** What binds at one commit, by the ids of the documents; null where there is none. */
export interface BindingIds {
  readonly policy: string | null;
  readonly trustedKeys: ObjectId | null;
}

/** What landed on a branch, commit by commit, and what merging again gives. */
export interface Landings extends Disposable {
  /** What the remote is called, as verdicts name it; null where there is none. */
  readonly remote: string | null;
  /** Whether the notes of verdicts are here: a clone does not fetch them by itself. */
  readonly hasNotes: boolean;
  /**
   * The first-parent line, newest first.
   *
   * @param since exclusive; null: from the beginning.
   */
  between(
    since: CommitSha | null,
    until: CommitSha,
    countMax: number,
  ): Promise<Result<readonly Landing[], RepositoryFault>>;
  /** The oldest commit of the first-parent line that touches a policy, or null. */
  firstPolicy(until: CommitSha): Promise<Result<CommitSha | null, RepositoryFault>>;
  /** The automatic merge of both, tried again. */
  merged(onto: CommitSha, head: CommitSha): Promise<Result<MergedAgain, RepositoryFault>>;
  /** The commits of a change without merges, oldest first; null where the head is not here. */
  changeOf(
    mergeBase: CommitSha,
    head: CommitSha,
    countMax: number,
  ): Promise<Result<readonly Landing[] | null, RepositoryFault>>;
  /** The tree that one commit gives when it is picked onto another; null where it conflicts. */
  picked(onto: Landing, commit: Landing): Promise<Result<ObjectId | null, RepositoryFault>>;
  /** Whether each of them is the commit itself or came after it; one that is not here did not. */
  allFollow(commit: CommitSha, others: readonly CommitSha[]): Promise<boolean>;
  bindingIds(commit: CommitSha): Promise<BindingIds>;
  /** A document of the law as text; null where it is no UTF-8 or too large. */
  document(id: ObjectId): Promise<string | null>;
}

/** Opens a repository for looking at what landed in it: objects alone, no configuration or attributes. */
export async function openLandings(
  at: string | Located,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Result<Landings, RepositoryFault>> {
  const launcher = isLarge() ? null : openLauncher(directoryOf(at), env);
  const located = await locate({ at, env, limitMs: LIMIT_MS, launcher });
  const opened = located.ok ? await landingsIn(located.value, env, launcher) : located;
  if (!opened.ok) launcher?.[Symbol.dispose]();
  return opened;
}

async function landingsIn(
  located: Located,
  env: Readonly<Record<string, string | undefined>>,
  launcher: Launcher | null,
): Promise<Result<Landings, RepositoryFault>> {
  const { directory, commonDirectory, format, partialClone, remotes, shallow } = located;
  // The line of a shallow clone ends where nobody decided that it begins.
  if (shallow) return fail({ kind: 'shallow' });
  const view = openView({
    commonDirectory,
    objectsDirectory: `${commonDirectory}/objects`,
    format,
  });
  if (!view.ok) return view;
  const viewEnv = viewEnvironment(env, view.value.directory);
  const objects = openObjects({ args: [], env: viewEnv, limitMs: LIMIT_MS, launcher });
  const bounds = { limitMs: LIMIT_MS, bytesMax: OUTPUT_BYTES_MAX };
  const place: Place = {
    objects,
    notes: await notesOf(directory, env, launcher),
    partialClone,
    limitMs: LIMIT_MS,
    run: (args, input) =>
      runGit({
        args,
        env: { ...viewEnv, ...NOBODY },
        ...bounds,
        ...(input === undefined ? {} : { input }),
      }),
    list: (args) => runGit({ args: ['rev-list', ...args], env: viewEnv, launcher, ...bounds }),
  };
  const remote = remotes.find(({ name }) => name === 'origin') ?? remotes[0];
  return ok({
    remote: remote === undefined ? null : repositoryOfUrl(remote.url),
    hasNotes: place.notes.size > 0,
    between: (since, until, countMax) =>
      listed(place, [
        '--first-parent',
        `--max-count=${countMax}`,
        '--end-of-options',
        until,
        ...(since === null ? [] : [`^${since}`]),
      ]),
    firstPolicy: (until) => firstPolicy(place, until),
    merged: (onto, head) => mergedAgain(place, onto, head),
    async changeOf(mergeBase, head, countMax) {
      if (typeof (await objects.info(head)) === 'string') return ok(null);
      const order = ['--reverse', '--topo-order', '--no-merges', `--max-count=${countMax}`];
      return listed(place, [...order, '--end-of-options', head, `^${mergeBase}`]);
    },
    picked: (onto, commit) => picked(place, onto, commit),
    async allFollow(commit, others) {
      if (others.length === 0) return true;
      const end = await place.run(['merge-base', '--octopus', commit, ...others]);
      return end.code === 0 && end.stdout.toString('utf8').trim() === commit;
    },
    bindingIds: (commit) => bindingIds(objects, commit),
    async document(id) {
      const bytes = await objects.contents(id, DOCUMENT_BYTES_MAX);
      return typeof bytes === 'string' ? null : textOf(bytes);
    },
    [Symbol.dispose]() {
      objects[Symbol.dispose]();
      launcher?.[Symbol.dispose]();
      view.value[Symbol.dispose]();
    },
  });
}

interface Place extends MergePlace {
  readonly notes: ReadonlyMap<string, ObjectId>;
  /** `git rev-list`, which goes well unless something is amiss: started for less than another run. */
  readonly list: (args: readonly string[]) => ReturnType<typeof runGit>;
}

/** Where a policy may stand; `law.ts` says which of them binds. */
const POLICIES = ['.caws/policy.yaml', '.caws/policy.yml', '.caws/policy/tier-policy.json'];
const TRUSTED_KEYS = ['.caws/trusted-keys.yaml', '.caws/trusted-keys.yml'];

/** So many are asked for at once: each answer alone would wait for a turn of both processes. */
const ASKED_AT_ONCE = 500;

async function listed(
  place: Place,
  args: readonly string[],
): Promise<Result<readonly Landing[], RepositoryFault>> {
  const { objects, notes, partialClone, list } = place;
  const end = await list([...args, '--']);
  if (end.code !== 0)
    return fail(faultOf(end, { doing: 'listing commits', limitMs: LIMIT_MS, partialClone }));
  const shas = end.stdout
    .toString('utf8')
    .split('\n')
    .flatMap((line) => commitSha(line) ?? []);
  const landings: Landing[] = [];
  for (let from = 0; from < shas.length; from += ASKED_AT_ONCE) {
    const asked = shas.slice(from, from + ASKED_AT_ONCE);
    const read = await Promise.all(asked.map((sha) => landingOf(sha, objects, notes)));
    for (const [at, landing] of read.entries()) {
      if (landing === null) return fail(objects.failure() ?? gapOf(asked[at] ?? '', partialClone));
      landings.push(landing);
    }
  }
  return ok(landings);
}

async function firstPolicy(
  { list, partialClone }: Place,
  until: CommitSha,
): Promise<Result<CommitSha | null, RepositoryFault>> {
  const end = await list(['--first-parent', '--end-of-options', until, '--', ...POLICIES]);
  if (end.code !== 0)
    return fail(faultOf(end, { doing: 'looking for a policy', limitMs: LIMIT_MS, partialClone }));
  return ok(commitSha(end.stdout.toString('utf8').trim().split('\n').at(-1) ?? '') ?? null);
}

async function bindingIds(objects: ObjectSource, commit: CommitSha): Promise<BindingIds> {
  const ids = async (paths: readonly string[]) => {
    const found = await Promise.all(paths.map((path) => objects.info(`${commit}:${path}`)));
    return found.map((each) => (typeof each === 'string' ? null : each.id));
  };
  const [policies, keys] = await Promise.all([ids(POLICIES), ids(TRUSTED_KEYS)]);
  // Which of several binds does not matter here: it stood where none of them changed.
  const policy = policies.every((id) => id === null) ? null : policies.join(' ');
  return { policy, trustedKeys: keys.find((id) => id !== null) ?? null };
}

function textOf(bytes: Buffer): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

/** Blobs of notes by the commit that they are about. */
async function notesOf(
  directory: string,
  env: Readonly<Record<string, string | undefined>>,
  launcher: Launcher | null,
): Promise<ReadonlyMap<string, ObjectId>> {
  const end = await runGit({
    args: ['notes', `--ref=${NOTES_REF}`, 'list'],
    env: userEnvironment(env),
    cwd: directory,
    launcher,
    limitMs: LIMIT_MS,
    bytesMax: OUTPUT_BYTES_MAX,
  });
  const notes = new Map<string, ObjectId>();
  // Without that ref there are no notes; a landing then has to be named by its message.
  if (end.code !== 0) return notes;
  for (const line of end.stdout.toString('utf8').split('\n')) {
    const [blob = '', about = ''] = line.split(' ');
    const id = objectId(blob);
    if (id !== undefined) notes.set(about, id);
  }
  return notes;
}

async function landingOf(
  sha: CommitSha,
  objects: ObjectSource,
  notes: ReadonlyMap<string, ObjectId>,
): Promise<Landing | null> {
  const body = await objects.contents(sha, measureBounds.messageBytesMax * 4);
  if (typeof body === 'string') return null;
  const headEnd = body.indexOf('\n\n');
  if (headEnd < 0) return null;
  const headers = body.toString('utf8', 0, headEnd).split('\n');
  const tree = objectId(/^tree (.+)$/.exec(headers[0] ?? '')?.[1] ?? '');
  const seconds = /^committer .*> (\d+) [+-]\d{4}$/.exec(
    headers.find((line) => line.startsWith('committer ')) ?? '',
  )?.[1];
  if (tree === undefined || seconds === undefined) return null;
  const author = headers.find((line) => line.startsWith('author ')) ?? '';
  const parents: CommitSha[] = [];
  for (const line of headers.slice(1)) {
    const parent = line.startsWith('parent ') ? commitSha(line.slice(7)) : undefined;
    if (parent === undefined) break;
    parents.push(parent);
  }
  const note = notes.get(sha);
  const text = note === undefined ? null : await objects.contents(note, NOTE_BYTES_MAX);
  return {
    sha,
    parents,
    tree,
    author,
    message: body.toString('utf8', headEnd + 2),
    committedAt: (Number(seconds) * 1000) as Instant,
    note: text === null || typeof text === 'string' ? null : text.toString('utf8'),
  };
}
