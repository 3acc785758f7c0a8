import type { FileChange } from '../1-pleading/change.ts';
import { type Finding, HOLDS_MAX, PLACES_MAX, type Quantity } from '../caws/findings.ts';
import { type Rule, type RuleId, rules } from '../caws/rules.ts';
import { cutTo, type Place } from '../primitives.ts';

/** One spot of a finding. The file is null where the place is no file of the change. */
export interface Spot {
  readonly path: string;
  readonly file: FileChange | null;
  readonly line: number | null;
  readonly column: number | null;
}

interface Facts {
  /** Needed for rules whose gate is `*`; else the rule's own gate stands. */
  readonly gate?: string;
  readonly subject?: string;
  readonly measured?: Quantity;
  readonly limit?: Quantity;
  readonly spots?: readonly Spot[];
  /** How many spots there are, where only the first are given. */
  readonly spotsTotal?: number;
  /** `given`: the order tells something, e.g. the largest files first. */
  readonly order?: 'by-path' | 'given';
  readonly detail?: Readonly<Record<string, string | number | boolean>>;
}

/** A detail is a word in a sentence; names from the change may be pages long. */
const DETAIL_LENGTH_MAX = 200;

/** The rule by its id, with the type of all rules. */
export function ruleOf(id: RuleId): Rule {
  return rules[id];
}

/**
 * A finding with its places sorted, bounded and counted, so that the order of files never shows.
 * Texts in subject and detail are cut to 200 characters.
 */
export function finding(rule: RuleId, facts: Facts = {}): Finding {
  const spots = facts.spots ?? [];
  const places = facts.order === 'given' ? spots : leading(spots, PLACES_MAX, byPlace);
  const holds = facts.measured === undefined ? holdsOf(ruleOf(rule), spots) : undefined;
  return {
    rule,
    gate: facts.gate ?? ruleOf(rule).gate,
    subject: brief(facts.subject ?? ''),
    measured: facts.measured ?? null,
    limit: facts.limit ?? null,
    places: places.slice(0, PLACES_MAX).map(placeOf),
    placesTotal: facts.spotsTotal ?? spots.length,
    ...(holds === undefined ? {} : { holds }),
    detail: briefAll(facts.detail ?? {}),
  };
}

/** The spot that is a whole file, by the path it has after the change. */
export function spotOf(file: FileChange): Spot {
  return { path: file.path, file, line: null, column: null };
}

/** The spot of a path that stands for the file: the old side of a rename, or a file of the base. */
export function spotAt(path: string, file: FileChange | null = null): Spot {
  return { path, file, line: null, column: null };
}

/** The first of the items as `compare` would sort them all; most changes have more than anyone reads. */
export function leading<Item>(
  items: readonly Item[],
  count: number,
  compare: (one: Item, other: Item) => number,
): readonly Item[] {
  const found: Item[] = [];
  for (const item of items) {
    const last = found[count - 1];
    if (last !== undefined && compare(item, last) >= 0) continue;
    if (last !== undefined) found.pop();
    found.splice(placeAmong(found, item, compare), 0, item);
  }
  return found;
}

/** Behind everything that is not greater, so that equal items keep their order. */
function placeAmong<Item>(
  sorted: readonly Item[],
  item: Item,
  compare: (one: Item, other: Item) => number,
): number {
  let low = 0;
  for (let high = sorted.length; low < high; ) {
    const middle = (low + high) >> 1;
    if (compare(item, sorted[middle] as Item) < 0) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The text cut to a bounded length, and without what no record can hold. */
function brief(text: string): string {
  if (text.length <= DETAIL_LENGTH_MAX) return text.toWellFormed();
  return `${cutTo(text, DETAIL_LENGTH_MAX - 1)}…`;
}

/** Orders texts by code units, the same on every machine. */
export function byText(one: string, other: string): number {
  if (one === other) return 0;
  return one < other ? -1 : 1;
}

function briefAll(detail: NonNullable<Facts['detail']>): NonNullable<Facts['detail']> {
  return Object.fromEntries(
    Object.entries(detail).map(([key, value]) => [
      key,
      typeof value === 'string' ? brief(value) : value,
    ]),
  );
}

function byPlace(one: Spot, other: Spot): number {
  return (
    byText(one.path, other.path) ||
    (one.line ?? 0) - (other.line ?? 0) ||
    (one.column ?? 0) - (other.column ?? 0)
  );
}

function placeOf(spot: Spot): Place {
  return { file: spot.path, line: spot.line, column: spot.column };
}

/** What a waiver has to name; undefined where the places say it already. */
function holdsOf(rule: Rule, spots: readonly Spot[]): readonly string[] | undefined {
  if (rule.class !== 'waivable' || spots.length === 0) return undefined;
  const content = rule.waiverHolds === 'content';
  if (!content && spots.length <= PLACES_MAX) return undefined;
  const held = spots.map((spot) => (content ? contentOf(spot) : spot.path)).sort(byText);
  return held.filter((text, at) => text !== held[at - 1]).slice(0, HOLDS_MAX);
}

/** The file as it is: `path@mode:blob`, or `path@gone`. */
function contentOf({ path, file }: Spot): string {
  if (file === null || file.path !== path || file.blobAfter === null) return `${path}@gone`;
  return `${path}@${file.modeAfter ?? 'unknown'}:${file.blobAfter}`;
}
