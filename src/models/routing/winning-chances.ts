/**
 * How likely each arm's draw is the highest: ∫ fᵢ Πⱼ Fⱼ over j ≠ i, by Gauss's rule of two nodes in panels.
 * Counting draws instead would never tell 0.1 % from nothing.
 */

import { densitiesOf, type Groups, massesAt, nodeAt, type Parts } from './densities.ts';
import { panelEnds } from './panels.ts';
import type { Candidate } from './policy.ts';

/** Chances that are left below a score where looking further changes none of them. */
const LEFT_TO_WIN_MIN = 1e-6;
/** The least share that counts as below a score: it keeps it a divisor. */
const BELOW_MIN = 1e-12;

/**
 * Off by less than 0.001 from the true chances, and by less than 0.005 where prices differ, which a test shows
 * beside a grid of some hundred times as many nodes.
 *
 * @returns the chances in the order of the candidates; they sum to 1.
 */
export function winningChances(candidates: readonly Candidate[]): readonly number[] {
  let priceMin = Number.POSITIVE_INFINITY;
  for (const { price } of candidates) priceMin = Math.min(priceMin, price);
  const { groupOf, groups, parts } = densitiesOf(candidates, priceMin);
  // Below, some arm has next to no mass, and nobody else can win.
  let low = 0;
  for (let at = 0; at < groups.count; at += 1) low = Math.max(low, groups.lowest[at] ?? 0);
  const won = wonBy(groups, parts, low);
  let sum = 0;
  for (let at = 0; at < groups.count; at += 1)
    for (let member = 0; member < (groups.members[at] ?? 0); member += 1) sum += won[at] ?? 0;
  const chances = new Array<number>(candidates.length).fill(0);
  for (let at = 0; at < chances.length; at += 1) chances[at] = (won[groupOf[at] ?? 0] ?? 0) / sum;
  return chances;
}

/** Of the two nodes of a panel, as parts of half of it: what lies above the upper one, of itself and of the lower. */
const ABOVE_UPPER = [0.5, 0.5 - Math.sqrt(3) / 3] as const;
const ABOVE_LOWER = [0.5 + Math.sqrt(3) / 3, 0.5] as const;

/** Panels being walked from the highest score down; numbers of a part or a group stand at its place. */
interface Walk {
  readonly parts: Parts;
  readonly groups: Groups;
  /** What each part has at the panel's two nodes. */
  readonly partUpper: Float64Array;
  readonly partLower: Float64Array;
  /** What each group has above the panel, and the chance of one member so far. */
  readonly above: Float64Array;
  readonly won: Float64Array;
  /** What each group has at the two nodes over what of it lies below. */
  readonly upper: Float64Array;
  readonly lower: Float64Array;
}

/**
 * The chance of one member of each group. What lies above a node is what Gauss's collocation of two stages
 * (Butcher 1964) gives, so that both integrals are exact to the fourth order of a panel's width. Below a score under which nearly never
 * all of them lie there is nothing left to win, and no panel is looked at.
 */
function wonBy(groups: Groups, parts: Parts, low: number): Float64Array {
  const walk: Walk = {
    parts,
    groups,
    partUpper: new Float64Array(parts.count),
    partLower: new Float64Array(parts.count),
    above: new Float64Array(groups.count),
    won: new Float64Array(groups.count),
    upper: new Float64Array(groups.count),
    lower: new Float64Array(groups.count),
  };
  const ends = panelEnds(parts, low);
  for (let panel = ends.length - 1; panel > 0; panel -= 1)
    if (overPanel(walk, ends[panel - 1] ?? 0, ends[panel] ?? 0) < LEFT_TO_WIN_MIN) break;
  return walk.won;
}

/** @returns the chance that all of them lie below the panel's lower node. */
function overPanel(walk: Walk, from: number, top: number): number {
  const half = (top - from) / 2;
  const upper = nodeAt(top - half * (1 - Math.sqrt(1 / 3)), half);
  const lower = nodeAt(top - half * (1 + Math.sqrt(1 / 3)), half);
  const { groups, parts } = walk;
  massesAt(upper, parts, walk.partUpper);
  massesAt(lower, parts, walk.partLower);
  let belowUpper = 1;
  let belowLower = 1;
  for (let at = 0; at < groups.count; at += 1) {
    if ((groups.highest[at] ?? 0) <= lower.angle) continue;
    const above = walk.above[at] ?? 0;
    const massUpper = massOf(groups, at, walk.partUpper);
    const massLower = massOf(groups, at, walk.partLower);
    const under = belowOf(above + ABOVE_UPPER[0] * massUpper + ABOVE_UPPER[1] * massLower);
    const underLower = belowOf(above + ABOVE_LOWER[0] * massUpper + ABOVE_LOWER[1] * massLower);
    walk.upper[at] = massUpper / under;
    walk.lower[at] = massLower / underLower;
    const many = groups.members[at] ?? 0;
    belowUpper *= many === 1 ? under : under ** many;
    belowLower *= many === 1 ? underLower : underLower ** many;
    // The rule overshoots where a panel is wider than the belief; nobody has more than all.
    walk.above[at] = Math.min(1, above + massUpper + massLower);
  }
  for (let at = 0; at < groups.count; at += 1) {
    const won = (walk.upper[at] ?? 0) * belowUpper + (walk.lower[at] ?? 0) * belowLower;
    walk.won[at] = (walk.won[at] ?? 0) + won;
  }
  return belowLower;
}

function massOf({ asEver, chance, ifChanged }: Groups, at: number, masses: Float64Array): number {
  const changed = chance[at] ?? 0;
  return (
    (1 - changed) * (masses[asEver[at] ?? 0] ?? 0) + changed * (masses[ifChanged[at] ?? 0] ?? 0)
  );
}

const belowOf = (above: number): number => Math.min(1, Math.max(BELOW_MIN, 1 - above));
