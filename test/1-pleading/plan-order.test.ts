import fc from 'fast-check';
import { expect, test } from 'vitest';
import { inOrderOfNeeds } from '../../src/1-pleading/plan-order.ts';
import { subIds } from '../../src/caws/sub-spec.ts';

const file = (path: string, ...needs: string[]) => ({
  path,
  action: 'add' as const,
  lines: 1,
  needs,
});
const orderOf = (...files: ReturnType<typeof file>[]) =>
  inOrderOfNeeds(files).map((group) => group.map(({ path }) => path).join('+'));

test.each([
  ['the order of the plan stays where nothing is needed', [file('b'), file('a')], ['b', 'a']],
  ['what is needed comes first', [file('a', 'b'), file('b', 'c'), file('c')], ['c', 'b', 'a']],
  ['files that need each other are one', [file('a', 'b'), file('c'), file('b', 'a')], ['a+b', 'c']],
  [
    'also around a circle',
    [file('a', 'b'), file('b', 'c'), file('c', 'a'), file('d', 'a')],
    ['a+b+c', 'd'],
  ],
])('%s', (_, files, order) => {
  expect(orderOf(...files)).toEqual(order);
});

test('whatever needs whatever, every file stands in one group, and no group before one that it needs', () => {
  const names = ['a', 'b', 'c', 'd', 'e', 'f'];
  const needs = fc.array(fc.uniqueArray(fc.constantFrom(...names), { maxLength: 3 }), {
    ...{ minLength: names.length, maxLength: names.length },
  });
  fc.assert(
    fc.property(needs, (lists) => {
      const files = names.map((name, at) =>
        file(name, ...(lists[at] ?? []).filter((need) => need !== name)),
      );
      const groups = inOrderOfNeeds(files);
      expect(groups.flat().toSorted((one, other) => (one.path < other.path ? -1 : 1))).toEqual(
        files,
      );
      const placeOf = (path: string) =>
        groups.findIndex((group) => group.some((each) => each.path === path));
      for (const { path, needs: named } of files)
        for (const need of named) expect(placeOf(need)).toBeLessThanOrEqual(placeOf(path));
    }),
  );
});

test('parts have ids that the target does not have, in the order of letters', () => {
  const idOf = subIds('CART-1', ['CART-1', 'cart-1B']);
  expect([1, 2, 3, 1].map(idOf)).toEqual(['CART-1a', 'CART-1c', 'CART-1d', 'CART-1a']);
  expect(subIds('A-1', [])(28)).toBe('A-1ab');
});
