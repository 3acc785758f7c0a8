import { LFS_POINTER_BYTES_MAX } from './bounds.ts';

/**
 * The size that a Git LFS pointer states.
 *
 * @returns bytes, clamped to what a number holds exactly; null where the text is no pointer. More
 * lines than the specification has do not make it another thing: what is checked out is the object.
 */
export function lfsSizeOf(text: string): number | null {
  if (text.length >= LFS_POINTER_BYTES_MAX) return null;
  if (!/^version https?:\/\/[\w.-]+\/spec\/v\d+\r?\n/.test(text)) return null;
  if (!/^oid sha256:[0-9a-f]{64}\r?$/m.test(text)) return null;
  const size = /^size (\d{1,30})\r?$/m.exec(text)?.[1];
  return size === undefined ? null : Math.min(Number(size), Number.MAX_SAFE_INTEGER);
}
