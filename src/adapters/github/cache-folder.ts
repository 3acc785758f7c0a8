/** The folder of one cached repository: how it is made, measured and mended. */
import {
  existsSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { Located } from '../git/locate.ts';
import { makeFolder } from '../new-file.ts';
import type { Git } from './git-transport.ts';

/** git holds a lock on a ref for moments: one that is older belonged to a process that was killed. */
const LOCK_MS_MAX = 60_000;

/** Makes the folder where there is none, and takes away what killed processes left in it. */
export function makeReady(directory: string, url: string, fetchLimitMs: number): void {
  if (existsSync(join(directory, 'HEAD'))) {
    rememberUrl(directory, url);
    sweep(directory, fetchLimitMs);
  } else makeAnew(directory, url);
}

/** An empty repository, whatever was there. */
export function makeAnew(directory: string, url: string): void {
  rmSync(directory, { recursive: true, force: true });
  for (const part of ['objects/info', 'objects/pack', 'refs/heads'])
    makeFolder(join(directory, part), 0o700);
  rememberUrl(directory, url);
  // Last, because a folder with a HEAD counts as made.
  writeFileSync(join(directory, 'HEAD'), 'ref: refs/heads/.invalid\n');
}

/** What git finds in such a folder, where nobody has put anything else. */
export const locatedAt = (directory: string, url: string): Located => ({
  directory,
  gitDirectory: directory,
  commonDirectory: directory,
  format: 'sha1',
  hasWorkTree: false,
  shallow: false,
  partialClone: false,
  remotes: [{ name: 'origin', url: new URL(url).href }],
  filters: [],
});

/** The address names the repository in every verdict; it carries no credentials. */
function rememberUrl(directory: string, url: string): void {
  // As a URL is written: nothing in it can end a line or a string of the configuration.
  const address = new URL(url).href.replaceAll(/["\\]/g, '\\$&');
  const text = `[core]\n\trepositoryFormatVersion = 0\n\tbare = true\n\thooksPath = /dev/null\n[gc]\n\tauto = 0\n[remote "origin"]\n\turl = "${address}"\n`;
  const file = join(directory, 'config');
  if (existsSync(file) && readFileSync(file, 'utf8') === text) return;
  // Whoever reads the repository at this moment sees the one or the other, never half of it.
  writeFileSync(`${file}.next`, text);
  renameSync(`${file}.next`, file);
}

/** Packs that were never finished, and locks whose holder is gone. */
function sweep(directory: string, fetchLimitMs: number): void {
  const now = Date.now();
  for (const { path, name, touchedAt } of filesUnder(directory)) {
    const limit = name.startsWith('tmp_') ? fetchLimitMs : LOCK_MS_MAX;
    const left = name.startsWith('tmp_') || name.endsWith('.lock');
    if (left && now - touchedAt > limit) rmSync(path, { force: true });
  }
}

/** Bytes of all packs and objects, those that are still being fetched with them. */
export function bytesUnder(directory: string): number {
  return filesUnder(join(directory, 'objects')).reduce((sum, { bytes }) => sum + bytes, 0);
}

/** @returns how many packs there are. */
export const packsIn = (directory: string): number =>
  filesUnder(join(directory, 'objects', 'pack')).filter(({ name }) => name.endsWith('.pack'))
    .length;

interface File {
  readonly path: string;
  readonly name: string;
  readonly bytes: number;
  readonly touchedAt: number;
}

/** What goes away while it is looked at is not there. */
function filesUnder(directory: string): readonly File[] {
  let entries: ReturnType<typeof list>;
  try {
    entries = list(directory);
  } catch {
    return [];
  }
  return entries.flatMap((entry) => {
    const path = join(entry.parentPath, entry.name);
    const found = entry.isFile() ? statSync(path, { throwIfNoEntry: false }) : undefined;
    return found === undefined
      ? []
      : [{ path, name: entry.name, bytes: found.size, touchedAt: found.mtimeMs }];
  });
}

const list = (directory: string) =>
  readdirSync(directory, { recursive: true, withFileTypes: true });

/**
 * Takes away refs that stand where others have to come: `topic` was deleted over there, and `topic/one` is
 * new, or the other way.
 */
export async function dropObstacles(git: Git, wanted: readonly string[]): Promise<void> {
  const listed = await git(['for-each-ref', '--format=%(refname)']);
  const inTheWay = listed.stdout
    .toString('utf8')
    .split('\n')
    .filter((ref) =>
      wanted.some((name) => name.startsWith(`${ref}/`) || ref.startsWith(`${name}/`)),
    );
  for (const ref of inTheWay) await git(['update-ref', '--no-deref', '-d', ref]);
}

/** Whether everything that the refs name is here and can be read. */
export async function isSound(git: Git): Promise<boolean> {
  return (await git(['rev-list', '--objects', '--all', '--quiet'])).code === 0;
}
