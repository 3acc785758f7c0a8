/**
 * How likely each arm's draw is the highest: ∫ fᵢ Πⱼ Fⱼ over j ≠ i, by Gauss's rule of two nodes in panels that are
 * finest where the leading arms' beliefs lie. Counting draws instead would never tell 0.1 % from nothing.
 *
 * Scores are measured by the angle whose squared sine is the reward (less the least price): there every Beta
 * is nearly normal, and smooth up to both ends.
 */

import type { Belief } from './belief.ts';
import { logFactorial } from './likelihood.ts';
import type { Candidate } from './policy.ts';

/** A belief, or a part of one, as a density over scores. */
interface Part {
  readonly weight: number;
  readonly alpha: number;
  readonly beta: number;
  readonly logNorm: number;
  readonly price: number;
  /** Where it lies, in angles. */
  readonly lowest: number;
  readonly highest: number;
  readonly middle: number;
  /** Of any reward at this price. */
  readonly top: number;
  readonly deviation: number;
}

/** Arms of which the same is believed, at the same price: their chances are equal. */
interface Group {
  readonly belief: Belief;
  readonly price: number;
  readonly parts: readonly Part[];
  readonly members: number[];
}

/**
 * Beyond so many deviations a Beta has less than one millionth of its mass on either side, whatever its shape: its
 * longest tail is that of an exponential distribution, which keeps e^-15 there.
 */
const REACH_DEVIATIONS = 6;
/** Panels that are always there; where a part is narrower than one of them, they are as narrow as it. */
const EVEN_PANELS = 16;
/** How far around its middle a part is looked at so closely, and from which weight on. */
const OWN_REACH_DEVIATIONS = 4.5;
const OWN_WEIGHT_MIN = 0.02;
/** However many prices there are, an even panel is cut into no more. */
const CUT_PANELS = 4;
/** Arms that matter lie together, so that there are far fewer. */
const PANELS_MAX = 512;
/** The least share that counts as below a score: it keeps it a divisor. */
const BELOW_MIN = 1e-12;

/**
 * Off by less than 0.001 from the true chances, which a test shows beside a grid of some hundred times as many nodes.
 *
 * @returns the chances in the order of the candidates; they sum to 1.
 */
export function winningChances(candidates: readonly Candidate[]): readonly number[] {
  const priceMin = candidates.reduce((least, { price }) => Math.min(least, price), Infinity);
  const groups = groupsOf(candidates, priceMin);
  // Below, some arm has next to no mass, and nobody else can win.
  const low = groups.reduce((most, group) => Math.max(most, lowestOf(group)), 0);
  const running = groups.filter((group) => highestOf(group) >= low);
  const chances = new Array<number>(candidates.length).fill(0);
  let sum = 0;
  for (const [at, won] of wonBy(running, low, priceMin).entries())
    for (const member of running[at]?.members ?? []) {
      chances[member] = won;
      sum += won;
    }
  return chances.map((chance) => chance / sum);
}

/** Found by their alpha: a text of all their numbers would take longer than all the rest. */
function groupsOf(candidates: readonly Candidate[], priceMin: number): readonly Group[] {
  const groups: Group[] = [];
  const byAlpha = new Map<number, Group[]>();
  for (const [at, candidate] of candidates.entries()) {
    const { belief, price } = candidate;
    const near = byAlpha.get(belief.alpha);
    const same = near?.find((group) => group.price === price && isSame(group.belief, belief));
    if (same !== undefined) {
      same.members.push(at);
      continue;
    }
    const group = { belief, price, parts: partsOf(candidate, priceMin), members: [at] };
    groups.push(group);
    if (near === undefined) byAlpha.set(belief.alpha, [group]);
    else near.push(group);
  }
  return groups;
}

const isSame = (one: Belief, other: Belief): boolean =>
  one.alpha === other.alpha &&
  one.beta === other.beta &&
  one.changed?.chance === other.changed?.chance &&
  one.changed?.alpha === other.changed?.alpha &&
  one.changed?.beta === other.changed?.beta;

function partsOf({ belief, price }: Candidate, priceMin: number): readonly Part[] {
  const { changed } = belief;
  const asEver = partOf(belief, 1 - (changed?.chance ?? 0), price, priceMin);
  return changed === null ? [asEver] : [asEver, partOf(changed, changed.chance, price, priceMin)];
}

function partOf(
  { alpha, beta }: Pick<Belief, 'alpha' | 'beta'>,
  weight: number,
  price: number,
  priceMin: number,
): Part {
  const all = alpha + beta;
  const logNorm = logFactorial(alpha - 1) + logFactorial(beta - 1) - logFactorial(all - 1);
  const own = Math.asin(Math.sqrt(alpha / all));
  const reach = REACH_DEVIATIONS / (2 * Math.sqrt(all));
  // A price moves a score, and how wide a belief is in angles depends on where it lies.
  const seen = (angle: number): number => {
    const within = Math.min(Math.PI / 2, Math.max(0, angle));
    if (price === priceMin) return within;
    return Math.asin(Math.sqrt(Math.max(0, Math.sin(within) ** 2 - price + priceMin)));
  };
  const top = seen(Math.PI / 2);
  const [lowest, middle, highest] = [seen(own - reach), seen(own), seen(own + reach)];
  const deviation = price === priceMin ? reach / REACH_DEVIATIONS : (highest - lowest) / 12;
  return { weight, alpha, beta, logNorm, price, lowest, highest, middle, top, deviation };
}

const lowestOf = ({ parts }: Group): number =>
  parts.reduce((least, { lowest }) => Math.min(least, lowest), Infinity);

const highestOf = ({ parts }: Group): number =>
  parts.reduce((most, { highest }) => Math.max(most, highest), 0);

/** Panels of angles, two nodes in each, the highest first. */
interface Nodes {
  /** Half of the panel's width: what a node stands for. */
  readonly halves: Float64Array;
  readonly angles: Float64Array;
  /** The logarithms of the rewards that nodes stand for at a price, and of what they lack to 1. */
  readonly logsAt: (price: number) => {
    readonly reward: Float64Array;
    readonly rest: Float64Array;
  };
}

/** Of the two nodes, as parts of half a panel: what lies above the upper one, of itself and of the lower. */
const ABOVE_UPPER = [0.5, 0.5 - Math.sqrt(3) / 3] as const;
const ABOVE_LOWER = [0.5 + Math.sqrt(3) / 3, 0.5] as const;

/**
 * The chance of one member of each group. What lies above a node is what Gauss's collocation of two stages
 * (Butcher 1964) gives, so that both integrals are exact to the fourth order of a panel's width.
 */
function wonBy(groups: readonly Group[], low: number, priceMin: number): readonly number[] {
  const nodes = nodesOf(endsOf(groups, low), priceMin);
  const count = nodes.angles.length;
  const allBelow = new Float64Array(count).fill(1);
  // What a group has at a node, over what of it lies below: one row a group.
  const odds = groups.map(({ members, parts }) => {
    const mass = massOf(parts, nodes);
    let above = 0;
    for (let node = 0; node < count; node += 2) {
      const upper = mass[node] ?? 0;
      const lower = mass[node + 1] ?? 0;
      if (upper + lower === 0 && above === 0) continue;
      const atUpper = belowOf(above + ABOVE_UPPER[0] * upper + ABOVE_UPPER[1] * lower);
      const atLower = belowOf(above + ABOVE_LOWER[0] * upper + ABOVE_LOWER[1] * lower);
      mass[node] = upper / atUpper;
      mass[node + 1] = lower / atLower;
      const many = members.length;
      allBelow[node] = (allBelow[node] ?? 0) * (many === 1 ? atUpper : atUpper ** many);
      allBelow[node + 1] = (allBelow[node + 1] ?? 0) * (many === 1 ? atLower : atLower ** many);
      // The rule overshoots where a panel is wider than the belief; nobody has more than all.
      above = Math.min(1, above + upper + lower);
    }
    return mass;
  });
  return odds.map((row) => {
    let won = 0;
    for (let node = 0; node < count; node += 1) won += (row[node] ?? 0) * (allBelow[node] ?? 0);
    return won;
  });
}

const belowOf = (above: number): number => Math.min(1, Math.max(BELOW_MIN, 1 - above));

function massOf(parts: readonly Part[], { angles, halves, logsAt }: Nodes): Float64Array {
  const mass = new Float64Array(angles.length);
  for (const { alpha, beta, highest, logNorm, lowest, price, weight } of parts) {
    const { reward, rest } = logsAt(price);
    for (let node = 0; node < angles.length; node += 1) {
      const angle = angles[node] ?? 0;
      if (angle >= highest) continue;
      if (angle <= lowest) break;
      const logDensity = (alpha - 1) * (reward[node] ?? 0) + (beta - 1) * (rest[node] ?? 0);
      mass[node] =
        (mass[node] ?? 0) + weight * (halves[node] ?? 0) * Math.exp(logDensity - logNorm);
    }
  }
  return mass;
}

/** @param ends of the panels, ascending. */
function nodesOf(ends: readonly number[], priceMin: number): Nodes {
  const panels = Math.max(0, ends.length - 1);
  const angles = new Float64Array(2 * panels);
  const halves = new Float64Array(2 * panels);
  for (let panel = 0; panel < panels; panel += 1) {
    const top = ends[panels - panel] ?? 0;
    const half = (top - (ends[panels - panel - 1] ?? 0)) / 2;
    for (const [side, node] of [2 * panel, 2 * panel + 1].entries()) {
      const angle = top - half * (side === 0 ? 1 - Math.sqrt(1 / 3) : 1 + Math.sqrt(1 / 3));
      angles[node] = angle;
      // A density over rewards as one over angles.
      halves[node] = half * Math.sin(2 * angle);
    }
  }
  const known = new Map<number, ReturnType<Nodes['logsAt']>>();
  const logsAt = (price: number) => {
    const found = known.get(price);
    if (found !== undefined) return found;
    const more = price - priceMin;
    const reward = angles.map((angle) => Math.log(Math.sin(angle) ** 2 + more));
    const rest = angles.map((angle) => Math.log(Math.cos(angle) ** 2 - more));
    known.set(price, { reward, rest });
    return { reward, rest };
  };
  return { angles, halves, logsAt };
}

/**
 * The ends of the panels, ascending: none is wider than the even ones, than what is believed of any arm there,
 * or reaches from where an arm has no mass to where it has some.
 */
function endsOf(groups: readonly Group[], low: number): readonly number[] {
  const parts = groups.flatMap((group) => group.parts);
  const high = parts.reduce((most, { highest }) => Math.max(most, highest), low);
  const width = (high - low) / EVEN_PANELS;
  const bounds = parts
    .filter(({ deviation, weight }) => deviation < width && weight >= OWN_WEIGHT_MIN)
    .map(({ deviation, middle }) => ({
      from: middle - OWN_REACH_DEVIATIONS * deviation,
      to: middle + OWN_REACH_DEVIATIONS * deviation,
      deviation,
    }));
  // Where the scores of a dearer model end, what is believed of it may end as well, and not smoothly.
  const cuts = [...new Set(parts.map(({ top }) => top))].filter((top) => top < high);
  const ends = [low];
  for (let at = low; at < high; ) {
    let next = at + width;
    for (const { deviation, from, to } of bounds)
      if (from > at) next = Math.min(next, from);
      else if (to > at) next = Math.min(next, at + deviation);
    for (const cut of cuts)
      if (cut > at) next = Math.min(next, Math.max(cut, at + width / CUT_PANELS));
    at = ends.length < PANELS_MAX ? Math.min(next, high) : high;
    ends.push(at);
  }
  return ends;
}
