/** The record of many models as somebody else may see it: sums over many places, and nothing that names one. */

import { merged, noPerformance, type Performance } from './performance.ts';
import type { Role, Surface } from './profile.ts';
import { type Estimate, scoresOf } from './scores.ts';

/** Fewest places whose tasks make up a row; asking for fewer is not possible. */
export const PLACES_MIN = 10;
/** Fewest tasks of a row. */
const EXPORTED_TASKS_MIN = 20;
/** Counts are given in steps of this, so that one task more or less is mostly not seen. */
const COUNT_STEP = 10;

/** Everything that was recorded of one model on one surface, and where its tasks came from. */
export interface Contribution {
  readonly role: Role;
  readonly family: string;
  readonly surface: Surface;
  readonly record: Performance;
  /** Salted digests; tasks whose place is not known come from one place together. */
  readonly places: ReadonlySet<string>;
}

export interface AnonymousRow {
  readonly role: Role;
  /** A family that was said to be public, or `other`: a name of one's own could tell who one is. */
  readonly family: string;
  readonly surface: Surface;
  /** Rounded down to tens. */
  readonly tasks: number;
  readonly shares: Readonly<Record<string, Pick<Estimate, 'value' | 'low' | 'high'>>>;
  readonly amounts: Readonly<
    Record<string, { readonly p50: AnonymousAmount; readonly p95: AnonymousAmount }>
  >;
}

type AnonymousAmount = Pick<Estimate, 'value' | 'low' | 'high'>;

export interface Anonymised {
  readonly schema: 'caws-arbiter/models-export@1';
  readonly placesMin: number;
  readonly rows: readonly AnonymousRow[];
  /** Rows that too few places or tasks stand behind. Which they are is not said. */
  readonly withheld: number;
}

/**
 * Sums by role, family and surface what stands behind at least `placesMin` places and enough tasks.
 *
 * @param publicFamilies names that anybody may read.
 * @param placesMin at least PLACES_MIN, whatever is given.
 */
export function anonymised(
  contributions: readonly Contribution[],
  publicFamilies: readonly string[],
  placesMin: number,
): Anonymised {
  const floor = Math.max(PLACES_MIN, placesMin);
  const groups = new Map<string, Contribution>();
  for (const each of contributions) {
    const family = publicFamilies.includes(each.family) ? each.family : 'other';
    const key = `${each.role} ${family} ${each.surface}`;
    const sum = groups.get(key);
    groups.set(key, {
      ...each,
      family,
      record: merged(sum?.record ?? noPerformance, each.record),
      places: new Set([...(sum?.places ?? []), ...each.places]),
    });
  }
  const all = [...groups.values()].filter(({ record }) => record.tasks > 0);
  const shown = all.filter(
    ({ places, record }) => places.size >= floor && record.tasks >= EXPORTED_TASKS_MIN,
  );
  return {
    schema: 'caws-arbiter/models-export@1',
    placesMin: floor,
    rows: shown.map(rowOf).toSorted((one, other) => (nameOf(one) < nameOf(other) ? -1 : 1)),
    withheld: all.length - shown.length,
  };
}

const nameOf = (row: AnonymousRow): string => `${row.role} ${row.family} ${row.surface}`;

function rowOf({ role, family, surface, record }: Contribution): AnonymousRow {
  const { tasks, shares, amounts } = scoresOf(record);
  return {
    role,
    family,
    surface,
    tasks: Math.floor(tasks / COUNT_STEP) * COUNT_STEP,
    shares: kept(shares, (estimate) =>
      estimate !== null && estimate.count >= EXPORTED_TASKS_MIN ? rounded(estimate, 2) : null,
    ),
    amounts: kept(amounts, (amount) =>
      amount !== null && amount.p50.count >= EXPORTED_TASKS_MIN
        ? { p50: rounded(amount.p50, -1), p95: rounded(amount.p95, -1) }
        : null,
    ),
  };
}

function kept<Value, Shown>(
  values: Readonly<Record<string, Value>>,
  of: (value: Value) => Shown | null,
): Readonly<Record<string, Shown>> {
  return Object.fromEntries(
    Object.entries(values).flatMap(([name, value]) => {
      const shown = of(value);
      return shown === null ? [] : [[name, shown] as const];
    }),
  );
}

/** @param digits decimals; -1: two significant digits. */
function rounded({ value, low, high }: Estimate, digits: number): AnonymousAmount {
  const to = (each: number) =>
    digits < 0 ? Number(each.toPrecision(2)) : Number(each.toFixed(digits));
  return { value: to(value), low: to(low), high: to(high) };
}
