/** What the ways of asking make of judges with planted mistakes: `npm run bench:judge` prints more of it. */
import { describe, expect, test } from 'vitest';
import { fitAccuracies } from '../../../src/3-deliberation/judge/dawid-skene.ts';
import { debateRow } from './debated.ts';
import { panelRow, protocolRow, tieRates, votingRow } from './planted.ts';

const weak = { signal: 0.8, noise: 0.8 };
const good = { signal: 1.5, noise: 0.8 };

describe('asking in both orders', () => {
  test('takes away a bias toward a place', () => {
    const { before, after } = tieRates({ signal: 0, noise: 0.8, bias: 2 }, 2_000, 1);
    expect(before).toBeGreaterThan(0.8);
    expect(1 - Math.abs(after - 0.5) / Math.abs(before - 0.5)).toBeGreaterThanOrEqual(0.98);
  });

  test('is worth more than six calls in one, where the judge is biased', () => {
    const row = votingRow({ ...weak, bias: 2 }, 6_000, 3);
    expect(row.sixOneOrder).toBeLessThan(0.62);
    expect(row.sixBothOrders).toBeGreaterThan(0.65);
    expect(row.swapRight).toBeGreaterThan(0.77);
  });
});

describe('two reads of what a model finds likely', () => {
  test.each([
    ['a weak judge', weak, 0, 0.78, 0.9, 0.48],
    ['a weak judge that likes the first place', weak, 2, 0.78, 0.9, 0.48],
    ['a good judge', good, 0, 0.89, 0.96, 0.7],
  ] as const)(
    'of %s are right, and more so where it is sure',
    (_, plant, bias, reads, sure, covered) => {
      const row = protocolRow({ ...plant, bias }, 300, 5);
      expect(row.twoReads).toBeGreaterThanOrEqual(reads);
      expect(row.sureRight).toBeGreaterThanOrEqual(sure);
      expect(row.sureCovered).toBeGreaterThanOrEqual(covered);
      // Whatever the bias, what the protocol decides is right; it decides less.
      expect(row.right).toBeGreaterThanOrEqual(sure);
      expect(row.meanCalls).toBeLessThan(6);
      if (bias === 0) expect(row.meanCalls).toBeLessThanOrEqual(4.2);
    },
  );

  test('beat six votes of the same model', () => {
    const plant = { ...weak, bias: 0 };
    expect(protocolRow(plant, 300, 5).twoReads).toBeGreaterThan(
      votingRow(plant, 6_000, 3).sixBothOrders,
    );
  });
});

describe('weights that are fitted to the votes alone', () => {
  test('beat the majority of a panel, and its best member', () => {
    const { majority, best, fitted } = panelRow([0.8, 0.75, 0.7, 0.65, 0.3], 500, [1, 2, 3, 4]);
    expect(fitted).toBeGreaterThan(majority + 0.05);
    expect(fitted).toBeGreaterThan(best);
  });

  test('never doubt an anchor, and hear whoever did not abstain', () => {
    const { accuracies, posteriors } = fitAccuracies(
      [
        [1, 1, 0],
        [1, null, 0],
        [null, null, null],
      ],
      new Map([[0, 0]]),
    );
    expect(posteriors[0]).toBe(0);
    expect(posteriors[2]).toBe(0.5);
    expect(accuracies.every((each) => each > 0 && each < 1)).toBe(true);
    expect(fitAccuracies([])).toEqual({ accuracies: [], posteriors: [] });
  });
});

describe('a debate about the shipped anchors, with a judge that counts claims and looks nothing up', () => {
  const plant = { ...weak, bias: 0 };
  test('helps where the better side finds more to quote: what is made up is struck', () => {
    const { gain, within } = debateRow(plant, 'the better side finds more to quote', [1, 2]);
    expect(gain).toBeGreaterThan(within);
  });

  test('is no help by itself, and would do harm if a word were enough', () => {
    const equal = debateRow(plant, 'both find as much', [1, 2]);
    expect(Math.abs(equal.gain)).toBeLessThanOrEqual(Math.max(0.05, equal.within));
    const { gain, within } = debateRow(
      plant,
      'only the worse side speaks, and nothing is struck',
      [1],
    );
    expect(gain).toBeLessThan(-within);
  });
});
