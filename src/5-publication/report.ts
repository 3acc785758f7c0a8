import type { Verdict, VerdictRecord, WaivingRule } from '../4-verdict/verdict.ts';
import type { Standing, WeighedFinding } from '../caws/findings.ts';
import { rules } from '../caws/rules.ts';
import type { Place } from '../primitives.ts';
import { breakGlassText } from './break-glass-words.ts';
import { shellWord, visible } from './escape.ts';
import { judgesText, ONLY_LOWERS, opinionText } from './judge-words.ts';
import { type Marked, plain } from './marked.ts';
import { counted, groupDigits, quantityText } from './quantity.ts';
import { markedWordsOf, wordsOf } from './sentences.ts';
import { waiverRefusalWords } from './waiver-refusal-words.ts';
import { approversText, timeText } from './waiver-words.ts';

/** How a piece of text is meant; a terminal turns it into colour, plain text ignores it. */
export type Tone = 'good' | 'bad' | 'hold' | 'faint' | 'strong';
export type Paint = (tone: Tone, text: string) => string;

/** Places that a person is shown of one finding; the record has more. */
const PLACES_SHOWN = 4;

export const verdictWords: Readonly<
  Record<Verdict, { readonly word: string; readonly tone: Tone }>
> = {
  PASS: { word: 'PASS', tone: 'good' },
  FAIL: { word: 'FAIL', tone: 'bad' },
  WAIVER_REQUIRED: { word: 'WAIVER REQUIRED', tone: 'hold' },
};

const marks: Readonly<Record<Standing, { readonly mark: string; readonly tone: Tone }>> = {
  fails: { mark: '✗', tone: 'bad' },
  'needs-waiver': { mark: '◆', tone: 'hold' },
  waived: { mark: '✓', tone: 'good' },
  warns: { mark: '!', tone: 'faint' },
};
const order: readonly Standing[] = ['fails', 'needs-waiver', 'waived', 'warns'];

export const observedText =
  'The policy only observes: nothing is blocked, this is what would have happened.';

/** Every finding of the record, those that decide first. */
export function findingsOf(record: VerdictRecord): readonly WeighedFinding[] {
  return [...record.examination.findings, ...record.deliberation.findings].toSorted(
    (one, other) => order.indexOf(one.standing) - order.indexOf(other.standing),
  );
}

/**
 * The verdict as a person reads it: the word and what decided, then each finding with its numbers,
 * place and way out. Ends with a line break.
 *
 * @param recorded false for a preview, which nobody can ask a waiver for.
 * @param preview what a preview is, at its end.
 */
export function report(
  record: VerdictRecord,
  paint: Paint,
  recorded = true,
  preview = 'a preview: not signed, not recorded, no gate was asked',
): string {
  const findings = findingsOf(record);
  const { word, tone } = verdictWords[record.verdict];
  const { breakGlass } = record.law;
  const lines = [
    `${paint(tone, word)}  ${breakGlass === undefined ? '' : `${paint('bad', breakGlassText(breakGlass))}\n      `}${plain(ownHeadline(record, findings, recorded))}`,
    ...(record.mode === 'observe' ? [paint('strong', observedText)] : []),
    '',
  ];
  for (const finding of findings) {
    // One request covers all that a gate holds against the change, so it is shown once.
    const asked = findings
      .slice(0, findings.indexOf(finding))
      .some(({ gate, standing }) => gate === finding.gate && standing === 'needs-waiver');
    lines.push(...findingLines(finding, record, paint, recorded && !asked));
  }
  lines.push(...footer(record, paint, recorded ? `verdict ${record.id}` : preview));
  return `${lines.join('\n')}\n`;
}

/** Every finding in full: what the rule enforces, what was measured, every recorded place, and the way out. */
export function explain(record: VerdictRecord, paint: Paint): string {
  const findings = findingsOf(record);
  const judge = judgeLines(record);
  if (findings.length === 0) return `Nothing was found: every rule of the policy holds.\n${judge}`;
  const all = findings
    .map((finding) => {
      const rule = rules[finding.rule];
      const words = wordsOf(finding);
      const numbers = [
        ...(finding.measured === null ? [] : [`measured ${quantityText(finding.measured)}`]),
        ...(finding.limit === null ? [] : [`limit ${quantityText(finding.limit)}`]),
      ];
      const places = finding.places.map(placeText);
      const unlisted = finding.placesTotal - places.length;
      return [
        `${paint(marks[finding.standing].tone, marks[finding.standing].mark)} ${paint('strong', finding.rule)}  ${words.says}`,
        `    enforces  ${rule.clause} (gate ${visible(finding.gate)}, ${rule.class})`,
        ...(numbers.length === 0 ? [] : [`    numbers   ${numbers.join(', ')}`]),
        ...places.map((place) => `    at        ${place}`),
        ...(unlisted > 0 ? [`    at        ${counted(unlisted, 'more place')}`] : []),
        ...(finding.standing === 'waived' || finding.standing === 'warns'
          ? []
          : [`    fix       ${words.fix}`]),
        ...waivingLines(finding, record),
        '',
      ].join('\n');
    })
    .join('\n');
  return `${all}${judge}`;
}

/** Who may let the finding stand, and by which command; or who did. */
function waivingLines(finding: WeighedFinding, record: VerdictRecord): readonly string[] {
  switch (finding.standing) {
    case 'fails':
      return ['    waiver    nobody may give one'];
    case 'needs-waiver': {
      const waiving = record.law.waiving.find(({ gate }) => gate === finding.gate);
      return [`    or        ${askText(finding.gate, record, waiving, true, 14)}`];
    }
    case 'waived':
      return [`    waived by ${visible(finding.waivedBy ?? '')}`];
    case 'warns':
      return [];
  }
}

/** Empty where none was asked. */
function judgeLines({ deliberation: { judge } }: VerdictRecord): string {
  return judge === undefined
    ? ''
    : `\nThe judge said: ${opinionText(judge)}\n    who       ${judgesText(judge)}\n    power     ${ONLY_LOWERS}\n`;
}

/** The one sentence beside the verdict's word. */
export function headline(record: VerdictRecord, findings: readonly WeighedFinding[]): string {
  return plain(markedHeadline(record, findings));
}

/** The same sentence, with names and commands set apart. */
export function markedHeadline(record: VerdictRecord, findings: readonly WeighedFinding[]): Marked {
  const glass = record.law.breakGlass;
  const own = ownHeadline(record, findings);
  return glass === undefined ? own : `${breakGlassText(glass)} ${own}`;
}

/** @param counts false for a preview, on whose word nothing merges. */
function ownHeadline(
  record: VerdictRecord,
  findings: readonly WeighedFinding[],
  counts = true,
): Marked {
  const deciding = findings.filter(
    ({ standing }) => standing === 'fails' || standing === 'needs-waiver',
  );
  const first = deciding[0];
  if (first !== undefined) {
    const more = deciding.length - 1;
    return `${markedWordsOf(first).says}${more > 0 ? ` And ${more} more.` : ''}`;
  }
  if (record.verdict !== 'PASS') return 'Nothing was measured, and nothing measured is not a pass.';
  const byGlass = record.law.breakGlass?.id;
  const waived = findings.filter(
    ({ standing, waivedBy }) => standing === 'waived' && waivedBy !== byGlass,
  ).length;
  if (waived === 0 && byGlass !== undefined) return 'Everything else holds.';
  if (waived === 0 && !counts) return 'Every rule that was looked at holds.';
  if (waived === 0) return 'Every rule of the policy holds. This change may merge.';
  return `${waived === 1 ? 'One finding is' : `${waived} findings are`} waived${record.validUntil === null ? '' : ` until ${timeText(record.validUntil)}`}; everything else holds.`;
}

function findingLines(
  finding: WeighedFinding,
  record: VerdictRecord,
  paint: Paint,
  shown: boolean,
): readonly string[] {
  const { mark, tone } = marks[finding.standing];
  const words = wordsOf(finding);
  const lines = [`${paint(tone, mark)} ${paint('strong', finding.rule)}  ${words.says}`];
  const places = placesText(finding);
  if (places !== '') lines.push(`    ${paint('faint', 'where')}  ${places}`);
  const waiving = record.law.waiving.find(({ gate }) => gate === finding.gate);
  switch (finding.standing) {
    case 'fails':
      lines.push(`    ${paint('faint', 'fix')}    ${words.fix}`);
      lines.push(
        `           nobody may waive it; what it enforces: arbiter explain ${finding.rule}`,
      );
      break;
    case 'needs-waiver':
      lines.push(`    ${paint('faint', 'fix')}    ${words.fix}`);
      lines.push(
        `    ${paint('faint', 'or')}     ${askText(finding.gate, record, waiving, shown)}`,
      );
      break;
    case 'waived':
      lines.push(`    ${paint('faint', 'waived by')} ${visible(finding.waivedBy ?? '')}`);
      break;
    case 'warns':
      break;
  }
  for (const refusal of finding.waiversRefused)
    lines.push(`    ${paint('faint', 'waiver')} ${waiverRefusalWords(refusal)}`);
  return [...lines, ''];
}

function placesText(finding: WeighedFinding): string {
  const shown = finding.places.slice(0, PLACES_SHOWN).map(placeText);
  const rest = finding.placesTotal - shown.length;
  return [...shown, ...(rest > 0 ? [`and ${groupDigits(rest)} more`] : [])].join(', ');
}

/** `file:line:column` as far as they are known, made visible. */
function placeText(place: Place): string {
  return [visible(place.file), place.line, place.column].filter((part) => part !== null).join(':');
}

function askText(
  gate: string,
  record: VerdictRecord,
  waiving: WaivingRule | undefined,
  shown: boolean,
  indent = 11,
): string {
  const next = `\n${' '.repeat(indent)}`;
  if (waiving === undefined) return 'nobody can waive this under the policy of the base.';
  const people = `${approversText(waiving)} may allow it, not the author; at most ${waiving.longestDays === 1 ? '1 day' : `${waiving.longestDays} days`}.`;
  if (!hasMaintainers(record))
    return `nobody can allow it by signature yet: .caws/trusted-keys.yaml of the target names no maintainer.${next}Its first documents land by whoever may push there. A maintainer prints the lines to add with:${next}arbiter keys create; arbiter keys show --for-maintainer LOGIN`;
  if (!shown) return people;
  return `arbiter waiver request ${shellWord(gate)} --verdict ${record.id} --reason "…" --expires 7d${next}${people}`;
}

/** Without a maintainer's key on the base no signature of anybody counts for a waiver. */
export const hasMaintainers = ({ law }: VerdictRecord): boolean =>
  (law.trustedKeys?.maintainers ?? 0) > 0;

function footer(record: VerdictRecord, paint: Paint, last: string): readonly string[] {
  const { subject, law, totals, deliberation } = record;
  const { judge } = deliberation;
  const spec = law.spec === null ? 'no spec' : `spec ${visible(law.spec.id)}`;
  const policy =
    law.policy.kind === 'default'
      ? 'shipped default policy'
      : `policy ${law.policy.digest.slice(7, 19)}`;
  return [
    paint(
      'faint',
      `${totals.files === 1 ? '1 file' : `${groupDigits(totals.files)} files`}, +${groupDigits(totals.added)} −${groupDigits(totals.deleted)} · ${spec} · ${policy}`,
    ),
    paint(
      'faint',
      `head ${subject.head.slice(0, 12)} against ${visible(shortRef(subject.baseRef))} ${subject.base.slice(0, 12)}`,
    ),
    ...(judge === undefined
      ? []
      : [paint('faint', `judge: ${opinionText(judge)} · it can only lower`)]),
    paint('faint', last),
  ];
}

/** `refs/heads/main` as people say it. */
function shortRef(ref: string): string {
  return ref.replace(/^refs\/(?:heads|tags|remotes)\//, '');
}
