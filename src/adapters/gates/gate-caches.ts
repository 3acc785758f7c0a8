import { lstat, mkdir, rename } from 'node:fs/promises';
import { arch, platform, release } from 'node:os';
import { dirname, join } from 'node:path';
import { staysInside } from '../../1-pleading/evidence-path.ts';
import type { CacheUsed, PlannedGate } from '../../3-deliberation/deliberation.ts';
import type { NamedCache } from '../../caws/policy.ts';
import { mayBeKept } from '../../caws/policy-gates.ts';
import { textDigest } from '../../caws/text-digest.ts';
import { canonicalJson } from '../../ledger/canonical.ts';
import type { CommitSha, Digest } from '../../primitives.ts';
import { type CacheFolder, keptUnder, packCache, unpackCache } from './cache-store.ts';
import { entriesAt } from './checkout.ts';

/** Where gates keep folders between runs, and for whom. */
export interface CachePlace extends CacheFolder {
  /** The forge's number: a name may come to be another's. */
  readonly repositoryId: number;
  /** The target: what another branch's code left is nothing to this one. */
  readonly branch: string;
}

/** The caches of one run. Whatever goes wrong with one, there is none: a gate then takes longer. */
export interface GateCaches {
  /** Puts a copy of what was kept before the first run began into a fresh checkout, for the gate alone. */
  lay(planned: PlannedGate, tree: string, spare: string): Promise<readonly CacheUsed[]>;
  /** Keeps what a run of the base left. To be called only where it came out well. */
  keep(planned: PlannedGate, tree: string): Promise<void>;
  /** Whether something that the gate names is not kept yet. */
  isLacking(planned: PlannedGate): Promise<boolean>;
}

interface Subject {
  readonly base: CommitSha;
  readonly head: CommitSha;
}

/**
 * Takes stock of what is kept for these gates. Their runs find that and nothing else: what one of them leaves is for
 * later, or the answer of another would depend on which of the two was quicker.
 *
 * @param repository holds the objects of both commits.
 * @param machine what a folder could depend on beside its key files, e.g. the sandbox by name.
 */
export async function gateCaches(
  place: CachePlace,
  repository: string,
  subject: Subject,
  machine: string,
  gates: readonly PlannedGate[],
): Promise<GateCaches> {
  const room = String(place.repositoryId);
  const keyOf = keysOf(place, repository, subject, machine);
  const stock = new Map<Digest, Digest>();
  for (const planned of gates)
    await overEach(planned, async (named) => {
      const key = await keyOf({ ...planned, on: 'base' }, named);
      const kept = key && (await keptUnder(place, room, key));
      if (key !== null && kept !== null) stock.set(key, kept);
      return null;
    });
  return {
    lay: (planned, tree, spare) =>
      overEach(planned, async (named, at) => {
        const key = await keyOf(planned, named);
        const digest = key && stock.get(key);
        if (key === null || digest == null || !(await isFree(tree, named.path))) return null;
        const unpacked = join(spare, `cache-${at}`);
        if (!(await unpackCache(place, room, { key, digest }, unpacked))) return null;
        await mkdir(dirname(join(tree, named.path)), { recursive: true });
        await rename(unpacked, join(tree, named.path));
        return { path: named.path, digest };
      }),
    keep: async (planned, tree) => {
      // Whatever ran on anything else could have put there what it likes.
      if (planned.on !== 'base') return;
      await overEach(planned, async (named) => {
        const key = await keyOf(planned, named);
        if (key === null || (await keptUnder(place, room, key)) !== null) return null;
        if (await isRealFolder(tree, named.path))
          await packCache(place, room, key, join(tree, named.path));
        return null;
      });
    },
    isLacking: async (planned) => {
      const lacking = await overEach(planned, async (named) => {
        const key = await keyOf({ ...planned, on: 'base' }, named);
        return key !== null && !stock.has(key) ? named : null;
      });
      return lacking.length > 0;
    },
  };
}

/** By what a cache is found: all that may make its content another. null: the gate has none. */
function keysOf(
  place: CachePlace,
  repository: string,
  { base, head }: Subject,
  machine: string,
): (planned: PlannedGate, named: NamedCache) => Promise<Digest | null> {
  const entries = entriesOnce(repository);
  return async (planned: PlannedGate, { path, key }: NamedCache): Promise<Digest | null> => {
    const { answer } = planned.gate;
    if (answer.by !== 'command' || !staysInside(path)) return null;
    if (!mayBeKept(path, answer.report)) return null;
    const there = keyFiles(await entries(base, key), key);
    const here = keyFiles(await entries(planned.on === 'base' ? base : head, key), key);
    // The head's own word on what it needs: another lock file wants other folders.
    if (there === null || there !== here) return null;
    // What git keeps there is no cache: the head may have removed it.
    if ((await entries(base, [path])).size > 0) return null;
    const { command, network } = answer;
    const of = { repositoryId: place.repositoryId, branch: place.branch, machine: hostOf(machine) };
    const canonical = canonicalJson({ form: 1, ...of, path, files: there, command, network });
    return canonical.ok ? textDigest(canonical.value) : null;
  };
}

/** What a commit has at some paths never changes, and each run asks for the same. */
function entriesOnce(repository: string) {
  const known = new Map<string, ReturnType<typeof entriesAt>>();
  return (commit: CommitSha, paths: readonly string[]) => {
    const asked = JSON.stringify([commit, ...paths]);
    const entries = known.get(asked) ?? entriesAt(repository, commit, paths);
    known.set(asked, entries);
    return entries;
  };
}

/** One after the other; what throws gives nothing. */
async function overEach<Found>(
  { gate: { answer } }: PlannedGate,
  work: (named: NamedCache, at: number) => Promise<Found | null>,
): Promise<readonly Found[]> {
  const found: Found[] = [];
  for (const [at, named] of (answer.by === 'command' ? (answer.caches ?? []) : []).entries()) {
    const one = await work(named, at).catch(() => null);
    if (one !== null) found.push(one);
  }
  return found;
}

/** A node or system that is another one may not be able to use what was built. */
const hostOf = (machine: string): string =>
  [machine, platform(), release(), arch(), process.versions.node].join(' ');

/** Plain files alone: a link leads to what nobody compared. @returns null where one is missing. */
function keyFiles(entries: ReadonlyMap<string, string>, paths: readonly string[]): string | null {
  const lines = [...new Set(paths)].toSorted().map((path) => {
    const entry = entries.get(path);
    return entry?.startsWith('100') === true ? `${entry}\t${path}` : null;
  });
  return lines.includes(null) ? null : lines.join('\n');
}

/** Nothing is there, and the way to it leads over no link: the head may have brought anything. */
async function isFree(tree: string, path: string): Promise<boolean> {
  const segments = path.split('/');
  for (const [index] of segments.entries()) {
    const found = await lstat(join(tree, ...segments.slice(0, index + 1))).catch(() => null);
    if (found === null) return true;
    if (!found.isDirectory()) return false;
  }
  return false;
}

/** The same of a folder that is there: what a run of the base made of links is not looked behind. */
async function isRealFolder(tree: string, path: string): Promise<boolean> {
  const segments = path.split('/');
  for (const [index] of segments.entries()) {
    const found = await lstat(join(tree, ...segments.slice(0, index + 1))).catch(() => null);
    if (found?.isDirectory() !== true) return false;
  }
  return true;
}
