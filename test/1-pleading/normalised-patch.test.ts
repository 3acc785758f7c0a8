import { expect, test } from 'vitest';
import { normalisedPatch } from '../../src/1-pleading/normalised-patch.ts';

const one = `--- a/a.ts
+++ b/a.ts
@@ -1,3 +1,3 @@
 one
-two
+zwei
 three
`;
const other = '--- /dev/null\n+++ b/b.ts\n@@ -0,0 +1 @@\n+new\n';

test.each([
  ['less context', one, '--- a/a.ts\n+++ b/a.ts\n@@ -2 +2 @@\n-two\n+zwei\n'],
  ['another order of files', one + other, other + one],
  [
    'a message and a header of git before it',
    one,
    `From 0 Mon Sep 17\nSubject: x\n\ndiff --git a/a.ts b/a.ts\nindex 1..2 100644\n${one}`,
  ],
  ['blanks at the end of a line', one, one.replace('zwei', 'zwei  ')],
  ['no letters before its names', one, one.replaceAll(/ [ab]\/a/g, ' a')],
])('patches that do the same are the same: %s', (_, left, right) => {
  expect(normalisedPatch(left)).not.toBeNull();
  expect(normalisedPatch(left)).toBe(normalisedPatch(right));
});

test.each([
  ['another word', one, one.replace('zwei', 'deux')],
  ['another file', one, one.replaceAll('a.ts', 'c.ts')],
  ['another place', one, one.replace('-1,3 +1,3', '-9,3 +9,3')],
  ['one file more', one, one + other],
  ['the other way', one, one.replace('-two\n+zwei', '-zwei\n+two')],
])('patches that do something else differ: %s', (_, left, right) => {
  expect(normalisedPatch(left)).not.toBe(normalisedPatch(right));
});

test('what is no patch has no form', () => {
  for (const text of ['', 'hello', '--- a\n+++ b\n@@ -1 +1 @@\n'])
    expect(normalisedPatch(text)).toBeNull();
});
