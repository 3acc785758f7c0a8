import { inLatin, ofOneAlphabet } from './latin-look-alikes.ts';
import { DIRECTORY_MODE, type TreeEntry } from './tree.ts';

/** Listings of the head's tree by directory path; '' is the root. */
export type Listings = ReadonlyMap<string, readonly TreeEntry[]>;

/** Every directory that one of the paths stands in, each behind those above it. */
export function directoriesOf(paths: readonly string[]): ReadonlySet<string> {
  const directories = new Set<string>();
  for (const path of paths) {
    if (directories.has(directoryOf(path))) continue;
    directories.add('');
    for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1)) {
      directories.add(path.slice(0, slash));
    }
  }
  return directories;
}

const directoryOf = (path: string): string => path.slice(0, Math.max(0, path.lastIndexOf('/')));

/**
 * A name as the most forgetful file systems know it: without case, normal form, characters that
 * HFS+ ignores, and the dots and spaces that Windows drops at the end.
 */
export const foldName = (name: string): string => keysOf(name).folded;

interface Keys {
  readonly folded: string;
  /**
   * As a reader takes it, who cannot tell letters of some alphabets from Latin ones. No step on the way to the folded
   * name: a capital often looks like another Latin letter than its small one does.
   */
  readonly read: string;
}

function keysOf(name: string): Keys {
  // Most names are plain ASCII, which has neither other forms nor hidden characters.
  if (ASCII.test(name)) {
    const folded = withoutDroppedEnd(name.toLowerCase());
    return { folded, read: folded };
  }
  const plain = withoutForms(name);
  const folded = withoutDroppedEnd(foldCase(plain));
  // Before its form is taken away as well: what is left of some letters looks like none.
  const latin = inLatin(withoutForms(inLatin(name)));
  return { folded, read: latin === plain ? folded : withoutDroppedEnd(foldCase(latin)) };
}

const withoutForms = (name: string): string =>
  name
    .replace(/[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\u206a-\u206f\ufeff]/g, '')
    .normalize('NFKD');

const foldCase = (text: string): string => text.toUpperCase().toLowerCase().normalize('NFKD');

/**
 * Whether two names that are read the same nowhere differ in two letters of one alphabet: such letters may look like
 * the same Latin one, and are known apart by whoever uses them.
 */
function areAlike(name: string, other: string): boolean {
  const letters = Array.from(withoutForms(name));
  const others = Array.from(withoutForms(other));
  return (
    letters.length !== others.length ||
    letters.every((letter, at) => {
      const twin = others[at] as string;
      if (letter === twin || !ofOneAlphabet(letter, twin)) return true;
      return foldCase(letter) === foldCase(twin);
    })
  );
}

function withoutDroppedEnd(name: string): string {
  return name.endsWith('.') || name.endsWith(' ') ? name.replace(/[. ]+$/, '') : name;
}

const ASCII = /^[ -~]*$/;

/** Any one of them is held against the change; more than this say no more. */
const PAIRS_MAX = 1_000;
/** Names of one directory that are read the same. Of more, as no language has them, each is held to be alike. */
const READ_SAME_MAX = 4;

/**
 * New paths that a checkout cannot keep apart from another path of the head's tree, as pairs
 * [new, other]; `other` is a directory where the collision is higher up, and `.git` for a name that
 * some file system takes for git's own folder. A pair of one path twice: a crafted tree holds the
 * name, or that of a directory on the way, more than once.
 */
export function collisionsOf(
  newPaths: readonly string[],
  listings: Listings,
): readonly (readonly [string, string])[] {
  const names = foldedNames(listings);
  const twice = namesHeldTwice(listings);
  const pairs: (readonly [string, string])[] = [];
  /** Directories whose own path meets nothing: of their files only the name is still to be looked at. */
  const clear = new Set<string>();
  for (const path of newPaths) {
    const parent = directoryOf(path);
    const skipped = clear.has(parent);
    let directory = skipped ? parent : '';
    const rest = skipped ? [path.slice(path.lastIndexOf('/') + 1)] : path.split('/');
    const before = pairs.length;
    for (const name of rest) {
      if (twice.get(directory)?.has(name) === true) pairs.push([path, path]);
      for (const twin of names.meeting(directory, name)) {
        if (twin !== name) pairs.push([path, deepest(directory, twin, path, names)]);
        if (pairs.length >= PAIRS_MAX) return pairs;
      }
      if (isGitName(name) || /^git~\d$/i.test(name)) pairs.push([path, '.git']);
      directory = directory === '' ? name : `${directory}/${name}`;
    }
    if (pairs.length === before) clear.add(parent);
  }
  return pairs;
}

function namesHeldTwice(listings: Listings): ReadonlyMap<string, ReadonlySet<string>> {
  const twice = new Map<string, ReadonlySet<string>>();
  for (const [directory, entries] of listings) {
    const seen = new Set<string>();
    const again = new Set<string>();
    for (const { name } of entries) (seen.has(name) ? again : seen).add(name);
    if (again.size > 0) twice.set(directory, again);
  }
  return twice;
}

function isGitName(name: string): boolean {
  const { folded, read } = keysOf(name);
  return folded === '.git' || read === '.git';
}

const NONE: readonly string[] = [];

/** The names of listed directories, by what they are folded to and read as. */
interface FoldedNames {
  /** Those that a checkout, or a reader, cannot keep apart from this one; itself, where it is there. */
  meeting(directory: string, name: string): Iterable<string>;
}

function foldedNames(listings: Listings): FoldedNames {
  const known = new Map<string, ReadonlyMap<string, readonly string[]>>();
  /** Where every name is its own folded form, as nearly everywhere, no two of them meet. */
  const unfolded = new Set<string>();
  for (const [directory, entries] of listings) {
    if (entries.some(({ name }) => !isOwnKey(name))) unfolded.add(directory);
  }
  const namesIn = (directory: string) => {
    const entries = listings.get(directory);
    if (entries === undefined) return undefined;
    const names = known.get(directory) ?? byKey(entries);
    known.set(directory, names);
    return names;
  };
  return {
    *meeting(directory, name) {
      const { folded, read } = keysOf(name);
      const mayMeet = folded !== name || read !== name || unfolded.has(directory);
      const names = mayMeet ? namesIn(directory) : undefined;
      if (names === undefined) return;
      yield* names.get(folded) ?? NONE;
      const alike = read === folded ? NONE : (names.get(read) ?? NONE);
      for (const twin of alike) {
        const isTold = foldName(twin) === folded;
        if (!isTold && (alike.length > READ_SAME_MAX || areAlike(name, twin))) yield twin;
      }
    },
  };
}

function isOwnKey(name: string): boolean {
  const { folded, read } = keysOf(name);
  return folded === name && read === name;
}

function byKey(entries: readonly TreeEntry[]): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const { name } of entries) {
    const { folded, read } = keysOf(name);
    for (const key of folded === read ? [folded] : [folded, read]) {
      const twins = names.get(key);
      if (twins === undefined) names.set(key, [name]);
      else twins.push(name);
    }
  }
  return names;
}

/** Follows the new path inside the directory that it collides with, as far as names go on meeting. */
function deepest(directory: string, twin: string, path: string, names: FoldedNames): string {
  let found = directory === '' ? twin : `${directory}/${twin}`;
  const depth = found.split('/').length;
  for (const name of path.split('/').slice(depth)) {
    const [next] = names.meeting(found, name);
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
  const siblings = new Map<string, OlderFiles>();
  for (const path of newPaths) {
    const directory = directoryOf(path);
    let older = siblings.get(directory);
    if (older === undefined) {
      older = olderFiles(directory, listings.get(directory) ?? [], added);
      siblings.set(directory, older);
    }
    if (!older.any) continue;
    const originals = originalsOf(path.slice(path.lastIndexOf('/') + 1));
    const old = originals.length === 0 ? undefined : older.oneOf(originals);
    if (old !== undefined) pairs.push([path, old]);
  }
  return pairs;
}

/** The files of a directory that the change did not bring. */
interface OlderFiles {
  readonly any: boolean;
  /** The path of the first that has one of these names, or one of its family. */
  oneOf(names: readonly string[]): string | undefined;
}

function olderFiles(
  directory: string,
  entries: readonly TreeEntry[],
  added: ReadonlySet<string>,
): OlderFiles {
  const prefix = directory === '' ? '' : `${directory}/`;
  const isOlder = ({ name, mode }: TreeEntry) =>
    mode !== DIRECTORY_MODE && !added.has(prefix + name);
  let known: Map<string, string> | null = null;
  return {
    any: entries.some(isOlder),
    oneOf(names) {
      known ??= new Map(
        entries.filter(isOlder).map(({ name }) => [family(name.toLowerCase()), prefix + name]),
      );
      const found = names.find((name) => known?.has(family(name.toLowerCase())));
      return found === undefined ? undefined : known.get(family(found.toLowerCase()));
    },
  };
}
