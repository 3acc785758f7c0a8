import { describe, expect, test } from 'vitest';
import { loadSuites } from '../../../src/adapters/suites/shipped-suites.ts';
import { markAnswer } from '../../../src/models/lifecycle/marking.ts';
import { readSuite } from '../../../src/models/lifecycle/suite.ts';

const task = `
  - id: one
    kind: query
    prompt: count
    timeoutSeconds: 10
    files: { a.csv: "1" }
    mayChange: [answer.json]
    check: { by: answer, answers: { n: { number: 1 } } }`;
const suite = (tasks: string, surface = 'data-analysis') =>
  `schema: caws-arbiter/suite@1\nid: s\nversion: 1\nsurface: ${surface}\ntitle: t\ntasks:${tasks}\n`;
const read = (text: string) => readSuite({ file: 's.yaml', text });

test('the shipped suites cover the three surfaces, each with a short part', () => {
  const suites = loadSuites(null);
  if (!suites.ok) throw new Error(JSON.stringify(suites.fault));
  expect(suites.value.map(({ surface }) => surface)).toEqual([
    'code-editing',
    'data-analysis',
    'research-assistant',
  ]);
  for (const { tasks } of suites.value) expect(tasks.some(({ smoke }) => smoke)).toBe(true);
});

describe('a suite', () => {
  test('is read', () => expect(read(suite(task)).ok).toBe(true));

  test.each([
    ['is no YAML', '{'],
    ['has an unknown key', `${suite(task)}extra: 1\n`],
    ['has no tasks', suite(' []')],
    ['is about no known surface', suite(task, 'poetry')],
    ['names a task twice', suite(task + task)],
    ['leads out of its folder', suite(task.replace('a.csv', '../a.csv'))],
    ['writes into git', suite(task.replace('a.csv', '.git/config'))],
    ['has a glob that leads out', suite(task.replace('[answer.json]', '["../*"]'))],
    ['may not write its answer', suite(task.replace('[answer.json]', '[a.csv]'))],
    ['expects NaN', suite(task.replace('number: 1', 'number: .nan'))],
    ['checks by nothing known', suite(task.replace('by: answer', 'by: luck'))],
    [
      'asks for words that no source holds',
      suite(
        task.replace(
          /check:.*/,
          'check: { by: sources, points: [{ id: p, answer: x, source: a.csv, holds: zzz }] }',
        ),
      ),
    ],
  ])('that %s is refused with its place', (_, text) => {
    const refused = read(text);
    if (refused.ok) throw new Error('it was read');
    expect(refused.fault.problems[0]?.line).toBeGreaterThan(0);
  });
});

const exact = {
  by: 'answer' as const,
  answers: { n: { number: 2, within: 0.01 }, who: { text: 'Ada' } },
};
const sourced = {
  by: 'sources' as const,
  points: [{ id: 'days', answer: '30', source: 'a.md', holds: '30 days' }],
};
const sources = { 'a.md': 'Kept for 30 days.', 'b.md': 'Kept for 90 days.' };
const claims = (...of: object[]) => JSON.stringify({ claims: of });
const good = { point: 'days', answer: '30', source: 'a.md', quote: 'Kept for 30 days' };

describe('an answer', () => {
  test.each([
    ['exact', exact, '{"n":2,"who":"Ada"}', true],
    ['near enough, in other letters', exact, '{"n":2.009,"who":" ada "}', true],
    ['too far off', exact, '{"n":2.02,"who":"Ada"}', false],
    ['a number as text', exact, '{"n":"2","who":"Ada"}', false],
    ['with a part missing', exact, '{"n":2}', false],
    ['a list', exact, '[2,"Ada"]', false],
    ['no JSON', exact, 'n = 2', false],
    ['absent', exact, null, false],
    ['of an inherited key', exact, '{"__proto__":{"n":2,"who":"Ada"}}', false],
    ['with its source', sourced, claims(good), true],
    ['without a quote', sourced, claims({ ...good, quote: '' }), false],
    ['with the quote of another source', sourced, claims({ ...good, source: 'b.md' }), false],
    ['quoting what does not say it', sourced, claims({ ...good, quote: 'Kept for' }), false],
    [
      'right, beside a quote that nobody wrote',
      sourced,
      claims(good, { ...good, point: 'x', quote: 'Kept for ever' }),
      false,
    ],
    ['with claims that are none', sourced, '{"claims":[1,null,"x"]}', false],
  ])('that is %s', (_, check, answer, passed) => {
    expect(markAnswer(check, answer, sources).passed).toBe(passed);
  });

  test('counts the quotes that stand nowhere', () => {
    const made = claims(good, { ...good, quote: 'Kept for 31 days' });
    expect(markAnswer(sourced, made, sources).unresolved).toBe(1);
  });
});
