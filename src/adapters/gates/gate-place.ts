import { lstat, mkdir, rm } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { staysInside } from '../../1-pleading/evidence-path.ts';
import type { CacheUsed, PlannedGate } from '../../3-deliberation/deliberation.ts';
import type { GateAnswer } from '../../caws/policy.ts';
import { checkOut, type ObjectStore } from './checkout.ts';
import type { GateCaches } from './gate-caches.ts';

/** Where one gate runs. */
export interface Place {
  /** This gate's own folder. */
  readonly own: string;
  readonly tree: string;
  /** The objects that the checkout borrows. */
  readonly store: ObjectStore;
}

type Command = GateAnswer & { readonly by: 'command' };

/**
 * A fresh checkout, with what is kept for the gate, and without the report that it is to write.
 *
 * @param caches null: none.
 * @throws what git or the system said.
 */
export async function preparePlace(
  { own, tree, store }: Place,
  { report }: Command,
  planned: PlannedGate,
  caches: GateCaches | null,
): Promise<readonly CacheUsed[]> {
  await mkdir(join(own, 'home'), { recursive: true });
  await mkdir(join(own, 'tmp'));
  await checkOut(store, tree);
  const used = (await caches?.lay(planned, tree, own)) ?? [];
  if (report !== null) await clearReport(tree, report.path);
  return used;
}

/**
 * Removes what the head has where the report will be written: a committed report would pass for one
 * that the command wrote.
 *
 * @throws where the way to it leads over a link, so that nothing outside is removed.
 */
async function clearReport(tree: string, path: string): Promise<void> {
  if (!staysInside(path)) throw new Error(`${path} may leave the checkout`);
  const target = join(tree, path);
  const way = relative(tree, dirname(target))
    .split('/')
    .filter((segment) => segment !== '');
  for (const [index] of way.entries()) {
    const folder = join(tree, ...way.slice(0, index + 1));
    const found = await lstat(folder).catch(() => null);
    if (found === null) return;
    if (!found.isDirectory()) throw new Error(`${path} leads over a link or file of the head`);
  }
  await rm(target, { recursive: true, force: true });
}

/** What git or the system said, without the command line that Node puts before it. */
export function saidBy(error: unknown): string {
  const stderr = (error as { readonly stderr?: unknown }).stderr;
  if (typeof stderr === 'string' && stderr.trim() !== '') return stderr.trim().slice(0, 200);
  return (error instanceof Error ? error.message : String(error)).slice(0, 200);
}
