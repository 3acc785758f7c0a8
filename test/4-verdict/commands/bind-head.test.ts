import fc from 'fast-check';
import { expect, test } from 'vitest';
import { bindHead, type SeenHead } from '../../../src/4-verdict/commands/bind-head.ts';
import type { Instant } from '../../../src/primitives.ts';
import { sha } from '../../2-examination/case.ts';

const at = (second: number) => (second * 1_000) as Instant;
const head = (name: string, seen: number, pushed: number | null = null): SeenHead => {
  return { sha: sha(name), seenAt: at(seen), pushedAt: pushed === null ? null : at(pushed) };
};
const [a, b] = [head('a', 10), head('b', 20)];

test.each<[string, readonly SeenHead[], number, string | null]>([
  ['the newest before the comment', [a, b], 30, 'b'],
  ['in any order', [b, a], 30, 'b'],
  ['the older one, where the newer came later', [a, b], 15, 'a'],
  ['none before the first', [a, b], 5, null],
  ['none where a head came in the same second', [a, b], 20, null],
  ['none where two came at once', [a, head('c', 10)], 15, null],
  ['the head that came back', [a, b, head('a', 25)], 30, 'a'],
  ['none by a clock of ours that runs behind', [a, head('b', 12, 20)], 20, null],
  ['the older one, where only our clock says otherwise', [a, head('b', 12, 22)], 20, 'a'],
  ['the older one, where word of the newer came late', [a, head('b', 22, 12)], 20, 'a'],
])('%s', (_, seen, second, name) => {
  const bound = bindHead(seen, at(second), null);
  expect(bound.ok ? bound.value : null).toBe(name === null ? null : sha(name));
});

test('no head that came after the comment, or with it, is ever bound without its name', () => {
  const seen = fc.array(
    fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), seen: fc.nat(40), pushed: fc.nat(40) }),
    { maxLength: 8 },
  );
  fc.assert(
    fc.property(seen, fc.nat(40), (heads, second) => {
      const given = heads.map(({ name, seen: one, pushed }) => head(name, one, pushed));
      const bound = bindHead(given, at(second), null);
      if (!bound.ok) return;
      const times = given
        .filter((each) => each.sha === bound.value)
        .map(({ seenAt, pushedAt }) => Math.max(seenAt, pushedAt ?? 0));
      expect(times.some((time) => time < at(second))).toBe(true);
      expect(bindHead(given.toReversed(), at(second), null)).toEqual(bound);
    }),
    { numRuns: 500 },
  );
});
