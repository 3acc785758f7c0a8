import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInGroup } from '../gates/process-group.ts';
import { bubblewrap } from './bubblewrap.ts';
import { type Sandbox, sandboxBounds } from './isolation.ts';
import { seatbelt } from './seatbelt.ts';

/** A program that does nothing needs no longer, also on a busy machine. */
const startMs = 20_000;

/**
 * The strongest isolation of this machine that really starts a program.
 *
 * @param tools folders that gates may read beside the system's, e.g. a toolchain outside /usr.
 * @returns null where there is none; a gate that asks for a sandbox is then not run.
 */
export async function strongestSandbox(tools: readonly string[]): Promise<Sandbox | null> {
  const found = process.platform === 'darwin' ? await seatbelt(tools) : await bubblewrap(tools);
  return found !== null && (await starts(found)) ? found : null;
}

/** Kernels and containers may refuse what the tool needs. */
async function starts(sandbox: Sandbox): Promise<boolean> {
  const folder = await mkdtemp(join(tmpdir(), 'caws-sandbox-try-'));
  try {
    const asked = { command: ['/usr/bin/true'], tree: folder, readable: [], network: false };
    await using confined = await sandbox.confine({ ...asked, bounds: sandboxBounds });
    const bounds = { folder, timeoutMs: startMs, outputBytesMax: 65_536, diskBytesMax: 65_536 };
    const call = { ...confined, directory: folder };
    const ended = await runInGroup(call, bounds, new AbortController().signal);
    return ended.kind === 'exited' && ended.exitCode === 0;
  } catch {
    return false;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
