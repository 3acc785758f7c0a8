/**
 * How likely each arm's draw is the highest: ∫ fᵢ(x) Πⱼ Fⱼ(x) dx over j ≠ i, by the midpoint rule on a grid that
 * is finest where the leading arms' beliefs lie. Counting draws instead would never tell 0.1 % from nothing.
 */

import { logFactorial } from './likelihood.ts';
import type { Candidate } from './policy.ts';

/** A belief, or a part of one, as a density over scores. */
interface Part {
  readonly weight: number;
  readonly alpha: number;
  readonly beta: number;
  readonly logNorm: number;
  readonly price: number;
  /** Of the score. */
  readonly mean: number;
  readonly deviation: number;
}

/** Arms of which the same is believed, at the same price: their chances are equal. */
interface Group {
  readonly parts: readonly Part[];
  members: number;
}

const nobody: Group = { parts: [], members: 0 };

/** Beyond so many standard deviations a Beta has less mass than the grid can show. */
const REACH_DEVIATIONS = 8;
/** The grid around a part, in standard deviations. */
const NODES_TO = 4.8;
const NODES_STEP = 0.6;
/** Groups that get a grid of their own; the others share the even one. */
const LEADERS_MAX = 8;
const EVEN_NODES = 64;
/** A part with less weight is drawn on the even grid. */
const OWN_NODES_WEIGHT = 0.02;

/** @returns the chances in the order of the candidates; they sum to 1. */
export function winningChances(candidates: readonly Candidate[]): readonly number[] {
  const keys = candidates.map(keyOf);
  const groups = new Map<string, Group>();
  for (const [at, candidate] of candidates.entries()) {
    const key = keys[at] ?? '';
    const group = groups.get(key);
    if (group === undefined) groups.set(key, { parts: partsOf(candidate), members: 1 });
    else group.members += 1;
  }
  const chances = new Map<string, number>();
  const low = Math.max(...[...groups.values()].map(lowestOf));
  const running = [...groups].filter(([, group]) => highestOf(group) >= low);
  const won = wonBy(
    running.map(([, group]) => group),
    low,
  );
  for (const [at, [key]] of running.entries()) chances.set(key, won[at] ?? 0);
  const all = keys.map((key) => chances.get(key) ?? 0);
  const sum = all.reduce((total, chance) => total + chance, 0);
  return all.map((chance) => chance / sum);
}

const keyOf = ({ belief: { alpha, beta, changed }, price }: Candidate): string =>
  `${alpha} ${beta} ${price} ${changed?.chance} ${changed?.alpha} ${changed?.beta}`;

function partsOf({ belief, price }: Candidate): readonly Part[] {
  const { changed } = belief;
  const asEver = partOf(belief, 1 - (changed?.chance ?? 0), price);
  return changed === null ? [asEver] : [asEver, partOf(changed, changed.chance, price)];
}

function partOf(
  { alpha, beta }: { readonly alpha: number; readonly beta: number },
  weight: number,
  price: number,
): Part {
  const all = alpha + beta;
  const mean = alpha / all - price;
  const deviation = Math.sqrt((alpha * beta) / (all * all * (all + 1)));
  const logNorm = logFactorial(alpha - 1) + logFactorial(beta - 1) - logFactorial(all - 1);
  return { weight, alpha, beta, logNorm, price, mean, deviation };
}

const lowestOf = ({ parts }: Group): number =>
  Math.min(
    ...parts.map(({ mean, deviation, price }) =>
      Math.max(-price, mean - REACH_DEVIATIONS * deviation),
    ),
  );

const highestOf = ({ parts }: Group): number =>
  Math.max(
    ...parts.map(({ mean, deviation, price }) =>
      Math.min(1 - price, mean + REACH_DEVIATIONS * deviation),
    ),
  );

/**
 * The chance of one member of each group. Sums come down from the top of the grid, so what lies below its
 * bottom, where some arm has no mass and nobody else can win, never has to be seen.
 */
function wonBy(groups: readonly Group[], low: number): readonly number[] {
  const edges = gridOf(groups, low);
  const above = new Float64Array(groups.length);
  const won = new Float64Array(groups.length);
  const mass = new Float64Array(groups.length);
  for (let cell = edges.length - 1; cell > 0; cell -= 1) {
    const top = edges[cell] ?? 0;
    const bottom = edges[cell - 1] ?? 0;
    const point = pointAt((top + bottom) / 2);
    let allBelow = 1;
    for (let at = 0; at < groups.length; at += 1) {
      const { members, parts } = groups[at] ?? nobody;
      mass[at] = densityAt(parts, point) * (top - bottom);
      const below = belowOf(above, mass, at);
      allBelow *= members === 1 ? below : below ** members;
    }
    for (let at = 0; at < groups.length; at += 1) {
      const here = mass[at] ?? 0;
      if (here === 0) continue;
      won[at] = (won[at] ?? 0) + (here * allBelow) / belowOf(above, mass, at);
      above[at] = (above[at] ?? 0) + here;
    }
  }
  return [...won];
}

/** The share of an arm's belief below the middle of the cell; the floor keeps it a divisor. */
function belowOf(above: Float64Array, mass: Float64Array, at: number): number {
  return Math.max(1e-12, 1 - (above[at] ?? 0) - (mass[at] ?? 0) / 2);
}

/** A score, and the logarithms of the reward that it stands for at the last price that was asked for. */
interface Point {
  readonly score: number;
  price: number;
  logX: number;
  logRest: number;
}

const pointAt = (score: number): Point => ({ score, price: Number.NaN, logX: 0, logRest: 0 });

/** Most parts have nothing where a cell lies, and without a budget all have one price: both save logarithms. */
function densityAt(parts: readonly Part[], point: Point): number {
  let density = 0;
  for (const part of parts) {
    if (Math.abs(point.score - part.mean) > REACH_DEVIATIONS * part.deviation) continue;
    const x = point.score + part.price;
    if (x <= 0 || x >= 1) continue;
    if (point.price !== part.price) {
      point.price = part.price;
      point.logX = Math.log(x);
      point.logRest = Math.log(1 - x);
    }
    const logDensity = (part.alpha - 1) * point.logX + (part.beta - 1) * point.logRest;
    density += part.weight * Math.exp(logDensity - part.logNorm);
  }
  return density;
}

/** The edges of the cells, ascending. */
function gridOf(groups: readonly Group[], low: number): Float64Array {
  const high = Math.max(...groups.map(highestOf));
  const edges: number[] = [];
  for (let at = 0; at <= EVEN_NODES; at += 1) edges.push(low + ((high - low) * at) / EVEN_NODES);
  const leaders = [...groups]
    .sort((one, other) => likelyTop(other) - likelyTop(one))
    .slice(0, LEADERS_MAX);
  for (const { mean, deviation, price, weight } of leaders.flatMap(({ parts }) => parts)) {
    if (weight < OWN_NODES_WEIGHT) continue;
    for (let z = -NODES_TO; z <= NODES_TO; z += NODES_STEP) edges.push(mean + z * deviation);
    edges.push(-price, 1 - price);
  }
  return Float64Array.from(edges.filter((edge) => edge >= low && edge <= high)).sort();
}

const likelyTop = ({ parts }: Group): number =>
  Math.max(...parts.map(({ mean, deviation }) => mean + 2 * deviation));
