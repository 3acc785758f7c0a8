/** Of two values of one key the stricter. Where a policy lacks a key it asks for nothing there. */

export type Keyed = Readonly<Record<string, unknown>>;

/** @param sides the whole of both, for the few values that others bear on. */
export type Rule<Value, Whole = unknown> = (
  own: Value | undefined,
  theirs: Value | undefined,
  sides: { readonly own: Whole; readonly theirs: Whole },
) => Value | undefined;

/** For caps, times and counts that allow. */
export function smallest(own: number | undefined, theirs: number | undefined): number | undefined {
  return own === undefined || theirs === undefined ? (own ?? theirs) : Math.min(own, theirs);
}

/** For thresholds and numbers of people. */
export function largest(own: number | undefined, theirs: number | undefined): number | undefined {
  return own === undefined || theirs === undefined ? (own ?? theirs) : Math.max(own, theirs);
}

/** For what is demanded. */
export function eitherAsks(own: boolean | undefined, theirs: boolean | undefined): boolean {
  return own === true || theirs === true;
}

/** For what is allowed. */
export function bothAllow(own: boolean | undefined, theirs: boolean | undefined): boolean {
  return own === true && theirs === true;
}

/** For a word that allows more than the other: it holds only as both have written it. */
export function bothSay<Word extends string>(more: Word, less: Word) {
  return (own: Word | undefined, theirs: Word | undefined): Word | undefined => {
    if (own === undefined && theirs === undefined) return undefined;
    return own === more && theirs === more ? more : less;
  };
}

/** For words in an order, the mildest first. */
export function strictestOf<Word extends string>(...words: readonly Word[]) {
  return (own: Word | undefined, theirs: Word | undefined): Word | undefined =>
    words.toReversed().find((word) => word === own || word === theirs);
}

/** For lists that guard. */
export function inEither<Entry>(own: Entry[] = [], theirs: Entry[] = []): Entry[] {
  return [...new Set([...own, ...theirs])];
}

/** For lists that ease: an entry counts only as both have written it. */
export function inBoth<Entry>(own: Entry[] = [], theirs: Entry[] = []): Entry[] {
  return own.filter((entry) => theirs.includes(entry));
}

/** Stands for what an empty list of approvers means. No handle and no address has a space. */
export const ANY_MAINTAINER = 'any maintainer';
const AND = ' & ';

/** More ways to be admitted than this are left out, which admits fewer. */
const PAIRS_MAX = 500;

/**
 * Whom both lists admit. Whether one person is in two teams is not known here, so an entry can ask for
 * several things of the same person: `@acme/security & @acme/cart`.
 */
export function bothApprove(own: string[] = [], theirs: string[] = []): string[] {
  if (own.length === 0 && theirs.length === 0) return [];
  const common = inBoth(own, theirs);
  const rest = (list: readonly string[]) =>
    list.length === 0 ? [ANY_MAINTAINER] : list.filter((entry) => !common.includes(entry));
  const [others, owners] = [rest(own), rest(theirs)];
  const pairs = others.flatMap((one) =>
    owners.map((other) => [...new Set([...approverParts(one), ...approverParts(other)])].join(AND)),
  );
  return [...common, ...pairs.slice(0, PAIRS_MAX)];
}

/** What an entry of a list of approvers asks of one person: all of these. */
export function approverParts(entry: string): readonly string[] {
  return entry.split(AND);
}

/** People who stand in both lists, however their names are written. */
export function heldBySame(own: readonly string[], theirs: readonly string[]): string[] {
  const plain = (name: string) => name.trim().toLowerCase();
  return own.filter((one) => theirs.some((other) => plain(one) === plain(other)));
}

/** Whether both name the same, in any order. */
export function sameList(one: readonly string[], other: readonly string[]): boolean {
  return [one, other].every((list) => new Set(list).size === new Set([...one, ...other]).size);
}

/** Whether two values of plain data are equal; keys may stand in any order. */
export function sameValue(one: unknown, other: unknown): boolean {
  return sorted(one) === sorted(other);
}

function sorted(value: unknown): string {
  return (
    JSON.stringify(value, (_key, inner: unknown) =>
      typeof inner === 'object' && inner !== null && !Array.isArray(inner)
        ? Object.fromEntries(Object.entries(inner).toSorted(([a], [b]) => (a < b ? -1 : 1)))
        : inner,
    ) ?? 'undefined'
  );
}

/** A name that is not taken yet, for what the owner's policy brings beside something of the same name. */
export function freeId(id: string, taken: Set<string>): string {
  let name = id;
  for (let at = 1; taken.has(name); at += 1)
    name = `${id.slice(0, 45)}-organization${at === 1 ? '' : `-${at}`}`;
  taken.add(name);
  return name;
}
