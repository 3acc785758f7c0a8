import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { applyEvents } from '../../src/adapters/roster/applying.ts';
import { openRoster } from '../../src/adapters/roster/roster.ts';
import { command } from '../../src/cli/models.ts';
import type { Instant } from '../../src/primitives.ts';
import { decisionOf, executionOf, must, profileOf } from '../adapters/roster/kit.ts';
import { START } from '../ledger/kit.ts';
import { type Desk, newDesk } from './ledger-kit.ts';

const at = (ms: number) => (START + ms) as Instant;

function write(desk: Desk, id: string, fields: Parameters<typeof profileOf>[1] = {}): string {
  const file = join(desk.folder, `${id}.json`);
  writeFileSync(file, JSON.stringify(profileOf(id, fields), null, 2));
  return file;
}

const models = (desk: Desk, ...args: readonly string[]) => desk.run(command, ...args);
const register = (desk: Desk, id: string, ...more: readonly string[]) =>
  models(desk, 'register', write(desk, id), '--reason', 'to try it', ...more);

/** Tasks that the model did, each for a repository of its own. */
function works(desk: Desk, model: string, tasks: number, completion = 1, places = tasks): void {
  const file = join(desk.env['HOME'] ?? '', '.local', 'state', 'caws-arbiter', 'models.db');
  using roster = must(openRoster({ file, access: 'open' }));
  const events = Array.from({ length: tasks }, (_, each) => {
    const name = `${model}-${each}`;
    const facts = {
      completion,
      efficiency: 0.5,
      costUsd: 0.02,
      claims: { made: 4, unresolved: 1 },
    };
    return [
      decisionOf(name, model, {
        at: at(1_000),
        repository: `github.com/shop/cart-${each % places}`,
      }),
      executionOf(name, { at: at(2_000), ...facts }),
      {
        kind: 'verdict',
        at: at(3_000),
        decision: name,
        verdict: 'PASS',
        id: `verdict-${name}`,
        waivers: [],
        brokenGlass: false,
      },
    ] as const;
  }).flat();
  for (const applied of must(applyEvents(roster, events))) must(applied);
}

describe('arbiter models', () => {
  test('registers, lists, shows, retires and tells the history of a model', async () => {
    const desk = newDesk();
    expect(await register(desk, 'qwen3-coder', '--status', 'active')).toMatchObject({ code: 0 });
    await register(desk, 'newcomer');
    works(desk, 'qwen3-coder', 24, 0.75);
    const list = await models(desk, 'roster');
    expect(list.out).toBe(
      [
        'newcomer     worker  candidate  code-editing  0/1  not enough data (n < 20)',
        'qwen3-coder  worker  active     code-editing  0/1  0.78  0.58 to 0.90  n = 24',
        '',
      ].join('\n'),
    );
    const show = await models(desk, 'show', 'qwen3-coder');
    expect(show.out).toContain('tasks                       24\n');
    expect(show.out).toContain('completion                  0.75 (0.55 to 0.88, n = 24)\n');
    expect(show.out).toContain('claims that did not resolve 0.25 (0.12 to 0.45, n = 24)\n');
    expect(show.out).toMatch(/latency p95 +5\d\.\d s \(5\d\.\d s to 5\d\.\d s, n = 24\)\n/);
    const days = await models(desk, 'history', 'qwen3-coder', '--surface', 'code-editing');
    expect(days.out).toMatch(
      /^\d{4}-\d\d-\d\d {2}generation 1 {2}24 tasks {2}0\.78 \(0\.58 to 0\.90, n = 24\)\n$/,
    );
    const retired = await models(desk, 'retire', 'qwen3-coder', '--reason', 'worse than before');
    expect(retired.out).toBe('qwen3-coder is retired: it is given no more work.\n');
    const history = await models(desk, 'history', 'qwen3-coder', '-n', '100');
    expect(history.out.split('\n')[0]).toMatch(/active → retired: worse than before$/);
    expect(history.out).toMatch(/registered, generation 1, active: to try it\n$/);
    expect((await models(desk, 'roster', '--surface', 'code-editing')).out).toBe(
      'No model fits.\n',
    );
  });

  test('answers programs with every number and its interval', async () => {
    const desk = newDesk();
    await register(desk, 'one', '--status', 'active');
    works(desk, 'one', 20);
    const { out } = await models(desk, 'roster', '--surface', 'code-editing', '--json');
    const [model] = JSON.parse(out).models;
    expect(model.record['code-editing'].shares.composite).toMatchObject({ count: 20 });
    expect(model.record['code-editing'].shares.composite.low).toBeLessThan(0.9);
    expect(model).toMatchObject({ status: 'active', stale: false, load: { running: 0 } });
  });

  test('a whole record in which nothing is said without how sure it is', async () => {
    const desk = newDesk();
    await register(desk, 'one', '--status', 'active');
    works(desk, 'one', 3);
    const { out } = await models(desk, 'show', 'one');
    const [, record = ''] = out.split('code-editing\n');
    const lines = record.split('\n').filter((line) => /^ {2}(?!tasks)/.test(line));
    expect(lines.length).toBeGreaterThan(6);
    for (const line of lines) expect(line).toMatch(/\(.* to .*, n = 3/);
    expect(record).toContain('not enough data (n < 20)');
  });

  test('an empty roster says what to do', async () => {
    const desk = newDesk();
    const { err, code } = await models(desk, 'roster');
    expect(code).toBe(4);
    expect(err).toContain('There is no roster yet');
    expect(err).toContain('arbiter models register FILE --reason TEXT');
  });
});

describe('what is refused', () => {
  test.each([['--language', 'cobol'], ['--tool', 'browser'], ['--task', 'bug-fix'], ['--free']])(
    'a roster asked for %s of no surface, rather than shown whole',
    async (...words) => {
      const desk = newDesk();
      await register(desk, 'one', '--status', 'active');
      const { code, err, out } = await models(desk, 'roster', ...words);
      expect([code, out]).toEqual([2, '']);
      expect(err).toContain(`${words[0]} says nothing without --surface.`);
      const asked = await models(desk, 'roster', '--surface', 'code-editing', ...words);
      expect(asked.code).toBe(0);
    },
  );

  test.each([
    ['an unknown key', { colour: 'red' }, 'unknown key "colour"', 5],
    ['a memory that is no number', { memoryBytes: 'NaN' }, 'memoryBytes is the text "NaN"', 5],
    [
      'a price below nothing',
      { cost: { inputMillionTokensUsd: -1, outputMillionTokensUsd: 0 } },
      '-1',
      5,
    ],
    ['a digest of another form', { digest: 'md5:1' }, 'digest is "md5:1"', 5],
    ['an id with a path in it', { id: '../one' }, 'id is "../one"', 5],
  ])('a profile with %s', async (_, fields, said, code) => {
    const desk = newDesk();
    const file = join(desk.folder, 'profile.json');
    writeFileSync(file, JSON.stringify({ ...profileOf('one'), ...fields }));
    const refused = await models(desk, 'register', file, '--reason', 'to try it');
    expect(refused.code).toBe(code);
    expect(refused.err).toContain(said);
    expect(refused.err).toContain('The roster is as it was.');
  });

  test('other weights under a name, until somebody says so; and it stays in the log', async () => {
    const desk = newDesk();
    await register(desk, 'one', '--status', 'active');
    const file = write(desk, 'one', { digest: `sha256:${'b'.repeat(64)}` });
    const refused = await models(desk, 'register', file, '--reason', 'to try it');
    expect(refused.code).toBe(2);
    expect(refused.err).toContain('one is registered as 1 (sha256:aaaa');
    expect(refused.err).toContain('arbiter models register FILE --replace --reason TEXT');
    expect((await models(desk, 'history', 'one', '--refused')).out).toContain(
      'one is registered as',
    );
    const replaced = await models(desk, 'register', file, '--reason', 'better', '--replace');
    expect(replaced.out).toContain('a record that starts anew, and is candidate.');
  });

  test.each([
    [['show', 'onne'], 'Did you mean one?'],
    [['retire', 'onne', '--reason', 'x'], 'Did you mean one?'],
    [['retire', 'one'], 'A reason is needed'],
    [['register', 'nowhere.json', '--reason', 'x'], 'cannot be read'],
    [['history', 'one', '-n', '0'], '1 to 10,000'],
  ])('%j', async (args, said) => {
    const desk = newDesk();
    await register(desk, 'one');
    const { err, code } = await models(desk, ...args);
    expect(err).toContain(said);
    expect(code).toBe(2);
  });
});

describe('arbiter models export', () => {
  const exported = async (desk: Desk, ...args: readonly string[]) =>
    JSON.parse((await models(desk, 'export', ...args)).out);

  test('gives nothing that fewer than ten repositories stand behind', async () => {
    const desk = newDesk();
    await register(desk, 'one', '--status', 'active');
    works(desk, 'one', 60, 1, 9);
    expect(await exported(desk)).toMatchObject({ rows: [], withheld: 1, placesMin: 10 });
    expect((await models(desk, 'export', '--places', '9')).code).toBe(2);
  });

  test('sums models of one kind, rounds, and names nobody', async () => {
    const desk = newDesk();
    for (const id of ['acme-secret', 'acme-other']) {
      await register(desk, id, '--status', 'active');
      works(desk, id, 16);
    }
    const { out } = await models(desk, 'export');
    const { rows } = JSON.parse(out);
    expect(rows).toMatchObject([
      { role: 'worker', family: 'other', surface: 'code-editing', tasks: 30 },
    ]);
    expect(rows[0].shares.completion).toMatchObject({ value: 1 });
    for (const word of ['acme', 'qwen3', 'cart', 'github', 'sha256', 'to try it'])
      expect(out).not.toContain(word);
    const named = await exported(desk, '--family', 'qwen3');
    expect(named.rows).toMatchObject([{ family: 'qwen3' }]);
    expect(await exported(desk, '--places', '17')).toMatchObject({ rows: [], withheld: 1 });
  });
});
