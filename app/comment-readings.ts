import { type CommentReading, readComment } from '../src/4-verdict/commands/read-comment.ts';
import { textDigest } from '../src/caws/text-digest.ts';
import type { Digest } from '../src/primitives.ts';

/** Comments whose commands are remembered: what a busy repository is told in a day. */
const READINGS_MAX = 4_000;

const readings = new Map<Digest, CommentReading>();

/**
 * The commands of a comment's text. A conversation is read again at each look, and the parser takes up to a tenth of a
 * second for a comment that was written to cost it, so what came of a text is remembered.
 */
export function readingOf(body: string): CommentReading {
  const key = textDigest(body);
  const reading = readings.get(key) ?? readComment(body);
  // Put last: the one that was asked for longest ago goes first.
  readings.delete(key);
  readings.set(key, reading);
  if (readings.size > READINGS_MAX) readings.delete(readings.keys().next().value ?? key);
  return reading;
}
