import type { StructuredPatchHunk } from 'diff';

/**
 * The text after the hunks, or null where one does not fit: each applies exactly where it says, in
 * order, and every context and deleted line equals the text's own, its missing line end included.
 */
export function applyHunks(text: string, hunks: readonly StructuredPatchHunk[]): string | null {
  const before = linesOf(text);
  const after: string[] = [];
  let at = 0;
  for (const hunk of hunks) {
    const start = hunk.oldStart - 1;
    if (!(start >= at && start <= before.length)) return null;
    for (; at < start; at += 1) after.push(before[at] ?? '');
    for (const line of hunkLines(hunk)) {
      if (line.sign !== '+') {
        if (before[at] !== line.text) return null;
        at += 1;
      }
      if (line.sign !== '-') after.push(line.text);
    }
  }
  for (; at < before.length; at += 1) after.push(before[at] ?? '');
  // Only the last line of a file can lack its end.
  const unended = after.findIndex((line) => !line.endsWith('\n'));
  return unended >= 0 && unended < after.length - 1 ? null : after.join('');
}

/** Lines with their ends; the last one may have none. */
function linesOf(text: string): readonly string[] {
  const lines = text.split('\n');
  const last = lines.pop() ?? '';
  return [...lines.map((line) => `${line}\n`), ...(last === '' ? [] : [last])];
}

interface HunkLine {
  readonly sign: '+' | '-' | ' ';
  readonly text: string;
}

function hunkLines(hunk: StructuredPatchHunk): readonly HunkLine[] {
  const lines: HunkLine[] = [];
  for (const raw of hunk.lines) {
    if (raw.startsWith('\\')) {
      const last = lines.pop();
      if (last !== undefined) lines.push({ sign: last.sign, text: last.text.replace(/\n$/, '') });
      continue;
    }
    const sign = raw[0] === '+' || raw[0] === '-' ? raw[0] : ' ';
    lines.push({ sign, text: `${raw.slice(1)}\n` });
  }
  return lines;
}
