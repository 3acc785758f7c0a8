/**
 * What is believed of all arms, as densities over scores: what is the same of several arms is looked at once.
 *
 * Scores are measured by the angle whose squared sine is the reward (less the least price): there every Beta
 * is nearly normal, and smooth up to both ends.
 */

import { logFactorial } from './likelihood.ts';
import { type Candidate, memberAt } from './policy.ts';

/** One Beta at one price. */
export interface Part {
  /** Among all parts. */
  readonly place: number;
  readonly alpha: number;
  readonly beta: number;
  readonly logNorm: number;
  /** Above the least one. */
  readonly price: number;
  /** Where it lies, in angles. */
  readonly lowest: number;
  readonly highest: number;
  readonly middle: number;
  readonly deviation: number;
  /** Of any reward at this price. */
  readonly top: number;
  /** The largest that it has in the belief about any arm. */
  weight: number;
}

/** Arms of which the same is believed, at the same price: their chances are equal. */
export interface Group {
  /** The places of two parts: as they ever were, and were they changed; the same where nothing speaks for a change. */
  readonly asEver: number;
  readonly ifChanged: number;
  /** That they have changed. */
  readonly chance: number;
  readonly lowest: number;
  readonly highest: number;
  readonly members: number[];
}

/**
 * Beyond so many deviations a Beta has less than one millionth of its mass on either side, whatever its shape: its
 * longest tail is that of an exponential distribution, which keeps e^-15 there.
 */
const REACH_DEVIATIONS = 6;

/** @param priceMin what the scores are less of: the least price among the candidates. */
export function densitiesOf(
  candidates: readonly Candidate[],
  priceMin: number,
): { readonly parts: readonly Part[]; readonly groups: readonly Group[] } {
  const parts: Part[] = [];
  const placeOf = placesIn(parts);
  const groups: Group[] = [];
  // By their part. Two arms that may have changed are hardly ever alike: to look for them would take longer.
  const unchanged: Group[] = [];
  for (let member = 0; member < candidates.length; member += 1) {
    const { belief, price } = memberAt(candidates, member);
    const { changed } = belief;
    const chance = changed === null ? 0 : changed.chance;
    const asEver = placeOf(belief, price - priceMin, 1 - chance);
    const alike = changed === null ? unchanged[asEver] : undefined;
    if (alike !== undefined) {
      alike.members.push(member);
      continue;
    }
    const ifChanged = changed === null ? asEver : placeOf(changed, price - priceMin, chance);
    const [one, other] = [memberAt(parts, asEver), memberAt(parts, ifChanged)];
    const lowest = Math.min(one.lowest, other.lowest);
    const highest = Math.max(one.highest, other.highest);
    const group = { asEver, ifChanged, chance, lowest, highest, members: [member] };
    if (changed === null) unchanged[asEver] = group;
    groups.push(group);
  }
  return { parts, groups };
}

type Shape = Pick<Part, 'alpha' | 'beta'>;

/** Keeps the numbers of a key apart; what falls together all the same is told apart by looking. */
const KEY_STEP = 2 ** 20;

/** Finds the place of a part among those that are there, or gives it one. */
function placesIn(parts: Part[]): (shape: Shape, price: number, weight: number) => number {
  const places = new Map<number, number>();
  return ({ alpha, beta }, price, weight) => {
    // One number is found sooner than a text of three.
    const key = alpha + KEY_STEP * (beta + KEY_STEP * price);
    const part = parts[places.get(key) ?? -1];
    if (part?.alpha === alpha && part.beta === beta && part.price === price) {
      if (weight > part.weight) part.weight = weight;
      return part.place;
    }
    const place = parts.length;
    places.set(key, place);
    parts.push(partOf(place, { alpha, beta }, price, weight));
    return place;
  };
}

function partOf(place: number, { alpha, beta }: Shape, price: number, weight: number): Part {
  const all = alpha + beta;
  const logNorm = logFactorial(alpha - 1) + logFactorial(beta - 1) - logFactorial(all - 1);
  const own = Math.asin(Math.sqrt(alpha / all));
  const reach = REACH_DEVIATIONS / (2 * Math.sqrt(all));
  const lowest = seenAt(own - reach, price);
  const middle = seenAt(own, price);
  const highest = seenAt(own + reach, price);
  const deviation = price === 0 ? reach / REACH_DEVIATIONS : (highest - lowest) / 12;
  const top = seenAt(Math.PI / 2, price);
  return { place, alpha, beta, logNorm, price, lowest, middle, highest, deviation, top, weight };
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
  /** What it stands for: half of the panel's width, as rewards. */
  readonly width: number;
  /** The reward at the least price, and what it lacks to 1. */
  readonly reward: number;
  readonly rest: number;
  /** The price that was looked at last, and the logarithms of both there: an arm's parts follow each other. */
  price: number;
  logReward: number;
  logRest: number;
}

export function nodeAt(angle: number, half: number): Node {
  // Not what the reward lacks to 1: near 1 nothing of it would be left.
  const [reward, rest] = [Math.sin(angle) ** 2, Math.cos(angle) ** 2];
  const width = half * Math.sin(2 * angle);
  const logs = { price: 0, logReward: Math.log(reward), logRest: Math.log(rest) };
  return { angle, width, reward, rest, ...logs };
}

/** What a part has at a node. */
export function massAt(node: Node, part: Part): number {
  if (node.angle >= part.highest || node.angle <= part.lowest) return 0;
  const { alpha, beta, logNorm, price } = part;
  if (price !== node.price) {
    node.price = price;
    node.logReward = Math.log(node.reward + price);
    // By rounding it can pass the end of the scores at this price.
    node.logRest = Math.log(Math.max(node.rest - price, Number.MIN_VALUE));
  }
  return node.width * Math.exp((alpha - 1) * node.logReward + (beta - 1) * node.logRest - logNorm);
}
