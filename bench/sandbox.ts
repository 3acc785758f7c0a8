/**
 * What this machine's sandbox costs a command that takes one second, beside the same command without.
 *
 * Run: node bench/sandbox.ts
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Call, runInGroup } from '../src/adapters/gates/process-group.ts';
import { sandboxBounds } from '../src/adapters/sandbox/isolation.ts';
import { strongestSandbox } from '../src/adapters/sandbox/strongest.ts';
import { median, type Row, report } from './rows.ts';

const RUNS = 9;
const OVERHEAD_MS_MAX = 60;
const COMMAND = ['/usr/bin/sleep', '1'];

const folder = mkdtempSync(join(tmpdir(), 'arbiter-bench-sandbox-'));
try {
  report(await measure());
} finally {
  rmSync(folder, { recursive: true, force: true });
}

async function measure(): Promise<readonly Row[]> {
  const isolation = await strongestSandbox([]);
  if (isolation.kind !== 'works') throw new Error('no sandbox here: arbiter runner sandbox-test');
  const { sandbox } = isolation;
  const [program = '', ...words] = COMMAND;
  const bare = { program, words, directory: folder, environment: {}, files: [], memory: null };
  const times = { bare: [] as number[], confined: [] as number[] };
  for (let run = 0; run < RUNS; run += 1) {
    times.bare.push(await timed(() => ended(bare)));
    times.confined.push(
      await timed(async () => {
        const asked = { command: COMMAND, tree: folder, readable: [], network: false };
        await using call = await sandbox.confine({ ...asked, bounds: sandboxBounds });
        await ended({ ...call, directory: folder });
      }),
    );
  }
  const [floor, measured] = [median(times.bare), median(times.confined)];
  const overhead = measured - floor;
  return [
    {
      what: `sandbox, a command of one second: ${sandbox.name}`,
      measured: `+${overhead.toFixed(1)} ms`,
      floor: `${floor.toFixed(1)} ms`,
      ratio: (measured / floor).toFixed(2),
      bar: `<= +${OVERHEAD_MS_MAX} ms`,
      ok: overhead <= OVERHEAD_MS_MAX,
    },
  ];
}

async function ended(call: Call): Promise<void> {
  const bounds = { folder, timeoutMs: 30_000, outputBytesMax: 1e6, diskBytesMax: 1e9 };
  const how = await runInGroup(call, bounds, new AbortController().signal);
  if (how.kind !== 'exited' || how.exitCode !== 0) throw new Error(JSON.stringify(how));
}

async function timed(work: () => Promise<void>): Promise<number> {
  const began = performance.now();
  await work();
  return performance.now() - began;
}
