import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { generated } from '../../policies/generate.ts';
import { workerSchemaNames } from '../../policies/generate-plea.ts';
import { staysInside } from '../../src/1-pleading/evidence-path.ts';
import { PLEA_CHARACTERS_MAX, readPlea } from '../../src/1-pleading/plea.ts';
import { anyText } from '../texts.ts';

const digest = `sha256:${'a'.repeat(64)}`;
const file = (text: string) => readPlea({ kind: 'file', file: 'plea.yaml', text });
const body = (text: string) => readPlea({ kind: 'pull-request-body', text });
const commits = (...messages: readonly string[]) => readPlea({ kind: 'commit-messages', messages });

type Reading = ReturnType<typeof readPlea>;
const specOf = (reading: Reading) => (reading.ok ? reading.value.plea.spec : 'refused');
const rulesOf = (reading: Reading) =>
  reading.ok ? [] : reading.fault.problems.map(({ rule }) => rule);

describe('a plea file', () => {
  test('gives claims, evidence, spec and diff, as YAML or JSON', () => {
    const document = {
      spec: 'CART-12',
      rationale: [
        { id: 'C1', text: 'The cart keeps its order.', rests: ['unit', 'src/cart.ts:3'] },
        { id: 'C2', text: 'x' },
      ],
      evidence: [{ name: 'unit', file: 'reports/junit.xml', digest }],
      change_diff: 'a\nb\n',
    };
    const reading = file(JSON.stringify(document));
    expect(reading).toMatchObject({
      ok: true,
      value: {
        diffFile: null,
        signs: [],
        plea: {
          source: 'file',
          spec: 'CART-12',
          claims: [document.rationale[0], { id: 'C2', rests: [] }],
          evidence: document.evidence,
          changeDiff: 'a\nb\n',
        },
      },
    });
    expect(file('spec: CART-12\nchange_diff: out/change.diff\n')).toMatchObject({
      ok: true,
      value: { diffFile: 'out/change.diff', plea: { spec: 'CART-12', changeDiff: null } },
    });
  });

  test('names an unknown key by its place and the nearest known one', () => {
    expect(file('spec: A-1\nrational: []\n')).toMatchObject({
      ok: false,
      fault: {
        file: 'plea.yaml',
        problems: [
          { rule: 'plea.unknown-key', line: 2, column: 1, hint: 'Did you mean "rationale"?' },
        ],
      },
    });
  });

  test.each([
    ['a claim over 280 characters', { rationale: [{ id: 'C1', text: 'x'.repeat(281) }] }],
    ['an empty claim', { rationale: [{ id: 'C1', text: '' }] }],
    [
      'a claim id twice',
      {
        rationale: [
          { id: 'C1', text: 'x' },
          { id: 'C1', text: 'y' },
        ],
      },
    ],
    ['a digest that is none', { evidence: [{ name: 'a', file: 'a', digest: 'sha256:AA' }] }],
    ['a file above the folder', { evidence: [{ name: 'a', file: '../a', digest }] }],
    ['an absolute file', { evidence: [{ name: 'a', file: '/etc/passwd', digest }] }],
    ['a file of another system', { evidence: [{ name: 'a', file: 'c:\\a', digest }] }],
    [
      'one file twice',
      {
        evidence: [
          { name: 'a', file: 'x', digest },
          { name: 'b', file: 'x', digest },
        ],
      },
    ],
    ['a diff above the folder', { change_diff: '../../secret' }],
    ['a spec that is a list', { spec: ['A-1'] }],
    ['a spec with a space', { spec: 'A-1 B-2' }],
    ['a list for a document', []],
    [
      'more claims than anybody reads',
      { rationale: Array.from({ length: 51 }, (_, i) => ({ id: `C${i}`, text: 'x' })) },
    ],
    ['a prototype for keys', JSON.parse('{"__proto__": {"spec": "A-1"}}')],
  ])('is refused for %s', (_, document) => {
    const reading = file(JSON.stringify(document));
    expect(reading.ok).toBe(false);
    expect(rulesOf(reading)).not.toEqual([]);
  });

  test('that expands aliases without end, or is larger than a plea, is refused', () => {
    const bomb = [
      'a: &a [x,x,x,x,x,x,x,x,x]',
      ...'bcdefgh'.split('').map((k, i) => `${k}: &${k} [${`*${'abcdefg'[i]},`.repeat(9)}]`),
    ].join('\n');
    expect(file(bomb).ok).toBe(false);
    expect(file(`spec: ${'A'.repeat(PLEA_CHARACTERS_MAX + 1)}`).ok).toBe(false);
  });
});

describe('a pull request body', () => {
  const block = (text: string) => `\`\`\`caws-plea\n${text}\n\`\`\``;

  test('names a spec on a line of its own, and holds a plea in a fenced block', () => {
    expect(specOf(body('Adds a cart.\r\n\r\nCAWS-SPEC: CART-12\r\n'))).toBe('CART-12');
    const reading = body(
      `Hello\n\n${block('rationale:\n  - {id: C1, text: why}')}\n\nCAWS-SPEC: CART-12\n`,
    );
    expect(reading).toMatchObject({
      value: { plea: { source: 'pull-request-body', spec: 'CART-12', claims: [{ id: 'C1' }] } },
    });
  });

  test.each([
    ['a fence', '```\nCAWS-SPEC: EVIL-1\n```'],
    ['a fence of tildes', '~~~\nCAWS-SPEC: EVIL-1\n~~~'],
    ['a longer fence', '````\n```\nCAWS-SPEC: EVIL-1\n````'],
    ['a fence without end', '```\nCAWS-SPEC: EVIL-1'],
    ['a comment', '<!-- x\nCAWS-SPEC: EVIL-1\n-->'],
    ['a comment without end', '<!--\nCAWS-SPEC: EVIL-1'],
    ['a quotation', '> CAWS-SPEC: EVIL-1'],
    ['an indented block', '    CAWS-SPEC: EVIL-1'],
    ['a list', '- CAWS-SPEC: EVIL-1'],
    ['prose', 'see CAWS-SPEC: EVIL-1'],
    ['a look-alike', 'CАWS-SPEC: EVIL-1'],
    ['two words', 'CAWS-SPEC: EVIL-1 or so'],
    ['a line that only Unicode ends', 'x\u2028CAWS-SPEC: EVIL-1'],
  ])('names no spec in %s', (_, text) => {
    expect(specOf(body(text))).toBeNull();
    expect(specOf(body(`CAWS-SPEC: REAL-1\n\n${text}`))).toBe('REAL-1');
  });

  test('that names two specs, or pleads twice, or leaves its plea open is refused', () => {
    expect(rulesOf(body('CAWS-SPEC: A-1\nCAWS-SPEC: A-2'))).toEqual(['plea.several-specs']);
    expect(rulesOf(body(`CAWS-SPEC: A-1\n${block('spec: A-2')}`))).toEqual(['plea.several-specs']);
    expect(rulesOf(body(`${block('spec: A-1')}\n${block('spec: A-1')}`))).toEqual([
      'plea.several-blocks',
    ]);
    expect(rulesOf(body('```caws-plea\nspec: A-1'))).toEqual(['plea.unclosed-block']);
    expect(rulesOf(body('x'.repeat(PLEA_CHARACTERS_MAX + 1)))).toEqual(['plea.too-large']);
    expect(specOf(body('CAWS-SPEC: A-1\nCAWS-SPEC: A-1'))).toBe('A-1');
  });

  test('counts the lines of its block from its own first line', () => {
    expect(body(`one\ntwo\n${block('spec: A-1\nspecs: A-2')}`)).toMatchObject({
      fault: { problems: [{ rule: 'plea.unknown-key', line: 5, column: 1 }] },
    });
  });
});

test('commit messages plead for the spec that they name, and for none where they name several', () => {
  expect(specOf(commits('Add\n\nCAWS-SPEC: A-1\n', 'Fix\n\nwhy\n'))).toBe('A-1');
  expect(specOf(commits('Add\n\nCAWS-SPEC: A-1\n', 'Fix\n\nCAWS-SPEC: A-1\n'))).toBe('A-1');
  expect(specOf(commits('Add\n\nCAWS-SPEC: A-1\n', 'Fix\n\nCAWS-SPEC: A-2\n'))).toBeNull();
  expect(specOf(commits())).toBeNull();
});

test.each([
  ['bidi', '\u202e'],
  ['invisible', '\u200b'],
  ['invisible', '\ufeff'],
  ['tag', '\u{e0041}'],
  ['homoglyph', 'раypal'],
])('characters that hide something (%s) are reported', (kind, text) => {
  const reading = file(JSON.stringify({ rationale: [{ id: 'C1', text: `${text} is fine` }] }));
  expect(reading).toMatchObject({ ok: true, value: { signs: [{ kind }], signsTotal: 1 } });
});

test('many look-alikes do not push a hidden character out of sight', () => {
  const rests = Array.from({ length: 20 }, () => 'раypal раypal');
  const claims = [
    { id: 'C1', text: 'x', rests },
    { id: 'C2', text: 'a\u202eb' },
  ];
  const reading = file(JSON.stringify({ rationale: claims }));
  expect(reading.ok && reading.value.signs[0]).toMatchObject({ kind: 'bidi' });
  expect(reading.ok && reading.value.signs).toHaveLength(20);
  expect(reading.ok && reading.value.signsTotal).toBeGreaterThan(20);
});

test('a body made to be slow is read in time that grows with its length', () => {
  const hostile = (n: number) => [
    `\`\`\`${' '.repeat(n)}\``,
    `CAWS-SPEC:${' '.repeat(n)}x y`,
    '`'.repeat(n),
    '<!---->'.repeat(n / 7),
  ];
  for (const text of hostile(200_000)) expect(body(text).ok).toBe(true);
});

test('any text gives a plea or located problems', () => {
  fc.assert(
    fc.property(fc.oneof(anyText(), fc.json()), (text) => {
      for (const reading of [
        file(text),
        body(text),
        body(`\`\`\`caws-plea\n${text}\n\`\`\``),
        commits(text),
      ])
        if (!reading.ok) expect(reading.fault.problems.length).toBeGreaterThan(0);
    }),
  );
});

test('a path that stays inside resolves to itself below its folder', () => {
  fc.assert(
    fc.property(
      fc.array(fc.constantFrom('a', '..', '.', '', 'b\\', '/', 'c:', '\0', '..a', ' ')),
      (parts) => {
        const path = parts.join('/');
        if (staysInside(path)) expect(join('/folder', path)).toBe(`/folder/${path}`);
        if (staysInside(path)) expect(join('/folder', path).startsWith('/folder/')).toBe(true);
      },
    ),
  );
});

test('the validators of a worker’s documents are what their schemas generate', async () => {
  const root = join(import.meta.dirname, '../..');
  for (const [path, text] of await generated(workerSchemaNames))
    expect(readFileSync(join(root, path), 'utf8')).toBe(text);
});
