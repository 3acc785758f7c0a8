import type { Library } from '../../../src/adapters/llama/library.ts';

type Way = readonly [string, () => Library];

/** What is true of one is true of the other: a processor's words are had both ways. */
export const waysOf = (library: () => Library): readonly [Way, Way] => [
  ['by the shared library itself', () => ({ ...library(), shared: known(library().shared) })],
  ["by the package's addon", () => ({ ...library(), shared: null })],
];

function known<T>(found: T | null): T {
  if (found === null) throw new Error('koffi is a development dependency: it is here');
  return found;
}
