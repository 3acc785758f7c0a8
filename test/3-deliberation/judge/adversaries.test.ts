/** A judge that lies, obeys or rambles: `npm run bench:judge` does the same at full length. */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Contender, orderOf } from '../../../src/3-deliberation/judge/order.ts';
import { textDigest } from '../../../src/caws/text-digest.ts';
import type { Instant } from '../../../src/primitives.ts';
import { type Steered, steer, throwOutputs } from './adversaries.ts';
import { payloads, places } from './payloads.ts';

describe('whatever a judge says', () => {
  test('no verdict, no score and no winner is raised by it', () => {
    const thrown = throwOutputs(500, 20_261_126);
    expect(thrown).toMatchObject({ verdictsRaised: 0, scoresRaised: 0, winnersRaised: 0 });
    // It was heard, and it could do harm downwards.
    expect(thrown.decided).toBeGreaterThan(20);
    expect(thrown.verdictsLowered).toBeGreaterThan(0);
  });

  test('instructions in a change do not steer one that obeys what is not fenced', () => {
    const sample = payloads.filter((_, at) => at % 37 === 0);
    const steered = steer(sample);
    expect(steered).toMatchObject({
      tried: sample.length * places.length,
      obeyed: 0,
      verdictsRaised: 0,
      talkedOut: 0,
      winnersRaised: 0,
    });
    expect(steered.verdictsLowered).toBeLessThanOrEqual(0.02 * steered.tried);
    expect(payloads.length).toBeGreaterThanOrEqual(200);
  });

  test('and each bound is what holds it: without it, what it guards is raised', () => {
    const process_ = join(import.meta.dirname, 'unbound-process.ts');
    const said = execFileSync(process.execPath, [process_], { encoding: 'utf8' });
    const found = JSON.parse(said) as Readonly<Record<string, number>> & {
      readonly steered: Steered;
    };
    for (const raised of ['verdictsRaised', 'winnersRaised', 'scoresRaised'] as const)
      expect(found[raised], raised).toBeGreaterThan(0);
    expect(found.steered.obeyed).toBeGreaterThan(0);
    expect(found.steered.talkedOut).toBeGreaterThan(0);
    expect(found.steered.winnersRaised).toBeGreaterThan(0);
  });
});

const contender = fc
  .record({
    passes: fc.boolean(),
    score: fc.integer({ min: 0, max: 40 }),
    lines: fc.nat(3),
    at: fc.nat(2),
  })
  .map(({ passes, score, lines, at }) => ({
    passes,
    score: 0.8 + score / 200,
    lines,
    submittedAt: at as Instant,
  }));
const contenders = fc
  .array(contender, { minLength: 1, maxLength: 7 })
  .map((all) =>
    all.map((each, at): Contender => ({ ...each, id: `c${at}`, digest: textDigest(String(at)) })),
  );
/** Any judge: for each pair one of both, or nobody, and the same whoever is named first. */
const judgeOf = (seed: number) => (one: string, other: string) => {
  const [low, high] = [one, other].toSorted() as [string, string];
  const chance = Number.parseInt(textDigest(`${seed} ${low} ${high}`).slice(7, 9), 16) % 3;
  return [low, high, null][chance] ?? null;
};
const ids = (all: readonly Contender[]) => all.map(({ id }) => id);

describe('the order of contenders', () => {
  test('is won by one that passes and lies near the best, whatever the judge prefers', () => {
    fc.assert(
      fc.property(contenders, fc.nat(), (all, seed) => {
        const [winner] = orderOf(all, judgeOf(seed));
        const passing = all.filter(({ passes }) => passes);
        if (passing.length === 0) return;
        expect(winner?.passes).toBe(true);
        const best = Math.max(...passing.map(({ score }) => score));
        expect(winner?.score ?? 0).toBeGreaterThanOrEqual(best - 0.05);
      }),
      { numRuns: 300 },
    );
  });

  test('does not depend on who is named first', () => {
    const turned = contenders.chain((all) =>
      fc.tuple(fc.constant(all), fc.shuffledSubarray(all, { minLength: all.length })),
    );
    fc.assert(
      fc.property(turned, fc.nat(), ([all, shuffled], seed) => {
        expect(ids(orderOf(shuffled, judgeOf(seed)))).toEqual(ids(orderOf(all, judgeOf(seed))));
      }),
      { numRuns: 200 },
    );
  });

  test('without an opinion is the score, the smaller change, the earlier one, and its digest', () => {
    const nobody = () => null;
    fc.assert(
      fc.property(contenders, (all) => {
        const ordered = orderOf(all, nobody);
        for (const [at, next] of ordered.slice(1).entries()) {
          const before = ordered[at] as Contender;
          if (before.passes !== next.passes) expect(before.passes).toBe(true);
          else expect(before.score).toBeGreaterThanOrEqual(next.score);
        }
      }),
      { numRuns: 200 },
    );
  });

  test('never puts a contender lower for having improved', () => {
    fc.assert(
      fc.property(contenders, fc.nat(6), fc.nat(20), (all, at, gain) => {
        const one = all[at % all.length] as Contender;
        const better = all.map((each) =>
          each === one ? { ...each, score: each.score + gain / 200 } : each,
        );
        const place = (of: readonly Contender[]) => ids(orderOf(of, () => null)).indexOf(one.id);
        expect(place(better)).toBeLessThanOrEqual(place(all));
      }),
      { numRuns: 200 },
    );
  });
});
