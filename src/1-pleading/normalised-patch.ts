import { parsePatch } from 'diff';

/**
 * What a patch does, in one form: equal for two that change the same lines of the same files alike, however
 * many lines of context they show, in which order their files stand, and what is said before them.
 *
 * @param text of a patch that `readCandidatePatch` takes; null for what cannot be read as one.
 */
export function normalisedPatch(text: string): string | null {
  try {
    const files = parsePatch(text)
      .filter(({ hunks }) => hunks.length > 0)
      .map(({ oldFileName, newFileName, hunks }) => {
        const lines = hunks.flatMap(linesOf);
        return [bare(oldFileName), bare(newFileName), ...lines].join('\n');
      });
    return files.length === 0 ? null : JSON.stringify(files.toSorted());
  } catch {
    return null;
  }
}

/** Without the letter that git sets before it. */
const bare = (name = '/dev/null'): string => name.replace(/^[ab]\//, '');

/** Each line that comes or goes, with the line of the old file that it stands at. */
function linesOf({ oldStart, lines }: { readonly oldStart: number; readonly lines: string[] }) {
  let at = oldStart;
  return lines.flatMap((line) => {
    const here = at;
    if (line.startsWith('+')) return [`${here} +${line.slice(1).trimEnd()}`];
    if (line.startsWith('\\')) return [];
    at += 1;
    return line.startsWith('-') ? [`${here} -${line.slice(1).trimEnd()}`] : [];
  });
}
