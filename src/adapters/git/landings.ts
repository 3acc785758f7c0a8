import { measureBounds } from '../../1-pleading/bounds.ts';
import type { Landing } from '../../4-verdict/landing.ts';
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
import { locate } from './locate.ts';
import { type ObjectSource, openObjects } from './objects.ts';
import { runGit } from './process.ts';
import { openView } from './view.ts';

/** Where the verdict of a commit stands for good, also where its message was lost. */
export const NOTES_REF = 'refs/notes/caws';

const LIMIT_MS = 120_000;
const OUTPUT_BYTES_MAX = 64 * 1024 * 1024;
const NOTE_BYTES_MAX = 4_096;

/** What landed on a branch, commit by commit, and what merging again gives. */
export interface Landings extends Disposable {
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
  /** The tree of an automatic merge of both; null where they conflict or one is not here. */
  mergedTree(onto: CommitSha, head: CommitSha): Promise<ObjectId | null>;
}

/** Opens a repository for looking at what landed in it: objects alone, no configuration or attributes. */
export async function openLandings(
  directory: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Result<Landings, RepositoryFault>> {
  const located = await locate({ directory, env, limitMs: LIMIT_MS, launcher: null });
  if (!located.ok) return located;
  const { commonDirectory, format, partialClone } = located.value;
  const view = openView({
    commonDirectory,
    objectsDirectory: `${commonDirectory}/objects`,
    format,
  });
  if (!view.ok) return view;
  const viewEnv = viewEnvironment(env, view.value.directory);
  const objects = openObjects({ args: [], env: viewEnv, limitMs: LIMIT_MS });
  const run = (args: readonly string[]) =>
    runGit({ args, env: viewEnv, limitMs: LIMIT_MS, bytesMax: OUTPUT_BYTES_MAX });
  const notes = await notesOf(directory, env);

  return ok({
    async between(since, until, countMax) {
      const end = await run([
        'rev-list',
        '--first-parent',
        `--max-count=${countMax}`,
        '--end-of-options',
        until,
        ...(since === null ? [] : [`^${since}`]),
        '--',
      ]);
      if (end.code !== 0)
        return fail(faultOf(end, { doing: 'listing commits', limitMs: LIMIT_MS, partialClone }));
      const landings: Landing[] = [];
      for (const line of end.stdout.toString('utf8').split('\n')) {
        const sha = commitSha(line);
        if (sha === undefined) continue;
        const landing = await landingOf(sha, objects, notes);
        if (landing === null) return fail(gapOf(sha, partialClone));
        landings.push(landing);
      }
      return ok(landings);
    },
    async mergedTree(onto, head) {
      const end = await run([
        'merge-tree',
        '--write-tree',
        '--no-messages',
        '--end-of-options',
        onto,
        head,
      ]);
      return end.code === 0 ? (objectId(end.stdout.toString('utf8').trim()) ?? null) : null;
    },
    [Symbol.dispose]() {
      objects[Symbol.dispose]();
      view.value[Symbol.dispose]();
    },
  });
}

/** Blobs of notes by the commit that they are about. */
async function notesOf(
  directory: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<ReadonlyMap<string, ObjectId>> {
  const end = await runGit({
    args: ['notes', `--ref=${NOTES_REF}`, 'list'],
    env: userEnvironment(env),
    cwd: directory,
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
    message: body.toString('utf8', headEnd + 2),
    committedAt: (Number(seconds) * 1000) as Instant,
    note: text === null || typeof text === 'string' ? null : text.toString('utf8'),
  };
}
