/** What a schema's validator found, as problems that a person can mend. */

import type { Place } from '../primitives.ts';
import type { DocumentProblem } from './law.ts';
import { nearest } from './nearest.ts';
import type { YamlPath } from './yaml.ts';

/** One error of a generated validator. */
export interface SchemaError {
  readonly keyword: string;
  /** JSON pointer of the value. */
  readonly instancePath: string;
  readonly params: Readonly<Record<string, unknown>>;
  readonly parentSchema?: {
    readonly description?: string;
    readonly properties?: Readonly<Record<string, unknown>>;
  };
  readonly data?: unknown;
  readonly propertyName?: string;
}

/** A validator as policies/generate.ts writes it; `errors` belongs to its last call. */
export interface SchemaValidator {
  (data: unknown): boolean;
  errors?: readonly SchemaError[] | null;
}

/** A document checked against its schema. */
export interface CheckedDocument {
  readonly value: unknown;
  /** First part of the rule ids, e.g. `policy`. */
  readonly family: string;
  readonly placeOf: (path: YamlPath, part?: 'key' | 'value') => Place;
  /** Where a key belongs that is unknown at this path, as a hint; undefined where it is known nowhere. */
  readonly keyHint?: (path: YamlPath, key: string) => string | undefined;
}

/** A person mends the first problems and reads again. */
const problemsMax = 50;

/** Every way in which a document breaks its schema, in the order of the document; empty where it keeps it. */
export function schemaProblems(
  validate: SchemaValidator,
  document: CheckedDocument,
): readonly DocumentProblem[] {
  if (validate(document.value)) return [];
  const problems: DocumentProblem[] = [];
  for (const error of validate.errors ?? []) {
    if (problems.length >= problemsMax) break;
    const problem = problemOf(error, document);
    if (problem !== null) problems.push(problem);
  }
  return problems.toSorted(byPlace);
}

/** A problem with its rule, at a path of a document. */
export function problemAt(
  document: Pick<CheckedDocument, 'family' | 'placeOf'>,
  problem: {
    readonly rule: string;
    readonly path: YamlPath;
    readonly part?: 'key' | 'value';
    readonly message: string;
    readonly hint: string;
    readonly severity?: 'error' | 'warning';
  },
): DocumentProblem {
  const { line, column } = document.placeOf(problem.path, problem.part);
  return {
    rule: `${document.family}.${problem.rule}`,
    severity: problem.severity ?? 'error',
    message: problem.message,
    line,
    column,
    hint: problem.hint,
  };
}

/** A path as a person writes it: `risk_tiers.1.max_files`, `budgets[0].paths`. */
export function dotted(path: YamlPath): string {
  const text = path
    .map((step) => (typeof step === 'number' ? `[${step}]` : `.${shortened(String(step))}`))
    .join('');
  return text.startsWith('.') ? text.slice(1) : text;
}

/** A value of a document in a sentence: one line, bounded. */
export function quoted(value: unknown): string {
  if (Array.isArray(value)) return 'a list';
  if (typeof value === 'object' && value !== null) return 'a map';
  return typeof value === 'string' ? JSON.stringify(shortened(value)) : String(value);
}

function shortened(text: string): string {
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}

function byPlace(a: DocumentProblem, b: DocumentProblem): number {
  return (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0);
}

function problemOf(error: SchemaError, document: CheckedDocument): DocumentProblem | null {
  // The error of the alternatives' own keyword says less than the errors within them.
  if (error.keyword === 'oneOf' || error.propertyName !== undefined) return null;
  const path = pathOf(error.instancePath, document.value);
  const where = path.length === 0 ? 'the document' : dotted(path);
  const said = wordsOf(error, where);
  const elsewhere =
    said.rule === 'unknown-key' ? document.keyHint?.(path, said.key ?? '') : undefined;
  const words = elsewhere === undefined ? said : { ...said, hint: elsewhere };
  const inner = words.key === undefined ? path : [...path, words.key];
  const part = words.part ?? 'value';
  return problemAt(document, { ...words, path: inner, part });
}

interface Words {
  readonly rule: string;
  readonly message: string;
  readonly hint: string;
  /** The key below the path that the problem is about. */
  readonly key?: string;
  readonly part?: 'key' | 'value';
}

function wordsOf(error: SchemaError, where: string): Words {
  const { params, data } = error;
  const limit = String(params['limit']);
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownKey(String(params['additionalProperty']), error, where);
    case 'propertyNames': {
      const key = String(params['propertyName']);
      const message = `${quoted(key)} in ${where} is not a name`;
      const hint = 'Use a to z, 0 to 9, _ and -, a letter first, at most 64.';
      return { rule: 'malformed-name', message, hint, key, part: 'key' };
    }
    case 'required': {
      const key = String(params['missingProperty']);
      return { rule: 'missing-key', message: `${where} lacks ${quoted(key)}`, hint: `Add ${key}.` };
    }
    case 'type':
      return {
        rule: 'wrong-type',
        message: `${where} is ${kindOfValue(data)}`,
        hint: `Write ${needed(params['type'])}.`,
      };
    case 'enum':
    case 'const':
    case 'discriminator':
      return notAllowed(error, where);
    case 'minimum':
    case 'maximum': {
      const side = error.keyword === 'minimum' ? 'least' : 'most';
      const hint = `Write a number of at ${side} ${limit}.`;
      return { rule: 'out-of-range', message: `${where} is ${quoted(data)}`, hint };
    }
    case 'minItems':
    case 'maxItems':
    case 'maxProperties': {
      const side = error.keyword === 'minItems' ? 'least' : 'most';
      const message = `${where} has the wrong number of entries`;
      return { rule: 'wrong-count', message, hint: `Write at ${side} ${limit}.` };
    }
    case 'minLength':
    case 'maxLength': {
      const side = error.keyword === 'minLength' ? 'least' : 'most';
      const message = `${where} has the wrong length`;
      return {
        rule: 'wrong-length',
        message,
        hint: `Use at ${side} ${limit} characters.`,
      };
    }
    default: {
      const meant = error.parentSchema?.description;
      const message = `${where} is ${quoted(data)}, which is malformed`;
      return { rule: 'malformed', message, hint: meant ?? `Match ${String(params['pattern'])}.` };
    }
  }
}

function unknownKey(key: string, error: SchemaError, where: string): Words {
  const known = Object.keys(error.parentSchema?.properties ?? {});
  const near = nearest(key, known);
  const listed = known.length > 12 ? `${known.slice(0, 12).join(', ')}, …` : known.join(', ');
  const hint = near === undefined ? `Known here: ${listed}.` : `Did you mean "${near}"?`;
  return {
    rule: 'unknown-key',
    message: `unknown key ${quoted(key)} in ${where}`,
    hint,
    key,
    part: 'key',
  };
}

function notAllowed(error: SchemaError, where: string): Words {
  const { params, keyword, data } = error;
  if (keyword === 'discriminator') {
    const message = `${where}.${String(params['tag'])} is ${quoted(params['tagValue'])}`;
    return { rule: 'not-allowed', message, hint: 'Allowed: arbiter, command, check, evidence.' };
  }
  const allowed = keyword === 'const' ? [params['allowedValue']] : params['allowedValues'];
  const list = Array.isArray(allowed) ? allowed : [];
  const near = typeof data === 'string' ? nearest(data, list.filter(isText)) : undefined;
  const hint = `Allowed: ${list.map(quoted).join(', ')}.`;
  return {
    rule: 'not-allowed',
    message: `${where} is ${quoted(data)}`,
    hint: near === undefined ? hint : `Did you mean "${near}"? ${hint}`,
  };
}

function isText(value: unknown): value is string {
  return typeof value === 'string';
}

function kindOfValue(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (typeof value === 'string') return `the text ${quoted(value)}`;
  if (typeof value === 'number') return `the number ${value}`;
  return typeof value === 'boolean' ? String(value) : quoted(value);
}

function needed(type: unknown): string {
  const names = (Array.isArray(type) ? type : [type]).map(String);
  return names.map((name) => typeNames[name] ?? name).join(' or ');
}

const typeNames: Readonly<Record<string, string>> = {
  integer: 'a whole number without quotes',
  number: 'a number without quotes',
  string: 'a text',
  boolean: 'true or false',
  array: 'a list',
  object: 'a map',
  null: 'null',
};

function pathOf(pointer: string, root: unknown): YamlPath {
  if (pointer === '') return [];
  const path: (string | number)[] = [];
  let value: unknown = root;
  for (const part of pointer.slice(1).split('/')) {
    const key = part.replaceAll('~1', '/').replaceAll('~0', '~');
    path.push(Array.isArray(value) ? Number(key) : key);
    value = (value as Record<string, unknown> | undefined)?.[key];
  }
  return path;
}
