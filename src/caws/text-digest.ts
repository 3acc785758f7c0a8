import { createHash } from 'node:crypto';
import type { Digest } from '../primitives.ts';

/** sha256 over the text's UTF-8 bytes: what a record names a document by. */
export function textDigest(text: string): Digest {
  return `sha256:${createHash('sha256').update(text, 'utf8').digest('hex')}` as Digest;
}
