/**
 * Records tasks through a journal and prints each one's name once it is acknowledged.
 *
 * Run: node journal-process.ts FILE MODEL PREFIX TASKS
 */
import { writeSync } from 'node:fs';
import { Journal } from '../../../src/adapters/roster/journal.ts';
import { openRoster } from '../../../src/adapters/roster/roster.ts';
import type { Instant } from '../../../src/primitives.ts';

const [file = '', model = '', prefix = '', tasks = '0'] = process.argv.slice(2);
const opened = openRoster({ file, access: 'create', waitMs: 60_000 });
if (!opened.ok) throw new Error(JSON.stringify(opened.fault));
using roster = opened.value;
await using journal = new Journal(roster);

async function work(at: number): Promise<void> {
  const decision = `${prefix}-${at}`;
  const begun = Date.now() as Instant;
  const decided = await journal.record({
    kind: 'decision',
    at: begun,
    decision,
    model,
    surface: 'code-editing',
    repository: null,
    policy: 'best-single',
    seed: null,
    candidates: [{ model, propensity: 1 }],
    reason: null,
  });
  if (!decided.ok) throw new Error(JSON.stringify(decided.fault));
  const done = await journal.record({
    kind: 'execution',
    at: Date.now() as Instant,
    decision,
    ended: 'completed',
    latencyMs: at,
    completion: (at % 10) / 10,
  });
  if (!done.ok) throw new Error(JSON.stringify(done.fault));
  writeSync(1, `${decision}\n`);
}

// Several at once, as tasks come: so that batches hold events of several tasks.
for (let at = 0; at < Number(tasks); at += 20)
  await Promise.all(
    Array.from({ length: Math.min(20, Number(tasks) - at) }, (_, each) => work(at + each)),
  );
