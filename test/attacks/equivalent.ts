import type { Mutant } from './mutants.ts';

/** Mutants that change nothing anyone could observe, each with the reason; looked at one by one. */
interface Equivalent {
  readonly file: string;
  /** The whole line in which it stands, trimmed. */
  readonly line: string;
  readonly original: string;
  readonly replacement: string;
  readonly because: string;
}

const equivalents: readonly Equivalent[] = [
  {
    file: 'src/4-verdict/decide.ts',
    line: 'return rank[one] <= rank[other] ? one : other;',
    original: '<=',
    replacement: '<',
    because: 'verdicts of one rank are the same verdict',
  },
  {
    file: 'src/2-examination/paths.ts',
    line: 'return text.length * 3 > bytesMax && new TextEncoder().encode(text).length > bytesMax;',
    original: '3',
    replacement: '4',
    because: 'a shortcut that is taken less often: the bytes are counted all the same',
  },
  {
    file: 'src/2-examination/structure.ts',
    line: "const [[made, beside] = ['', '']] = pairs.toSorted(([one], [other]) => (one < other ? -1 : 1));",
    original: '<',
    replacement: '<=',
    because: 'no path is made twice in one change',
  },
  ...['waiver,', 'event,', 'at,'].map((original) => ({
    file: 'src/4-verdict/waivers/ignored.ts',
    line: 'return JSON.stringify([because, detail, digest, waiver, event, at, keyId]);',
    original,
    replacement: '',
    because: 'the digest covers it',
  })),
];

/** @returns why the mutant cannot be noticed; undefined where it can. */
export function equivalence(mutant: Mutant, text: string): string | undefined {
  const line = text.split('\n')[mutant.line - 1]?.trim();
  return equivalents.find(
    (each) =>
      each.file === mutant.file &&
      each.line === line &&
      each.original === mutant.original &&
      each.replacement === mutant.replacement,
  )?.because;
}
