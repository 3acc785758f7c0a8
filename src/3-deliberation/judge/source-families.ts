/** How languages write comments and strings, as far as a judge's view needs it. */

export interface SourceFamily {
  /** What begins a comment that the line's end ends. */
  readonly line: readonly string[];
  /** True: such a mark begins a comment only at a line's start or after a blank. */
  readonly lineAfterBlank: boolean;
  readonly block: readonly (readonly [string, string])[];
  /** Each ends itself; one that its line does not end is no string, but for those of several lines. */
  readonly quotes: readonly string[];
  readonly longQuotes: readonly string[];
  readonly hasRegex: boolean;
}

const family = (facts: Partial<SourceFamily>): SourceFamily => ({
  line: [],
  lineAfterBlank: false,
  block: [],
  quotes: ['"', "'"],
  longQuotes: [],
  hasRegex: false,
  ...facts,
});

const braces = family({ line: ['//'], block: [['/*', '*/']] });
const scripts = family({ ...braces, longQuotes: ['`'], hasRegex: true });
/** A single quote begins a lifetime as often as a character. */
const rust = family({ ...braces, quotes: ['"'] });
const go = family({ ...braces, longQuotes: ['`'] });
const jvm = family({ ...braces, longQuotes: ['"""'] });
const php = family({ line: ['//', '#'], block: [['/*', '*/']] });
const styles = family({ block: [['/*', '*/']] });
const python = family({ line: ['#'], longQuotes: ['"""', "'''"] });
const shells = family({ line: ['#'], lineAfterBlank: true });
const hashes = family({ line: ['#'], block: [] });
const terraform = family({ line: ['#', '//'], block: [['/*', '*/']] });
const power = family({ line: ['#'], block: [['<#', '#>']] });
const sql = family({ line: ['--'], block: [['/*', '*/']] });
const lua = family({ line: ['--'], block: [['--[[', ']]']], longQuotes: [] });
const haskell = family({ line: ['--'], block: [['{-', '-}']], quotes: ['"'] });
const lisps = family({ line: [';'], quotes: ['"'] });
const percents = family({ line: ['%'], quotes: ['"'] });
const data = family({ quotes: ['"'] });

const byExtension: Readonly<Record<string, SourceFamily>> = Object.fromEntries(
  (
    [
      [braces, 'c h cc cpp cxx hpp hh m mm cs dart proto zig sol'],
      [scripts, 'js jsx mjs cjs ts tsx mts cts'],
      [rust, 'rs'],
      [go, 'go'],
      [jvm, 'java kt kts scala groovy swift'],
      [php, 'php'],
      [styles, 'css scss less'],
      [python, 'py pyi'],
      [shells, 'sh bash zsh fish yaml yml toml ini cfg conf mk env'],
      [hashes, 'rb pl r ex exs nim jl cmake'],
      [terraform, 'tf hcl'],
      [power, 'ps1 psm1'],
      [sql, 'sql ada adb ads vhd vhdl'],
      [lua, 'lua'],
      [haskell, 'hs elm'],
      [lisps, 'lisp clj cljs el scm rkt'],
      [percents, 'erl hrl'],
      [data, 'json jsonc'],
    ] as const
  ).flatMap(([of, names]) => names.split(' ').map((name) => [name, of] as const)),
);

/** @returns null for prose and whatever else nobody here can take apart: none of it is shown. */
export function familyOf(path: string): SourceFamily | null {
  const name = path.slice(path.lastIndexOf('/') + 1).toLowerCase();
  if (/^(?:makefile|dockerfile|justfile)$/.test(name)) return shells;
  const extension = name.slice(name.lastIndexOf('.') + 1);
  return Object.hasOwn(byExtension, extension) ? (byExtension[extension] ?? null) : null;
}
