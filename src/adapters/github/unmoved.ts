import type { CommitSha } from '../../primitives.ts';
import { commitSha } from '../../primitives.ts';
import { credentialsOf, isProxied, type Transport } from './git-transport.ts';

/** Where the refs stand that a fetch brought. */
type Tips = ReadonlyMap<string, CommitSha>;

/** git asks in its own time where this takes longer. */
const LOOK_MS_MAX = 5_000;
/** Some thousand refs whose names begin like ours. */
const ANSWER_BYTES_MAX = 1024 * 1024;

/**
 * Whether refs still stand over there where they stand here: one question of git's protocol (version 2,
 * `ls-refs`), for which nothing is started. A hearing that nobody pushed for needs no more, and a fetch
 * starts five processes on this side alone.
 *
 * @returns false wherever that is not certain; git itself is asked then.
 */
export async function areUnmoved(
  from: Transport,
  tips: Tips,
  signal: AbortSignal,
): Promise<boolean> {
  // git knows how to get past a proxy.
  if (isProxied(from.url)) return false;
  const answer = await fetch(`${from.url}/git-upload-pack`, {
    method: 'POST',
    headers: {
      'content-type': 'application/x-git-upload-pack-request',
      accept: 'application/x-git-upload-pack-result',
      'git-protocol': 'version=2',
      ...credentialsOf(from),
    },
    body: questionAbout([...tips.keys()]),
    redirect: 'manual',
    signal: AbortSignal.any([signal, AbortSignal.timeout(LOOK_MS_MAX)]),
  }).catch(() => null);
  const standing = answer === null ? null : await refsIn(answer).catch(() => null);
  return standing !== null && [...tips].every(([ref, tip]) => standing.get(ref) === tip);
}

const END = '0000';

const questionAbout = (refs: readonly string[]): string =>
  [line('command=ls-refs'), '0001', ...refs.map((ref) => line(`ref-prefix ${ref}`)), END].join('');

/** Four hexadecimal digits tell how long a line is, themselves and the line's end with it. */
function line(text: string): string {
  const bytes = Buffer.byteLength(text) + 5;
  return `${bytes.toString(16).padStart(4, '0')}${text}\n`;
}

/** @returns null where this is not all that a git server lists. */
async function refsIn(answer: Response): Promise<Tips | null> {
  const type = answer.headers.get('content-type');
  if (answer.status !== 200 || type !== 'application/x-git-upload-pack-result') {
    await answer.body?.cancel();
    return null;
  }
  const text = await textOf(answer);
  const refs = new Map<string, CommitSha>();
  let at = 0;
  while (text !== null && text.slice(at) !== END) {
    const length = /^[0-9a-f]{4}$/.test(text.slice(at, at + 4))
      ? Number.parseInt(text.slice(at, at + 4), 16)
      : 0;
    if (length <= 4 || at + length > text.length) return null;
    const [id = '', ref = ''] = text
      .slice(at + 4, at + length)
      .trimEnd()
      .split(' ');
    const sha = commitSha(id);
    if (sha === undefined) return null;
    refs.set(ref, sha);
    at += length;
  }
  return text === null ? null : refs;
}

/** @returns null where there is more than anybody asked for. */
async function textOf(answer: Response): Promise<string | null> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  for await (const chunk of answer.body ?? []) {
    bytes += chunk.length;
    if (bytes > ANSWER_BYTES_MAX) return null;
    chunks.push(chunk);
  }
  // A byte a character, as the lengths count.
  return Buffer.concat(chunks).toString('latin1');
}
