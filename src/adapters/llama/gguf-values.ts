/** A value of a header: a long array by its length alone. */
export type GgufValue =
  | number
  | boolean
  | string
  | { readonly length: number; readonly numbers: readonly number[] | null };

/**
 * Why a file is not given to the library. `place` is a key, a tensor or an offset.
 *
 * - `unreadable`: not there, no plain file, or not ours to read.
 * - `not-gguf`: something else, or of another version.
 * - `truncated`: it ends before what it announces.
 * - `absurd`: it announces more than any model has, or what cannot be.
 * - `incomplete`: a key that the library takes for granted is missing; without some, it ends the process.
 */
export interface GgufFault {
  readonly kind: 'unreadable' | 'not-gguf' | 'truncated' | 'absurd' | 'incomplete';
  readonly place: string;
}
