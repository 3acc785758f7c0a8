import type { VerdictRecord } from '../4-verdict/verdict.ts';
import { shellWord, visible } from './escape.ts';
import { counted } from './quantity.ts';
import { findingsOf } from './report.ts';
import { wordsOf } from './sentences.ts';

/** What a plan aims at, and neither the law nor the target has. */
export interface UnknownNames {
  readonly acceptance: readonly string[];
  readonly gates: readonly string[];
  /** Files that cannot be done what the plan means to do. */
  readonly files: readonly {
    readonly path: string;
    readonly amiss: 'there-already' | 'not-there' | 'folder' | 'below-a-file' | 'submodule';
  }[];
}

/** One line for each kind that is not empty; '' where the law has everything that the plan names. */
export function unknownNamesText({ acceptance, gates, files }: UnknownNames): string {
  const line = (what: string, names: readonly string[]) =>
    names.length === 0 ? '' : `✗ ${what}: ${names.map((name) => visible(name, 80)).join(', ')}\n`;
  const paths = (amiss: string) =>
    files.filter((file) => file.amiss === amiss).map(({ path }) => path);
  return [
    line('The spec has no such acceptance item', acceptance),
    line('The policy has no such gate', gates),
    line('The target has such a file already, so it cannot be added', paths('there-already')),
    line('The target has no such file that could be changed', paths('not-there')),
    line('A plan names each file, and these are folders', paths('folder')),
    line('What is above is a file, so nothing can be below it', paths('below-a-file')),
    line('What a submodule brings is another repository, planned there', paths('submodule')),
  ].join('');
}

/** The same before what is said of the files, which may be a PASS: the plan holds only with both. */
export function beforeReport(unknown: UnknownNames): string {
  const names = unknownNamesText(unknown);
  return names === '' ? '' : `${names}Name what is there, or leave it out. Of the files:\n\n`;
}

/** A part of a plan, as a person reads of it. */
interface Part {
  readonly spec: { readonly file: string };
  readonly plan: { readonly spec: string; readonly files: readonly { readonly path: string }[] };
  readonly files: number;
  readonly lines: number;
}

/** @param folder where the parts were written; null: nowhere. Ends with a line break. */
export function partsText(parts: readonly Part[], folder: string | null): string {
  const rows = parts.map(({ plan, files, lines }, at) => {
    const names = plan.files.map(({ path }) => `     ${visible(path, 120)}`).join('\n');
    return `${at + 1}. ${plan.spec}: ${counted(lines, 'line')} in ${counted(files, 'file')}\n${names}`;
  });
  const [first] = parts;
  const next =
    folder === null
      ? 'Next: arbiter plan split PLAN --into DIR writes their specs and plans'
      : [
          `Next: land the specs first, in a change of its own that people approve:`,
          `      cp ${shellWord(folder)}/*.spec.yaml .caws/specs/`,
          `      then, part by part: arbiter plan check ${shellWord(`${folder}/${first?.plan.spec ?? 'ID'}.plan.yaml`)}`,
        ].join('\n');
  return `${parts.length} parts, to land in this order:\n${rows.join('\n')}\n${next}\nEach part keeps every budget and the scope of the parent; a budget over time counts each spec by itself.\n`;
}

export const holdsText = 'The plan holds as it is: there is nothing to split.\n';

export const tooManyPartsText = (max: number): string =>
  `The plan is not split: it would take more than ${counted(max, 'part')}, which is no longer one task.\nWrite a spec for each of several smaller tasks, and a plan for each spec.\n`;

/** @param paths the files that belong into one change and are too large for it; null: it is not about size. */
export function notSplitText(
  paths: readonly string[] | null,
  { record, unknown }: { readonly record: VerdictRecord; readonly unknown: UnknownNames },
): string {
  const found = findingsOf(record)
    .filter(({ standing }) => standing === 'fails' || standing === 'needs-waiver')
    .map((finding) => `✗ ${wordsOf(finding).says}\n`)
    .join('');
  const head =
    paths === null
      ? 'The plan is not split: something else than its size stands against it.'
      : `The plan is not split: ${paths.map((path) => visible(path, 120)).join(', ')} ${paths.length === 1 ? 'is' : 'belong into one change and are'} over a budget alone.`;
  const next =
    paths === null
      ? 'Mend the plan; arbiter plan check PLAN says what stands against it.'
      : 'Plan fewer lines there, or split the file first; no part may have another law than the whole.';
  return `${head}\n${found}${unknownNamesText(unknown)}${next}\n`;
}
