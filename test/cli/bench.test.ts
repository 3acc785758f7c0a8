import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { applyEvents } from '../../src/adapters/roster/applying.ts';
import { rosterFile } from '../../src/adapters/roster/open.ts';
import { register } from '../../src/adapters/roster/registering.ts';
import { openRoster, type Roster } from '../../src/adapters/roster/roster.ts';
import { keepRun } from '../../src/adapters/suites/runs.ts';
import { loadSuites } from '../../src/adapters/suites/shipped-suites.ts';
import { prepareSuiteTables } from '../../src/adapters/suites/tables.ts';
import { sharesIn } from '../../src/adapters/suites/trials.ts';
import { command as benchCommand } from '../../src/cli/bench.ts';
import { command as ledgerCommand } from '../../src/cli/ledger.ts';
import { command as modelsCommand } from '../../src/cli/models.ts';
import type { ModelEvent } from '../../src/models/events.ts';
import type { Instant } from '../../src/primitives.ts';
import { decisionOf, executionOf, must, profileOf } from '../adapters/roster/kit.ts';
import { START } from '../ledger/kit.ts';
import { type Desk, newDesk } from './ledger-kit.ts';

const surfaces = ['data-analysis'] as const;
const capabilities = { ...profileOf('x').capabilities, surfaces: [...surfaces] };

function rosterOf(desk: Desk): Roster {
  const roster = must(openRoster({ file: rosterFile(desk.env), access: 'create' }));
  must(prepareSuiteTables(roster));
  const put = (id: string, status: 'active' | 'candidate') =>
    must(
      register(roster, {
        profile: profileOf(id, { capabilities }),
        at: (START - 1) as Instant,
        because: 'a test',
        replace: false,
        status,
      }),
    );
  put('old-7b', 'active');
  put('new-8b', 'candidate');
  return roster;
}

/** What a model in use reached in the weeks before. */
function before(desk: Desk, roster: Roster, composite: number): void {
  const [suite] = must(loadSuites(suitesIn(desk)));
  const model = must(roster.model('old-7b'));
  if (suite === undefined || model === null) throw new Error('the suite or the model is missing');
  const task = {
    task: 'lines',
    smoke: true,
    passed: true,
    kept: true,
    erred: false,
    unresolved: 0,
    durationMs: 1,
    efficiency: 1,
    tools: null,
    costUsd: null,
    wrong: [],
  };
  const figures = { completion: composite, compliance: composite, composite };
  for (let run = 0; run < 24; run += 1)
    must(
      keepRun(roster, {
        suite,
        model,
        result: { figures, tasks: [task] },
        facts: {
          id: `before-${run}`,
          tier: 'macro',
          at: (START - (run + 1) * 86_400_000) as Instant,
          promptVersion: '1',
          hardware: 'a test',
          worker: 'scripted',
        },
      }),
    );
}

/** One suite of one task, and somebody who does it. */
function bench(desk: Desk, tier: string, ...words: readonly string[]) {
  const suites = suitesIn(desk);
  const file = join(desk.folder, 'script.json');
  writeFileSync(file, JSON.stringify({ lines: { writes: { 'answer.json': '{"n":2}' } } }));
  return desk.run(benchCommand, tier, ...words, '--suites', suites, '--script', file);
}

function suitesIn(desk: Desk): string {
  const folder = join(desk.folder, 'suites');
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'counting.yaml'), counting);
  return folder;
}

const counting = `schema: caws-arbiter/suite@1
id: counting
version: 1
surface: data-analysis
title: Counting
tasks:
  - id: lines
    kind: query
    smoke: true
    prompt: How many lines has a.txt? Write answer.json.
    timeoutSeconds: 20
    files: { a.txt: "1\\n2\\n" }
    mayChange: [answer.json]
    check: { by: answer, answers: { n: { number: 2 } } }
`;

/** Tasks of real work, each with its verdict; the share passes. */
function works(roster: Roster, model: string, from: number, count: number, fails: number): void {
  const events: ModelEvent[] = [];
  for (let at = from; at < from + count; at += 1) {
    const decision = `${model}-${at}`;
    const time = (START + 20_000 + at * 10) as Instant;
    const completed = at - from >= fails;
    events.push(
      decisionOf(decision, model, { at: time, surface: surfaces[0] }),
      executionOf(decision, { at: time, ended: completed ? 'completed' : 'failed' }),
      {
        kind: 'verdict',
        at: time,
        decision,
        verdict: completed ? 'PASS' : 'FAIL',
        id: decision,
        waivers: [],
        brokenGlass: false,
      },
    );
  }
  for (const applied of must(applyEvents(roster, events))) must(applied);
}

test('a newcomer is let in step by step, and sent back by its canary; the ledger tells why', async () => {
  const desk = newDesk();
  using roster = rosterOf(desk);
  before(desk, roster, 0.9);
  const again = () => bench(desk, 'new-model', '--model', 'new-8b');

  const first = await again();
  expect(first.err).toBe('');
  const scheduled = () => bench(desk, 'schedule', '--once');
  expect((await scheduled()).out).toMatch(/^Nothing is due before 2026-/);
  expect(first.out).toMatch(/to the canary at 10 % of the tasks: it passed\./);
  expect(must(roster.model('new-8b'))?.status).toBe('canary');
  expect([...must(sharesIn(roster))]).toEqual([['new-8b', { 'data-analysis': 0.1 }]]);

  works(roster, 'old-7b', 0, 60, 6);
  works(roster, 'new-8b', 0, 25, 2);
  const grown = await again();
  expect(grown.out).toMatch(/stays in the canary at 25 % of the tasks: nothing speaks against it/);

  works(roster, 'new-8b', 100, 60, 40);
  roster.database.exec("UPDATE jobs SET last_due = last_due - 3600000 WHERE name = 'learn'");
  const back = await scheduled();
  expect(back.out).toMatch(/from the canary to rolled back: it misses more passes than chance/);
  expect(must(roster.model('new-8b'))?.status).toBe('candidate');
  expect([...must(sharesIn(roster))]).toEqual([['new-8b', { 'data-analysis': 0 }]]);

  const log = await desk.run(ledgerCommand, 'log', '--kind', 'model', '--json');
  expect(JSON.parse(log.out).entries).toHaveLength(5);
  const explained = await desk.run(modelsCommand, 'explain', 'new-8b');
  expect(explained.out.match(/^#\d/gm)).toHaveLength(5);
  expect(explained.out).toMatch(
    /^#3 .* to the canary at 10 % .*\n {2}holds {2}baseline runs: 24, at least 20\n(?: {2}holds .*\n)+#4 /m,
  );
  expect(explained.out).toMatch(
    /^#5 .* rolled back: .*\n {2}fails {2}passes missing in the canary: [\d.]+ \(n = 85\), at most /m,
  );
  expect(explained.out).toMatch(/new-8b on data-analysis stays in rolled back/);
});

test('a model that people put into use is looked after, and leaves at once for a security reason', async () => {
  const desk = newDesk();
  using roster = rosterOf(desk);
  const looked = await bench(desk, 'new-model', '--model', 'old-7b');
  expect(looked.out).toMatch(/^old-7b on data-analysis stays in use: nothing changes yet\.\n/);
  const gone = await desk.run(
    modelsCommand,
    'withdraw',
    'old-7b',
    '--reason',
    'its weights were swapped',
  );
  expect([gone.code, gone.err]).toEqual([0, '']);
  expect(must(roster.model('old-7b'))?.status).toBe('retired');
  const shown = await desk.run(ledgerCommand, 'show', '1');
  expect(shown.out).toMatch(/a security reason was given\. its weights were swapped/);
});

test('a step that a crash left in the ledger alone comes true, and is not decided twice', async () => {
  const desk = newDesk();
  using roster = rosterOf(desk);
  before(desk, roster, 0.9);
  await bench(desk, 'new-model', '--model', 'new-8b');
  // As it stood before the last of the three steps.
  roster.database.exec(
    "UPDATE trials SET stage = 'head-to-head', share = 0, canary_since = NULL; UPDATE models SET status = 'candidate' WHERE id = 'new-8b'",
  );
  const again = await bench(desk, 'new-model', '--model', 'new-8b');
  expect(again.out).toMatch(/\nnew-8b on data-analysis stays in the canary at 10 % of the tasks/);
  expect(must(roster.model('new-8b'))?.status).toBe('canary');
  const log = await desk.run(ledgerCommand, 'log', '--kind', 'model', '--json');
  expect(JSON.parse(log.out).entries).toHaveLength(3);
});

test('what came due while nothing ran is done once, for every worker, with its report', async () => {
  const desk = newDesk();
  using roster = rosterOf(desk);
  const once = () => bench(desk, 'schedule', '--once', '--reports', 'reports');
  const first = await once();
  const nothing = expect.stringMatching(/^Nothing is due before 20\S+Z\.\n$/);
  expect([first.out, first.err, first.code]).toEqual([nothing, '', 0]);
  roster.database.exec('UPDATE jobs SET last_due = last_due - 86400000');
  const back = await once();
  expect(back.err).toBe('');
  expect(back.out.match(/^[a-z-]+: due /gm)).toHaveLength(8);
  const runs = roster
    .statement(
      "SELECT tier || ' ' || model || ' ' || count(*) AS told FROM suite_runs GROUP BY tier, model ORDER BY tier",
    )
    .all()
    .map(({ told }) => told);
  expect(runs).toEqual(['macro old-7b 1', 'micro old-7b 1', 'new-model new-8b 3']);
  expect(readdirSync(join(desk.folder, 'reports'))).toHaveLength(4);
  expect((await once()).out).toEqual(nothing);
});

test.each(['micro', 'macro', 'new-model'])(
  'the program of bench %s is told what model it drives',
  async (tier) => {
    const desk = newDesk();
    using roster = rosterOf(desk);
    const script = '[ "$ARBITER_MODEL" = new-8b ] && echo \'{"n":2}\' > answer.json';
    const program = ['--suites', suitesIn(desk), '--', 'sh', '-c', script];
    const ran = await desk.run(benchCommand, tier, '--model', 'new-8b', ...program);
    expect([ran.code, ran.err]).toEqual([0, '']);
    const kept = roster.statement('SELECT completion, worker FROM suite_runs').all();
    expect(kept).toHaveLength(tier === 'new-model' ? 3 : 1);
    for (const run of kept) expect(run).toMatchObject({ completion: 1, worker: 'command sh' });
  },
);

test('a program that cannot be started is no failure of the model: nothing is kept', async () => {
  const desk = newDesk();
  using roster = rosterOf(desk);
  const program = ['--suites', suitesIn(desk), '--', 'no-such-program'];
  const refused = await desk.run(benchCommand, 'micro', '--model', 'old-7b', ...program);
  expect([refused.code, refused.out]).toEqual([4, '']);
  expect(refused.err).toMatch(
    /^The command no-such-program could not be started: exit 127: there is no such program\. /,
  );
  expect(roster.statement('SELECT count(*) AS n FROM suite_runs').get()?.['n']).toBe(0);
});

test('a suite that does not parse is refused with its place, and nothing is kept', async () => {
  const desk = newDesk();
  using roster = rosterOf(desk);
  writeFileSync(join(suitesIn(desk), 'a.yaml'), counting.replace('surface:', 'surfaces:'));
  const refused = await bench(desk, 'micro', '--model', 'old-7b');
  expect(refused.code).toBe(5);
  expect(refused.err).toMatch(
    /a\.yaml:4:1: unknown key "surfaces" in the document\. Did you mean "surface"\?/,
  );
  expect(refused.err).toMatch(/Nothing of the run is kept/);
  expect(roster.statement('SELECT count(*) AS n FROM suite_runs').get()?.['n']).toBe(0);
});

test.each([
  ['no program', ['micro', '--model', 'old-7b'], 'Nobody is named who does the tasks.'],
  [
    'no such model',
    ['micro', '--model', 'nobody', '--script', 'x'],
    'There is no model nobody on the roster.',
  ],
  [
    'a script that is not there',
    ['micro', '--model', 'old-7b', '--script', 'x'],
    'cannot be read: ENOENT',
  ],
])('a bench with %s says what to type', async (_, words, said) => {
  const desk = newDesk();
  using _roster = rosterOf(desk);
  const refused = await desk.run(benchCommand, ...words);
  expect([refused.code, refused.out]).toEqual([2, '']);
  expect(refused.err).toContain(said);
});

test('a report compares whom enough is known of, and draws how they went', async () => {
  const desk = newDesk();
  using roster = rosterOf(desk);
  before(desk, roster, 0.9);
  await bench(desk, 'micro', '--model', 'new-8b');
  const told = await desk.run(modelsCommand, 'report', '--period', 'monthly');
  expect(told.out).toMatch(/\| old-7b \| 24 \| 24 \| 90\.0 % \(\d+ to \d+\) \|/);
  expect(told.out).toMatch(/\| new-8b \| 1 \| 1 \| not enough data \(n < 20\) \|/);
  // The short tasks are the easy ones: whoever did them oftener would lead a board of both.
  const [whole, smoke] = told.out.split('### Smoke tasks alone\n');
  expect(whole).toMatch(/### Whole suite\n\n\| model /);
  expect([whole?.includes('| new-8b |'), smoke?.includes('| old-7b |')]).toEqual([false, false]);
  expect(told.out).toContain(
    'Baseline (75th percentile of 24 runs of the whole suite by models in use in 90 days):',
  );
  await desk.run(modelsCommand, 'retire', 'old-7b', '--reason', 'a test');
  const without = await desk.run(modelsCommand, 'report', '--period', 'monthly');
  expect(without.out).toContain(
    'Baseline: 0 of 20 runs of the whole suite by models in use in 90 days, so there is none yet.',
  );
  const written = await desk.run(modelsCommand, 'report', '--period', 'monthly', '--out', 'out');
  expect(written.code).toBe(0);
  const chart = readFileSync(join(desk.folder, 'out', 'data-analysis.svg'), 'utf8');
  expect(chart).toMatch(/^<svg .*<path d="M[\d.,L-]+" fill="none" stroke="#0072b2"/);
  expect(readFileSync(join(desk.folder, 'out', 'report.html'), 'utf8')).toContain('<svg ');
});
