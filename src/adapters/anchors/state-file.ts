import { randomBytes } from 'node:crypto';
import {
  closeSync,
  constants,
  existsSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { userFolder } from '../home-folder.ts';
import { makeFolder } from '../new-file.ts';
import type { Anchor, AnchorReading } from './anchor.ts';
import { MARK_BYTES_MAX, readMark } from './read-mark.ts';

/**
 * The user's state folder by the XDG base directory rules.
 *
 * @returns `$XDG_STATE_HOME/caws-arbiter`; a relative XDG_STATE_HOME is ignored, as the rules say.
 */
export function stateFolder(env: Readonly<Record<string, string | undefined>>): string {
  return join(userFolder(env, 'XDG_STATE_HOME', ['.local', 'state']), 'caws-arbiter');
}

/** The folder of anchors within the state folder. */
export function anchorFolder(env: Readonly<Record<string, string | undefined>>): string {
  return join(stateFolder(env), 'anchors');
}

/**
 * One small file a ledger in the user's state folder: out of reach of whoever can only write the
 * repository. Its calls are synchronous: five of them take 50 µs, through the thread pool ten times that.
 */
export function stateFileAnchor(folder: string): Anchor {
  const read = (ledger: string) => readFileOf(join(folder, `${ledger}.json`));
  return {
    where: folder,
    read: async (ledger) => read(ledger),
    async write(mark, force = false) {
      const before = read(mark.ledger);
      const newer = before.state !== 'remembers' || before.mark.sequence < mark.sequence;
      if (!newer && !force) return null;
      return replaceFile(folder, `${mark.ledger}.json`, `${JSON.stringify(mark)}\n`);
    },
  };
}

function readFileOf(file: string): AnchorReading {
  try {
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const handle = openSync(file, flags);
    try {
      const buffer = Buffer.alloc(MARK_BYTES_MAX + 1);
      return readMark(buffer.toString('utf8', 0, readSync(handle, buffer, 0, buffer.length, 0)));
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    const code = codeOf(error);
    return code === 'ENOENT' ? { state: 'missing' } : { state: 'unreadable', reason: code };
  }
}

function replaceFile(folder: string, name: string, text: string): string | null {
  const draft = join(folder, `.${name}.${randomBytes(6).toString('hex')}`);
  try {
    try {
      writeFileSync(draft, text, { flag: 'wx', mode: 0o600 });
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      makeFolder(folder, 0o700);
      writeFileSync(draft, text, { flag: 'wx', mode: 0o600 });
    }
    renameSync(draft, join(folder, name));
    return null;
  } catch (error) {
    // Where no folder can be, there is no draft either, and looking for it to take it away would be a fault again.
    if (existsSync(draft)) rmSync(draft);
    return codeOf(error);
  }
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? String(error);
}
