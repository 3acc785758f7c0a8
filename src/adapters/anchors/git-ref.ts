import { runGit } from '../git/process.ts';
import type { Anchor, AnchorReading } from './anchor.ts';
import { looseRef, moveLooseRef, readLooseBlob, writeLooseBlob } from './loose-blob.ts';
import { MARK_BYTES_MAX, readMark } from './read-mark.ts';

const ANCHOR_REF = 'refs/caws-arbiter/ledger';
/** git answers these in milliseconds; a hanging one must not hold a verdict. */
const GIT_TIMEOUT_MS = 10_000;

/**
 * A blob under a ref of the repository itself: it notices a ledger file that was deleted or replaced
 * beside it, and it can be pushed to where others see it.
 *
 * @param gitDirectory the repository's common git folder, absolute.
 */
export function gitRefAnchor(gitDirectory: string): Anchor {
  // What this process knows to stand there: saves one start of git an append.
  let known: AnchorReading | undefined;
  return {
    where: ANCHOR_REF,
    async read() {
      known = await readRef(gitDirectory);
      return known;
    },
    async write(mark, force = false) {
      const before = known ?? (await readRef(gitDirectory));
      const newer =
        before.state !== 'remembers' ||
        (before.mark.ledger === mark.ledger && before.mark.sequence < mark.sequence);
      if (!newer && !force) return null;
      try {
        await point(gitDirectory, `${JSON.stringify(mark)}\n`);
        known = { state: 'remembers', mark };
        return null;
      } catch (error) {
        return reasonOf(error);
      }
    },
  };
}

/** In this process where the ref lies plainly in a file and so says how long ids are, by git otherwise. */
async function point(gitDirectory: string, text: string): Promise<void> {
  const before = looseRef(gitDirectory, ANCHOR_REF);
  const written =
    before === null ? null : writeLooseBlob(gitDirectory, Buffer.from(text), before.length);
  if (written !== null && moveLooseRef(gitDirectory, ANCHOR_REF, written)) return;
  const blob = written ?? (await git(gitDirectory, ['hash-object', '-w', '--stdin'], text)).trim();
  await git(gitDirectory, ['update-ref', '--no-deref', ANCHOR_REF, blob]);
}

/** Reads the mark where it lies plainly in a file; whatever else there is, git is asked. */
function readPlainly(gitDirectory: string): AnchorReading | null {
  const id = looseRef(gitDirectory, ANCHOR_REF);
  const content = id === null ? null : readLooseBlob(gitDirectory, id, MARK_BYTES_MAX);
  return content === null ? null : readMark(content.toString('utf8'));
}

async function readRef(gitDirectory: string): Promise<AnchorReading> {
  const plain = readPlainly(gitDirectory);
  if (plain !== null) return plain;
  try {
    const answer = await git(gitDirectory, ['cat-file', '--batch'], `${ANCHOR_REF}\n`);
    if (answer === `${ANCHOR_REF} missing\n`) return { state: 'missing' };
    const [header = '', ...content] = answer.split('\n');
    const type = header.split(' ')[1];
    if (type !== 'blob') return { state: 'unreadable', reason: `a ${type ?? 'thing'}, not a blob` };
    return readMark(content.join('\n'));
  } catch (error) {
    return { state: 'unreadable', reason: reasonOf(error) };
  }
}

async function git(gitDirectory: string, args: readonly string[], input = ''): Promise<string> {
  const end = await runGit({
    args: ['--git-dir', gitDirectory, '-c', 'core.hooksPath=/dev/null', ...args],
    env: { PATH: process.env['PATH'] ?? '/usr/bin:/bin', LC_ALL: 'C', GIT_NO_REPLACE_OBJECTS: '1' },
    ...{ input, limitMs: GIT_TIMEOUT_MS, bytesMax: MARK_BYTES_MAX },
  });
  if (end.ended === 'exited' && end.code === 0) return end.stdout.toString('utf8');
  const how = end.ended === 'exited' ? `ended with ${end.code}` : end.ended;
  throw new Error(`git ${args[0] ?? ''}: ${end.stderr || how}`);
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? (error.message.split('\n')[0] ?? '').slice(0, 200) : 'unknown';
}
