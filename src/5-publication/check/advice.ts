/** What somebody does next about a finding, in the words of a pull request: commands filled in, comments instead of a command line. */
import type { VerdictRecord, WaivingRule } from '../../4-verdict/verdict.ts';
import type { WeighedFinding } from '../../caws/findings.ts';
import type { RuleId } from '../../caws/rules.ts';
import { shellWord, visible } from '../escape.ts';
import { type Marked, marked, piecesOf } from '../marked.ts';
import { widenScope } from '../sentences/parts.ts';
import { markedWordsOf } from '../sentences.ts';

/** Files that one command names; more are not typed by anyone. */
const FILES_IN_COMMAND = 3;
/** What a person is shown as an example of a waiver's length. */
const USUAL_DAYS = 7;

/** The branch that a change would merge into, as people say it. */
export function baseBranch(record: VerdictRecord): string {
  return record.subject.baseRef.replace(/^refs\/(?:heads|tags|remotes)\//, '');
}

/** The way out of a finding, with the real branch, files and gate in its commands. */
export function wayOut(finding: WeighedFinding, record: VerdictRecord): Marked {
  // A spec that is there and too narrow is widened; another one beside it would leave open which binds.
  const fix =
    finding.rule === 'spec.none' && finding.placesTotal > 0
      ? `${widenScope(finding)} ${marked('/caws recheck')}`
      : (hosted[finding.rule] ?? markedWordsOf(finding).fix);
  return piecesOf(fix)
    .map((piece) => (piece.literal ? marked(filled(piece.text, finding, record)) : piece.text))
    .join('');
}

function filled(command: string, finding: WeighedFinding, record: VerdictRecord): string {
  const names = finding.places.slice(0, FILES_IN_COMMAND).map(({ file }) => file);
  // A name that is not shown as it is would be typed wrong.
  const typable = names.length > 0 && names.every((name) => visible(name) === name);
  return command
    .replaceAll(/\bTARGET\b/g, () => visible(shellWord(`origin/${baseBranch(record)}`)))
    .replaceAll(/\bFILE\b/g, (word) => (typable ? names.map(shellWord).join(' ') : word))
    .replaceAll(/\bGATE\b/g, () => visible(commandWord(finding.gate)));
}

/** One argument of a comment command: in quotes where it holds a space or a quote. */
export function commandWord(word: string): string {
  return /^[\w./@-]+$/.test(word) ? word : `"${word.replaceAll(/["\\]/g, '\\$&')}"`;
}

/** The comment that asks for a waiver of a gate, within the policy's longest time. */
export function waiveCommand(gate: string, terms: Pick<WaivingRule, 'longestDays'>): string {
  const days = Math.max(1, Math.min(USUAL_DAYS, terms.longestDays));
  return `/caws waive ${commandWord(gate)} reason:"…" expires:${days}d`;
}

/** People and teams as names to be read: in the type of code nobody is called. */
export function approversPhrase(terms: WaivingRule): Marked {
  const few = terms.approversMin > 1 ? `${terms.approversMin} of ` : '';
  if (terms.approvers.length > 0)
    return `${few}${terms.approvers.map((name) => marked(visible(name, 60))).join(', ')}`;
  return terms.approversMin > 1
    ? `${terms.approversMin} maintainers of this repository`
    : 'a maintainer of this repository';
}

const bySpecTrailer = `one ${marked('CAWS-SPEC: ID')} trailer in the message of a commit`;

/** Where a comment or the app's own ledger does what a command line does elsewhere. */
const hosted: Partial<Readonly<Record<RuleId, Marked>>> = {
  'budget.rolling-unknown':
    'The ledger of this app has nothing of the earlier changes, or too many verdicts in the time they are summed over; people decide about this one.',
  'change.incomplete': 'Split the change, so that all of it can be measured.',
  'gate.missing': `Let what answers it finish on this very head, then comment ${marked('/caws recheck')}.`,
  'governance.waiver-in-change': `Ask for a waiver in a comment: ${marked('/caws waive GATE reason:"…" expires:7d')}`,
  'spec.conflict': `Let one spec bind the change: leave ${bySpecTrailer}.`,
  'spec.none': `Land a spec first, in a change of ${marked('.caws')} alone (${marked('arbiter init')} writes one), or name one by ${bySpecTrailer}.`,
  'spec.several': `Name the one that binds it by ${bySpecTrailer}.`,
  'waiver.file-counted': `Nothing to do; an approval in a comment says more: ${marked('/caws waive GATE reason:"…" expires:7d')}`,
};
