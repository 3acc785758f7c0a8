import { spawnSync } from 'node:child_process';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { shellWord, visible } from '../../src/5-publication/escape.ts';
import { groupDigits, quantityText } from '../../src/5-publication/quantity.ts';
import { anyText } from '../texts.ts';

test.each([
  ['a tab\tand\nnewline', 'a tab\\u{9}and\\u{a}newline'],
  ['\u001b[31mred', '\\u{1b}[31mred'],
  ['right\u202eleft', 'right\\u{202e}left'],
  ['zero\u200bwidth', 'zero\\u{200b}width'],
  ['hangul\u3164filler', 'hangul\\u{3164}filler'],
  ['tag\u{e0041}', 'tag\\u{e0041}'],
  ['lone \ud800 surrogate', 'lone \\u{d800} surrogate'],
  ['größe/ファイル-🙂.ts', 'größe/ファイル-🙂.ts'],
])('%j is shown as %s', (text, shown) => {
  expect(visible(text)).toBe(shown);
});

test('whatever the text, nothing that moves a cursor reaches the terminal', () => {
  fc.assert(
    fc.property(anyText(300), (text) => {
      expect(visible(text)).not.toMatch(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u);
    }),
  );
});

test('long text is cut and says so', () => {
  expect(visible('x'.repeat(300), 10)).toBe(`${'x'.repeat(10)}…`);
});

test('a shell reads a quoted word as that word', () => {
  const words = ["it's", 'a b', '$(id)', '`id`', '"', '\\', 'plain/path.ts', '*', '-rf', 'a\nb'];
  const script = `printf '%s\\0' ${words.map(shellWord).join(' ')}`;
  const printed = spawnSync('sh', ['-c', script], { encoding: 'utf8' }).stdout;
  expect(printed.split('\0').slice(0, -1)).toEqual(words);
});

test.each([
  [{ value: 1, unit: 'files' }, '1 file'],
  [{ value: 60000, unit: 'lines' }, '60,000 lines'],
  [{ value: 78.123, unit: 'percent' }, '78.12 %'],
  [{ value: 1, unit: 'people' }, '1 person'],
  [{ value: 999, unit: 'bytes' }, '999 bytes'],
  [{ value: 20_000_000, unit: 'bytes' }, '20 MB'],
] as const)('%j reads %s', (quantity, text) => {
  expect(quantityText(quantity)).toBe(text);
});

test('digits are grouped by three', () => {
  expect([0, 12, 123, 1234, 1234567].map(groupDigits)).toEqual([
    '0',
    '12',
    '123',
    '1,234',
    '1,234,567',
  ]);
});
