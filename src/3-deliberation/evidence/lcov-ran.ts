import type { Share } from './measured.ts';

/** What a trace file says of lines and functions, beside its branches. */
export interface Ran {
  /** A section of this file begins. */
  section(file: string): void;
  /** Takes any record of a section; those of other things are passed over. */
  take(record: string): void;
  shares(): { readonly lines: Share | null; readonly functions: Share | null };
}

const ranLine = /^DA:(\d{1,12}),(\d{1,20})(?:,|$)/;
const ranFunction = /^FNDA:(\d{1,20}),(.*)$/;
/** With ranges: functions by a number, and the names each goes by. */
const ranNumbered = /^FNA:(\d{1,12}),(\d{1,20}),/;

type Hits = Map<string, boolean>;

/**
 * Counts lines and functions. Where several tests report one file, a line ran that any of them ran. Functions of
 * one name in one file are told apart by their order, else one that runs would hide one that does not.
 */
export function whatRan(): Ran {
  const [lines, functions] = [new Map<string, Hits>(), new Map<string, Hits>()];
  let own = { lines: new Map(), functions: new Map() } as { lines: Hits; functions: Hits };
  let named = new Map<string, number>();
  return {
    section(file) {
      own = { lines: hitsOf(lines, file), functions: hitsOf(functions, file) };
      named = new Map();
    },
    take(record) {
      const line = ranLine.exec(record);
      if (line !== null) return note(own.lines, plain(line[1]), line[2]);
      const numbered = ranNumbered.exec(record);
      if (numbered !== null) return note(own.functions, `#${plain(numbered[1])}`, numbered[2]);
      const [, hits, name = ''] = ranFunction.exec(record) ?? [];
      if (hits === undefined) return;
      const nth = named.get(name) ?? 0;
      named.set(name, nth + 1);
      note(own.functions, `${nth} ${name}`, hits);
    },
    shares: () => ({ lines: shareOf(lines), functions: shareOf(functions) }),
  };
}

function hitsOf(files: Map<string, Hits>, file: string): Hits {
  const found = files.get(file) ?? new Map<string, boolean>();
  files.set(file, found);
  return found;
}

/** Zeros before a number would make one line several, all of which ran. */
const plain = (digits: string | undefined): string => String(Number(digits));

const note = (hits: Hits, key: string, times: string | undefined): void => {
  hits.set(key, hits.get(key) === true || Number(times) > 0);
};

/** null where nothing of the kind was told. */
function shareOf(files: ReadonlyMap<string, Hits>): Share | null {
  let [covered, total] = [0, 0];
  for (const hits of files.values()) {
    total += hits.size;
    for (const hit of hits.values()) covered += hit ? 1 : 0;
  }
  return total === 0 ? null : { covered, total };
}
