/** What is said of gates and of the evidence for them. */
import type { Finding } from '../../caws/findings.ts';
import { visible } from '../escape.ts';
import { marked } from '../marked.ts';
import { quantityText } from '../quantity.ts';
import {
  about,
  because,
  count,
  fact,
  limit,
  measured,
  type Sentences,
  type Speak,
  said,
} from './parts.ts';

const gateWords =
  (says: (finding: Finding) => string, fix: string): Speak =>
  (finding) => ({
    says: says(finding),
    fix: `${fix}${fact(finding, 'output') === '' ? '' : ` It said: ${marked(printed(finding, 'output'))}`}`,
  });
const unreadableReport = gateWords(
  (f) => `The report for gate ${about(f)} cannot be read${because(f)}.`,
  'Produce the report again in the format that the policy names.',
);
/** A command that fails before it reports is the cause; its missing report follows from it. */
const unreadableOfFailed = gateWords(
  (f) =>
    `Gate ${about(f)} ended with exit code ${fact(f, 'exitCode')}, and its report cannot be read${because(f)}.`,
  'Run its command on the head and mend what it reports.',
);
/** What a program printed, as part of a sentence: where a line ends is shown by a sign. */
const printed = ({ detail }: Finding, key: string): string =>
  visible(
    String(detail[key] ?? '')
      .trim()
      .replaceAll(/\s*[\r\n]+\s*/g, ' ⏎ '),
  );
/** The time of a gate, which a policy sets in whole seconds. */
const timeOf = ({ detail: { limitMs } }: Finding): string =>
  typeof limitMs === 'number'
    ? quantityText({ value: Math.ceil(limitMs / 1_000), unit: 'seconds' })
    : 'its time';

export const gatesSentences: Sentences<'gate'> = {
  'gate.base-tests-fail': gateWords(
    (f) =>
      `Gate ${about(f)} does not pass on this code with the tests that the target has${because(f)}.`,
    'Keep what those tests ask for; where it had to change, say why in the waiver.',
  ),
  'gate.base-unknown': gateWords(
    (f) =>
      `Gate ${about(f)} is held against the target, and there it measured nothing${because(f)}.`,
    'Mend the gate at the target first, or have this change waived once.',
  ),
  'gate.below-base': gateWords(
    (f) => `Gate ${about(f)} measured ${measured(f)}; the target has ${limit(f)}.`,
    'Bring back what was measured, with tests of what the change adds.',
  ),
  'gate.below-minimum': gateWords(
    (f) => `Gate ${about(f)} measured ${measured(f)}; the policy asks for ${limit(f)}.`,
    'Raise it with tests of what the change adds.',
  ),
  'gate.contradiction': gateWords(
    (f) => `The answers to gate ${about(f)} contradict each other${because(f)}.`,
    'Produce the report again in one clean run.',
  ),
  'gate.could-not-start': gateWords(
    (f) => `Gate ${about(f)} could not be started${because(f)}.`,
    'Mend on this machine what is named; the command of the gate has to exist here, too.',
  ),
  'gate.exit-code': gateWords(
    (f) => `Gate ${about(f)} ended with exit code ${fact(f, 'exitCode') || 'unknown'}.`,
    'Run its command on the head and mend what it reports.',
  ),
  'gate.failed': gateWords(
    (f) => `Gate ${about(f)} found ${measured(f)} failing; ${limit(f)} allowed.`,
    'Mend what the report names.',
  ),
  'gate.fewer-tests': gateWords(
    (f) => `Gate ${about(f)} ran ${measured(f)}; the target has ${limit(f)}.`,
    'Bring the missing tests back, or say why they had to go.',
  ),
  'gate.missing': gateWords(
    (f) => `Nobody answered gate ${about(f)}${because(f)}; a missing answer is no pass.`,
    `Give its report: ${marked('arbiter verify --evidence DIR')}, or run its command: ${marked('arbiter verify --run-gates')}`,
  ),
  'gate.no-tests': gateWords(
    (f) => `Gate ${about(f)} passed ${measured(f)}; at least ${limit(f)} must have run.`,
    'Run the tests; skipped ones do not count.',
  ),
  'gate.output-too-large': gateWords(
    (f) => `Gate ${about(f)} took more than it may${because(f)}.`,
    'Have its command print less, write less and hold less memory.',
  ),
  'gate.skipped': said(
    (f) =>
      `Gate ${about(f)} is skipped by the policy; ${count(f, 'findings', 'finding')} of it stay unweighed.`,
    'Nothing to do; the policy of the target says so.',
  ),
  'gate.timed-out': gateWords(
    (f) =>
      `Gate ${about(f)} did not end within ${timeOf(f)}${printed(f, 'because') === '' ? '' : ` (${printed(f, 'because')})`}.`,
    'Make it faster, or raise its timeout in the policy of the target.',
  ),
  'gate.unplanned-answer': said(
    (f) =>
      `An answer came for ${about(f)}, a gate that the policy of the target does not plan; it counts for nothing.`,
    'Nothing to do, or plan the gate in the policy.',
  ),
  'gate.unreadable': (f) =>
    ['', '0'].includes(fact(f, 'exitCode')) ? unreadableReport(f) : unreadableOfFailed(f),
  'gate.untrusted-evidence': gateWords(
    (f) => `The evidence for gate ${about(f)} is not trusted enough${because(f)}.`,
    'Have it produced where the policy asks for: a runner or a pinned check.',
  ),
};
