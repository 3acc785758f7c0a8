/** How large a task is, and on which surface: from what was measured of it, never from what it says of itself. */

import type { Surface } from '../profile.ts';
import type { Size, TaskFacts } from './task.ts';

/** One fact and what it makes of the task. The size is the largest that any fact asks for. */
export interface SizeGround {
  readonly fact: 'files' | 'lines' | 'tier' | 'text-characters';
  readonly measured: number;
  /** What it passed, or the tier's own number; null where it passed nothing. */
  readonly limit: number | null;
  readonly size: Size;
}

export interface Classified {
  readonly size: Size;
  readonly surface: Surface;
  readonly sizeGrounds: readonly SizeGround[];
  readonly surfaceGround: {
    readonly by: 'named' | 'files' | 'words' | 'default';
    /** Files or words that spoke for the surface. */
    readonly count: number;
  };
}

const sizes: readonly Size[] = ['trivial', 'standard', 'complex'];

/** Largest of a trivial and of a standard task. */
const FILES = [1, 10] as const;
const LINES = [20, 400] as const;
/** Text can make a task standard, never complex: whoever writes much buys no dearer model. */
const TEXT_CHARACTERS = 2_000;

/** Read of a stranger's text, in characters. */
const TEXT_READ_MAX = 4_000;
/** Files looked at for the surface; more change no majority that matters. */
const FILES_READ_MAX = 1_000;

const dataFile = /\.(?:csv|tsv|parquet|ipynb|sql|arrow|xlsx|jsonl)$/i;
const proseFile = /\.(?:md|mdx|rst|adoc|txt|pdf|bib|tex)$/i;

const words: Readonly<Record<Surface, ReadonlySet<string>>> = {
  'code-editing': new Set(
    'bug fix refactor implement function test compile build crash'.split(' '),
  ),
  'research-assistant': new Set(
    'research summarize summarise survey sources cite literature compare explain'.split(' '),
  ),
  'data-analysis': new Set(
    'dataset query statistics aggregate average median correlation column table'.split(' '),
  ),
};

/**
 * Classifies a task. Every fact can only raise the size; the text raises it to standard at most, and its
 * words choose a surface only where no surface is named and no file is there.
 */
export function classify(facts: TaskFacts): Classified {
  const lines = facts.files.reduce((sum, file) => sum + file.lines, 0);
  const sizeGrounds = [
    ground('files', facts.files.length, FILES),
    ground('lines', lines, LINES),
    ground('text-characters', facts.text.length, [TEXT_CHARACTERS, Number.POSITIVE_INFINITY]),
    ...(facts.tier === null ? [] : [tierGround(facts.tier)]),
  ];
  const largest = Math.max(...sizeGrounds.map(({ size }) => sizes.indexOf(size)));
  return { size: sizes[largest] ?? 'complex', sizeGrounds, ...surfaceOf(facts) };
}

function ground(
  fact: SizeGround['fact'],
  measured: number,
  [trivialMax, standardMax]: readonly [number, number],
): SizeGround {
  if (measured <= trivialMax) return { fact, measured, limit: null, size: 'trivial' };
  // A count that cannot be compared is no small one.
  return measured <= standardMax
    ? { fact, measured, limit: trivialMax, size: 'standard' }
    : { fact, measured, limit: standardMax, size: 'complex' };
}

const tierGround = (tier: 1 | 2 | 3): SizeGround => ({
  fact: 'tier',
  measured: tier,
  limit: tier,
  size: tier === 1 ? 'complex' : tier === 2 ? 'standard' : 'trivial',
});

function surfaceOf({ files, surface, text }: TaskFacts): Omit<Classified, 'size' | 'sizeGrounds'> {
  if (surface !== null) return { surface, surfaceGround: { by: 'named', count: 1 } };
  if (files.length > 0) return byFiles(files.slice(0, FILES_READ_MAX).map(({ path }) => path));
  const spoken = new Set(
    text
      .slice(0, TEXT_READ_MAX)
      .toLowerCase()
      .match(/[a-z]+/g) ?? [],
  );
  const [most] = Object.entries(words)
    .map(([of, those]) => ({
      surface: of as Surface,
      count: [...those].filter((word) => spoken.has(word)).length,
    }))
    .sort((one, other) => other.count - one.count);
  return most === undefined || most.count === 0
    ? { surface: 'code-editing', surfaceGround: { by: 'default', count: 0 } }
    : { surface: most.surface, surfaceGround: { by: 'words', count: most.count } };
}

/** The kind that more than half of the files are of; anything that is neither data nor prose is code. */
function byFiles(paths: readonly string[]): Omit<Classified, 'size' | 'sizeGrounds'> {
  const data = paths.filter((path) => dataFile.test(path)).length;
  const prose = paths.filter((path) => proseFile.test(path)).length;
  if (2 * data > paths.length)
    return { surface: 'data-analysis', surfaceGround: { by: 'files', count: data } };
  if (2 * prose > paths.length)
    return { surface: 'research-assistant', surfaceGround: { by: 'files', count: prose } };
  const count = paths.length - data - prose;
  return { surface: 'code-editing', surfaceGround: { by: 'files', count } };
}
