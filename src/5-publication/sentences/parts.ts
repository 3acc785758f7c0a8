/** Of what sentences about findings are made. Texts of the change are made visible before they stand in one. */
import type { Finding, Quantity } from '../../caws/findings.ts';
import type { RuleId } from '../../caws/rules.ts';
import { visible } from '../escape.ts';
import { type Marked, marked } from '../marked.ts';
import { exactText, quantityText } from '../quantity.ts';
import type { Words } from '../words.ts';

/** The rules of some families, each with its words: `Sentences<'gate' | 'spec'>`. */
export type Sentences<Family extends string> = Readonly<
  Record<Extract<RuleId, `${Family}.${string}`>, Speak>
>;

export type Speak = (finding: Finding) => Words<Marked>;

/** Rounded, unless what was measured and its limit would read the same. */
const amount = (value: Quantity, other: Quantity | null): string => {
  const text = quantityText(value);
  const hidesMore = other !== null && other.value !== value.value && quantityText(other) === text;
  return hidesMore ? exactText(value) : text;
};

export const measured = ({ measured: value, limit: other }: Finding): string =>
  value === null ? 'an unknown amount' : amount(value, other);

export const limit = ({ limit: value, measured: other }: Finding): string =>
  value === null ? 'nothing' : amount(value, other);

export const about = ({ subject }: Finding): Marked => marked(visible(subject));

export const fact = ({ detail }: Finding, key: string): string =>
  visible(String(detail[key] ?? ''));

/** A fact that is a name or a pattern, to be read letter by letter. */
export const named = (finding: Finding, key: string): Marked => marked(fact(finding, key));

export const commit = (finding: Finding): Marked => marked(fact(finding, 'commit').slice(0, 12));

export const numbered = (finding: Finding): Marked =>
  fact(finding, 'pull') === '' ? '' : ` ${marked(`#${fact(finding, 'pull')}`)}`;

export const files = ({ placesTotal }: Finding): string =>
  placesTotal === 1 ? '1 file' : `${placesTotal} files`;

/** `1 commit`, `3 commits`: a number that stands in the details. */
export const count = (finding: Finding, key: string, word: string): string =>
  `${fact(finding, key) || 'some'} ${word}${fact(finding, key) === '1' ? '' : 's'}`;

export const placed = ({ places: [first] }: Finding): Marked =>
  first === undefined ? 'a file' : marked(visible(first.file));

/** Whether a plea is understood, and says two things. */
export const namesSpecs = (finding: Finding): boolean =>
  fact(finding, 'because').startsWith('names the specs ');

export const throughBase = 'Change it on the target branch first, in a change of its own.';

/** Of digests and object names the first twelve digits, to be read letter by letter; the record has the rest. */
export const shortened = (text: string): Marked =>
  text.replaceAll(/\b((?:sha256:)?[0-9a-f]{12})[0-9a-f]{28,}\b/g, marked('$1'));

/** Why, in brackets. */
export const because = (finding: Finding): string => {
  const why = shortened(fact(finding, 'because'));
  return why === '' ? '' : ` (${why})`;
};

export const said =
  (says: (finding: Finding) => string, fix: string): Speak =>
  (finding) => ({ says: says(finding), fix });

/** The first step where active specs leave the change out; which command then judges again depends on the place. */
export const widenScope = (finding: Finding): Marked => {
  const file = fact(finding, 'file') === '' ? 'one of them' : named(finding, 'file');
  const edit =
    fact(finding, 'out') === ''
      ? `add what is to be touched to ${marked('scope.in')}`
      : `take what is to be touched out of ${marked('scope.out')}`;
  return `In a change of its own to the target branch, ${edit} of ${file}; then:`;
};
