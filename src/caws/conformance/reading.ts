import { load, type Schema, YAMLException } from 'js-yaml';
import type { LocatedDocument, Spot } from '../strictness/document.ts';
import { firstKeyProperty, indexPlaces, type PlaceRecorder, recordPlaces } from './places.ts';
import { coreSchema, standardSchema } from './published-yaml.ts';

/** Enough for the largest spec or policy ever seen in the wild, thirty times over. */
export const documentBytesMax = 1024 * 1024;
/** Chains and logs grow with a repository's age; beyond this they are archives. */
export const chainBytesMax = 8 * 1024 * 1024;
/** Nested deeper, no CAWS document is meant for people. The published parsers have no such bound. */
const depthMax = 64;
/** Values after aliases are followed: bounds what an alias bomb can make any later step cost. */
export const valuesMax = 50_000;
/** A chain of 8 MiB has this many values. */
export const chainValuesMax = 1_000_000;

/** What a published parser makes of the text. */
export type Parsed =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly reason: ParseFailure; readonly spot: Spot };

export type ParseFailure =
  | 'syntax'
  | 'duplicate-key'
  | 'several-documents'
  | 'tab'
  | 'unknown-tag'
  | 'too-deep';

/** One text as both published parsers read it. */
export interface Reading {
  /** js-yaml's core schema, as CLI 12.0.0 reads specs and policies. */
  readonly core: Parsed;
  /** js-yaml's default schema (dates, merge keys), as every older tool reads everything. */
  readonly standard: Parsed;
  /** Undefined where the core schema does not parse. */
  readonly document: LocatedDocument | undefined;
  readonly spotAt: (offset: number) => Spot;
}

/**
 * Reads a text without byte order mark. Never throws, whatever the text: a failure is a value
 * with its place. The caller bounds the bytes.
 */
export function readText(file: string, text: string): Reading {
  const recorder = recordPlaces();
  const core = parse(text, coreSchema, recorder);
  const standard =
    !core.ok || mayReadDifferently(text) ? parse(text, standardSchema, recordPlaces()) : core;
  const index = indexPlaces(text, core.ok ? recorder.root() : null);
  if (!core.ok) return { core, standard, document: undefined, spotAt: index.spotAt };
  const document: LocatedDocument = {
    file,
    text,
    value: core.value,
    spotOf: (path, part = 'value') => index.spotAt(index.offsetOf(path, part)),
    spotAt: index.spotAt,
    tokenAt: (path) =>
      index.exists(path) ? plainTokenAt(text, index.offsetOf(path, 'value')) : undefined,
    anchors: text.includes('&') ? index.nodesStartingWith('&') : [],
    aliases: text.includes('*') ? index.nodesStartingWith('*') : [],
    tags: text.includes('!') ? index.nodesStartingWith('!') : [],
  };
  return { core, standard, document, spotAt: index.spotAt };
}

/** Unquoted dates, merge keys and tags are all that the two schemas read differently. */
function mayReadDifferently(text: string): boolean {
  return /(^|[\s,:[{-])(\d{4}-\d\d?-\d\d?|!)|<</.test(text);
}

function parse(text: string, schema: Schema, recorder: PlaceRecorder): Parsed {
  try {
    const value: unknown = load(text, { schema, listener: recorder.listen });
    const property = /[&!]/.test(text) ? firstKeyProperty(text, recorder.root()) : undefined;
    if (property === undefined) return { ok: true, value };
    const spot = indexPlaces(text, null).spotAt(property);
    return { ok: false, reason: 'syntax', spot };
  } catch (error) {
    const mark = error instanceof YAMLException ? error.mark : undefined;
    const spot = { line: (mark?.line ?? 0) + 1, column: (mark?.column ?? 0) + 1 };
    return { ok: false, reason: failureOf(error), spot };
  }
}

const failures: readonly (readonly [RegExp, ParseFailure])[] = [
  [/duplicated mapping key/, 'duplicate-key'],
  [/single document/, 'several-documents'],
  [/tab characters/, 'tab'],
  [/unknown tag/, 'unknown-tag'],
  [/maxDepth/, 'too-deep'],
];

function failureOf(error: unknown): ParseFailure {
  const words = error instanceof YAMLException ? error.reason : '';
  return failures.find(([pattern]) => pattern.test(words))?.[1] ?? 'syntax';
}

function plainTokenAt(text: string, offset: number): string | undefined {
  const token = /^[^\s,\]}#]{1,40}/.exec(text.slice(offset, offset + 41))?.[0];
  return token === undefined || /^["'|>&*![{]/.test(token) ? undefined : token;
}

/** Whether a value fits the bounds once aliases are followed; a cycle never does. */
export function measure(
  value: unknown,
  bounds: { readonly valuesMax: number },
): 'fits' | 'too-deep' | 'too-many' {
  let values = 0;
  const visit = (node: unknown, depth: number): 'fits' | 'too-deep' | 'too-many' => {
    values += 1;
    if (values > bounds.valuesMax) return 'too-many';
    if (typeof node !== 'object' || node === null) return 'fits';
    if (depth >= depthMax) return 'too-deep';
    for (const child of Object.values(node)) {
      const answer = visit(child, depth + 1);
      if (answer !== 'fits') return answer;
    }
    return 'fits';
  };
  return visit(value, 0);
}
