import { describe, expect, test } from 'vitest';
import { readText } from '../../../src/caws/conformance/reading.ts';
import {
  changed,
  files,
  heldBy,
  inspectText,
  policy2025,
  policyV11,
  specV11,
  strictBy,
} from './documents.ts';

const scalar = (written: string): unknown => {
  const { core, standard } = readText('x.yaml', `a: ${written}\n`);
  expect(standard.ok).toBe(core.ok);
  return core.ok ? (core.value as { readonly a: unknown }).a : core.reason;
};

describe('a scalar is what the YAML reader of the published tools makes of it', () => {
  test.each([
    ['10_000', 10_000],
    ['1__0', 10],
    ['-1_0', -10],
    ['+1_0', 10],
    ['0b1_0', 2],
    ['0o1_7', 15],
    ['0x_F', 15],
    ['-0x1f', -31],
    ['017', 17],
    ['09', 9],
    ['0_1', 1],
    ['1_0.5', 10.5],
    ['1.5_0', 1.5],
    ['1_0e3', 10_000],
    ['1_e3', 1000],
    ['.5', 0.5],
    ['1.', 1],
    ['-.inf', Number.NEGATIVE_INFINITY],
    ['+.Inf', Number.POSITIVE_INFINITY],
    ['.NaN', Number.NaN],
    ['1e999', Number.POSITIVE_INFINITY],
    ['9'.repeat(400), Number.POSITIVE_INFINITY],
    ['12e4567', Number.POSITIVE_INFINITY],
    ['!!int "1_0"', 10],
  ])('%s is the number %d', (written, number) => {
    expect(scalar(written)).toBe(number);
  });
  test.each(['_1', '1_', '0b_', '0b12', '0o8', '0X1f', '0x', '1.5_', '1e', '.iNF', '1:30', '.'])(
    '%s is a text',
    (written) => {
      expect(scalar(written)).toBe(written);
    },
  );
  test.each([
    ['- &a b: c\n', 1, 3],
    ['- &a "b": c\n', 1, 3],
    ['&a b: c\n', 1, 1],
    ['&a : c\n', 1, 1],
    ['x:\n  !!str b: c\n  d: e\n', 2, 3],
  ])('%j cannot be read, for what stands before its first key', (text, line, column) => {
    const { core, standard } = readText('x.yaml', text);
    const failure = { ok: false, reason: 'syntax', spot: { line, column } };
    expect([core, standard]).toEqual([failure, failure]);
  });
  test.each([
    '&a\nb: c\n',
    'b: 1\n&a c: d\n',
    '? &a b\n: c\n',
    '{&a b: c}\n',
    '- &a\n  b: c\n',
    'x: &a {b: c}\n',
  ])('%j can be read', (text) => {
    expect(readText('x.yaml', text).core.ok).toBe(true);
  });
});

describe('a number with a line between its digits', () => {
  const withBudget = (policy: object): string =>
    JSON.stringify(policy)
      .replace('"max_loc":200', '"max_loc":2_00')
      .replace('"max_loc":250', '"max_loc":2_50');
  test('is a budget to every published tool, and our strictness warns of the notation', () => {
    const v11 = inspectText(files.policy, withBudget(policyV11()), '11');
    expect(v11.conforms).toEqual({ '2025': true, '10': true, '11': true });
    expect(strictBy(v11)).toEqual(['strict.number.notation']);
    expect(inspectText(files.policy, withBudget(policy2025())).conforms['2025']).toBe(true);
  });
  test('is no text, so a title that looks like one is refused', () => {
    const text = JSON.stringify(changed(specV11(), 'title', 'TITLE')).replace('"TITLE"', '2026_05');
    expect(heldBy(inspectText(files.spec, text, '11'))).toEqual(['spec.schema.violation']);
  });
});
