/** A number that a decision rests on, beside the limit that it was held against. */
export interface Measure {
  readonly what: MeasureName;
  /** Null: it could not be measured, which never holds. */
  readonly value: number | null;
  /** Of how many runs, tasks or days; null where it is no mean. */
  readonly count: number | null;
  readonly bound: 'at-least' | 'at-most';
  readonly limit: number;
  readonly holds: boolean;
}

export type MeasureName =
  | 'smoke tasks passed'
  | 'capability tasks passed'
  | 'composite above the baseline'
  | 'head-to-head runs'
  | 'baseline runs'
  | 'passes missing in the canary'
  | 'canary errors in a row'
  | 'canary tasks of the newcomer'
  | 'canary tasks of the models in use'
  | 'better than the models in use'
  | 'better for the cost'
  | 'days of stability'
  | 'composite under its baseline'
  | 'completion under its baseline'
  | 'compliance under its baseline'
  | 'failed runs in a row'
  | 'runs before the last week'
  | 'runs in the last week'
  | 'months below the baseline';

/** @param value null or NaN: not measured. */
export function measure(
  what: MeasureName,
  value: number | null,
  bound: Measure['bound'],
  limit: number,
  count: number | null = null,
): Measure {
  const known = value === null || Number.isNaN(value) ? null : value;
  const holds = known !== null && (bound === 'at-least' ? known >= limit : known <= limit);
  return { what, value: known, count, bound, limit, holds };
}
