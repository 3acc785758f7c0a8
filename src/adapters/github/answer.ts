import { type CommitSha, commitSha, type Instant } from '../../primitives.ts';

/** Thrown where an answer is not what GitHub describes: nothing in it is believed then. */
export class OddAnswer extends Error {}

/**
 * The fields of an answer, each read as what it has to be. What is missing or of another kind is an odd
 * answer; only a `maybe` may be null or absent.
 */
export interface Fields {
  readonly text: (name: string) => string;
  readonly maybeText: (name: string) => string | null;
  /** A whole number above zero that JavaScript does not round. */
  readonly id: (name: string) => number;
  readonly maybeId: (name: string) => number | null;
  /** A whole number, zero or more. */
  readonly count: (name: string) => number;
  readonly flag: (name: string) => boolean;
  readonly maybeFlag: (name: string) => boolean | null;
  readonly instant: (name: string) => Instant;
  readonly maybeInstant: (name: string) => Instant | null;
  readonly commit: (name: string) => CommitSha;
  readonly fields: (name: string) => Fields;
  readonly maybeFields: (name: string) => Fields | null;
  readonly list: (name: string) => readonly Fields[];
  readonly maybeTexts: (name: string) => readonly string[] | null;
  readonly has: (name: string) => boolean;
  /** Whether it is `{}`, which GitHub gives for an account of a commit that it does not know. */
  readonly isEmpty: boolean;
  readonly is: (name: string, value: number) => boolean;
}

/** @param what in the words of an error, e.g. `pull request`. */
export function fieldsOf(value: unknown, what: string): Fields {
  if (!isPlainObject(value)) throw new OddAnswer(`no ${what}, but ${kindOf(value)}`);
  const at = (name: string) => (Object.hasOwn(value, name) ? value[name] : undefined);
  const read =
    <Read>(as: (value: unknown) => Read | undefined) =>
    (name: string): Read => {
      const found = as(at(name));
      if (found === undefined) throw new OddAnswer(`${what}: ${name} is ${kindOf(at(name))}`);
      return found;
    };
  const maybe =
    <Read>(reading: (name: string) => Read) =>
    (name: string): Read | null =>
      (at(name) ?? null) === null ? null : reading(name);
  const text = read((found) => (typeof found === 'string' ? found : undefined));
  const id = read(wholeAboveZero);
  const flag = read((found) => (typeof found === 'boolean' ? found : undefined));
  const instant = read(instantIn);
  const fields = (name: string) => fieldsOf(at(name), `${what}: ${name}`);
  return {
    ...{ text, id, flag, instant, fields },
    ...{ maybeText: maybe(text), maybeId: maybe(id), maybeFlag: maybe(flag) },
    maybeInstant: maybe(instant),
    maybeFields: maybe(fields),
    isEmpty: Object.keys(value).length === 0,
    count: read((found) => (found === 0 ? 0 : wholeAboveZero(found))),
    commit: read((found) => (typeof found === 'string' ? commitSha(found) : undefined)),
    list: (name) => listOf(at(name), `${what}: ${name}`),
    maybeTexts: maybe(
      read((found) =>
        Array.isArray(found) && found.every((one) => typeof one === 'string') ? found : undefined,
      ),
    ),
    has: (name) => (at(name) ?? null) !== null,
    is: (name, value) => at(name) === value,
  };
}

/** A list of objects. */
export function listOf(value: unknown, what: string): readonly Fields[] {
  if (!Array.isArray(value)) throw new OddAnswer(`no list of ${what}, but ${kindOf(value)}`);
  return value.map((each) => fieldsOf(each, what));
}

/** The number of something, which JavaScript must not have rounded to another one. */
function wholeAboveZero(value: unknown): number | undefined {
  if (typeof value !== 'number' && typeof value !== 'bigint') return undefined;
  const number = Number(value);
  return Number.isSafeInteger(number) && number > 0 ? number : undefined;
}

function instantIn(value: unknown): Instant | undefined {
  const at = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isNaN(at) ? undefined : (at as Instant);
}

/** What JSON calls an object: bytes and texts have fields as well. */
function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && Object.getPrototypeOf(value) === plain;
}

const plain = Object.prototype;

/** What stands there instead, without its content: that may be anybody's. */
function kindOf(value: unknown): string {
  if (value === undefined) return 'missing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'a list';
  if (value === '') return 'nothing';
  return typeof value === 'object' ? 'an object' : `some ${typeof value}`;
}
