/** YAML 1.2 (and JSON, which is part of it) as bounded, located, plain values. */

import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  Parser,
  type YAMLMap,
} from 'yaml';
import { cutTo, fail, ok, type Place } from '../primitives.ts';
import type { DocumentProblem, Read } from './law.ts';

/** What one document may cost. Documents of the law are hand-written and stay far below. */
export const yamlBounds = {
  /** The largest document of any public CAWS repository is below 100 KB; time and memory grow with bytes. */
  bytesMax: 256 * 1024,
  /** The parser recurses once a level; nothing a person writes nests deeper. */
  depthMax: 48,
  /** Counted after aliases are expanded, so that a few lines cannot stand for millions of values. */
  nodesMax: 20_000,
  /** Anchors save typing in CI files; more than this is an attack on the reader. */
  aliasesMax: 64,
  /** A person mends the first problems and reads again. */
  problemsMax: 50,
} as const;

export type YamlPath = readonly (string | number)[];

/** A document as plain values, and where each of them stands. */
export interface LocatedYaml {
  /**
   * Strings, finite numbers, booleans, null, arrays and objects without prototype, so that keys such
   * as `__proto__` are ordinary. An empty document is null.
   */
  readonly value: unknown;
  /** Where the value (or the key) at a path stands; for a path that does not exist its nearest parent. */
  readonly placeOf: (path: YamlPath, part?: 'key' | 'value') => Place;
  /** The scalar at a path as it was written, e.g. `010` or `1e3`; undefined where there is none. */
  readonly sourceOf: (path: YamlPath) => string | undefined;
}

/** What YAML forbids in a document: control characters other than tab and line ends. */
const forbiddenCharacter = /[^\t\n\r -~\u0085\u00a0-\uffff]/;

/**
 * Reads one YAML 1.2 document by the core schema.
 *
 * Refused with a place: more than one document, directives (they switch the schema), explicit tags,
 * merge keys, duplicate keys (also `1` beside `"1"`), keys that are not scalars, NaN and infinities,
 * integers that a double cannot hold, control characters, escapes for half of a character, recursive
 * aliases, anything over `yamlBounds`.
 *
 * @throws never, whatever the text.
 */
export function readYaml(text: string, file: string): Read<LocatedYaml> {
  const lines = new LineCounter();
  const problems: DocumentProblem[] = [];
  const report: Report = (rule, offset, message, hint) => {
    if (problems.length >= yamlBounds.problemsMax) return;
    const { line, col } = offset === null ? { line: 0, col: 0 } : lines.linePos(offset);
    problems.push({
      rule,
      severity: 'error',
      message,
      line: line > 0 ? line : null,
      column: line > 0 ? col : null,
      hint,
    });
  };
  const document = documentOf(text, lines, report);
  if (document === null) return fail({ file, problems });
  const reading: Reading = {
    report,
    targets: new Map(),
    anchors: new Map(),
    nodes: 0,
    aliases: 0,
  };
  const value = document.contents === null ? null : plainOf(reading, document.contents, 1).value;
  if (problems.length > 0) return fail({ file, problems });
  const nodeAt = nodeFinder(document, reading.targets);
  return ok({
    value,
    placeOf: (path, part = 'value') => {
      const found = nodeAt(path);
      const offset = (part === 'key' ? found.key : found.value) ?? found.value ?? 0;
      const { line, col } = lines.linePos(offset);
      return { file, line: Math.max(line, 1), column: Math.max(col, 1) };
    },
    sourceOf: (path) => nodeAt(path).source,
  });
}

type Report = (rule: string, offset: number | null, message: string, hint: string) => void;

function documentOf(text: string, lines: LineCounter, report: Report): Document.Parsed | null {
  // UTF-8 needs at least one byte a UTF-16 unit, so the cheap test spares encoding a huge text.
  if (
    text.length > yamlBounds.bytesMax ||
    new TextEncoder().encode(text).length > yamlBounds.bytesMax
  ) {
    const hint = 'Split the document; nothing of it was read.';
    report('yaml.too-large', null, `more than ${yamlBounds.bytesMax} bytes`, hint);
    return null;
  }
  const control = forbiddenCharacter.exec(text);
  if (control !== null) {
    lines.addNewLine(0);
    for (
      let at = text.indexOf('\n');
      at >= 0 && at < control.index;
      at = text.indexOf('\n', at + 1)
    )
      lines.addNewLine(at + 1);
    const code = control[0].charCodeAt(0).toString(16).padStart(4, '0');
    report('yaml.control-character', control.index, `control character U+${code}`, 'Delete it.');
    return null;
  }
  const tokens = [...new Parser(lines.addNewLine).parse(text)];
  const tooDeep = firstTooDeep(tokens);
  if (tooDeep !== null) {
    const hint = 'Nest less; nothing of the document was read.';
    report('yaml.too-deep', tooDeep, `nested deeper than ${yamlBounds.depthMax} levels`, hint);
    return null;
  }
  // uniqueKeys of the library compares every pair of keys; mapOf does it in one pass.
  const options = {
    version: '1.2',
    schema: 'core',
    uniqueKeys: false,
    prettyErrors: false,
  } as const;
  const documents = [...new Composer(options).compose(tokens, true, text.length)];
  return onlyDocument(tokens, documents as Document.Parsed[], report);
}

function onlyDocument(
  tokens: readonly CST.Token[],
  documents: readonly Document.Parsed[],
  report: Report,
): Document.Parsed | null {
  const directive = tokens.find((token) => token.type === 'directive');
  if (directive !== undefined) {
    const hint = 'Delete the line that starts with %.';
    report(
      'yaml.directive',
      directive.offset,
      'a YAML directive changes how values are read',
      hint,
    );
    return null;
  }
  const [document, second] = documents;
  if (second !== undefined) {
    const hint = 'Keep one document in a file.';
    report('yaml.several-documents', second.range[0], 'a second document begins here', hint);
    return null;
  }
  if (document === undefined) return null;
  for (const error of document.errors) {
    report('yaml.syntax', error.pos[0], shown(error.message), syntaxHint);
  }
  return document.errors.length > 0 ? null : document;
}

const syntaxHint = 'Mend the YAML; nothing of the document was read.';

/** Depth of the token tree without recursion: the library's own composer would overflow the stack. */
function firstTooDeep(tokens: readonly CST.Token[]): number | null {
  const waiting: { readonly token: CST.Token; readonly depth: number }[] = [];
  for (const token of tokens) waiting.push({ token, depth: 0 });
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next.depth > yamlBounds.depthMax) return next.token.offset;
    const { token, depth } = next;
    if (token.type === 'document' && token.value !== undefined)
      waiting.push({ token: token.value, depth });
    if (!('items' in token)) continue;
    for (const item of token.items) {
      if (item.key) waiting.push({ token: item.key, depth: depth + 1 });
      if (item.value) waiting.push({ token: item.value, depth: depth + 1 });
    }
  }
  return null;
}

/** What an anchor stands for: its value and what it costs to use it once more. */
interface Measured {
  readonly value: unknown;
  readonly nodes: number;
  readonly height: number;
}

/** What reading has met so far. Values are made in document order, in which anchors count. */
interface Reading {
  readonly report: Report;
  /** Alias node to the node it stands for, for finding places. */
  readonly targets: Map<Node, Node>;
  readonly anchors: Map<string, { readonly node: Node; readonly read: Measured | null }>;
  nodes: number;
  aliases: number;
}

function plainOf(reading: Reading, node: Node | null, depth: number): Measured {
  const before = reading.nodes;
  if (!spend(reading, 1, node)) return { value: null, nodes: 1, height: 1 };
  if (node === null) return { value: null, nodes: 1, height: 1 };
  if (isAlias(node)) return aliasOf(reading, node.source, node, depth);
  const anchor = 'anchor' in node ? node.anchor : undefined;
  if (anchor !== undefined) reading.anchors.set(anchor, { node, read: null });
  if (node.tag !== undefined) {
    const hint = 'Delete the tag; quote the value where it is meant as text.';
    reading.report('yaml.tag', offsetOf(node), `the tag ${shown(node.tag)} is not read`, hint);
  }
  const { value, height } = contentOf(reading, node, depth);
  const read = { value, nodes: reading.nodes - before, height };
  if (anchor !== undefined) reading.anchors.set(anchor, { node, read });
  return read;
}

function contentOf(
  reading: Reading,
  node: Node,
  depth: number,
): { readonly value: unknown; readonly height: number } {
  if (isMap(node)) return mapOf(reading, node, depth);
  if (isSeq(node)) {
    const items = node.items.map((item) => plainOf(reading, item as Node | null, depth + 1));
    return { value: items.map((item) => item.value), height: 1 + highest(items) };
  }
  const value = isScalar(node) ? node.value : null;
  if (typeof value === 'number') checkNumber(reading, value, node);
  if (typeof value === 'string') checkText(reading, value, node);
  return { value: value === undefined ? null : value, height: 1 };
}

function mapOf(
  reading: Reading,
  node: YAMLMap,
  depth: number,
): { readonly value: unknown; readonly height: number } {
  const value: Record<string, unknown> = Object.create(null);
  const read: Measured[] = [];
  for (const pair of node.items) {
    if (!isPair(pair)) continue;
    const key = keyText(pair.key);
    const inner = plainOf(reading, pair.value as Node | null, depth + 1);
    read.push(inner);
    const at = offsetOf(pair.key as Node | null) ?? offsetOf(node);
    if (key === null) {
      const hint = 'Quote the key; braces of an unfilled template read as a map.';
      reading.report('yaml.key', at, 'a key has to be one plain or quoted text', hint);
    } else if (key === '<<') {
      const hint = 'Write the values out; a merge key means different things to different readers.';
      reading.report('yaml.merge-key', at, 'merge keys are not read', hint);
    } else if (Object.hasOwn(value, key)) {
      const hint = 'Keep one of them.';
      reading.report('yaml.duplicate-key', at, `the key "${shown(key)}" stands here twice`, hint);
    } else {
      checkText(reading, key, pair.key as Node | null);
      value[key] = inner.value;
    }
  }
  return { value, height: 1 + highest(read) };
}

function aliasOf(reading: Reading, name: string, node: Node, depth: number): Measured {
  const target = reading.anchors.get(name);
  const unreadable = { value: null, nodes: 1, height: 1 };
  reading.aliases += 1;
  if (target === undefined || target.read === null) {
    const message = `the alias *${shown(name)} has no finished anchor before it`;
    reading.report('yaml.alias', offsetOf(node), message, 'Write the value out.');
    return unreadable;
  }
  if (reading.aliases > yamlBounds.aliasesMax) {
    const message = `more than ${yamlBounds.aliasesMax} aliases`;
    reading.report('yaml.too-many-aliases', offsetOf(node), message, 'Write the values out.');
    return unreadable;
  }
  reading.targets.set(node, target.node);
  if (depth + target.read.height > yamlBounds.depthMax) {
    const message = `nested deeper than ${yamlBounds.depthMax} levels`;
    reading.report('yaml.too-deep', offsetOf(node), message, 'Nest less.');
    return unreadable;
  }
  return spend(reading, target.read.nodes, node) ? target.read : unreadable;
}

/** An escape can spell half of a character, which no record can hold. */
function checkText(reading: Reading, text: string, node: Node | null): void {
  if (text.isWellFormed()) return;
  const hint = 'Write the character itself.';
  reading.report('yaml.half-character', offsetOf(node), 'an escape for half of a character', hint);
}

function checkNumber(reading: Reading, value: number, node: Node): void {
  if (!Number.isFinite(value)) {
    const hint = 'Write a finite number, or quote it where it is meant as text.';
    reading.report(
      'yaml.not-finite',
      offsetOf(node),
      'NaN and infinities are not numbers here',
      hint,
    );
  } else if (Number.isInteger(value) && !Number.isSafeInteger(value)) {
    const hint = 'Quote it where it is meant as text.';
    reading.report('yaml.inexact', offsetOf(node), 'the number is too large to be exact', hint);
  }
}

function spend(reading: Reading, nodes: number, node: Node | null): boolean {
  const within = reading.nodes <= yamlBounds.nodesMax;
  reading.nodes += nodes;
  if (within && reading.nodes > yamlBounds.nodesMax) {
    const message = `more than ${yamlBounds.nodesMax} values, aliases expanded`;
    reading.report('yaml.too-many-values', offsetOf(node), message, 'Split the document.');
  }
  return reading.nodes <= yamlBounds.nodesMax;
}

function highest(read: readonly Measured[]): number {
  return read.reduce((most, { height }) => Math.max(most, height), 0);
}

function keyText(key: unknown): string | null {
  if (!isScalar(key) || key.value === null || key.value === undefined) return null;
  if (typeof key.value === 'string') return key.value;
  return key.source ?? null;
}

function offsetOf(node: Node | null): number | null {
  return node?.range?.[0] ?? null;
}

function shown(text: string): string {
  return text.length > 80 ? `${cutTo(text, 80)}…` : text.toWellFormed();
}

interface FoundNode {
  readonly key: number | null;
  readonly value: number | null;
  readonly source: string | undefined;
}

function nodeFinder(document: Document.Parsed, targets: ReadonlyMap<Node, Node>) {
  return (path: YamlPath): FoundNode => {
    let node: Node | null = document.contents;
    let key: number | null = null;
    let value = offsetOf(node);
    for (const [index, step] of path.entries()) {
      const parent: Node | null = (node && targets.get(node)) ?? node;
      const entry = entryOf(parent, step);
      if (entry === undefined) return { key: index === 0 ? null : key, value, source: undefined };
      key = entry.key;
      node = entry.node;
      value = offsetOf(node) ?? key ?? value;
    }
    const source = isScalar(node) ? node.source : undefined;
    return { key, value, source };
  };
}

function entryOf(parent: Node | null, step: string | number) {
  if (isMap(parent)) {
    const pair = parent.items.find((item) => keyText(item.key) === String(step));
    if (pair === undefined) return undefined;
    return { key: offsetOf(pair.key as Node), node: pair.value as Node | null };
  }
  if (isSeq(parent) && typeof step === 'number' && step < parent.items.length) {
    const node = parent.items[step] as Node | null;
    return { key: offsetOf(node), node };
  }
  return undefined;
}
