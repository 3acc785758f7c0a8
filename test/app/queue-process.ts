/**
 * A process of its own that works on a queue: it claims what is due, says so, and finishes it, until
 * nothing is left. Each line on standard output is `FENCE PULL`.
 *
 * Run: node queue-process.ts FOLDER
 */
import { openStore } from '../../app/store.ts';
import { queueOf } from '../../app/work/queue.ts';
import type { Instant } from '../../src/primitives.ts';

const [folder = ''] = process.argv.slice(2);
const opened = openStore(folder, undefined, 20_000);
if (!opened.ok) throw new Error(JSON.stringify(opened.fault));
using store = opened.value;
const queue = queueOf(store, { leaseMs: 600_000, attemptsMax: 3, runsAtOnce: 1_000 }, () => 0.5);
const now = () => Date.now() as Instant;
for (;;) {
  const claim = queue.claim(now());
  if (claim === undefined) break;
  const pull = claim.subject.kind === 'pull' ? claim.subject.pull : 0;
  // Between these two lines nobody else may hold it.
  if (!queue.isHeld(claim, now())) throw new Error('a fresh lease is not held');
  if (!queue.finish(claim, { kind: 'done' }, now())) throw new Error('a held lease cannot finish');
  process.stdout.write(`${claim.fence} ${pull}\n`);
}
