import { type Path, quoted } from '../strictness/document.ts';
import { isDateTime } from './date-time.ts';

/** The form a value must have, as data. Only what the published v11 documents need. */
export type Shape =
  | {
      readonly kind: 'text';
      readonly charactersMin?: number;
      readonly charactersMax?: number;
      readonly pattern?: RegExp;
      readonly never?: RegExp;
      readonly oneOf?: readonly string[];
      readonly noneOf?: readonly string[];
      readonly dateTime?: boolean;
    }
  | {
      readonly kind: 'integer';
      readonly min?: number;
      readonly max?: number;
      readonly oneOf?: readonly number[];
    }
  | { readonly kind: 'flag' }
  | { readonly kind: 'list'; readonly items: Shape; readonly itemsMin?: number }
  | { readonly kind: 'mapping'; readonly fields: Fields; readonly required: readonly string[] }
  | { readonly kind: 'free-mapping' };

export type Fields = Readonly<Record<string, Shape>>;

/** A value that does not have its form. */
export interface Misfit {
  readonly why:
    | 'type'
    | 'choice'
    | 'pattern'
    | 'never'
    | 'length'
    | 'bound'
    | 'missing'
    | 'unknown';
  /** The value; for a missing or unknown key, the mapping it belongs to. */
  readonly path: Path;
  /** The missing or unknown key, else undefined. */
  readonly key?: string;
  readonly says: string;
}

/**
 * Every misfit of a value: of a mapping first what it lacks, then what it has too much, then its
 * values in the order of the form, as the published validator prints them. A value of the wrong
 * type is one misfit, and one more where the form bars texts: nothing but a text can pass a bar.
 */
export function misfits(shape: Shape, value: unknown, path: Path = []): readonly Misfit[] {
  switch (shape.kind) {
    case 'text':
      return typeof value === 'string'
        ? textMisfits(shape, value, path)
        : [...barred(shape, value, path), wrongType(path, 'text', value)];
    case 'integer':
      return typeof value === 'number' && Number.isInteger(value)
        ? integerMisfits(shape, value, path)
        : [wrongType(path, 'a whole number', value)];
    case 'flag':
      return typeof value === 'boolean' ? [] : [wrongType(path, 'true or false', value)];
    case 'list':
      return Array.isArray(value)
        ? listMisfits(shape, value, path)
        : [wrongType(path, 'a list', value)];
    case 'mapping':
      return isMapping(value)
        ? mappingMisfits(shape, value, path)
        : [wrongType(path, 'a mapping', value)];
    case 'free-mapping':
      return isMapping(value) ? [] : [wrongType(path, 'a mapping', value)];
  }
}

function isMapping(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function barred(
  { never }: Extract<Shape, { kind: 'text' }>,
  value: unknown,
  path: Path,
): readonly Misfit[] {
  return never === undefined
    ? []
    : [{ why: 'never', path, says: `${quoted(value)} is not allowed here` }];
}

function wrongType(path: Path, wanted: string, value: unknown): Misfit {
  return { why: 'type', path, says: `must be ${wanted}, not ${quoted(value)}` };
}

function textMisfits(
  shape: Extract<Shape, { kind: 'text' }>,
  value: string,
  path: Path,
): readonly Misfit[] {
  const found: Misfit[] = [];
  const misfit = (why: Misfit['why'], says: string): number => found.push({ why, path, says });
  const characters = Array.from(value).length;
  if (shape.charactersMin !== undefined && characters < shape.charactersMin)
    misfit('length', 'must not be empty');
  if (shape.charactersMax !== undefined && characters > shape.charactersMax)
    misfit('length', `has ${characters} characters; at most ${shape.charactersMax} are allowed`);
  if (shape.pattern !== undefined && !shape.pattern.test(value))
    misfit('pattern', `${quoted(value)} does not have the form ${shape.pattern.source}`);
  if (shape.never?.test(value)) misfit('never', `${quoted(value)} is not allowed here`);
  if (shape.noneOf?.includes(value)) misfit('never', `${quoted(value)} is not allowed here`);
  if (shape.oneOf !== undefined && !shape.oneOf.includes(value))
    misfit('choice', `${quoted(value)} is not one of ${shape.oneOf.join(', ')}`);
  if (shape.dateTime === true && !isDateTime(value))
    misfit('pattern', `${quoted(value)} is not a date and time with zone`);
  return found;
}

function integerMisfits(
  shape: Extract<Shape, { kind: 'integer' }>,
  value: number,
  path: Path,
): readonly Misfit[] {
  if (shape.oneOf !== undefined && !shape.oneOf.includes(value))
    return [{ why: 'choice', path, says: `${value} is not one of ${shape.oneOf.join(', ')}` }];
  if (shape.min !== undefined && value < shape.min)
    return [{ why: 'bound', path, says: `${value} is below ${shape.min}` }];
  if (shape.max !== undefined && value > shape.max)
    return [{ why: 'bound', path, says: `${value} is above ${shape.max}` }];
  return [];
}

function listMisfits(
  shape: Extract<Shape, { kind: 'list' }>,
  list: readonly unknown[],
  path: Path,
): readonly Misfit[] {
  const short: Misfit[] =
    shape.itemsMin !== undefined && list.length < shape.itemsMin
      ? [{ why: 'length', path, says: 'must have at least one entry' }]
      : [];
  return [...short, ...list.flatMap((item, at) => misfits(shape.items, item, [...path, at]))];
}

function mappingMisfits(
  shape: Extract<Shape, { kind: 'mapping' }>,
  map: Readonly<Record<string, unknown>>,
  path: Path,
): readonly Misfit[] {
  const found: Misfit[] = [];
  for (const key of shape.required) {
    if (!Object.hasOwn(map, key))
      found.push({ why: 'missing', path, key, says: `the key ${key} is missing` });
  }
  for (const key of Object.keys(map)) {
    if (!Object.hasOwn(shape.fields, key))
      found.push({ why: 'unknown', path, key, says: `the key ${quoted(key)} is not known here` });
  }
  for (const [key, field] of Object.entries(shape.fields)) {
    if (Object.hasOwn(map, key)) found.push(...misfits(field, map[key], [...path, key]));
  }
  return found;
}
