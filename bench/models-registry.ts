/**
 * The roster with 1,000 models: registering, querying and updating, each beside the same bytes written or
 * read with bare prepared statements of node:sqlite in the same run. Ends with 1 where a bar is missed.
 *
 * Run: npm run bench:models
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { applyEvents } from '../src/adapters/roster/applying.ts';
import { Journal } from '../src/adapters/roster/journal.ts';
import { register } from '../src/adapters/roster/registering.ts';
import { openRoster, type Roster } from '../src/adapters/roster/roster.ts';
import type { ModelEvent } from '../src/models/events.ts';
import { type ModelProfile, surfaces } from '../src/models/profile.ts';
import type { Need } from '../src/models/roster.ts';
import type { Instant, Result } from '../src/primitives.ts';
import { type Row, report } from './rows.ts';

const MODELS = 1_000;
const QUERIES = 5_000;
const UPDATES = 1_000;
/** A model's record that is worth a query: its tallies have many buckets by then. */
const TASKS_BEFORE = 20;
const NOW = 1_795_435_200_000;

const languages = ['typescript', 'python', 'go', 'rust', 'java'];
const tasks = ['bug-fix', 'refactoring', 'statistics', 'summary'];

const rows: Row[] = [];
const folder = mkdtempSync(join(tmpdir(), 'arbiter-bench-roster-'));
try {
  using roster = must(openRoster({ file: join(folder, 'models.db'), access: 'create' }));
  const floor = bareStore();
  benchRegister(roster, floor);
  fill(roster);
  benchQuery(roster);
  benchUpdate(roster, floor);
  await benchJournal(roster);
  report(rows);
  process.exitCode = rows.some(({ ok }) => ok === false) ? 1 : 0;
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function benchRegister(roster: Roster, floor: Floor): void {
  const times: number[] = [];
  const floors: number[] = [];
  for (let at = 0; at < MODELS; at += 1) {
    const profile = profileOf(at);
    const asked = { profile, at: NOW as Instant, because: 'bench', replace: false };
    times.push(milliseconds(() => must(register(roster, { ...asked, status: 'active' }))));
    floors.push(milliseconds(() => floor.write(JSON.stringify(profile), 1)));
  }
  row(`register one of ${MODELS} models, p95`, p95(times), p95(floors), 3);
}

function benchQuery(roster: Roster): void {
  const times: number[] = [];
  const floors: number[] = [];
  const bare = roster.database.prepare(
    'SELECT m.profile, o.record FROM offers o JOIN models m ON m.id = o.model WHERE o.surface = ? ORDER BY o.rank DESC LIMIT 20',
  );
  for (let at = 0; at < QUERIES; at += 1) {
    const need = needOf(at);
    times.push(milliseconds(() => must(roster.find(need))));
    floors.push(milliseconds(() => bare.all(need.surface)));
  }
  row('query by capability, best 20 of them, p95', p95(times), p95(floors), 1);
  const perSecond = QUERIES / (times.reduce((sum, each) => sum + each, 0) / 1_000);
  const bareSecond = QUERIES / (floors.reduce((sum, each) => sum + each, 0) / 1_000);
  rows.push({
    what: '  the same, one after another',
    measured: `${Math.round(perSecond)}/s`,
    floor: `${Math.round(bareSecond)}/s`,
    ratio: (perSecond / bareSecond).toFixed(2),
    bar: '>= 2000/s',
    ok: perSecond >= 2_000,
  });
  const all = Array.from({ length: 50 }, (_, at) =>
    milliseconds(() =>
      must(roster.find({ surface: surfaces[at % 3] ?? 'code-editing', limit: MODELS })),
    ),
  );
  row(`  all ${MODELS} of them at once, p95`, p95(all), null, null);
}

function benchUpdate(roster: Roster, floor: Floor): void {
  const times: number[] = [];
  const floors: number[] = [];
  for (let at = 0; at < UPDATES; at += 1) {
    const [decision, execution, verdict] = taskOf(`update-${at}`, at);
    if (decision === undefined || execution === undefined || verdict === undefined) continue;
    for (const event of [decision, execution, verdict]) {
      times.push(milliseconds(() => applied(roster, [event])));
      floors.push(milliseconds(() => floor.write(JSON.stringify(event) + 'r'.repeat(1_500), 2)));
    }
  }
  row('update, one event a transaction, p95', p95(times), p95(floors), 10);
}

async function benchJournal(roster: Roster): Promise<void> {
  const start = performance.now();
  await using journal = new Journal(roster);
  for (let from = 0; from < 2_000; from += 250) {
    const events = Array.from({ length: 250 }, (_, at) =>
      taskOf(`journal-${from + at}`, at),
    ).flat();
    const answers = await Promise.all(events.map((event) => journal.record(event)));
    for (const answer of answers) must(answer);
  }
  const seconds = (performance.now() - start) / 1_000;
  rows.push({
    what: 'events through the journal, each acknowledged from the file',
    measured: `${Math.round(6_000 / seconds)}/s`,
    floor: '',
    ratio: '',
    bar: '',
    ok: null,
  });
}

/** Every model has a record before anything is asked. Not measured. */
function fill(roster: Roster): void {
  roster.database.exec('PRAGMA synchronous = OFF');
  for (let task = 0; task < TASKS_BEFORE; task += 1)
    applied(
      roster,
      Array.from({ length: MODELS }, (_, model) => taskOf(`fill-${task}-${model}`, model)).flat(),
    );
  roster.database.exec('PRAGMA synchronous = NORMAL');
}

function taskOf(name: string, model: number): readonly ModelEvent[] {
  const id = idOf(model % MODELS);
  const score = ((model * 7_919 + name.length * 31) % 100) / 100;
  return [
    {
      kind: 'decision',
      at: NOW as Instant,
      decision: name,
      model: id,
      surface: surfaces[model % 3] ?? 'code-editing',
      repository: `github.com/shop/cart-${model % 50}`,
      policy: 'thompson-reset',
      seed: String(model),
      candidates: [{ model: id, propensity: 0.5 }],
      reason: { drawn: score },
    },
    {
      kind: 'execution',
      at: (NOW + 1_000) as Instant,
      decision: name,
      ended: 'completed',
      latencyMs: 1_000 + ((model * 104_729) % 60_000),
      completion: score,
      efficiency: 1 - score / 2,
      tools: 0.8,
      claims: { made: 5, unresolved: model % 2 },
      costUsd: 0.01 + score / 10,
      head: '0'.repeat(39) + (model % 10),
    },
    {
      kind: 'verdict',
      at: (NOW + 2_000) as Instant,
      decision: name,
      verdict: score > 0.2 ? 'PASS' : 'FAIL',
      id: `verdict-${name}`,
      waivers: [],
      brokenGlass: false,
    },
  ];
}

function profileOf(at: number): ModelProfile {
  return {
    schema: 'caws-arbiter/model-profile@1',
    id: idOf(at),
    family: `family-${at % 20}`,
    version: '1',
    digest: `sha256:${String(at).padStart(64, '0')}`,
    backend: 'llama',
    role: at % 5 === 0 ? 'judge' : 'worker',
    capabilities: {
      tasks: tasks.filter((_, each) => (at + each) % 2 === 0),
      languages: languages.filter((_, each) => (at + each) % 3 !== 0),
      surfaces: [...surfaces],
      tools: ['shell', 'edit'],
      contextTokens: 8_192 * (1 + (at % 4)),
    },
    cost: { inputMillionTokensUsd: at % 3, outputMillionTokensUsd: at % 7 },
    memoryBytes: 5_000_000_000,
    concurrentMax: 100,
  };
}

function needOf(at: number): Need {
  return {
    surface: surfaces[at % 3] ?? 'code-editing',
    role: 'worker',
    task: tasks[at % 4] ?? 'bug-fix',
    language: languages[at % 5] ?? 'go',
    tools: ['shell'],
    contextTokens: 8_192 * (1 + (at % 3)),
    seenSince: (NOW - 600_000) as Instant,
    free: true,
  };
}

function idOf(at: number): string {
  return `model-${String(at).padStart(4, '0')}`;
}

interface Floor {
  readonly write: (text: string, rows: number) => void;
}

/** The same durability and about the same bytes, without anything that they mean. */
function bareStore(): Floor {
  const bare = new DatabaseSync(join(folder, 'floor.db'));
  bare.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL');
  bare.exec('CREATE TABLE floor (sequence INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT');
  const insert = bare.prepare('INSERT INTO floor (body) VALUES (?)');
  return {
    write(text, count) {
      bare.exec('BEGIN IMMEDIATE');
      for (let at = 0; at < count; at += 1) insert.run(text);
      bare.exec('COMMIT');
    },
  };
}

function applied(roster: Roster, events: readonly ModelEvent[]): void {
  for (const each of must(applyEvents(roster, events))) must(each);
}

function must<Value>(result: Result<Value, unknown>): Value {
  if (!result.ok) throw new Error(JSON.stringify(result.fault));
  return result.value;
}

function milliseconds(work: () => void): number {
  const start = performance.now();
  work();
  return performance.now() - start;
}

function p95(times: readonly number[]): number {
  return times.toSorted((one, other) => one - other)[Math.floor(times.length * 0.95)] ?? Number.NaN;
}

function row(what: string, found: number, floor: number | null, barMs: number | null): void {
  rows.push({
    what,
    measured: `${found.toFixed(2)} ms`,
    floor: floor === null ? '' : `${floor.toFixed(2)} ms`,
    ratio: floor === null ? '' : (found / floor).toFixed(1),
    bar: barMs === null ? '' : `<= ${barMs} ms`,
    ok: barMs === null ? null : found <= barMs,
  });
}
