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
/** However many prices there are, an even panel is cut into about as many. */
const CUT_PANELS = 4;
/** Below it a density falls off steeply at its end; above, smoothly enough for any panel. */
const STEEP_BETA = 4;
/** Arms that matter lie together, so that there are far fewer. */
const PANELS_MAX = 512;
/** Chances that are left below a score where looking further changes none of them. */
const LEFT_TO_WIN_MIN = 1e-6;
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

/** Of the two nodes of a panel, as parts of half of it: what lies above the upper one, of itself and of the lower. */
const ABOVE_UPPER = [0.5, 0.5 - Math.sqrt(3) / 3] as const;
const ABOVE_LOWER = [0.5 + Math.sqrt(3) / 3, 0.5] as const;

/** A group while panels are walked from the highest score down. */
interface Runner {
  readonly parts: readonly Part[];
  readonly many: number;
  /** Where its highest part begins. */
  readonly highest: number;
  /** What it has above the panel, and the chance of one member so far. */
  above: number;
  won: number;
  /** At the panel's two nodes: what it has there over what of it lies below. */
  upper: number;
  lower: number;
}

/**
 * The chance of one member of each group. What lies above a node is what Gauss's collocation of two stages
 * (Butcher 1964) gives, so that both integrals are exact to the fourth order of a panel's width. Below a score under which nearly never
 * all of them lie there is nothing left to win, and no panel is looked at.
 */
function wonBy(groups: readonly Group[], low: number, priceMin: number): readonly number[] {
  const runners = groups.map((group): Runner => {
    const { members, parts } = group;
    const start = { above: 0, won: 0, upper: 0, lower: 0 };
    return { parts, many: members.length, highest: highestOf(group), ...start };
  });
  const begun = runners.toSorted((one, other) => other.highest - one.highest);
  const ends = endsOf(groups, low);
  for (let panel = ends.length - 1; panel > 0; panel -= 1)
    if (overPanel(begun, ends[panel - 1] ?? 0, ends[panel] ?? 0, priceMin) < LEFT_TO_WIN_MIN) break;
  return runners.map(({ won }) => won);
}

/** @returns the chance that all of them lie below the panel's lower node. */
function overPanel(begun: readonly Runner[], from: number, top: number, priceMin: number): number {
  const half = (top - from) / 2;
  const upper = nodeAt(top - half * (1 - Math.sqrt(1 / 3)), half, priceMin);
  const lower = nodeAt(top - half * (1 + Math.sqrt(1 / 3)), half, priceMin);
  let count = 0;
  let belowUpper = 1;
  let belowLower = 1;
  for (const runner of begun) {
    if (runner.highest <= lower.angle) break;
    count += 1;
    const [massUpper, massLower] = [massAt(upper, runner.parts), massAt(lower, runner.parts)];
    const { above, many } = runner;
    const under = belowOf(above + ABOVE_UPPER[0] * massUpper + ABOVE_UPPER[1] * massLower);
    const underLower = belowOf(above + ABOVE_LOWER[0] * massUpper + ABOVE_LOWER[1] * massLower);
    runner.upper = massUpper / under;
    runner.lower = massLower / underLower;
    belowUpper *= many === 1 ? under : under ** many;
    belowLower *= many === 1 ? underLower : underLower ** many;
    // The rule overshoots where a panel is wider than the belief; nobody has more than all.
    runner.above = Math.min(1, above + massUpper + massLower);
  }
  for (let at = 0; at < count; at += 1) {
    const runner = begun[at];
    if (runner !== undefined) runner.won += runner.upper * belowUpper + runner.lower * belowLower;
  }
  return belowLower;
}

const belowOf = (above: number): number => Math.min(1, Math.max(BELOW_MIN, 1 - above));

/** One score, with what densities are taken from there. */
interface Node {
  readonly angle: number;
  /** What it stands for: half of the panel's width, as rewards. */
  readonly width: number;
  /** The reward at the least price, and the logarithms of it and of what it lacks to 1, and of what is left at other prices. */
  readonly priceMin: number;
  readonly reward: number;
  readonly rest: number;
  readonly logReward: number;
  readonly logRest: number;
}

function nodeAt(angle: number, half: number, priceMin: number): Node {
  // Not what the reward lacks to 1: near 1 nothing of it would be left.
  const [reward, rest] = [Math.sin(angle) ** 2, Math.cos(angle) ** 2];
  const logs = { logReward: Math.log(reward), logRest: Math.log(rest) };
  return { ...{ angle, priceMin, reward, rest, width: half * Math.sin(2 * angle) }, ...logs };
}

/** What a belief has at a node. */
function massAt(node: Node, parts: readonly Part[]): number {
  let mass = 0;
  for (const { alpha, beta, highest, logNorm, lowest, price, weight } of parts) {
    if (node.angle >= highest || node.angle <= lowest) continue;
    const more = price - node.priceMin;
    const logReward = more === 0 ? node.logReward : Math.log(node.reward + more);
    const logRest = more === 0 ? node.logRest : Math.log(node.rest - more);
    mass += weight * Math.exp((alpha - 1) * logReward + (beta - 1) * logRest - logNorm);
  }
  return mass * node.width;
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
  const cuts = apart(
    parts.filter(
      (part) => part.top < high && part.beta < STEEP_BETA && part.weight >= OWN_WEIGHT_MIN,
    ),
    width / CUT_PANELS,
  );
  const ends = [low];
  for (let at = low; at < high; ) {
    let next = at + width;
    for (const { deviation, from, to } of bounds)
      if (from > at) next = Math.min(next, from);
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

/** Where their scores end, ascending, those that lie together once. */
function apart(parts: readonly Part[], least: number): readonly number[] {
  const kept: number[] = [];
  for (const top of parts.map((part) => part.top).sort((one, other) => one - other))
    if (top - (kept.at(-1) ?? Number.NEGATIVE_INFINITY) >= least / CUT_PANELS) kept.push(top);
  return kept;
}
