import { type Finding, HOLDS_MAX, PLACES_MAX, type WaiverRefusal } from '../caws/findings.ts';
import type { Waiver, WaiverFloor } from '../caws/waiver.ts';
import { ruleOf } from './finding.ts';

/**
 * How far a waiver file that bounds nothing may carry a quantity: to twice its cap, or to half of
 * what is asked for. Published dialects let such a file lift a gate without any limit.
 */
const UNBOUNDED_FACTOR = 2;

/** `allows` is the quantity that the waiver lets stand, or null where none is measured. */
export type Cover =
  | { readonly covers: true; readonly allows: number | null }
  | {
      readonly covers: false;
      readonly because: Extract<WaiverRefusal['because'], 'worse-than-floor' | 'not-bounded'>;
      readonly detail: WaiverRefusal['detail'];
    };

/**
 * The floor that a grant at this moment sets: the finding as it is, and nothing beyond.
 *
 * @returns null for a finding that no waiver can hold on to: its files are too many to have been read.
 */
export function floorOf(finding: Finding): WaiverFloor | null {
  const held = finding.measured === null ? heldBy(finding) : null;
  if (finding.measured === null && held === null) return null;
  return {
    rule: finding.rule,
    subject: finding.subject,
    value: finding.measured?.value ?? null,
    unit: finding.measured?.unit ?? null,
    files: held,
  };
}

/**
 * Whether the finding lies within what the waiver bounds: its floors, else its delta, else the little
 * that a file without any bound may carry. One bound counts at a time; they never add up.
 */
export function coverOf(waiver: Waiver, finding: Finding): Cover {
  if (waiver.floors.length > 0) return coverByFloors(waiver.floors, finding);
  if (waiver.shape === 'arbiter')
    return { covers: false, because: 'not-bounded', detail: { floors: 0 } };
  if (waiver.delta !== null && finding.gate === 'budget_limit')
    return coverByDelta(waiver.delta, finding);
  return coverUnbounded(finding);
}

function coverByFloors(floors: readonly WaiverFloor[], finding: Finding): Cover {
  const own = floors.filter(
    (floor) => floor.rule === finding.rule && floor.subject === finding.subject,
  );
  const covering = own.find((floor) => withinFloor(floor, finding));
  if (covering !== undefined) return { covers: true, allows: covering.value };
  const floor = own[0];
  return worse({
    ...(floor === undefined ? { floor: 'none' } : {}),
    ...(floor?.value == null ? {} : { floor: floor.value }),
    ...(finding.measured === null ? {} : { measured: finding.measured.value }),
  });
}

function withinFloor(floor: WaiverFloor, finding: Finding): boolean {
  if (finding.measured !== null)
    return (
      floor.value !== null &&
      floor.unit === finding.measured.unit &&
      noFurther(finding, finding.measured.value, floor.value)
    );
  const held = heldBy(finding);
  if (held === null) return false;
  const allowed = new Set(floor.files ?? []);
  return held.every((file) => allowed.has(file));
}

/** Whether the value lies no further on the wrong side of the finding's limit than the bound does. */
function noFurther(finding: Finding, value: number, bound: number): boolean {
  const measured = finding.measured?.value ?? Number.NaN;
  const limit = finding.limit?.value ?? Number.NaN;
  if (measured > limit) return value <= bound;
  if (measured < limit) return value >= bound;
  return value === bound;
}

/** A 2025 delta is added to the tier's caps and to nothing else. */
function coverByDelta(delta: NonNullable<Waiver['delta']>, finding: Finding): Cover {
  const added =
    finding.rule === 'budget.files'
      ? (delta.files ?? 0)
      : finding.rule === 'budget.lines'
        ? (delta.lines ?? 0)
        : 0;
  if (finding.subject !== 'tier' || finding.measured === null || finding.limit === null)
    return worse({ delta: added });
  const allows = finding.limit.value + Math.max(0, added);
  if (finding.measured.value <= allows) return { covers: true, allows };
  return worse({ floor: allows, measured: finding.measured.value });
}

/**
 * A file with neither delta nor floor was granted for something that nobody measured. It covers what
 * policy itself may soften, up to a stated excess and a list of places that a reader sees whole.
 */
function coverUnbounded(finding: Finding): Cover {
  const rule = ruleOf(finding.rule);
  if (!rule.policyMayChange || rule.waiverHolds === 'content')
    return { covers: false, because: 'not-bounded', detail: { rule: finding.rule } };
  if (finding.measured === null)
    return finding.placesTotal <= PLACES_MAX
      ? { covers: true, allows: null }
      : worse({ floor: PLACES_MAX, measured: finding.placesTotal });
  const limit = finding.limit?.value ?? Number.NaN;
  const allows =
    finding.measured.value > limit ? limit * UNBOUNDED_FACTOR : limit / UNBOUNDED_FACTOR;
  return noFurther(finding, finding.measured.value, allows)
    ? { covers: true, allows }
    : worse({ floor: allows, measured: finding.measured.value });
}

/** Everything the finding is about; null where the list is not whole. */
function heldBy(finding: Finding): readonly string[] | null {
  if (finding.holds !== undefined) return finding.holds.length < HOLDS_MAX ? finding.holds : null;
  if (finding.places.length < finding.placesTotal) return null;
  return [...new Set(finding.places.map((place) => place.file))];
}

function worse(detail: WaiverRefusal['detail']): Cover {
  return { covers: false, because: 'worse-than-floor', detail };
}
