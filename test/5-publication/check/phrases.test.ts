import { expect, test } from 'vitest';
import { phraseOf } from '../../../src/5-publication/check/phrases.ts';
import { title } from '../../../src/5-publication/check/titles.ts';
import type { Finding } from '../../../src/caws/findings.ts';
import { type RuleId, rules } from '../../../src/caws/rules.ts';

const ids = Object.keys(rules) as readonly RuleId[];
const bare = (rule: RuleId): Finding => ({
  rule,
  gate: 'coverage',
  subject: '',
  measured: null,
  limit: null,
  places: [],
  placesTotal: 0,
  detail: {},
});
const full = (rule: RuleId, name: string): Finding => ({
  ...bare(rule),
  gate: name,
  subject: name,
  measured: { value: 60_412, unit: 'lines' },
  limit: { value: 250, unit: 'lines' },
  places: [{ file: `src/${name}`, line: 3, column: 1 }],
  placesTotal: 12,
});

test.each(ids)('%s has a phrase that fits a title, whatever its facts are', (rule) => {
  const long = 'a-very/long-name/'.repeat(40);
  for (const finding of [
    bare(rule),
    full(rule, 'cart.ts'),
    full(rule, long),
    full(rule, '\u202e🙂'.repeat(50)),
  ]) {
    const phrase = phraseOf(finding);
    expect(phrase).toMatch(/^\S.*\S$/u);
    expect(phrase).not.toMatch(/undefined|null|NaN|\[object|\.$|[\p{Cc}\p{Cf}]| {2}/u);
    expect(title('WAIVER REQUIRED', phrase, '99 more').length).toBeLessThanOrEqual(70);
  }
  // Cut phrases say less: with ordinary names none is.
  expect(title('WAIVER REQUIRED', phraseOf(full(rule, 'cart.ts')))).not.toMatch(/…$/);
});

test('no two rules say the same, but for budgets that differ in their unit', () => {
  const said = ids.map((rule) => phraseOf(full(rule, 'cart.ts')));
  const twice = said.filter((phrase, at) => said.indexOf(phrase) !== at);
  expect(new Set(twice)).toEqual(
    new Set(['budget cart.ts: 60,412 lines, limit 250', 'cart.ts 60,412 lines, needs 250']),
  );
});
