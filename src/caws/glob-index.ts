/**
 * The compiled patterns of one list by what decides them. Most patterns of a policy are decided by one
 * name (a file or folder anywhere, all below a folder), which is looked up; only the others are tried.
 */

import { controlCharacter, matchesSegments, type Segment } from './glob-match.ts';

export interface Glob {
  readonly segments: readonly Segment[];
  /** What every path that matches begins and ends with; spares most paths the rest. */
  readonly prefix: string;
  readonly suffix: string;
  /** The longest literal segment. */
  readonly within: string;
}

/** Positions in the list; of several patterns with one key the first counts. */
export interface GlobIndex {
  /** By the very path. */
  readonly paths: Names;
  /** By a path that names itself and everything below it. */
  readonly folders: Names;
  /** By a segment that may stand anywhere, and by one that has to be the last. */
  readonly segments: Names;
  readonly lastSegments: Names;
  /** What no name decides, in the order of the list. */
  readonly tried: Tried[];
}

interface Names {
  readonly positions: Map<string, number>;
  /** What the names begin with: nearly every path begins otherwise, and is not looked up. */
  readonly heads: Set<number>;
}

interface Tried {
  readonly index: number;
  readonly glob: Glob;
  /** What the last segment begins with. */
  readonly lastHead: string;
  /** All below a folder whose last segment has one run, such as any `*.ts`: head and tail decide. */
  readonly isOneRun: boolean;
}

export function emptyIndex(): GlobIndex {
  const names = (): Names => ({ positions: new Map(), heads: new Set() });
  return {
    paths: names(),
    folders: names(),
    segments: names(),
    lastSegments: names(),
    tried: [],
  };
}

/** Adds the name unless an earlier pattern has it. */
export function addName({ positions, heads }: Names, name: string, index: number): void {
  if (!positions.has(name)) positions.set(name, index);
  heads.add(name.charCodeAt(0));
}

export function addGlob(into: GlobIndex, glob: Glob, index: number): void {
  const [first, second, third, ...more] = glob.segments;
  const isAnywhere = first === '**' && isLiteral(second) && more.length === 0;
  const folders = glob.segments.slice(0, -1);
  if (isAnywhere && third === undefined) addName(into.lastSegments, second.literal, index);
  else if (isAnywhere && third === '**') addName(into.segments, second.literal, index);
  else if (glob.segments.at(-1) === '**' && folders.length > 0 && folders.every(isLiteral))
    addName(into.folders, glob.prefix, index);
  else into.tried.push({ index, glob, ...lastOf(glob) });
}

function lastOf({ segments }: Glob): Pick<Tried, 'lastHead' | 'isOneRun'> {
  const last = segments.at(-1);
  if (last === undefined || last === '**') return { lastHead: '', isOneRun: false };
  if ('literal' in last) return { lastHead: last.literal, isOneRun: false };
  const folders = segments.slice(0, -2);
  const isBelow = segments.at(-2) === '**' && folders.every(isLiteral);
  return { lastHead: last.head, isOneRun: isBelow && last.tokens === null };
}

function isLiteral(segment: Segment | undefined): segment is { readonly literal: string } {
  return segment !== undefined && segment !== '**' && 'literal' in segment;
}

/** Printable ASCII is its own normal form and holds no control character. */
const printable = /^[ -~]*$/;

/** A path as patterns look at it: once read, it can be held against many lists. */
export interface ReadPath {
  readonly written: string;
  readonly normal: string;
  /** It holds a control character. */
  readonly odd: boolean;
}

export function readPath(path: string): ReadPath {
  if (printable.test(path)) return { written: path, normal: path, odd: false };
  const normal = path.normalize('NFC');
  return { written: path, normal, odd: controlCharacter.test(normal) };
}

/**
 * Where no pattern names a path: behind every position that a list can have. A small integer, for an
 * infinite one takes memory of its own each time it is handed on.
 */
export const NOWHERE = 0x3fff_ffff;

/** @returns the position of the first pattern that names the path; NOWHERE: none does. */
export function firstNaming(index: GlobIndex, { normal, odd }: ReadPath): number {
  const first = Math.min(
    positionOf(index.paths, normal, 0, normal.length),
    firstByFolder(index.folders, normal),
    firstBySegment(index, normal),
  );
  return index.tried.length === 0 ? first : firstTried(index.tried, normal, odd, first);
}

function positionOf({ positions, heads }: Names, path: string, from: number, to: number): number {
  if (!heads.has(path.charCodeAt(from))) return NOWHERE;
  return positions.get(path.slice(from, to)) ?? NOWHERE;
}

function firstByFolder(folders: Names, path: string): number {
  if (!folders.heads.has(path.charCodeAt(0))) return NOWHERE;
  let first = positionOf(folders, path, 0, path.length);
  for (let slash = path.indexOf('/'); slash >= 0; slash = path.indexOf('/', slash + 1))
    first = Math.min(first, positionOf(folders, path, 0, slash));
  return first;
}

function firstBySegment({ segments, lastSegments }: GlobIndex, path: string): number {
  const lastAt = path.lastIndexOf('/') + 1;
  const first = positionOf(lastSegments, path, lastAt, path.length);
  if (segments.heads.size === 0) return first;
  let found = Math.min(first, positionOf(segments, path, lastAt, path.length));
  for (let from = 0; from < lastAt; ) {
    const slash = path.indexOf('/', from);
    found = Math.min(found, positionOf(segments, path, from, slash));
    from = slash + 1;
  }
  return found;
}

function firstTried(tried: readonly Tried[], path: string, odd: boolean, known: number): number {
  const lastAt = path.lastIndexOf('/') + 1;
  let segments: readonly string[] | null = null;
  for (const { index, glob, lastHead, isOneRun } of tried) {
    if (index >= known) break;
    if (!path.startsWith(lastHead, lastAt) || !path.endsWith(glob.suffix)) continue;
    if (!path.startsWith(glob.prefix) || !path.includes(glob.within)) continue;
    if (isOneRun && !odd) {
      const isLong = path.length - lastAt >= lastHead.length + glob.suffix.length;
      if (isLong && isBelow(path, glob.prefix)) return index;
      continue;
    }
    segments ??= path.split('/');
    if (matchesSegments(glob.segments, segments, odd)) return index;
  }
  return known;
}

/** Whether something stands below the folder; '' is the root. */
function isBelow(path: string, folder: string): boolean {
  return folder === '' || path.charCodeAt(folder.length) === 0x2f;
}
