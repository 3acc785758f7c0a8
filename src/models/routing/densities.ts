/**
 * What is believed of all arms, as densities over scores: what is the same of several arms is looked at once.
 *
 * Scores are measured by the angle whose squared sine is the reward (less the least price): there every Beta
 * is nearly normal, and smooth up to both ends.
 */

import type { Belief } from './belief.ts';
import { logFactorial } from './likelihood.ts';
import { type Candidate, memberAt } from './policy.ts';

/**
 * Betas at prices, some of them shared by arms: each list has a number of every part, at its place. An object for
 * each would be garbage by the hundred a decision, and clearing it away is what the slowest decisions wait for.
 */
export interface Parts {
  count: number;
  readonly alpha: Float64Array;
  readonly beta: Float64Array;
  readonly logNorm: Float64Array;
  /** Above the least one. */
  readonly price: Float64Array;
  /** Where it lies, in angles. */
  readonly lowest: Float64Array;
  readonly highest: Float64Array;
  readonly middle: Float64Array;
  readonly deviation: Float64Array;
  /** Of any reward at this price. */
  readonly top: Float64Array;
  /** The largest that it has in the belief about any arm. */
  readonly weight: Float64Array;
}

/** Arms of which the same is believed, at the same price: their chances are equal. Lists as those of parts. */
export interface Groups {
  count: number;
  /** The places of two parts: as they ever were, and were they changed; the same where nothing speaks for a change. */
  readonly asEver: Int32Array;
  readonly ifChanged: Int32Array;
  /** That they have changed. */
  readonly chance: Float64Array;
  readonly lowest: Float64Array;
  readonly highest: Float64Array;
  /** How many arms. */
  readonly members: Int32Array;
}

export interface Densities {
  readonly parts: Parts;
  readonly groups: Groups;
  /** The group of each candidate. */
  readonly groupOf: Int32Array;
}

/**
 * Beyond so many deviations a Beta has less than one millionth of its mass on either side, whatever its shape: its
 * longest tail is that of an exponential distribution, which keeps e^-15 there.
 */
const REACH_DEVIATIONS = 6;

/** @param priceMin what the scores are less of: the least price among the candidates. */
export function densitiesOf(candidates: readonly Candidate[], priceMin: number): Densities {
  const parts = partsFor(2 * candidates.length);
  const groups = groupsFor(candidates.length);
  const groupOf = new Int32Array(candidates.length);
  const places = new Map<number, number>();
  // By their part, counted from 1. Two arms that may have changed are hardly ever alike: to look would take longer.
  const unchanged = new Int32Array(2 * candidates.length);
  for (let member = 0; member < candidates.length; member += 1) {
    const { belief, price } = memberAt(candidates, member);
    const { changed } = belief;
    const chance = changed === null ? 0 : changed.chance;
    const asEver = placeIn(parts, places, belief, price - priceMin, 1 - chance);
    let group = changed === null ? (unchanged[asEver] ?? 0) - 1 : -1;
    if (group < 0) {
      const ifChanged =
        changed === null ? asEver : placeIn(parts, places, changed, price - priceMin, chance);
      group = groupOfParts(groups, parts, asEver, ifChanged, chance);
      if (changed === null) unchanged[asEver] = group + 1;
    }
    groupOf[member] = group;
    groups.members[group] = (groups.members[group] ?? 0) + 1;
  }
  return { parts, groups, groupOf };
}

const partsFor = (most: number): Parts => ({
  count: 0,
  ...{ alpha: new Float64Array(most), beta: new Float64Array(most) },
  ...{ logNorm: new Float64Array(most), price: new Float64Array(most) },
  ...{ lowest: new Float64Array(most), highest: new Float64Array(most) },
  ...{ middle: new Float64Array(most), deviation: new Float64Array(most) },
  ...{ top: new Float64Array(most), weight: new Float64Array(most) },
});

const groupsFor = (most: number): Groups => ({
  count: 0,
  ...{ asEver: new Int32Array(most), ifChanged: new Int32Array(most) },
  ...{ chance: new Float64Array(most), members: new Int32Array(most) },
  ...{ lowest: new Float64Array(most), highest: new Float64Array(most) },
});

type Shape = Pick<Belief, 'alpha' | 'beta'>;

/** Keeps the numbers of a key apart; what falls together all the same is told apart by looking. */
const KEY_STEP = 2 ** 20;

/** The place of a part among those that are there, or a new one. */
function placeIn(
  parts: Parts,
  places: Map<number, number>,
  { alpha, beta }: Shape,
  price: number,
  weight: number,
): number {
  // One number is found sooner than a text of three.
  const key = alpha + KEY_STEP * (beta + KEY_STEP * price);
  const known = places.get(key) ?? -1;
  const { alpha: alphas, beta: betas, price: prices } = parts;
  if (alphas[known] !== alpha || betas[known] !== beta || prices[known] !== price) {
    places.set(key, parts.count);
    return added(parts, { alpha, beta }, price, weight);
  }
  if (weight > (parts.weight[known] ?? 0)) parts.weight[known] = weight;
  return known;
}

function added(parts: Parts, { alpha, beta }: Shape, price: number, weight: number): number {
  const place = parts.count;
  parts.count += 1;
  const all = alpha + beta;
  const own = Math.asin(Math.sqrt(alpha / all));
  const reach = REACH_DEVIATIONS / (2 * Math.sqrt(all));
  const lowest = seenAt(own - reach, price);
  const highest = seenAt(own + reach, price);
  parts.alpha[place] = alpha;
  parts.beta[place] = beta;
  parts.logNorm[place] = logFactorial(alpha - 1) + logFactorial(beta - 1) - logFactorial(all - 1);
  parts.price[place] = price;
  parts.lowest[place] = lowest;
  parts.middle[place] = seenAt(own, price);
  parts.highest[place] = highest;
  parts.deviation[place] = price === 0 ? reach / REACH_DEVIATIONS : (highest - lowest) / 12;
  parts.top[place] = seenAt(Math.PI / 2, price);
  parts.weight[place] = weight;
  return place;
}

function groupOfParts(
  groups: Groups,
  parts: Parts,
  asEver: number,
  ifChanged: number,
  chance: number,
): number {
  const at = groups.count;
  groups.count += 1;
  groups.asEver[at] = asEver;
  groups.ifChanged[at] = ifChanged;
  groups.chance[at] = chance;
  groups.lowest[at] = Math.min(parts.lowest[asEver] ?? 0, parts.lowest[ifChanged] ?? 0);
  groups.highest[at] = Math.max(parts.highest[asEver] ?? 0, parts.highest[ifChanged] ?? 0);
  return at;
}

/** A price moves a score, and how wide a belief is in angles depends on where it lies. */
function seenAt(angle: number, price: number): number {
  const within = Math.min(Math.PI / 2, Math.max(0, angle));
  if (price === 0) return within;
  return Math.asin(Math.sqrt(Math.max(0, Math.sin(within) ** 2 - price)));
}

/** One score, with what densities are taken from there. */
export interface Node {
  readonly angle: number;
  /** What it stands for, as rewards. */
  readonly width: number;
}

/** @param half of a panel, in angles. */
export const nodeAt = (angle: number, half: number): Node => ({
  angle,
  width: half * Math.sin(2 * angle),
});

/** Puts what each part has at a node to its place in `masses`. */
export function massesAt({ angle, width }: Node, parts: Parts, masses: Float64Array): void {
  // The reward at the least price. Not what it lacks to 1: near 1 nothing of it would be left.
  const reward = Math.sin(angle) ** 2;
  const rest = Math.cos(angle) ** 2;
  // At the price that was looked at last: parts at one price follow each other.
  let priceSeen = 0;
  let logReward = Math.log(reward);
  let logRest = Math.log(rest);
  for (let place = 0; place < parts.count; place += 1) {
    masses[place] = 0;
    if (angle >= (parts.highest[place] ?? 0) || angle <= (parts.lowest[place] ?? 0)) continue;
    const price = parts.price[place] ?? 0;
    if (price !== priceSeen) {
      priceSeen = price;
      logReward = Math.log(reward + price);
      // By rounding it can pass the end of the scores at this price.
      logRest = Math.log(Math.max(rest - price, Number.MIN_VALUE));
    }
    const alpha = parts.alpha[place] ?? 1;
    const beta = parts.beta[place] ?? 1;
    const logDensity = (alpha - 1) * logReward + (beta - 1) * logRest - (parts.logNorm[place] ?? 0);
    masses[place] = width * Math.exp(logDensity);
  }
}
