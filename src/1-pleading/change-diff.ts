import { createHash } from 'node:crypto';
import { parsePatch, type StructuredPatch } from 'diff';
import { cutTo, fail, ok, type Result } from '../primitives.ts';
import type { Change, FileChange } from './change.ts';
import { applyHunks } from './change-hunks.ts';

/** The first thing in which a worker's `change.diff` and git do not agree. */
export interface DiffMismatch {
  readonly kind: 'diff-differs';
  /** The path it is about; null where the diff as a whole cannot be read. */
  readonly path: string | null;
  readonly what:
    | 'too-large'
    | 'unreadable'
    /** The diff touches a path that the change does not. */
    | 'not-in-change'
    /** The change touches a path that the diff does not. */
    | 'not-in-diff'
    | 'named-twice'
    /** A name whose bytes are not UTF-8 cannot be compared as text. */
    | 'name'
    /** The base has no such file, or has one where the diff creates it. */
    | 'base'
    /** A hunk does not fit the base's text. */
    | 'context'
    /** The contents after the diff are not the head's; binary contents stand in no text diff. */
    | 'content'
    | 'mode';
  readonly detail: string;
}

/** A diff larger than this is not compared; parsing one takes some 30 bytes of memory a character. */
export const DIFF_CHARACTERS_MAX = 8 * 1024 * 1024;

/** A file as the diff leaves it; null: gone. */
type After = { readonly mode: string; readonly id: string } | null;

/**
 * Whether the diff, applied to the base, gives the head: every touched path, its mode and the object
 * id of its contents. How the diff tells it (rename or delete and add) makes no difference. Hunks are
 * applied where they say, without fuzz.
 *
 * @param input.blobsBefore contents of a path at the merge base; undefined where it is unknown.
 */
export function compareChangeDiff(input: {
  readonly diff: string;
  readonly change: Change;
  readonly blobsBefore: (path: string) => Uint8Array | undefined;
}): Result<'equal', DiffMismatch> {
  const patches = patchesOf(input.diff);
  if (!patches.ok) return patches;
  const lossy = input.change.files.find(({ pathIsLossy }) => pathIsLossy);
  if (lossy !== undefined) return differs(lossy.path, 'name', 'not UTF-8');
  const base = baseOf(input.change, input.blobsBefore);
  const left = new Map<string, After>();
  for (const patch of patches.value) {
    const applied = applyPatch(patch, base, left);
    if (!applied.ok) return applied;
  }
  return compare(headOf(input.change), left);
}

function differs(
  path: string | null,
  what: DiffMismatch['what'],
  detail: string,
): { readonly ok: false; readonly fault: DiffMismatch } {
  // A name that only the diff tells can be as long as the diff; git has none above 4,096 bytes.
  const named = path === null ? null : cutTo(path, 4096);
  return fail({ kind: 'diff-differs', path: named, what, detail: cutTo(detail, 200) });
}

/** The version line at the end of `git format-patch` is no part of the last hunk. */
export const withoutVersion = (diff: string): string =>
  diff.replace(/\n-- \n[^\n]{0,80}\n*$/, '\n');

function patchesOf(diff: string): Result<readonly StructuredPatch[], DiffMismatch> {
  if (diff.length > DIFF_CHARACTERS_MAX)
    return differs(null, 'too-large', `over ${DIFF_CHARACTERS_MAX} characters`);
  const text = withoutVersion(diff);
  try {
    return ok(
      parsePatch(text).filter(
        ({ hunks, oldFileName, newFileName }) =>
          hunks.length > 0 || oldFileName !== undefined || newFileName !== undefined,
      ),
    );
  } catch (error) {
    return differs(null, 'unreadable', error instanceof Error ? error.message : 'not a diff');
  }
}

interface Base {
  readonly modeOf: (path: string) => string | null;
  readonly bytesOf: (path: string) => Uint8Array | undefined;
  /** Hex digits of the repository's object ids: 40 or 64. */
  readonly idLength: number;
}

/** What the merge base holds, as far as the change knows of it. */
function baseOf(change: Change, blobsBefore: (path: string) => Uint8Array | undefined): Base {
  const before = new Map<string, FileChange>();
  for (const file of change.files)
    if (file.modeBefore !== null) before.set(file.pathBefore ?? file.path, file);
  return {
    modeOf: (path) => before.get(path)?.modeBefore ?? null,
    bytesOf: (path) => {
      const file = before.get(path);
      return file?.modeBefore === submodule
        ? new TextEncoder().encode(`Subproject commit ${file.blobBefore}\n`)
        : blobsBefore(path);
    },
    idLength: change.headTree.length,
  };
}

const submodule = '160000';

/** Every path that the head changes, as the head has it. */
function headOf(change: Change): ReadonlyMap<string, After> {
  const head = new Map<string, After>();
  for (const file of change.files) {
    if (file.status === 'renamed' && file.pathBefore !== null && !head.has(file.pathBefore))
      head.set(file.pathBefore, null);
    const after =
      file.status === 'deleted' ? null : { mode: file.modeAfter ?? '', id: file.blobAfter ?? '' };
    head.set(file.path, after);
  }
  return head;
}

function applyPatch(
  patch: StructuredPatch,
  base: Base,
  left: Map<string, After>,
): Result<null, DiffMismatch> {
  const names = namesOf(patch);
  if (names === null) return differs(null, 'unreadable', 'a section without file names');
  const { before, after, path } = names;
  // git tells a change of type as a deletion and a creation of one path, in this order.
  const created = before === null;
  if (left.has(path) && !(created && left.get(path) === null && base.modeOf(path) !== null))
    return differs(path, 'named-twice', 'two sections for one path');
  if (created && base.modeOf(path) !== null && left.get(path) !== null)
    return differs(path, 'base', 'the base has this file');
  const modeBefore = before === null ? null : base.modeOf(before);
  if (before !== null && modeBefore === null)
    return differs(before, 'not-in-change', 'the change does not touch this file of the base');
  if (modeBefore !== null && patch.oldMode !== undefined && patch.oldMode !== modeBefore)
    return differs(path, 'mode', `before: ${patch.oldMode} in the diff, ${modeBefore} in the base`);
  const text = textBefore(before, base);
  if (!text.ok) return text;
  const lines = applyHunks(text.value, patch.hunks);
  if (lines === null) return differs(path, 'context', 'a hunk does not fit the base');
  if (after === null) {
    if (lines !== '') return differs(path, 'content', 'deleted, yet the diff leaves text');
    left.set(path, null);
    return ok(null);
  }
  const mode = patch.newMode ?? modeBefore ?? '100644';
  if (before !== null && before !== after && patch.isCopy !== true) left.set(before, null);
  left.set(after, { mode, id: objectIdOf(lines, mode, base.idLength) });
  return ok(null);
}

function textBefore(before: string | null, base: Base): Result<string, DiffMismatch> {
  if (before === null) return ok('');
  const bytes = base.bytesOf(before);
  if (bytes === undefined) return differs(before, 'base', 'its contents at the base are not known');
  try {
    return ok(new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes));
  } catch {
    return differs(before, 'content', 'not UTF-8, so no text diff can tell its contents');
  }
}

interface Names {
  readonly before: string | null;
  readonly after: string | null;
  /** The path after, or before where the file is gone. */
  readonly path: string;
}

/** The two paths of a section, without the prefixes that git adds; null where none can be made out. */
function namesOf(patch: StructuredPatch): Names | null {
  const { oldFileName, newFileName } = patch;
  if (oldFileName === undefined || newFileName === undefined) return null;
  const gone = patch.isDelete === true || newFileName === '/dev/null';
  const made = patch.isCreate === true || oldFileName === '/dev/null';
  if (gone && made) return null;
  const prefixed = (made || oldFileName.startsWith('a/')) && (gone || newFileName.startsWith('b/'));
  const plain = (name: string) => (prefixed ? name.slice(2) : name);
  if (made) return { before: null, after: plain(newFileName), path: plain(newFileName) };
  const before = plain(oldFileName);
  const after = gone ? null : plain(newFileName);
  return { before, after, path: after ?? before };
}

/** git's name for contents; for a submodule the commit that the text names. */
function objectIdOf(text: string, mode: string, idLength: number): string {
  if (mode === submodule) return /^Subproject commit ([0-9a-f]+)\n?$/.exec(text)?.[1] ?? '';
  const bytes = new TextEncoder().encode(text);
  return createHash(idLength === 64 ? 'sha256' : 'sha1')
    .update(`blob ${bytes.length}\0`)
    .update(bytes)
    .digest('hex');
}

function compare(
  head: ReadonlyMap<string, After>,
  left: ReadonlyMap<string, After>,
): Result<'equal', DiffMismatch> {
  for (const [path, expected] of head) {
    const found = left.get(path);
    if (found === undefined) return differs(path, 'not-in-diff', 'the change touches it');
    if (expected === null || found === null) {
      if (expected === found) continue;
      return differs(
        path,
        'content',
        found === null ? 'deleted by the diff' : 'deleted by the change',
      );
    }
    if (found.mode !== expected.mode)
      return differs(path, 'mode', `${found.mode} by the diff, ${expected.mode} at the head`);
    if (found.id !== expected.id)
      return differs(path, 'content', `${found.id} by the diff, ${expected.id} at the head`);
  }
  const more = [...left.keys()].find((path) => !head.has(path));
  return more === undefined
    ? ok('equal')
    : differs(more, 'not-in-change', 'only the diff touches it');
}
