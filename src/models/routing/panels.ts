/** Where to look: the panels over which winning chances are summed, finest where the leading arms' beliefs lie. */

import type { Parts } from './densities.ts';

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
export function panelEnds(parts: Parts, low: number): readonly number[] {
  const high = parts.highest.reduce((highest, each) => Math.max(highest, each), low);
  const width = (high - low) / EVEN_PANELS;
  const narrow = narrowOnes(parts, low, width);
  const cuts = cutsOf(parts, { low, high, width });
  const ends = [low];
  for (let at = low; at < high; ) {
    let next = Math.min(at + width, nextWithin(parts, narrow, at));
    const cut = cuts.find((each) => each > at);
    if (cut !== undefined) next = Math.min(next, towards(cut, at, width / CUT_PANELS));
    at = ends.length < PANELS_MAX ? Math.min(next, high) : high;
    ends.push(at);
  }
  return ends;
}

/** The places of the parts that ask for panels as narrow as they are. */
function narrowOnes(parts: Parts, low: number, width: number): readonly number[] {
  const narrow: number[] = [];
  for (let place = 0; place < parts.count; place += 1) {
    const deviation = parts.deviation[place] ?? 0;
    const ends = (parts.middle[place] ?? 0) + OWN_REACH_DEVIATIONS * deviation;
    const weighs = (parts.weight[place] ?? 0) >= OWN_WEIGHT_MIN;
    if (ends > low && deviation < width && weighs) narrow.push(place);
  }
  return narrow;
}

/** How far the narrow parts let a panel reach that begins at `at`. */
function nextWithin(parts: Parts, narrow: readonly number[], at: number): number {
  let next = Number.POSITIVE_INFINITY;
  for (const place of narrow) {
    const deviation = parts.deviation[place] ?? 0;
    const reach = OWN_REACH_DEVIATIONS * deviation;
    const middle = parts.middle[place] ?? 0;
    if (middle - reach > at) next = Math.min(next, Math.max(middle - reach, at + deviation));
    else if (middle + reach > at) next = Math.min(next, at + deviation);
  }
  return next;
}

/** Finer and finer towards a cut, as steeply as what is believed may fall there; never past it. */
function towards(cut: number, at: number, least: number): number {
  const left = cut - at;
  return left < least ? cut : at + Math.max(left / 2, least);
}

/**
 * Where the scores of dearer models end, ascending: what is believed of such a model may end there as well, and not
 * smoothly. One for those that end so close together that hardly anything lies between, and none for those of which
 * hardly anything lies within a panel of their end.
 */
function cutsOf(
  parts: Parts,
  panels: { readonly low: number; readonly high: number; readonly width: number },
): readonly number[] {
  const ending: number[] = [];
  for (let place = 0; place < parts.count; place += 1) {
    const top = parts.top[place] ?? 0;
    if (top > panels.low && top < panels.high) ending.push(place);
  }
  const topOf = (place: number): number => parts.top[place] ?? 0;
  const kept: number[] = [];
  for (const place of ending.sort((one, other) => topOf(one) - topOf(other))) {
    const top = topOf(place);
    const last = kept.at(-1) ?? Number.NEGATIVE_INFINITY;
    const off = Math.min(top - last, panels.width);
    const lost = Math.sin(top) ** 2 - Math.sin(top - off) ** 2;
    if (off > 0 && massAtEnd(parts, place, lost) > MISPLACED_MAX) kept.push(top);
  }
  return kept;
}

/** About what a part has within `off` of the highest reward. */
function massAtEnd(parts: Parts, place: number, off: number): number {
  const beta = parts.beta[place] ?? 1;
  const logMass = beta * Math.log(off) - (parts.logNorm[place] ?? 0);
  return ((parts.weight[place] ?? 0) * Math.exp(logMass)) / beta;
}
