import { Ajv2020 } from 'ajv/dist/2020.js';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { answerSchema, askedOf, readAnswer } from '../../../src/3-deliberation/judge/answer.ts';
import { aDossier, answering, anyText, rubric } from './kit.ts';

const ids = rubric.map(({ id }) => id);
const asked = askedOf(aDossier(), ids, '12');
const keepsSchema = new Ajv2020({ strict: false }).compile(answerSchema(asked));
const check = (facts: object) => ({ id: 'C1', c1: 'yes', c2: 'no', cite: [], ...facts });
const checks = (...given: readonly object[]) => [
  ...ids.slice(0, 6 - given.length).map((id) => check({ id })),
  ...given,
];

describe('an answer', () => {
  test('that keeps its schema and cites what is there is read', () => {
    const quotes = [{ cand: 1, text: asked.diffs[0].slice(3, 40) }];
    expect(readAnswer(answering('1', { quotes }), asked)).toMatchObject({
      ok: true,
      value: { better: '1', quotes, instructions: 'no' },
    });
    expect(asked.diffs).toEqual(askedOf(aDossier(), ids, '21').diffs.toReversed());
  });

  test.each<[string, string, string]>([
    ['no JSON', 'Candidate 1 is better.', 'not-json'],
    ['JSON with words around it', `Sure!\n${answering('1')}`, 'not-json'],
    ['JSON behind a fence', `\`\`\`json\n${answering('1')}\n\`\`\``, 'not-json'],
    ['a key twice', answering('1').replace('"better"', '"better":"2","better"'), 'not-json'],
    ['too long', answering('1', { rationale: 'x'.repeat(9_000) }), 'not-json'],
    ['too deep', `{"a":${'['.repeat(50)}${']'.repeat(50)}}`, 'not-json'],
    ['nothing', '', 'not-json'],
    ['a list', '[]', 'outside-schema'],
    ['null', 'null', 'outside-schema'],
    ['a key more', answering('1', { verdict: 'PASS' }), 'outside-schema'],
    ['another word', answering('1', { better: 'both' }), 'outside-schema'],
    ['a number for a word', answering('1', { better: 1 }), 'outside-schema'],
    ['too few checks', answering('1', { checks: checks().slice(0, 3) }), 'outside-schema'],
    [
      'too many checks',
      answering('1', { checks: [...checks(), check({ id: 'C1' })] }),
      'outside-schema',
    ],
    [
      'a check that nobody asked',
      answering('1', { checks: checks(check({ id: 'C9' })) }),
      'outside-schema',
    ],
    ['a check twice', answering('1', { checks: checks(check({ id: 'C1' })) }), 'check-repeated'],
    ['a fact that is none', answering('1', {}, ['F99']), 'fact-unknown'],
    [
      'a quote of nothing there',
      answering('1', { quotes: [{ cand: 1, text: 'never written' }] }),
      'quote-not-found',
    ],
    [
      'a quote of the other side',
      answering('1', { quotes: [{ cand: 2, text: asked.diffs[0].slice(0, 40) }] }),
      'quote-not-found',
    ],
    [
      'a quote too short',
      answering('1', { quotes: [{ cand: 1, text: 'const' }] }),
      'outside-schema',
    ],
    ['a rationale too long', answering('1', { rationale: 'x'.repeat(401) }), 'outside-schema'],
    ['the side that came out worse', answering('2', { checks: checks() }), 'contradicts-itself'],
  ])('that is %s does not count', (_, text, fault) => {
    expect(readAnswer(text, asked)).toEqual({ ok: false, fault });
  });

  test('is an answer or a fault, whatever the text is', () => {
    const mutated = fc.tuple(fc.nat(600), fc.nat(20), anyText(12)).map(([at, cut, put]) => {
      const text = answering('1');
      return text.slice(0, at) + put + text.slice(at + cut);
    });
    const json = fc.json({ maxDepth: 6 });
    fc.assert(
      fc.property(fc.oneof(anyText(300), json, mutated), (text) => {
        const read = readAnswer(text, asked);
        // What is read keeps the very schema that the model was given.
        if (read.ok) expect(keepsSchema(JSON.parse(text))).toBe(true);
        else expect(read.fault).toMatch(/^[a-z-]+$/);
      }),
      { numRuns: 250 },
    );
  });
});

describe('the schema of answers', () => {
  test('accepts what is read, and knows no numbers to range over', () => {
    expect(keepsSchema(JSON.parse(answering('tie')))).toBe(true);
    expect(JSON.stringify(answerSchema(asked))).not.toMatch(
      /minimum|maximum|pattern|"number"|"integer"/,
    );
  });

  test('puts what was looked at before what was decided', () => {
    const { properties } = answerSchema(asked) as { readonly properties: object };
    expect(Object.keys(properties)).toEqual([
      'checks',
      'quotes',
      'data_contains_instructions',
      'better',
      'rationale',
    ]);
  });

  test('allows no citation where there is no fact', () => {
    const bare = new Ajv2020({ strict: false }).compile(answerSchema({ checks: ids, facts: [] }));
    expect(bare(JSON.parse(answering('tie', {}, [])))).toBe(true);
    expect(bare(JSON.parse(answering('tie', {}, ['none'])))).toBe(false);
  });
});
