/**
 * The whole app in a process of its own, to be killed with no warning. Its environment is its settings;
 * AHEAD_MS is how far its clock is ahead.
 */
import { flushCompileCache } from 'node:module';
import { court } from '../../app/court.ts';
import { readSettings } from '../../app/settings.ts';
import { startApp } from '../../app/start.ts';
import type { Instant } from '../../src/primitives.ts';

const { AHEAD_MS = '0', ...environment } = process.env;
const settings = readSettings({ environment, directory: environment['ARBITER_DATA'] ?? '' });
if (!settings.ok) throw new Error(JSON.stringify(settings.fault));
const app = await startApp(settings.value, court, {
  now: () => (Date.now() + Number(AHEAD_MS)) as Instant,
  chance: () => 0.5,
  write: () => undefined,
  timers: false,
});
if (!app.ok) throw new Error(JSON.stringify(app.fault));
// Killed, it would keep nothing of what it compiled for the next one.
flushCompileCache();
process.stdout.write(`${app.value.address}\n`);
