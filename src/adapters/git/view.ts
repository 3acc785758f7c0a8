import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RepositoryFault } from '../../ports.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import { makeFolder } from '../new-file.ts';

/**
 * A bare repository without refs, configuration or attributes that sees another one's objects and
 * nothing else of it. What is written (an index as a tree, a merge tried again) lands in the view's own folder
 * and goes with it.
 */
export interface View extends Disposable {
  readonly directory: string;
}

export interface ObjectStore {
  /** `$(git rev-parse --git-common-dir)`. */
  readonly commonDirectory: string;
  readonly objectsDirectory: string;
  readonly format: 'sha1' | 'sha256';
}

/** Attributes of the head never reach the view; this says so once more for all that could matter. */
const ATTRIBUTES =
  '* !diff !merge !text !eol !filter !ident !working-tree-encoding !whitespace !conflict-marker-size !export-subst\n';

const FOLDER = 'caws-arbiter';
const PREFIX = 'view-';
/** A view lives as long as one command; an older one was left by a crash. */
const ABANDONED_MS = 24 * 60 * 60 * 1000;

/** Makes a view beside the repository, or in the temporary folder where that is not writable. */
export function openView(store: ObjectStore): Result<View, RepositoryFault> {
  const beside = join(store.commonDirectory, FOLDER);
  let reason = '';
  for (const [parent, prefix] of [
    [beside, PREFIX],
    [tmpdir(), `${FOLDER}-${PREFIX}`],
  ] as const) {
    try {
      makeFolder(parent);
      const directory = mkdtempSync(join(parent, prefix));
      writeView(directory, store);
      if (parent === beside) sweep(beside, statSync(directory).mtimeMs);
      return ok({
        directory,
        [Symbol.dispose]: () => rmSync(directory, { recursive: true, force: true }),
      });
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
  }
  return fail({ kind: 'scratch-unwritable', directory: beside, reason });
}

function writeView(directory: string, store: ObjectStore): void {
  // What git needs to take it for a repository, and no more: each is a folder to make and to remove.
  for (const folder of ['objects', 'objects/info', 'refs', 'info']) {
    mkdirSync(join(directory, folder));
  }
  const extensions = store.format === 'sha1' ? '' : '[extensions]\n\tobjectFormat = sha256\n';
  const version = store.format === 'sha1' ? 0 : 1;
  writeFileSync(
    join(directory, 'config'),
    `[core]\n\trepositoryFormatVersion = ${version}\n\tbare = true\n\tcommitGraph = false\n\tattributesFile = /dev/null\n${extensions}[gc]\n\tauto = 0\n`,
  );
  writeFileSync(join(directory, 'HEAD'), 'ref: refs/heads/none\n');
  writeFileSync(join(directory, 'info/attributes'), ATTRIBUTES);
  writeFileSync(
    join(directory, 'objects/info/alternates'),
    `${quotedAlternate(store.objectsDirectory)}\n`,
  );
}

/** git reads a line of this file as C text where it starts with a quote. */
function quotedAlternate(path: string): string {
  if (!/["\n\\]/.test(path) && !path.startsWith('#')) return path;
  return `"${path.replace(/["\\]/g, '\\$&').replace(/\n/g, '\\n')}"`;
}

/** @param nowMs by the file system's clock, which also dated the others; the machine's may be elsewhere. */
function sweep(parent: string, nowMs: number): void {
  try {
    for (const name of readdirSync(parent)) {
      const path = join(parent, name);
      if (name.startsWith(PREFIX) && nowMs - statSync(path).mtimeMs > ABANDONED_MS) {
        rmSync(path, { recursive: true, force: true });
      }
    }
  } catch {
    // Another command may be sweeping the same folder; what is left is swept next time.
  }
}
