import { type CommitSha, fail, ok, type Result, type VerdictId } from '../../primitives.ts';
import { NOTES_REF } from '../git/landings.ts';
import { runGit } from '../git/process.ts';
import { shownError, transportEnvironment } from './git-transport.ts';

export type NoteFault = { readonly kind: 'note-not-written'; readonly stderr: string };

/** Somebody else may write a note at the same moment: then theirs is fetched and ours goes on top. */
const TRIES_MAX = 5;
const LIMIT_MS = 120_000;
const OUTPUT_BYTES_MAX = 1024 * 1024;

interface Place {
  /** A bare repository that holds the commit; no other process writes into it. */
  readonly directory: string;
  readonly url: string;
  readonly token: string;
}

/** The last turn in each repository: two at once would lock each other out of its one ref of notes. */
const turns = new Map<string, Promise<unknown>>();

/**
 * Writes the verdict of a landed commit into its note at the forge. A note that says so already is left
 * alone; another one is replaced, for the ledger is what counts.
 */
export async function writeNote(
  to: Place,
  commit: CommitSha,
  verdict: VerdictId,
): Promise<Result<void, NoteFault>> {
  const before = turns.get(to.directory) ?? Promise.resolve();
  const turn = before.then(() => written(to, commit, verdict));
  const ended = turn.catch(() => undefined);
  turns.set(to.directory, ended);
  await ended;
  if (turns.get(to.directory) === ended) turns.delete(to.directory);
  return turn;
}

async function written(
  to: Place,
  commit: CommitSha,
  verdict: VerdictId,
): Promise<Result<void, NoteFault>> {
  const env = {
    ...transportEnvironment(to.directory, to),
    GIT_AUTHOR_NAME: 'caws-arbiter',
    GIT_AUTHOR_EMAIL: 'caws-arbiter@localhost',
    GIT_COMMITTER_NAME: 'caws-arbiter',
    GIT_COMMITTER_EMAIL: 'caws-arbiter@localhost',
  };
  const git = (args: readonly string[]) =>
    runGit({ args, env, limitMs: LIMIT_MS, bytesMax: OUTPUT_BYTES_MAX, wholeGroup: true });
  const text = `CAWS-VERDICT-ID: ${verdict}`;
  let last = '';
  for (let tries = 0; tries < TRIES_MAX; tries += 1) {
    const fetched = await fetchNotes(git, to.url);
    if (fetched.code !== 0)
      return fail({ kind: 'note-not-written', stderr: shownError(fetched.stderr, to.token) });
    const shown = await git(['notes', `--ref=${NOTES_REF}`, 'show', commit]);
    if (shown.code === 0 && shown.stdout.toString('utf8').trim() === text) return ok(undefined);
    const added = await git(['notes', `--ref=${NOTES_REF}`, 'add', '--force', '-m', text, commit]);
    if (added.code !== 0)
      return fail({ kind: 'note-not-written', stderr: shownError(added.stderr, to.token) });
    const pushed = await git([
      'push',
      '--quiet',
      '--end-of-options',
      to.url,
      `${NOTES_REF}:${NOTES_REF}`,
    ]);
    if (pushed.code === 0) return ok(undefined);
    last = pushed.stderr;
  }
  return fail({ kind: 'note-not-written', stderr: shownError(last, to.token) });
}

/** Notes as they stand at the forge now; a repository without any has none here either. */
async function fetchNotes(
  git: (args: readonly string[]) => ReturnType<typeof runGit>,
  url: string,
): Promise<Awaited<ReturnType<typeof runGit>>> {
  const listed = await git(['ls-remote', '--quiet', '--end-of-options', url, NOTES_REF]);
  if (listed.code !== 0) return listed;
  if (listed.stdout.length === 0) return git(['update-ref', '-d', NOTES_REF]);
  return git([
    'fetch',
    '--quiet',
    '--no-tags',
    '--no-write-fetch-head',
    '--end-of-options',
    url,
    `+${NOTES_REF}:${NOTES_REF}`,
  ]);
}
