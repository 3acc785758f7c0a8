/** Keys and indexes from the document's root to one value. */
export type Path = readonly (string | number)[];

/** 1-based; a tab counts as one column. */
export interface Spot {
  readonly line: number;
  readonly column: number;
}

/** A parsed document that can say where each of its values stands. */
export interface LocatedDocument {
  readonly file: string;
  readonly text: string;
  /** YAML 1.2 core schema: dates stay strings. */
  readonly value: unknown;
  /**
   * Where the value of a path stands, or its key. A path that does not exist is placed at its
   * nearest ancestor that does.
   */
  readonly spotOf: (path: Path, part?: 'key' | 'value') => Spot;
  /** The place of an offset into the text. */
  readonly spotAt: (offset: number) => Spot;
  /** A plain scalar as it was written, e.g. `0o17` or `1_000`; undefined for anything else. */
  readonly tokenAt: (path: Path) => string | undefined;
  /** Offsets of what YAML offers beyond plain data, in document order. */
  readonly anchors: readonly number[];
  readonly aliases: readonly number[];
  readonly tags: readonly number[];
}

/** What is wrong at one place. Rule, severity and hint of a finding follow from the rule. */
export interface Breach<Rule extends string> {
  readonly rule: Rule;
  /** What the sentence is about; printed in front of it as a JSON pointer. */
  readonly path: Path;
  readonly says: string;
  /** A key or value to point at, where that is not the value at `path`. */
  readonly place?: Path;
  /** Where to point when no path says it. */
  readonly spot?: Spot;
}

export type Keyed = Readonly<Record<string, unknown>>;

/** @returns the value as a mapping, or undefined for lists, scalars and null. */
export function mapping(value: unknown): Keyed | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Keyed)
    : undefined;
}

/** @returns an own value of a mapping; undefined where there is no mapping or no such key. */
export function own(value: unknown, key: string): unknown {
  const map = mapping(value);
  return map !== undefined && Object.hasOwn(map, key) ? map[key] : undefined;
}

/** RFC 6901, with `/` for the document itself, as the published tools print it. */
export function pointer(path: Path): string {
  if (path.length === 0) return '/';
  return path
    .map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}

/** Longest quotation of a stranger's text in a message, in UTF-16 units. */
const quotationMax = 60;

/**
 * A stranger's value, safe to print: cut, and every control, invisible or direction-changing
 * character written as an escape.
 */
export function quoted(value: unknown): string {
  if (typeof value === 'object' && value !== null)
    return Array.isArray(value) ? 'a list' : 'a mapping';
  const text = String(value);
  const cut = text.length > quotationMax ? `${text.slice(0, quotationMax)}…` : text;
  const safe = cut.replace(
    /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu,
    (character) => `\\u{${character.codePointAt(0)?.toString(16)}}`,
  );
  return typeof value === 'string' ? `"${safe}"` : safe;
}
