/** A segment that names nothing but itself, on any system: no `.`, `..`, backslash, colon or control character. */
const plainSegment = /^(?!\.{1,2}$)[ -9;-[\]-~\u00a0-\uffff]+$/;

/**
 * Whether a path that a document names stays inside the folder it is resolved against, read as text
 * alone. Links are another matter, and the reader's.
 */
export function staysInside(path: string): boolean {
  return path.length <= 512 && path.split('/').every((segment) => plainSegment.test(segment));
}
