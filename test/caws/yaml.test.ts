import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readYaml, yamlBounds } from '../../src/caws/yaml.ts';
import { anyText } from '../texts.ts';

const ruleOf = (text: string): string => {
  const read = readYaml(text, 'f.yaml');
  return read.ok ? 'ok' : (read.fault.problems[0]?.rule ?? 'no problem');
};

const refused: readonly (readonly [text: string, rule: string])[] = [
  ['a: .nan', 'yaml.not-finite'],
  ['a: -.inf', 'yaml.not-finite'],
  ['a: 1e999', 'yaml.not-finite'],
  ['a: 99999999999999999999', 'yaml.inexact'],
  ['a: !!str 1', 'yaml.tag'],
  ['a: !ruby/object {}', 'yaml.tag'],
  ['a: !!binary aGk=', 'yaml.tag'],
  ['a: 1\na: 2', 'yaml.duplicate-key'],
  ['1: x\n"1": y', 'yaml.duplicate-key'],
  ['{"a": 1, "a": 2}', 'yaml.duplicate-key'],
  ['<<: {a: 1}', 'yaml.merge-key'],
  ['a: &x {b: 1}\nc: {<<: *x}', 'yaml.merge-key'],
  ['{{FEATURE}}: 1', 'yaml.key'],
  ['id: {{FEATURE}}', 'yaml.key'],
  ['? [a, b]\n: 1', 'yaml.key'],
  ['? \n: 1', 'yaml.key'],
  ['a: 1\n---\nb: 2', 'yaml.several-documents'],
  ['a: 1\n...\n---\n', 'yaml.several-documents'],
  ['%YAML 1.1\n---\na: yes', 'yaml.directive'],
  ['a: *missing', 'yaml.alias'],
  ['a: &x {b: *x}', 'yaml.alias'],
  ['a: \u0000', 'yaml.control-character'],
  ['a: \u001b[2J', 'yaml.control-character'],
  ['a: "\\uD800"', 'yaml.half-character'],
  ['{"\\uDC00": 1}', 'yaml.half-character'],
  ['a:\n\t- 1', 'yaml.syntax'],
  ['a: "open', 'yaml.syntax'],
  ['a: @x', 'yaml.syntax'],
  [`a: ${'x'.repeat(yamlBounds.bytesMax)}`, 'yaml.too-large'],
  [`a: ${'é'.repeat(yamlBounds.bytesMax / 2)}`, 'yaml.too-large'],
  ['['.repeat(50_000), 'yaml.too-deep'],
  ['- '.repeat(50_000), 'yaml.too-deep'],
  ['? '.repeat(50_000), 'yaml.too-deep'],
  ['{a: '.repeat(50_000), 'yaml.too-deep'],
  ['- 1\n'.repeat(yamlBounds.nodesMax + 1), 'yaml.too-many-values'],
];

test.each(refused.map(([text, rule]) => [text.slice(0, 30), rule, text] as const))(
  '%j is refused as %s',
  (_, rule, text) => {
    expect(ruleOf(text)).toBe(rule);
  },
);

test('every refusal that has a place names the line and column of the culprit', () => {
  const read = readYaml('ok: 1\nlist:\n  - fine\n  - .inf\n', 'f.yaml');
  expect(read).toMatchObject({ ok: false, fault: { problems: [{ line: 4, column: 5 }] } });
  const control = readYaml('ok: 1\nbad: \u0007', 'f.yaml');
  expect(control).toMatchObject({ ok: false, fault: { problems: [{ line: 2, column: 6 }] } });
});

test('aliases count as often as they are used', () => {
  const levels = ['a: &a [1, 1, 1, 1, 1, 1, 1, 1]'];
  for (const [index, name] of ['b', 'c', 'd', 'e', 'f', 'g'].entries()) {
    const alias = `*${'abcdefg'[index]}`;
    levels.push(`${name}: &${name} [${Array(8).fill(alias).join(', ')}]`);
  }
  expect(ruleOf(levels.join('\n'))).toBe('yaml.too-many-values');
  const many = `a: &a 1\nb: [${Array(yamlBounds.aliasesMax + 1)
    .fill('*a')
    .join(', ')}]`;
  expect(ruleOf(many)).toBe('yaml.too-many-aliases');
});

test('aliases cannot nest deeper than a written document could', () => {
  const lines = ['x0: &x0 [1]'];
  for (let level = 1; level < 60; level += 1) lines.push(`x${level}: &x${level} [*x${level - 1}]`);
  expect(ruleOf(lines.join('\n'))).toBe('yaml.too-deep');
});

test('keys that objects inherit are ordinary keys', () => {
  const read = readYaml('__proto__: {polluted: true}\nconstructor: 1\ntoString: 2', 'f.yaml');
  expect(read.ok && Object.keys(read.value.value as object)).toEqual([
    '__proto__',
    'constructor',
    'toString',
  ]);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

test('values keep the place and the spelling of what was written', () => {
  const read = readYaml(
    'tiers:\n  "1": {max: 010}\nlist:\n  - a\n  -  b\nanchor: &x [7]\nuse: *x\n',
    'f',
  );
  if (!read.ok) throw new Error('readable');
  const { placeOf, sourceOf } = read.value;
  expect(placeOf(['tiers', '1', 'max'])).toEqual({ file: 'f', line: 2, column: 14 });
  expect(placeOf(['tiers', '1', 'max'], 'key')).toEqual({ file: 'f', line: 2, column: 9 });
  expect(placeOf(['list', 1])).toEqual({ file: 'f', line: 5, column: 6 });
  expect(placeOf(['tiers', '1', 'missing'])).toEqual({ file: 'f', line: 2, column: 8 });
  expect(placeOf(['use', 0])).toEqual({ file: 'f', line: 6, column: 13 });
  expect(sourceOf(['tiers', '1', 'max'])).toBe('010');
  expect(sourceOf(['nothing'])).toBeUndefined();
});

test('dates, yes and octal-looking words stay what YAML 1.2 says they are', () => {
  const read = readYaml('a: 2025-12-31\nb: yes\nc: 0o17\nd: 1_000\non: x', 'f.yaml');
  expect(read.ok && read.value.value).toEqual({
    a: '2025-12-31',
    b: 'yes',
    c: 15,
    d: '1_000',
    on: 'x',
  });
});

test('an empty document is null', () => {
  for (const text of ['', '# only a comment\n', '\n\n', '---\n'])
    expect(readYaml(text, 'f')).toMatchObject({ ok: true, value: { value: null } });
});

test('every JSON document reads as JSON.parse reads it', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 4 }), (value) => {
      const text = JSON.stringify(value);
      const read = readYaml(text, 'f.json');
      // JSON keeps control characters and huge numbers that documents of the law must not hold.
      if (read.ok) expect(JSON.parse(JSON.stringify(read.value.value))).toEqual(JSON.parse(text));
      else expect(read.fault.problems[0]?.rule).toMatch(/control-character|inexact|merge-key|key$/);
    }),
    { numRuns: 300 },
  );
});

test('any text gives a value or a located fault', () => {
  const piece = fc.oneof(
    fc.constantFrom('- ', ': ', '? ', '{', '}', '[', ']', '&a ', '*a', '!t ', '"', "'", '|', '>'),
    fc.constantFrom('\n', '\n  ', '\t', '#', '%', '---\n', '...\n', ',', '<<', '\r', '\u2028', '~'),
    anyText(8),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
      const read = readYaml(pieces.join(''), 'f.yaml');
      if (!read.ok) {
        expect(read.fault.problems.length).toBeGreaterThan(0);
        for (const problem of read.fault.problems) expect(problem.message.length).toBeLessThan(300);
      }
    }),
    { numRuns: 2_000 },
  );
});
