import { expect, test } from 'vitest';
import { gist, House } from './house.ts';

test('one asks, another approves, and the change passes until it is worse or the time is over', () => {
  const house = new House();
  expect(house.word()).toBe('WAIVER_REQUIRED');
  const id = house.asks('robin');
  expect(house.word()).toBe('WAIVER_REQUIRED');
  expect(house.refusals()).toEqual(['not-granted']);
  expect(gist(house.says('mia', `/caws approve ${id}`))).toBe('approved');
  expect(house.word()).toBe('PASS');
  house.pushing('robin', { lines: 250 });
  expect(house.word()).toBe('PASS');
  house.pushing('robin', { lines: 251 });
  expect(house.word()).toBe('WAIVER_REQUIRED');
  expect(house.refusals()).toEqual(['worse-than-floor']);
  house.pushing('robin', { lines: 240 });
  expect(house.word()).toBe('PASS');
  house.passes(60 * 24 * 10);
  expect(house.word()).toBe('WAIVER_REQUIRED');
  expect(house.refusals()).toEqual(['expired']);
});
