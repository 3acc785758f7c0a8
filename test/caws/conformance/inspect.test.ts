import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { findingsMax, inspectDocument } from '../../../src/caws/conformance/inspect.ts';
import { chainBytesMax, documentBytesMax } from '../../../src/caws/conformance/reading.ts';
import { conformanceRules } from '../../../src/caws/conformance/rules.ts';
import { strictRules } from '../../../src/caws/strictness/rules.ts';
import {
  changed,
  files,
  inspectText,
  policy2025,
  spec2025,
  specV11,
  waiver2025,
} from './documents.ts';

const anyFile = fc.constantFrom(...Object.values(files), 'unknown.txt');
const anyDialect = fc.constantFrom('auto', '2025', '10', '11');

function isWhole(file: string, bytes: Uint8Array, dialect: 'auto' | '2025' | '10' | '11'): boolean {
  const report = inspectDocument({ file, bytes, dialect });
  const known = { ...conformanceRules, ...strictRules, 'strict.findings.more': '' };
  return report.findings.every(
    ({ rule, line, column, hint, message }) =>
      rule in known && line >= 1 && column >= 1 && hint !== '' && message.startsWith('/'),
  );
}

describe('whatever the bytes, there is a report with rules, places and hints', () => {
  test('arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), anyFile, anyDialect, (bytes, file, dialect) =>
        isWhole(file, bytes, dialect),
      ),
      { numRuns: 400 },
    );
  });

  test('arbitrary text made of what YAML gives a meaning', () => {
    const token = fc.constantFrom(
      ...[
        'a',
        'id',
        ':',
        ' ',
        '\n',
        '\n  ',
        '-',
        '? ',
        '&a ',
        '*a',
        '!!str ',
        '<<',
        '{',
        '}',
        '[',
        ']',
      ],
      ...[
        ',',
        '"',
        "'",
        '|',
        '>',
        '#',
        '%',
        '---\n',
        '...\n',
        '\t',
        '1',
        '.nan',
        '~',
        '{{X}}',
        '\u202e',
      ],
      ...['risk_tier', 'scope', 'in', 'gates', '__proto__', 'toString', 'length', '2026-01-01'],
    );
    fc.assert(
      fc.property(
        fc.array(token, { maxLength: 60 }),
        anyFile,
        anyDialect,
        (tokens, file, dialect) =>
          isWhole(file, new TextEncoder().encode(tokens.join('')), dialect),
      ),
      { numRuns: 1500 },
    );
  });

  test('arbitrary values at the known keys', () => {
    const keys = [
      ...new Set([spec2025(), specV11(), policy2025(), waiver2025()].flatMap(Object.keys)),
    ];
    const document = fc.dictionary(fc.constantFrom(...keys), fc.jsonValue({ maxDepth: 3 }));
    fc.assert(
      fc.property(document, anyFile, anyDialect, (value, file, dialect) =>
        isWhole(file, new TextEncoder().encode(JSON.stringify(value)), dialect),
      ),
      { numRuns: 800 },
    );
  });
});

test('the same bytes give the same report', () => {
  const text = JSON.stringify(changed(spec2025(), 'risk_tier', '1'));
  expect(inspectText(files.spec, text)).toEqual(inspectText(files.spec, text));
});

describe('what is over a bound conforms to nothing and says which bound', () => {
  const refusal = (file: string, text: string) => {
    const report = inspectText(file, text);
    expect(report.conforms).toEqual({ '2025': false, '10': false, '11': false });
    return report.findings.map(({ rule }) => rule);
  };
  test('bytes', () => {
    const long = 'a'.repeat(documentBytesMax + 1);
    expect(refusal(files.spec, `title: ${long}`)).toEqual(['strict.text.too_large']);
    expect(refusal(files.chain, ' '.repeat(chainBytesMax + 1))).toEqual(['strict.text.too_large']);
  });
  test('encoding', () => {
    const bytes = Uint8Array.from([0x69, 0x64, 0x3a, 0x20, 0xc3, 0x28]);
    const report = inspectDocument({ file: files.spec, bytes, dialect: 'auto' });
    expect(report.findings.map(({ rule }) => rule)).toEqual(['strict.text.not_utf8']);
    expect(report.conforms['2025']).toBe(false);
  });
  test('depth', () => {
    const deep = `a: ${'['.repeat(80)}${']'.repeat(80)}`;
    expect(refusal(files.spec, deep)).toContain('strict.text.too_deep');
    expect(refusal(files.spec, `a: ${'['.repeat(90_000)}`)).toContain('strict.text.too_deep');
    expect(refusal(files.spec, 'a: &a\n  b: *a\n')).toContain('strict.text.too_deep');
  });
  test('aliases that multiply', () => {
    const levels = Array.from(
      { length: 9 },
      (_, at) => `a${at + 1}: &a${at + 1} [${Array(9).fill(`*a${at}`).join(',')}]`,
    );
    expect(refusal(files.spec, `a0: &a0 [x]\n${levels.join('\n')}\n`)).toEqual([
      'strict.text.alias_bomb',
    ]);
  });
  test('findings: the first are shown, the rest is counted with the worst severity', () => {
    const many = changed(specV11(), 'acceptance', Array(500).fill(0));
    const report = inspectText(files.spec, JSON.stringify(many));
    expect(report.findings).toHaveLength(findingsMax + 1);
    const more = report.findings.at(-1);
    expect([more?.rule, more?.severity]).toEqual(['strict.findings.more', 'error']);
    expect(more?.message).toContain('400');
  });
});

describe('a finding stands where a person would look', () => {
  const at = (text: string, rule: string, file: string = files.spec) => {
    const found = inspectText(file, text, '11').findings.find((one) => one.rule === rule);
    return found === undefined ? undefined : `${found.line}:${found.column}`;
  };
  const block = [
    '# a comment',
    'id: auth-1',
    'title: "x"',
    'risk_tier:   # the tier',
    '  "1"',
    'mode: development',
    'status: active',
    'scope:',
    '  in:',
    '    - src/a.ts',
    '    -   4',
    '  out: [dist, "b*"]',
    'blast_radius: {modules: []}',
    'acceptance:',
    '- id: B1',
    '  given: g',
    'invariants:',
    '',
  ].join('\n');
  test.each([
    ['spec.schema.id.pattern_violation', '2:5'],
    ['spec.schema.risk_tier.type_rejected', '5:3'],
    ['spec.schema.mode.development_removed', '6:7'],
    ['spec.schema.forbidden_field.status', '7:1'],
    ['spec.schema.scope.out_glob_forbidden', '12:15'],
    ['strict.scope.not_text', '11:9'],
  ])('%s at %s', (rule, place) => {
    expect(at(block, rule)).toBe(place);
  });
  test.each([
    ['\r\n line ends', 'id: A-1\r\ntitle: x\r\nmode: banana\r\n', '3:7'],
    ['an explicit key', 'id: A-1\n? mode\n: banana\n', '3:3'],
    ['flow style over lines', '{\n  id: A-1,\n  mode:\n    banana}', '4:5'],
    ['JSON', '{"id": "A-1", "mode": "banana"}', '1:23'],
    ['an anchor before the value', 'id: A-1\nmode: &m banana\n', '2:7'],
    ['a key in quotes', 'id: A-1\n"mode": banana\n', '2:9'],
    ['a byte order mark', '\ufeffmode: banana\n', '1:7'],
  ])('with %s', (_, text, place) => {
    expect(at(text, 'spec.schema.mode.development_removed')).toBe(place);
  });
  test('a value that came in by an alias stands where the alias is', () => {
    const text = 'id: A-1\nx: &x {in: []}\nscope: *x\n';
    expect(at(text, 'spec.schema.scope.in_empty')).toBe('3:8');
  });
});

describe('a document that cannot be parsed, under a name that CAWS does not reserve', () => {
  const broken = 'x: [1,\n';
  test.each([
    ['a v11 spec', `risk_tier: 2\nlifecycle_state: active\n${broken}`, 'spec', '11'],
    ['a 2025 spec in CRLF', `risk_tier: 2\r\nscope: {}\r\n${broken}`, 'spec', '2025'],
    ['a policy with its keys in quotes', `"risk_tiers": {}\n${broken}`, 'policy', '2025'],
    ['our own policy', `risk_tiers: {}\nprotected_paths: []\n${broken}`, 'policy', 'arbiter'],
    ['a waiver', `expires_at: 2026-01-01\ngates: [x]\n${broken}`, 'waiver', '2025'],
  ])('%s has the kind and the dialect that its keys show', (_, text, kind, dialect) => {
    const report = inspectText('draft.yaml', text);
    expect([report.kind, report.dialect]).toEqual([kind, dialect]);
    expect(report.conforms).toEqual({ '2025': false, '10': false, '11': false });
  });
  test('names its cause and the place, also where nothing shows its kind', () => {
    const [found] = inspectText('draft.yaml', broken).findings;
    expect([found?.rule, found?.line, found?.column]).toEqual(['document.parse_failed', 2, 1]);
  });
});

test('one tab in the indentation is named once', () => {
  const { findings } = inspectText(files.spec, 'id: A-1\n\ttitle: x\n');
  expect(findings.filter(({ rule }) => rule === 'strict.text.tab_indent')).toHaveLength(1);
});
