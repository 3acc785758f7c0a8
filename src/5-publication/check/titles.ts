/** The one line of a check that a list of checks shows: the verdict's word first, then what decided. */
import type { VerdictRecord } from '../../4-verdict/verdict.ts';
import type { WeighedFinding } from '../../caws/findings.ts';
import { visible } from '../escape.ts';
import { groupDigits } from '../quantity.ts';
import { findingsOf, verdictWords } from '../report.ts';
import { timeText } from '../waiver-words.ts';
import { clipped } from './fit.ts';
import { phraseOf } from './phrases.ts';

/** Characters that a list of checks shows of a title before it cuts. */
export const TITLE_MAX = 70;

/** `WORD · one · two`; what does not fit is cut at the end of the first part, never the last. */
export function title(word: string, part: string, last = ''): string {
  const end = last === '' ? '' : ` · ${last}`;
  const start = `${word} · `;
  return `${start}${clipped(part, TITLE_MAX - start.length - end.length)}${end}`;
}

export function verdictTitle(record: VerdictRecord): string {
  const findings = findingsOf(record);
  const enforced = record.mode === 'enforce';
  const word = `${verdictWord(record)}${enforced ? '' : ' if enforced'}`;
  if (record.verdict === 'PASS') return passTitle(word, record, findings);
  const deciding = findings.filter(decides);
  const [first] = deciding;
  if (first === undefined) return title(word, 'nothing was measured');
  return title(word, phraseOf(first), deciding.length > 1 ? `${deciding.length - 1} more` : '');
}

/** What decided, where the word itself stands beside it. */
export function titleWithoutWord(record: VerdictRecord): string {
  return verdictTitle(record).slice(verdictWord(record).length).replace(/^ · /, '').trim();
}

/** The verdict's word, which never hides that one person alone let something through. */
export function verdictWord({ verdict, law }: VerdictRecord): string {
  const glass = verdict === 'PASS' && law.breakGlass !== undefined ? ' by BREAK-GLASS' : '';
  return `${verdictWords[verdict].word}${glass}`;
}

/** Whether the finding is what keeps the change from passing. */
export function decides({ standing }: WeighedFinding): boolean {
  return standing === 'fails' || standing === 'needs-waiver';
}

function passTitle(
  word: string,
  record: VerdictRecord,
  findings: readonly WeighedFinding[],
): string {
  const glass = record.law.breakGlass;
  if (glass !== undefined)
    return title(word, visible(glass.by, 40), `until ${timeText(glass.expiresAt)}`);
  const waivers = new Set(
    findings.flatMap(({ standing, waivedBy }) =>
      standing === 'waived' && waivedBy !== null ? [waivedBy] : [],
    ),
  );
  if (waivers.size > 0) {
    const gates = [...new Set(findings.filter(isWaived).map(({ gate }) => visible(gate, 40)))];
    const until = record.validUntil === null ? '' : ` until ${record.validUntil.slice(0, 10)}`;
    const start = `${word} with ${waivers.size === 1 ? '1 waiver' : `${waivers.size} waivers`}`;
    const room = TITLE_MAX - start.length - 3 - until.length;
    return `${start} · ${clipped(gates.join(', '), room)}${until}`;
  }
  return title(word, [...gatesHeld(record), sizeText(record.totals)].join(' · '));
}

const isWaived = ({ standing }: WeighedFinding): boolean => standing === 'waived';

/** `6/6 gates`, of those that can hold a change up; nothing where the policy plans none. */
function gatesHeld({ deliberation }: VerdictRecord): readonly string[] {
  const blocking = deliberation.gates.filter(({ mode }) => mode === 'block');
  if (blocking.length === 0) return [];
  const held = blocking.filter(({ outcome }) => outcome === 'passed').length;
  return [`${held}/${blocking.length} ${blocking.length === 1 ? 'gate' : 'gates'}`];
}

/** `+182 −40 in 6 files`. */
export function sizeText({ added, deleted, files }: VerdictRecord['totals']): string {
  return `+${groupDigits(added)} −${groupDigits(deleted)} in ${groupDigits(files)} ${files === 1 ? 'file' : 'files'}`;
}
