/** Where to look: the panels over which winning chances are summed, finest where the leading arms' beliefs lie. */

import type { Part } from './densities.ts';

/** Panels that are always there; where a part is narrower than one of them, they are as narrow as it. */
const EVEN_PANELS = 16;
/** How far around its middle a part is looked at so closely, and from which weight on. */
const OWN_REACH_DEVIATIONS = 4.5;
const OWN_WEIGHT_MIN = 0.02;
/** However many prices there are, an even panel is cut into about as many. */
const CUT_PANELS = 4;
/** Mass of an arm that may lie on the wrong side of where its scores end: what a chance may be off by. */
const MISPLACED_MAX = 1e-3;
/** Arms that matter lie together, so that there are far fewer. */
const PANELS_MAX = 512;

/**
 * The ends of the panels, ascending: none is wider than the even ones, than what is believed of any arm there,
 * or reaches from where an arm has no mass to where it has some.
 *
 * @param low where they begin; they end where the highest part does.
 */
export function panelEnds(parts: readonly Part[], low: number): readonly number[] {
  let high = low;
  for (const part of parts) high = Math.max(high, part.highest);
  const width = (high - low) / EVEN_PANELS;
  const bounds = parts
    .filter(({ deviation, middle, weight }) => {
      const reaches = middle + OWN_REACH_DEVIATIONS * deviation > low;
      return reaches && deviation < width && weight >= OWN_WEIGHT_MIN;
    })
    .map(({ deviation, middle }) => ({
      from: middle - OWN_REACH_DEVIATIONS * deviation,
      to: middle + OWN_REACH_DEVIATIONS * deviation,
      deviation,
    }));
  // Where the scores of a dearer model end, what is believed of it may end as well, and not smoothly.
  const cuts = cutsOf(
    parts.filter(({ top }) => top > low && top < high),
    width,
  );
  const ends = [low];
  for (let at = low; at < high; ) {
    let next = at + width;
    for (const { deviation, from, to } of bounds)
      if (from > at) next = Math.min(next, Math.max(from, at + deviation));
      else if (to > at) next = Math.min(next, at + deviation);
    const cut = cuts.find((each) => each > at);
    if (cut !== undefined) next = Math.min(next, towards(cut, at, width / CUT_PANELS));
    at = ends.length < PANELS_MAX ? Math.min(next, high) : high;
    ends.push(at);
  }
  return ends;
}

/** Finer and finer towards a cut, as steeply as what is believed may fall there; never past it. */
function towards(cut: number, at: number, least: number): number {
  const left = cut - at;
  return left < least ? cut : at + Math.max(left / 2, least);
}

/**
 * Where their scores end, ascending; one for those that end so close together that hardly anything lies between,
 * and none for those of which hardly anything lies within a panel of their end.
 */
function cutsOf(parts: readonly Part[], width: number): readonly number[] {
  const kept: number[] = [];
  for (const part of parts.toSorted((one, other) => one.top - other.top)) {
    const { top } = part;
    const last = kept.at(-1) ?? Number.NEGATIVE_INFINITY;
    const off = Math.min(top - last, width);
    if (off > 0 && massAtEnd(part, Math.sin(top) ** 2 - Math.sin(top - off) ** 2) > MISPLACED_MAX)
      kept.push(top);
  }
  return kept;
}

/** About what a part has within `off` of the highest reward. */
const massAtEnd = ({ beta, logNorm, weight }: Part, off: number): number =>
  (weight * Math.exp(beta * Math.log(off) - logNorm)) / beta;
