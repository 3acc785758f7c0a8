import { cutTo } from '../primitives.ts';

/** One `key: value` line of a commit message. */
export interface Trailer {
  readonly key: string;
  readonly value: string;
}

const VALUES_MAX = 100;
const VALUE_CHARACTERS_MAX = 512;
const TRAILER = /^([A-Za-z0-9-]{1,128})[ \t]*:(.*)$/;
const WRITTEN_BY_GIT = /^(?:Signed-off-by: |\(cherry picked from commit )/;

/**
 * The trailers of a message as git reads them: the last paragraph, which is not the title, and which
 * either holds nothing else or is at least a quarter trailers with one that git itself writes.
 */
export function trailersOf(message: string): readonly Trailer[] {
  const all = message.replace(/\r\n/g, '\n').trim().split('\n');
  const blank = all.findLastIndex((line) => /^[ \t]*$/.test(line));
  if (blank < 0) return [];
  const lines = all.slice(blank + 1);
  const trailers: Trailer[] = [];
  let others = 0;
  let byGit = false;
  for (const line of lines) {
    const last = trailers.at(-1);
    if (/^[ \t]/.test(line) && last !== undefined) {
      trailers[trailers.length - 1] = { key: last.key, value: `${last.value} ${line.trim()}` };
      continue;
    }
    byGit ||= WRITTEN_BY_GIT.test(line);
    const match = TRAILER.exec(line);
    if (match !== null) {
      trailers.push({ key: match[1] as string, value: (match[2] as string).trim() });
    } else if (!line.startsWith('(cherry picked from commit ')) others += 1;
  }
  return others === 0 || (byGit && trailers.length * 3 >= others) ? trailers : [];
}

/** Values of one trailer, its key in any case, each cut at 512 characters, the first 100. */
export function trailerValues(message: string, key: string): readonly string[] {
  if (!mentions(message, key)) return [];
  return trailersOf(message)
    .filter((trailer) => trailer.key.toLowerCase() === key.toLowerCase())
    .slice(0, VALUES_MAX)
    .map((trailer) => cutTo(trailer.value, VALUE_CHARACTERS_MAX));
}

/**
 * Values of every line anywhere in a message that reads as this trailer to some tool: a forged
 * verdict or a hidden co-author need not stand where git looks.
 */
export function claimedValues(message: string, key: string): readonly string[] {
  if (!mentions(message, key)) return [];
  const values: string[] = [];
  for (const line of message.split(/\r\n|[\n\r\v\f\u2028\u2029\u0085]/)) {
    const match = TRAILER.exec(line.trimStart());
    if (match === null || (match[1] as string).toLowerCase() !== key.toLowerCase()) continue;
    values.push(cutTo((match[2] as string).trim(), VALUE_CHARACTERS_MAX));
    if (values.length === VALUES_MAX) break;
  }
  return values;
}

/** Most messages have no such line anywhere, which is known sooner than what their lines are. */
const mentions = (message: string, key: string): boolean =>
  message.toLowerCase().includes(key.toLowerCase());

/** The e-mail of `Name <e-mail>`, lower case; the whole value where there are no brackets. */
export function emailOf(person: string): string {
  return (/<([^<>]*)>/.exec(person)?.[1] ?? person).trim().toLowerCase();
}
