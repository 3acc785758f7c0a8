import type { EventType, State } from 'js-yaml';
import type { Path, Spot } from '../strictness/document.ts';

/** One node as the parser saw it; `start` may stand before blanks and comments. */
interface Frame {
  readonly start: number;
  kind: string | null;
  result: unknown;
  readonly children: Frame[];
}

/** Listens to one parse and remembers where every node began. */
export interface PlaceRecorder {
  readonly listen: (event: EventType, state: State) => void;
  /** The document's root node, or null before the parse or without content. */
  readonly root: () => Frame | null;
}

export function recordPlaces(): PlaceRecorder {
  const open: Frame[] = [];
  let root: Frame | null = null;
  return {
    listen: (event, state) => {
      if (event === 'open') {
        open.push({ start: state.position, kind: null, result: null, children: [] });
        return;
      }
      const frame = open.pop();
      if (frame === undefined) return;
      frame.kind = state.kind;
      frame.result = state.result;
      const parent = open.at(-1);
      if (parent === undefined) root = frame;
      else parent.children.push(frame);
    },
    root: () => root,
  };
}

/** Answers places out of what a recorder heard. */
export interface PlaceIndex {
  readonly offsetOf: (path: Path, part: 'key' | 'value') => number;
  /** Whether the whole path exists as written nodes, not only an ancestor of it. */
  readonly exists: (path: Path) => boolean;
  readonly spotAt: (offset: number) => Spot;
  /** Offsets at which any node begins with one of the characters. */
  readonly nodesStartingWith: (characters: string) => readonly number[];
}

export function indexPlaces(text: string, root: Frame | null): PlaceIndex {
  let lineStarts: readonly number[] | undefined;
  const spotAt = (offset: number): Spot => {
    lineStarts ??= lineStartsOf(text);
    const line = lastAtMost(lineStarts, offset);
    return { line: line + 1, column: offset - (lineStarts[line] ?? 0) + 1 };
  };
  const offsetOf = (path: Path, part: 'key' | 'value'): number => {
    const { key, value } = descend(root, path);
    const byKey = part === 'key' || (value !== null && isUnwritten(text, value));
    const node = byKey ? (key ?? value) : (value ?? key);
    return node === null ? 0 : contentStart(text, node.start);
  };
  const exists = (path: Path): boolean => descend(root, path).found;
  const nodesStartingWith = (characters: string): readonly number[] => {
    const offsets = new Set<number>();
    const visit = (frame: Frame): void => {
      const start = contentStart(text, frame.start);
      if (frame.result !== null && characters.includes(text[start] ?? '\n')) offsets.add(start);
      frame.children.forEach(visit);
    };
    if (root !== null) visit(root);
    return [...offsets].sort((a, b) => a - b);
  };
  return { offsetOf, exists, spotAt, nodesStartingWith };
}

/**
 * Where an anchor or tag stands in front of the first key of a block mapping, as in `- &a id: x`.
 * js-yaml 4.1.0 fails there; later versions read it.
 */
export function firstKeyProperty(text: string, root: Frame | null): number | undefined {
  if (root === null) return undefined;
  const key = root.kind === 'mapping' ? root.children[0] : undefined;
  if (key !== undefined) {
    const start = contentStart(text, root.start);
    if (/[&!]/.test(text[start] ?? '') && contentStart(text, key.start) === start) return start;
  }
  for (const child of root.children) {
    const found = firstKeyProperty(text, child);
    if (found !== undefined) return found;
  }
  return undefined;
}

interface Descent {
  readonly key: Frame | null;
  readonly value: Frame | null;
  readonly found: boolean;
}

/** Follows a path as far as written nodes go; an alias or a merged key ends the descent. */
function descend(root: Frame | null, path: Path): Descent {
  let key: Frame | null = null;
  let value = root;
  for (const step of path) {
    const next: Descent | undefined = value === null ? undefined : childOf(unwrap(value), step);
    if (next === undefined) return { key, value, found: false };
    key = next.key;
    value = next.value;
  }
  return { key, value, found: value !== null };
}

/** The parser wraps a flow collection that might have been a block key in a second node. */
function unwrap(frame: Frame): Frame {
  let inner = frame;
  while (
    inner.children.length === 1 &&
    typeof inner.result === 'object' &&
    inner.children[0]?.result === inner.result
  )
    inner = inner.children[0] as Frame;
  return inner;
}

function childOf(parent: Frame, step: string | number): Descent | undefined {
  if (Array.isArray(parent.result)) return itemOf(parent, parent.result, Number(step));
  if (parent.kind !== 'mapping' || typeof parent.result !== 'object') return undefined;
  const map = parent.result as Readonly<Record<string, unknown>> | null;
  const { children } = parent;
  for (let at = 0; at + 1 < children.length; at += 1) {
    const [key, value] = [children[at] as Frame, children[at + 1] as Frame];
    const name = keyText(key.result);
    if (map === null || !Object.hasOwn(map, name) || !Object.is(map[name], value.result)) continue;
    if (name === String(step)) return { key, value, found: true };
    at += 1;
  }
  return undefined;
}

function itemOf(parent: Frame, list: readonly unknown[], index: number): Descent | undefined {
  let next = 0;
  for (const child of parent.children) {
    if (!Object.is(child.result, list[next])) continue;
    if (next === index) return { key: child, value: child, found: true };
    next += 1;
  }
  return undefined;
}

/** A null that is no more than the absence of a value after its key. */
function isUnwritten(text: string, frame: Frame): boolean {
  return (
    frame.result === null &&
    !/^[ \t]*(~|null|Null|NULL)/.test(text.slice(frame.start, frame.start + 40))
  );
}

function keyText(result: unknown): string {
  return typeof result === 'object' && result !== null ? '[object Object]' : String(result);
}

/** Skips blanks, line ends and comments in front of a node. */
function contentStart(text: string, start: number): number {
  let at = start;
  while (at < text.length) {
    const character = text[at];
    if (character === '#') {
      while (at < text.length && text[at] !== '\n' && text[at] !== '\r') at += 1;
    } else if (
      character === ' ' ||
      character === '\t' ||
      character === '\n' ||
      character === '\r'
    ) {
      at += 1;
    } else break;
  }
  return at < text.length ? at : Math.min(start, Math.max(0, text.length - 1));
}

function lineStartsOf(text: string): readonly number[] {
  const starts = [0];
  for (const end of text.matchAll(/\r\n|\r|\n/g)) starts.push(end.index + end[0].length);
  return starts;
}

function lastAtMost(sorted: readonly number[], wanted: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if ((sorted[middle] ?? 0) <= wanted) low = middle;
    else high = middle - 1;
  }
  return low;
}
