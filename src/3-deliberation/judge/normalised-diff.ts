import { structuredPatch } from 'diff';
import type { FileChange } from '../../1-pleading/change.ts';
import { CANDIDATE_CHARS_MAX, EDITS_MAX, FILE_CHARS_MAX } from './bounds.ts';
import { normalisedSource } from './normalised-source.ts';
import { seenPath, seenText } from './seen-text.ts';

/**
 * One file of a candidate with the texts of both sides. null: there is none, or it is no text; undefined:
 * it could not be read, and counts as lines that were left out.
 */
export interface FileTexts {
  readonly file: Pick<FileChange, 'path' | 'status' | 'kind' | 'lines'>;
  readonly before: string | null | undefined;
  readonly after: string | null | undefined;
  /** Lock files and the like: their names are shown, their lines are nobody's work. */
  readonly isExcluded: boolean;
}

/** What a judge sees of a change. */
export interface NormalisedDiff {
  readonly text: string;
  readonly linesTotal: number;
  readonly linesLeftOut: number;
  readonly signs: number;
}

/** The candidate's diff between normalised files, cut at CANDIDATE_CHARS_MAX with a line that says so. */
export function normalisedDiff(files: readonly FileTexts[]): NormalisedDiff {
  const pieces = files.map(fileDiff);
  const lines = pieces.flatMap((piece) => piece.lines);
  let length = 0;
  let kept = 0;
  for (const line of lines) {
    if (length + line.length + 1 > CANDIDATE_CHARS_MAX) break;
    length += line.length + 1;
    kept += 1;
  }
  const unread = pieces.reduce((sum, piece) => sum + piece.unread, 0);
  const linesLeftOut = lines.length - kept + unread;
  const shown = lines.slice(0, kept);
  return {
    text: [...shown, ...(linesLeftOut === 0 ? [] : [`[truncated ${linesLeftOut} lines]`])].join(
      '\n',
    ),
    linesTotal: lines.length + unread,
    linesLeftOut,
    signs: pieces.reduce((sum, piece) => sum + piece.signs, 0),
  };
}

interface FilePiece {
  readonly lines: readonly string[];
  readonly unread: number;
  readonly signs: number;
}

function fileDiff({ file, before, after, isExcluded }: FileTexts): FilePiece {
  const head = `== ${file.status} ${file.kind} ${seenPath(file.path)}`;
  if (isExcluded) return { lines: [`${head} (generated, not shown)`], unread: 0, signs: 0 };
  if ([before, after].some((text) => text === undefined || (text?.length ?? 0) > FILE_CHARS_MAX))
    return { lines: [head], unread: file.lines, signs: 0 };
  const old = seenText(before ?? '');
  const now = seenText(after ?? '');
  const body = hunksOf(
    normalisedSource(file.path, old.text),
    normalisedSource(file.path, now.text),
  );
  // A file whose comments alone changed says nothing, its name included: names are free to choose.
  const isSilent = body.length === 0 && file.status === 'modified';
  return { lines: isSilent ? [] : [head, ...body], unread: 0, signs: now.signs };
}

/** Hunks without line numbers: a comment above would move them. */
function hunksOf(before: readonly string[], after: readonly string[]): readonly string[] {
  const text = (lines: readonly string[]) => lines.map((line) => `${line}\n`).join('');
  const patch = structuredPatch('', '', text(before), text(after), '', '', {
    context: 3,
    maxEditLength: EDITS_MAX,
  });
  if (patch === undefined)
    return [...before.map((line) => `-${line}`), ...after.map((line) => `+${line}`)];
  return patch.hunks.flatMap(({ lines }, at) => (at === 0 ? lines : ['…', ...lines]));
}
