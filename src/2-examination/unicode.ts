import type { Change, FileChange, TextSign } from '../1-pleading/change.ts';
import { signsOfPath } from '../1-pleading/signs.ts';
import type { Finding } from '../caws/findings.ts';
import { finding, type Spot } from './finding.ts';

/**
 * Characters that a reader cannot see for what they are. Look-alike letters may be honest words of
 * another language, and a form feed an honest page break, so people may let them stand; hidden ones
 * have no honest use that is worth it.
 */
export function examineUnicode(change: Change, branches: readonly string[]): readonly Finding[] {
  const hidden: Spot[] = [];
  const lookalikes: Spot[] = [];
  const lineEnds: Spot[] = [];
  const codePoints = new Set<number>();
  const ending = new Set<number>();
  let unlisted = 0;
  for (const file of change.files) {
    for (const sign of file.signs) {
      if (sign.kind === 'homoglyph') lookalikes.push(spotOfSign(file, sign));
      else if (sign.kind === 'line-end') {
        lineEnds.push(spotOfSign(file, sign));
        ending.add(sign.codePoint);
      } else {
        hidden.push(spotOfSign(file, sign));
        codePoints.add(sign.codePoint);
      }
    }
    const beyond = file.signsTotal - file.signs.length;
    if (beyond > 0) {
      // What stands beyond the list is not known to be harmless.
      unlisted += beyond;
      hidden.push({ path: file.path, file, line: null, column: null });
    }
  }
  return [
    ...(hidden.length === 0
      ? []
      : [
          finding('unicode.hidden', {
            spots: hidden,
            detail: { codePoints: notation(codePoints), ...(unlisted === 0 ? {} : { unlisted }) },
          }),
        ]),
    ...(lookalikes.length === 0 ? [] : [finding('unicode.homoglyph', { spots: lookalikes })]),
    ...(lineEnds.length === 0
      ? []
      : [
          finding('unicode.line-end', {
            spots: lineEnds,
            detail: { codePoints: notation(ending) },
          }),
        ]),
    ...branches.flatMap(examineBranch),
  ];
}

/** The head branch names the change wherever people see it. */
function examineBranch(text: string): readonly Finding[] {
  const signs = signsOfPath(text).filter(({ kind }) => kind !== 'homoglyph');
  if (signs.length === 0) return [];
  const codePoints = new Set(signs.map(({ codePoint }) => codePoint));
  return [
    finding('unicode.hidden', { subject: 'branch', detail: { codePoints: notation(codePoints) } }),
  ];
}

function spotOfSign(file: FileChange, { line, column }: TextSign): Spot {
  return { path: file.path, file, line, column };
}

/** `U+202E U+2066`, the lowest first. */
function notation(codePoints: ReadonlySet<number>): string {
  return [...codePoints]
    .toSorted((one, other) => one - other)
    .map((codePoint) => `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`)
    .join(' ');
}
