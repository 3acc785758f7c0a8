import { setImmediate } from 'node:timers/promises';
import { type CommentReading, readComment } from '../src/4-verdict/commands/read-comment.ts';
import { textDigest } from '../src/caws/text-digest.ts';
import type { Digest } from '../src/primitives.ts';

/** Comments whose commands are remembered: twenty conversations that are as long as GitHub takes. */
const READINGS_MAX = 50_000;
/** Of the lines that are remembered of them. */
const CHARACTERS_MAX = 20_000_000;

const readings = new Map<Digest, CommentReading>();
let characters = 0;

/**
 * The commands of a comment's text. A conversation is read again at each look, and the parser takes a fiftieth of a
 * second for a comment that was written to cost it, so what came of a text is remembered.
 */
export function readingOf(body: string): CommentReading {
  const key = textDigest(body);
  const known = readings.get(key);
  // A line of a comment would keep all of its text in memory; a copy does not.
  const reading = known ?? structuredClone(readComment(body));
  // Put last: the one that was asked for longest ago goes first.
  readings.delete(key);
  readings.set(key, reading);
  if (known === undefined) characters += charactersOf(reading);
  while (readings.size > READINGS_MAX || characters > CHARACTERS_MAX) forgetOldest();
  return reading;
}

/** Reads what is new in a conversation, each comment in a turn of its own: others are not kept waiting by all of it. */
export async function readAhead(comments: readonly { readonly body: string }[]): Promise<void> {
  for (const { body } of comments) {
    if (readings.has(textDigest(body))) continue;
    readingOf(body);
    await setImmediate();
  }
}

function forgetOldest(): void {
  const [oldest] = readings;
  if (oldest === undefined) return;
  const [key, reading] = oldest;
  readings.delete(key);
  characters -= charactersOf(reading);
}

const charactersOf = ({ commands, refusals }: CommentReading): number =>
  [...commands, ...refusals].reduce((sum, { text }) => sum + text.length, 0);
