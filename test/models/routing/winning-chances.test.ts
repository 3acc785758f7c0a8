import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { chanceFrom } from '../../../src/models/routing/chance.ts';
import { logFactorial } from '../../../src/models/routing/likelihood.ts';
import type { Candidate } from '../../../src/models/routing/policy.ts';
import { winningChances } from '../../../src/models/routing/winning-chances.ts';

/** What the chances may be off by; a grid of thousands of nodes is what they are held against. */
const TOLERANCE = 0.001;
/** The same where models have different prices, and their scores end at different places. */
const PRICED_TOLERANCE = 0.005;

interface Shape {
  readonly trials: number;
  readonly mean: number;
  readonly price?: number;
  readonly changed?: Candidate['belief']['changed'];
}

const candidateOf = ({ trials, mean, price = 0, changed = null }: Shape): Candidate => ({
  ...{ arm: 'any@1', outcomes: 0, mean: 0, meanEverywhere: null, price },
  belief: { alpha: 1 + trials * mean, beta: 1 + trials * (1 - mean), changed },
});

/** The same integral by the midpoint rule, on scores, with a node every twelfth of any belief's deviation. */
function byFineGrid(candidates: readonly Candidate[]): readonly number[] {
  const parts = candidates.map(({ belief, price }) => {
    const { changed } = belief;
    const density = (alpha: number, beta: number) => {
      const norm =
        logFactorial(alpha - 1) + logFactorial(beta - 1) - logFactorial(alpha + beta - 1);
      return (x: number) =>
        Math.exp((alpha - 1) * Math.log(x) + (beta - 1) * Math.log(1 - x) - norm);
    };
    const asEver = density(belief.alpha, belief.beta);
    const since = changed === null ? () => 0 : density(changed.alpha, changed.beta);
    const chance = changed?.chance ?? 0;
    return (score: number) => {
      const x = score + price;
      return x <= 0 || x >= 1 ? 0 : (1 - chance) * asEver(x) + chance * since(x);
    };
  });
  const edges = edgesFor(candidates);
  const below = candidates.map(() => 0);
  const won = candidates.map(() => 0);
  for (let at = 1; at < edges.length; at += 1) {
    const [from, to] = [edges[at - 1] ?? 0, edges[at] ?? 0];
    const masses = parts.map((density) => density((from + to) / 2) * (to - from));
    const middles = masses.map((mass, arm) => (below[arm] ?? 0) + mass / 2);
    for (const [arm, mass] of masses.entries()) {
      const others = middles.reduce((all, each, other) => (other === arm ? all : all * each), 1);
      won[arm] = (won[arm] ?? 0) + mass * others;
      below[arm] = (below[arm] ?? 0) + mass;
    }
  }
  const sum = won.reduce((total, each) => total + each, 0);
  return won.map((each) => each / sum);
}

function edgesFor(candidates: readonly Candidate[]): readonly number[] {
  const prices = candidates.map(({ price }) => price);
  const [low, high] = [-Math.max(...prices), 1 - Math.min(...prices)];
  const edges = Array.from({ length: 2_001 }, (_, at) => low + ((high - low) * at) / 2_000);
  for (const { belief, price } of candidates) {
    edges.push(1 - price);
    for (const { alpha, beta } of [belief, belief.changed ?? belief]) {
      const middle = Math.asin(Math.sqrt(alpha / (alpha + beta)));
      for (let z = -7; z <= 7; z += 1 / 12) {
        const angle = middle + z / (2 * Math.sqrt(alpha + beta));
        if (angle > 0 && angle < Math.PI / 2) edges.push(Math.sin(angle) ** 2 - price);
      }
    }
  }
  return edges.sort((one, other) => one - other);
}

const luck = chanceFrom(20_261_126);
const many = (count: number, shape: (at: number) => Shape): readonly Shape[] =>
  Array.from({ length: count }, (_, at) => shape(at));

describe('chances are those of a grid that is some hundred times as fine', () => {
  test.each<[string, readonly Shape[]]>([
    ['of models hardly tried', many(12, () => ({ trials: Math.floor(6 * luck()), mean: luck() }))],
    [
      'of models well known',
      many(8, () => ({ trials: 200 + 2_000 * luck(), mean: 0.5 + 0.4 * luck() })),
    ],
    [
      'of the many that are nearly equal, known very differently well',
      many(12, () => ({ trials: 10 ** (3 + 3 * luck()), mean: 0.8 + 0.01 * luck() })),
    ],
    [
      'of newcomers beside three that are known to a thousandth',
      many(10, (at) =>
        at < 3
          ? { trials: 1e5, mean: 0.85 + 0.003 * luck() }
          : { trials: 4 * luck(), mean: luck() },
      ),
    ],
    [
      'of models at different prices',
      many(6, () => ({ trials: Math.floor(50 * luck()), mean: luck(), price: 0.3 * luck() })),
    ],
    [
      'of models that hardly ever fail, at different prices: where their scores end',
      [
        { trials: 13, mean: 0.97, price: 0.1775 },
        { trials: 14, mean: 0.82, price: 0.1826 },
        { trials: 16, mean: 0.94, price: 0.2938 },
        { trials: 29, mean: 0.65, price: 0.1949 },
        { trials: 0, mean: 0, price: 0.0391 },
        { trials: 26, mean: 0.99, price: 0.1942 },
      ],
    ],
    [
      'of models that never failed, at prices of which some are nearly the same',
      [
        { trials: 3, mean: 1, price: 0.272 },
        { trials: 2, mean: 1, price: 0.116 },
        { trials: 11, mean: 1, price: 0.188 },
        { trials: 8, mean: 1, price: 0.031 },
        { trials: 16, mean: 0.98, price: 0.191 },
        { trials: 26, mean: 0.98, price: 0.259 },
      ],
    ],
    [
      'of a model that is dearer by next to nothing',
      [
        { trials: 13, mean: 0.97 },
        { trials: 0, mean: 0, price: 8e-32 },
      ],
    ],
    [
      'of models that may have changed',
      many(6, () => ({
        ...{ trials: 1_000, mean: 0.7 + 0.2 * luck() },
        changed: { chance: 0.5 * luck(), alpha: 1 + 3 * luck(), beta: 1 + 3 * luck() },
      })),
    ],
  ])('%s', (_, shapes) => {
    const candidates = shapes.map(candidateOf);
    const fine = byFineGrid(candidates);
    for (const [at, chance] of winningChances(candidates).entries())
      expect(Math.abs(chance - (fine[at] ?? Number.NaN))).toBeLessThan(TOLERANCE);
  });
});

const fraction = fc.double({ min: 0, max: 1, noNaN: true });

test.each([
  ['at one price', fc.constant(0), TOLERANCE],
  ['at different prices', fc.double({ min: 0, max: 0.3, noNaN: true }), PRICED_TOLERANCE],
])('chances %s are those of the fine grid, whatever is believed', (_, price, tolerance) => {
  const changed = fc.record({
    chance: fc.double({ min: 1e-4, max: 0.5, noNaN: true }),
    alpha: fc.double({ min: 1, max: 9, noNaN: true }),
    beta: fc.double({ min: 1, max: 9, noNaN: true }),
  });
  const shape = fc.record({
    trials: fc.oneof(fc.nat(30), fc.nat(3_000)),
    mean: fraction,
    price,
    changed: fc.option(changed),
  });
  fc.assert(
    fc.property(fc.array(shape, { minLength: 2, maxLength: 6 }), (shapes) => {
      const candidates = shapes.map(candidateOf);
      const fine = byFineGrid(candidates);
      const off = winningChances(candidates).map((each, at) => Math.abs(each - (fine[at] ?? 1)));
      expect(Math.max(...off)).toBeLessThan(tolerance);
    }),
    { numRuns: 60 },
  );
});

test.each([0, 1, 10, 1_000, 100_000])(
  'a model that never failed in %i tasks has all chances alone',
  (trials) => {
    for (const mean of [0, 1]) expect(winningChances([candidateOf({ trials, mean })])).toEqual([1]);
  },
);

test('equal beliefs have equal chances, and the order of the models changes none', () => {
  const shape = fc.record({
    trials: fc.nat(3_000),
    mean: fraction,
    price: fc.constantFrom(0, 0, 0.1),
  });
  fc.assert(
    fc.property(fc.array(shape, { minLength: 1, maxLength: 8 }), (shapes) => {
      const candidates = shapes.map(candidateOf);
      const twice = winningChances([...candidates, ...candidates]);
      const back = winningChances(candidates.toReversed());
      expect(twice.slice(candidates.length)).toEqual(twice.slice(0, candidates.length));
      for (const [at, chance] of winningChances(candidates).entries())
        expect(back.at(-1 - at)).toBeCloseTo(chance, 9);
    }),
    { numRuns: 40 },
  );
});
