/**
 * A process of its own that runs the app and kills itself with no warning at a named step.
 *
 * The forge is not reached; what is heard is written, a line each, to the file HEARD, with the fence.
 * Environment: FOLDER, KILL_AT (stored | heard | ended | none), KILL_ON (which time).
 */
import { appendFileSync } from 'node:fs';
import { readSettings } from '../../app/settings.ts';
import { startApp } from '../../app/start.ts';
import type { Instant } from '../../src/primitives.ts';

const { FOLDER = '', KILL_AT = 'none', KILL_ON = '1', HEARD = '' } = process.env;
let times = 0;
function step(name: string): void {
  if (name !== KILL_AT) return;
  times += 1;
  if (times === Number(KILL_ON)) process.kill(process.pid, 'SIGKILL');
}

const { FOLDER: _folder, ...environment } = process.env;
const settings = readSettings({ environment, directory: FOLDER });
if (!settings.ok) throw new Error(JSON.stringify(settings.fault));
const app = await startApp(
  settings.value,
  () => ({
    work: async (job, lease) => {
      appendFileSync(HEARD, `${lease.fence} ${job.pull}\n`);
      step('heard');
      return { kind: 'done' };
    },
    lookUp: async () => ({ ok: true, value: [] }),
    audit: async () => ({ kind: 'done' }),
    mergeGroup: async () => ({ kind: 'done' }),
    propose: async () => ({ kind: 'done' }),
    debate: async () => ({ kind: 'done' }),
    searches: [],
    page: () => null,
    runs: () => null,
  }),
  {
    // A process that was killed leaves leases behind: the next one's clock is past them.
    now: () => (Date.now() + Number(process.env['CLOCK_AHEAD_MS'] ?? 0)) as Instant,
    chance: () => 0.5,
    write: () => undefined,
    timers: false,
    step,
  },
);
if (!app.ok) throw new Error(JSON.stringify(app.fault));
process.stdout.write(`${app.value.address}\n`);
process.once('SIGTERM', () => void app.value.stop());
