/**
 * A runner of scripted work. Each time it begins a task it appends `began TASK FENCE` to a witness outside
 * the store, and `done TASK FENCE` once that is acknowledged from the disk.
 *
 * Run: node conductor-process.ts FILE WITNESS RUNNER AT_ONCE LEASE_MS WORK_MS_MAX
 */
import { appendFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { Conductor } from '../../../src/adapters/orchestra/conductor.ts';
import { prepareQueueTables } from '../../../src/adapters/orchestra/tables.ts';
import { Journal } from '../../../src/adapters/roster/journal.ts';
import { openRoster } from '../../../src/adapters/roster/roster.ts';
import type { Instant } from '../../../src/primitives.ts';

const [file = '', witness = '', runner = '', atOnce = '1', leaseMs = '1000', workMsMax = '0'] =
  process.argv.slice(2);
const opened = openRoster({ file, access: 'create', waitMs: 60_000 });
if (!opened.ok) throw new Error(JSON.stringify(opened.fault));
using roster = opened.value;
const prepared = prepareQueueTables(roster);
if (!prepared.ok) throw new Error(JSON.stringify(prepared.fault));
await using journal = new Journal(roster);
const saw = (what: string, { id, fence }: { readonly id: string; readonly fence: number }) =>
  appendFileSync(witness, `${what} ${id} ${fence}\n`);

const conductor = new Conductor({
  roster,
  journal,
  routing: { policy: 'thompson-reset', usdPerTask: null },
  runner,
  atOnce: Number(atOnce),
  leaseMs: Number(leaseMs),
  now: () => Date.now() as Instant,
  elapsed: () => performance.now(),
  hands: {
    work: async ({ claim }) => {
      saw('began', claim);
      await pause(((claim.fence * 7_919) % 100) * 0.01 * Number(workMsMax));
      // Scripted: four of five can be done, and how well is a matter of the task.
      return { kind: 'done', output: '{}', measured: { completion: (claim.fence % 5) / 4 } };
    },
    judge: async ({ claim }) => {
      const verdict = claim.fence % 3 === 0 ? ('FAIL' as const) : ('PASS' as const);
      const id = `v-${claim.id}-${claim.fence}`;
      return {
        kind: 'done',
        output: '',
        verdict: { verdict, id, waivers: [], brokenGlass: false },
      };
    },
  },
  told: (told) => {
    if (told.kind === 'finished' && told.task.state === 'done') saw('done', told.work.claim);
  },
});
const stopping = new AbortController();
process.once('SIGTERM', () => stopping.abort());
// Whoever measures asks how it is.
process.on('message', () =>
  process.send?.({ cpu: process.cpuUsage(), rss: process.memoryUsage.rss() }),
);
await conductor.run(stopping.signal);
if (process.connected) process.disconnect();
