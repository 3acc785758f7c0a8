import { expect, test } from 'vitest';
import { nearest } from '../../src/caws/nearest.ts';

test.each([
  ['max_file', 'max_files'],
  ['risk_teirs', 'risk_tiers'],
  ['Mode', 'mode'],
  ['hsitory', 'history'],
  ['banana', undefined],
  ['', undefined],
  ['x'.repeat(100_000), undefined],
])('the word meant by %.20s is %s', (word, meant) => {
  expect(nearest(word, ['max_files', 'risk_tiers', 'mode', 'history'])).toBe(meant);
});
