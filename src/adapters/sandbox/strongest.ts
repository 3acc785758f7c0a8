import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runInGroup } from '../gates/process-group.ts';
import { bubblewrap } from './bubblewrap.ts';
import { type Isolation, type Sandbox, sandboxBounds } from './isolation.ts';
import { seatbelt } from './seatbelt.ts';

/** A program that does nothing needs no longer, also on a busy machine. */
const startMs = 20_000;

/**
 * The strongest isolation of this machine that really starts a program.
 *
 * @param tools folders that gates may read beside the system's, e.g. a toolchain outside /usr.
 */
export async function strongestSandbox(tools: readonly string[]): Promise<Isolation> {
  const found = process.platform === 'darwin' ? await seatbelt(tools) : await bubblewrap(tools);
  if (found.kind !== 'works') return found;
  const detail = await whyNotStarting(found.sandbox);
  return detail === null ? found : { kind: 'broken', detail };
}

/**
 * Kernels and containers may refuse what the tool needs.
 *
 * @returns null where it starts a program, else what was said instead.
 */
async function whyNotStarting(sandbox: Sandbox): Promise<string | null> {
  const folder = await mkdtemp(join(tmpdir(), 'caws-sandbox-try-'));
  try {
    const asked = { command: ['/usr/bin/true'], tree: folder, readable: [], network: false };
    await using confined = await sandbox.confine({ ...asked, bounds: sandboxBounds });
    const bounds = { folder, timeoutMs: startMs, outputBytesMax: 65_536, diskBytesMax: 65_536 };
    const call = { ...confined, directory: folder };
    const ended = await runInGroup(call, bounds, new AbortController().signal);
    if (ended.kind === 'exited' && ended.exitCode === 0) return null;
    if (ended.kind === 'could-not-start') return ended.detail;
    const said = ended.outputTail.trim().split('\n').at(-1) ?? '';
    return said === '' ? `${sandbox.name} ${ended.kind}` : said.slice(0, 150);
  } catch (error) {
    return String(error).slice(0, 150);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
