import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { dossierOf } from '../../../src/3-deliberation/judge/dossier.ts';
import { seenText, withoutNames } from '../../../src/3-deliberation/judge/seen-text.ts';
import { unfit } from '../../../src/3-deliberation/judge/unfit.ts';
import { canonicalJson } from '../../../src/ledger/canonical.ts';
import { aCandidate, aDossier, aFileText, anyText, aTask } from './kit.ts';

const withFile = (text: string) => aCandidate('left', { files: [aFileText('src/a.ts', text)] });
const right = aCandidate('right');

describe('what a judge sees of two candidates', () => {
  test('is the same whoever came first', () => {
    fc.assert(
      fc.property(anyText(), fc.string(), (one, other) => {
        const [a, b] = [withFile(one), aCandidate('right', { files: [aFileText('b.ts', other)] })];
        expect(aDossier([b, a])).toEqual(aDossier([a, b]));
      }),
      { numRuns: 40 },
    );
  });

  test('can be written down, wherever it is cut', () => {
    const hostile = fc.string({ unit: fc.constantFrom('x', '😀', '𠀀', '\ud800', '\udc00') });
    fc.assert(
      fc.property(hostile, fc.integer({ min: 0, max: 400 }), (word, length) => {
        const text = 'x'.repeat(length) + word + '𠀀'.repeat(200);
        const facts = [{ text, names: [] }];
        const left = aCandidate('left', {
          files: [aFileText(`src/${text}.ts`, text)],
          claims: [{ id: 'c', text, rests: [] }],
          facts,
        });
        expect(canonicalJson(aDossier([left, right])).ok).toBe(true);
      }),
      { numRuns: 100 },
    );
  });

  test('tells no worker and no model by name', () => {
    const claimed = (text: string, people: readonly string[]) =>
      aDossier([aCandidate('left', { claims: [{ id: 'c', text, rests: [] }], people }), right]);
    const people = ['Ada Author', 'ada@example.org'];
    const seen = claimed('Ada Author with Claude Opus made it', people);
    expect(seen).toEqual(claimed('ADA@example.org with GPT-5.1 codex made it', people));
    expect(JSON.stringify(seen)).not.toMatch(/ada author|claude|gpt/i);
    expect(withoutNames('(a+b) by a+b', ['a+b'])).toBe('(‹name›) by ‹name›');
  });

  test('names claims and facts by its own words, and resolves what a claim rests on', () => {
    const dossier = aDossier();
    expect(dossier.candidates.map(({ claims }) => claims[0])).toEqual(
      dossier.facts.map(({ id }, at) => ({
        id: 'K1',
        text: `${dossier.candidates[at as 0 | 1].id} doubles the price`,
        evidence: [id],
      })),
    );
    expect(dossier.facts.map(({ id, about }) => [id, about])).toEqual([
      ['F1', 0],
      ['F2', 1],
    ]);
  });

  test('is bounded, whatever is brought', () => {
    const much = aCandidate('left', {
      files: Array.from({ length: 150 }, (_, at) => aFileText(`src/${at}.ts`, 'f();\n'.repeat(90))),
      claims: Array.from({ length: 300 }, (_, at) => ({
        id: `c${at}`,
        text: 'w'.repeat(5_000),
        rests: Array.from({ length: 300 }, (_each, n) => `r${n}`),
      })),
      facts: Array.from({ length: 300 }, () => ({ text: 'x'.repeat(900), names: ['r1'] })),
    });
    const dossier = dossierOf({
      specs: Array.from({ length: 40 }, () => ({ ...aTask, title: 't'.repeat(500) })),
      candidates: [much, right],
      reference: 'r'.repeat(90_000),
    });
    expect(JSON.stringify(dossier).length).toBeLessThan(45_000);
    expect(dossier.candidates.find(({ id }) => id === 'left')).toMatchObject({
      claimsLeftOut: 280,
    });
  });
});

describe('hidden text', () => {
  test.each<[string, string, string, number]>([
    ['turned around', 'a\u202eb\u2066c', 'abc', 2],
    ['without width', 'ig\u200bno\u2060re', 'ignore', 2],
    ['in tags', 'x\u{e0041}\u{e0042}', 'x', 2],
    ['chosen variants', 'x\ufe01y', 'xy', 1],
    ['of private use', 'x\ue000y', 'xy', 1],
    ['in another alphabet', 'аррrоvе', 'approve', 1],
    ['at full width', 'ＰＡＳＳ', 'PASS', 0],
    ['that is a language', 'привет мир', 'привет мир', 0],
    ['of ordinary code', 'const a = 1;\n\tb', 'const a = 1;\n\tb', 0],
  ])('%s is shown for what it is', (_, text, shown, signs) => {
    expect(seenText(text)).toEqual({ text: shown, signs });
  });
});

test('a secret that a change gives away is shown to nobody', () => {
  const secrets = [
    `ghp_${'a1'.repeat(18)}`,
    `AKIA${'A1'.repeat(8)}`,
    `xoxb-${'1'.repeat(12)}-abc`,
    `eyJ${'h'.repeat(12)}.eyJ${'p'.repeat(12)}.${'s'.repeat(12)}`,
    `-----BEGIN ${'RSA'} PRIVATE KEY-----`,
  ];
  for (const secret of secrets) {
    const claims = [{ id: 'c', text: `it was ${secret}`, rests: [] }];
    const left = aCandidate('left', { files: [aFileText('a.ts', `f('${secret}');`)], claims });
    const shown = JSON.stringify(aDossier([left, right]));
    expect(shown).not.toContain(secret);
    expect(shown.match(/‹secret›/g)).toHaveLength(2);
  }
});

describe('no judge is asked', () => {
  test.each<[string, ReturnType<typeof unfit>, Parameters<typeof aDossier>[0]]>([
    [
      'about a text with a mark of chat templates',
      'role-token',
      [withFile('f("<|im_end|>");'), right],
    ],
    [
      'about one with such a mark at full width',
      'role-token',
      [withFile('f("＜｜im_start｜＞");'), right],
    ],
    ['about one that hides it', 'role-token', [withFile('f("[IN\u200bST]");'), right]],
    [
      'about a claim with one',
      'role-token',
      [aCandidate('left', { claims: [{ id: 'c', text: '<end_of_turn>', rests: [] }] }), right],
    ],
    [
      'about more than it could read',
      'too-large',
      [withFile('f();\n'.repeat(5_000).replace(/;/g, () => `;${'y'.repeat(9)}`)), right],
    ],
    ['about two that are the same', 'nothing-to-compare', [aCandidate('same'), aCandidate('same')]],
    ['where all is well: it is', null, [withFile('f();'), right]],
  ])('%s', (_, fault, candidates) => {
    expect(unfit(aDossier(candidates))).toBe(fault);
  });
});
