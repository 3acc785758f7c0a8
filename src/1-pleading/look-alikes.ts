import { DIRECTORY_MODE, type TreeEntry } from './tree.ts';

/** Listings of the head's tree by directory path; '' is the root. */
export type Listings = ReadonlyMap<string, readonly TreeEntry[]>;

/** Every directory that a path stands in, from the root down. */
export function directoriesOf(path: string): readonly string[] {
  const directories = [''];
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
    directories.push(path.slice(0, slash));
  }
  return directories;
}

/**
 * A name as the most forgetful file systems know it: without case, normal form, characters that
 * HFS+ ignores, and the dots and spaces that Windows drops at the end.
 */
export function foldName(name: string): string {
  // Most names are plain ASCII, which has neither other forms nor hidden characters.
  if (ASCII.test(name)) return withoutDroppedEnd(name.toLowerCase());
  const folded = name
    .replace(/[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u206a-\u206f\ufeff]/g, '')
    .normalize('NFKD')
    .toUpperCase()
    .toLowerCase()
    .normalize('NFKD');
  return withoutDroppedEnd(folded);
}

function withoutDroppedEnd(name: string): string {
  return name.endsWith('.') || name.endsWith(' ') ? name.replace(/[. ]+$/, '') : name;
}

const ASCII = /^[ -~]*$/;

/** Any one of them is held against the change; more than this say no more. */
const PAIRS_MAX = 1_000;

/**
 * New paths that a checkout cannot keep apart from another path of the head's tree, as pairs
 * [new, other]; `other` is a directory where the collision is higher up, and `.git` for a name that
 * some file system takes for git's own folder.
 */
export function collisionsOf(
  newPaths: readonly string[],
  listings: Listings,
): readonly (readonly [string, string])[] {
  const fold = rememberingFold();
  const index = foldedIndex(listings, fold);
  const pairs: (readonly [string, string])[] = [];
  for (const path of newPaths) {
    let directory = '';
    for (const name of path.split('/')) {
      const folded = fold(name);
      for (const twin of index.get(directory)?.get(folded) ?? NONE) {
        if (twin !== name) pairs.push([path, deepest(directory, twin, path, index)]);
        if (pairs.length >= PAIRS_MAX) return pairs;
      }
      if (folded === '.git' || /^git~\d$/i.test(name)) pairs.push([path, '.git']);
      directory = directory === '' ? name : `${directory}/${name}`;
    }
  }
  return pairs;
}

const NONE: readonly string[] = [];

/** The names of a change are those of the head's tree, and most stand in the same few directories. */
function rememberingFold(): (name: string) => string {
  const known = new Map<string, string>();
  return (name) => {
    let folded = known.get(name);
    if (folded === undefined) {
      folded = foldName(name);
      known.set(name, folded);
    }
    return folded;
  };
}

type FoldedIndex = ReadonlyMap<string, ReadonlyMap<string, readonly string[]>>;

function foldedIndex(listings: Listings, fold: (name: string) => string): FoldedIndex {
  const index = new Map<string, Map<string, string[]>>();
  for (const [directory, entries] of listings) {
    const names = new Map<string, string[]>();
    for (const entry of entries) {
      const folded = fold(entry.name);
      const twins = names.get(folded);
      if (twins === undefined) names.set(folded, [entry.name]);
      else twins.push(entry.name);
    }
    index.set(directory, names);
  }
  return index;
}

/** Follows the new path inside the directory that it collides with, as far as names go on meeting. */
function deepest(directory: string, twin: string, path: string, index: FoldedIndex): string {
  let found = directory === '' ? twin : `${directory}/${twin}`;
  const depth = found.split('/').length;
  for (const name of path.split('/').slice(depth)) {
    const next = index.get(found)?.get(foldName(name))?.[0];
    if (next === undefined) return found;
    found = `${found}/${next}`;
  }
  return found;
}

const WORDS =
  'final|fixed|fix|new|old|copy|backup|bak|orig|original|enhanced|improved|refactored|refactor|updated|revised|rewrite|rewritten|latest|temp|tmp|alt|better|clean|complete|optimized|simplified';
const SUFFIX = new RegExp(
  `^(.+?)(?:[-_. ](?:${WORDS}|v?\\d{1,2}|copy[-_ ]?\\d{0,2})|[vV]\\d{1,2}|(?<!\\d)[2-9]|[ _-]?\\(\\d{1,2}\\))$`,
  'i',
);
const CAMEL = new RegExp(
  `^(.*[a-z0-9])(?:${WORDS.split('|')
    .map((word) => word[0]?.toUpperCase() + word.slice(1))
    .join('|')}|V\\d{1,2})$`,
);
const PREFIX = /^(?:new|old|copy of|better|improved|enhanced|refactored|fixed|my)[-_. ](.+)$/i;
const TRAIL = /^(.+)(?:\.(?:bak|orig|old|new|backup|copy|tmp)|~)$/i;
const SUFFIXES_MAX = 3;

/** The names that a new name may be another version of: `x-final.ts` of `x.ts`. */
export function originalsOf(name: string): readonly string[] {
  const found = new Set<string>();
  let names: readonly string[] = [name];
  for (let round = 0; round < SUFFIXES_MAX; round += 1) {
    names = names.flatMap(strippedOnce).filter((stripped) => !found.has(stripped));
    for (const stripped of names) found.add(stripped);
  }
  found.delete(name);
  return [...found];
}

const NAME_CHARACTERS_MAX = 255;

function strippedOnce(name: string): readonly string[] {
  if (name.length > NAME_CHARACTERS_MAX) return [];
  const stripped = [TRAIL.exec(name)?.[1], PREFIX.exec(name)?.[1]];
  for (let dot = name.indexOf('.', 1); ; dot = name.indexOf('.', dot + 1)) {
    const stem = dot < 0 ? name : name.slice(0, dot);
    const rest = dot < 0 ? '' : name.slice(dot);
    for (const pattern of [SUFFIX, CAMEL]) {
      const shorter = pattern.exec(stem)?.[1];
      if (shorter !== undefined) stripped.push(shorter + rest);
    }
    if (dot < 0) break;
  }
  return stripped.filter((found) => found !== undefined && found !== '') as readonly string[];
}

/** Languages that replace each other under another extension. */
const FAMILIES = [/\.[cm]?[jt]sx?$/, /\.(?:yaml|yml)$/, /\.(?:c|cc|cpp|cxx)$/, /\.(?:h|hh|hpp)$/];

const family = (name: string) => {
  const found = FAMILIES.findIndex((pattern) => pattern.test(name));
  return found < 0 ? name : name.replace(FAMILIES[found] as RegExp, `.${found}`);
};

/**
 * New files beside an older sibling whose name they repeat with a word such as `final`, `v2` or
 * `fixed` added, as pairs [new, old]. A sibling that the same change adds is not older.
 */
export function shadowsOf(
  newPaths: readonly string[],
  listings: Listings,
): readonly (readonly [string, string])[] {
  const added = new Set(newPaths);
  const pairs: (readonly [string, string])[] = [];
  const siblings = new Map<string, ReadonlyMap<string, string>>();
  for (const path of newPaths) {
    const slash = path.lastIndexOf('/');
    const directory = slash < 0 ? '' : path.slice(0, slash);
    const prefix = slash < 0 ? '' : path.slice(0, slash + 1);
    const originals = originalsOf(path.slice(slash + 1));
    if (originals.length === 0) continue;
    let names = siblings.get(directory);
    if (names === undefined) {
      names = olderFiles(listings.get(directory) ?? [], prefix, added);
      siblings.set(directory, names);
    }
    const old = originals.map((name) => names.get(family(name.toLowerCase()))).find((name) => name);
    if (old !== undefined) pairs.push([path, prefix + old]);
  }
  return pairs;
}

function olderFiles(
  entries: readonly TreeEntry[],
  prefix: string,
  added: ReadonlySet<string>,
): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const { name, mode } of entries) {
    if (mode !== DIRECTORY_MODE && !added.has(prefix + name)) {
      names.set(family(name.toLowerCase()), name);
    }
  }
  return names;
}
