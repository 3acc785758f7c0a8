import { parsePatch, type StructuredPatch } from 'diff';
import { cutTo, fail, ok, type Result } from '../primitives.ts';
import { DIFF_CHARACTERS_MAX, withoutVersion } from './change-diff.ts';
import { staysInside } from './evidence-path.ts';

/** Why a patch is not tried. */
export interface PatchFault {
  readonly kind: 'patch-refused';
  readonly what:
    | 'too-large'
    | 'too-many-files'
    | 'not-utf-8'
    /** It lies in no file that can be read. */
    | 'file'
    | 'unreadable'
    | 'empty'
    /** A name that leads out of the tree, or into git's own folder. */
    | 'path'
    /** Not a plain file: a link, a submodule, or a mode that git does not write. */
    | 'mode'
    /** Contents that no text diff tells. */
    | 'binary'
    | 'does-not-apply'
    /** git made something else of it than its text says. */
    | 'differs';
  /** The path it is about; null: the patch as a whole. */
  readonly path: string | null;
  readonly detail: string;
}

/** Files of one patch: nobody reviews more, and each costs a look-up in the base. */
const PATCH_FILES_MAX = 3_000;
/** Characters before the first section that are kept as its message, as of a commit. */
const MESSAGE_CHARACTERS_MAX = 64 * 1024;

/** What a patch says of itself, before git has seen it. */
export interface CandidatePatch {
  readonly text: string;
  /** What stands before the first section, e.g. the message of `git format-patch`; may be empty. */
  readonly message: string;
}

/**
 * Reads a patch that somebody proposes. Nothing of it is believed: what it becomes is measured from
 * git's objects. What is refused here could only be meant to reach out of the tree, or past a reader.
 *
 * @param bytes at most 4 × DIFF_CHARACTERS_MAX are looked at; more is a fault.
 */
export function readCandidatePatch(bytes: Uint8Array): Result<CandidatePatch, PatchFault> {
  if (bytes.length > 4 * DIFF_CHARACTERS_MAX) return tooLarge();
  const whole = decoded(bytes);
  if (whole === null)
    return refused('not-utf-8', null, 'a patch of other bytes can be given as a branch');
  if (whole.length > DIFF_CHARACTERS_MAX) return tooLarge();
  const text = withoutVersion(whole);
  // No line of a hunk begins so; the parser passes such a section over.
  if (/^GIT binary patch\r?$/m.test(text))
    return refused('binary', null, 'a text diff does not tell its contents');
  const sections = sectionsOf(text);
  if (!sections.ok) return sections;
  if (sections.value.length === 0) return refused('empty', null, 'it changes no file');
  if (sections.value.length > PATCH_FILES_MAX)
    return refused('too-many-files', null, `over ${PATCH_FILES_MAX}`);
  for (const section of sections.value) {
    const fault = faultIn(section);
    if (fault !== null) return fail(fault);
  }
  return ok({ text, message: messageOf(text) });
}

function decoded(bytes: Uint8Array): string | null {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return null;
  }
}

export function refused(
  what: PatchFault['what'],
  path: string | null,
  detail: string,
): { readonly ok: false; readonly fault: PatchFault } {
  return fail({
    kind: 'patch-refused',
    what,
    path: path === null ? null : cutTo(path, 300),
    detail: cutTo(detail, 200),
  });
}

const tooLarge = () => refused('too-large', null, `over ${DIFF_CHARACTERS_MAX} characters`);

function sectionsOf(text: string): Result<readonly StructuredPatch[], PatchFault> {
  try {
    return ok(
      parsePatch(text).filter(
        ({ hunks, oldFileName, newFileName }) =>
          hunks.length > 0 || oldFileName !== undefined || newFileName !== undefined,
      ),
    );
  } catch (error) {
    return refused('unreadable', null, error instanceof Error ? error.message : 'no diff');
  }
}

const PLAIN_MODES: readonly (string | undefined)[] = [undefined, '100644', '100755'];

function faultIn(section: StructuredPatch): PatchFault | null {
  const { oldFileName, newFileName, oldMode, newMode } = section;
  const names = [oldFileName, newFileName].filter((name) => name !== undefined);
  const path = newFileName ?? oldFileName ?? null;
  for (const name of names)
    if (name !== '/dev/null' && !isPlainPath(name))
      return refused('path', name, 'leads out of the tree, or is no plain name').fault;
  if (section.isBinary === true)
    return refused('binary', path, 'a text diff does not tell its contents').fault;
  for (const mode of [oldMode, newMode])
    if (!PLAIN_MODES.includes(mode)) return refused('mode', path, `mode ${mode}`).fault;
  return null;
}

/**
 * Whether a name, with the letter that git sets before it or without, stays in the tree: no step up, no
 * root, no backslash, colon or control character, nothing below a folder that a file system could take for git's.
 */
function isPlainPath(name: string): boolean {
  return staysInside(name) && !name.split('/').some(couldBeGitFolder);
}

/** `.git` as file systems fold it: case, characters that HFS+ ignores, what NTFS cuts, its short names. */
function couldBeGitFolder(segment: string): boolean {
  const folded = segment
    .replaceAll(/\p{Default_Ignorable_Code_Point}/gu, '')
    .replace(/[. ]+$/, '')
    .toLowerCase();
  return folded === '.git' || /^(?:git|gi[0-9a-f]{0,4})~\d+$/.test(folded);
}

/** Control characters would be refused by git, and a reader is shown this text. */
function messageOf(text: string): string {
  const start = /^(?:diff --git |--- |Index: )/m.exec(text)?.index ?? 0;
  return text
    .slice(0, Math.min(start, MESSAGE_CHARACTERS_MAX))
    .replace(/\n---\n[\s\S]*$/, '\n')
    .trim();
}
