/**
 * What a finding is in a few words, for titles and rows: a list of checks shows one line of each. A
 * rule without a phrase does not compile; its sentences stand in 5-publication/sentences.ts.
 */
import type { Finding, Quantity } from '../../caws/findings.ts';
import type { RuleId } from '../../caws/rules.ts';
import { visible } from '../escape.ts';
import { groupDigits, quantityText } from '../quantity.ts';
import { namesSpecs } from '../sentences/parts.ts';

/** Code points of a name inside a phrase. */
const NAME_MAX = 28;

type Phrase = (finding: Finding) => string;

/** @returns a phrase without verb or full stop, in visible characters. */
export function phraseOf(finding: Finding): string {
  return phrases[finding.rule](finding);
}

const shortened = (text: string): string => visible(text, NAME_MAX);
const gate = (finding: Finding): string => shortened(finding.subject || finding.gate);
const spec = (finding: Finding): string =>
  finding.subject === '' ? 'spec' : `spec ${shortened(finding.subject)}`;
const number = (quantity: Quantity): string =>
  quantity.unit === 'percent' || quantity.unit === 'bytes'
    ? quantityText(quantity)
    : groupDigits(quantity.value);
const amount = ({ measured }: Finding): string =>
  measured === null ? 'unknown' : quantityText(measured);
const times = (value: number, one: string, many = `${one}s`): string =>
  `${groupDigits(value)} ${value === 1 ? one : many}`;
const files = ({ placesTotal }: Finding): string => times(Math.max(1, placesTotal), 'file');

/** The last parts of a path tell it apart; a title has no room for more. */
const place = ({ places }: Finding): string => {
  const path = Array.from(visible(places[0]?.file ?? 'a file', 4_096));
  return path.length <= NAME_MAX ? path.join('') : `…${path.slice(1 - NAME_MAX).join('')}`;
};

const against =
  (name: string | Phrase, word: 'limit' | 'needs' | 'target has'): Phrase =>
  (finding) => {
    const said = typeof name === 'string' ? name : name(finding);
    const bound = finding.limit === null ? '' : `, ${word} ${number(finding.limit)}`;
    return `${said} ${amount(finding)}${bound}`;
  };
const budget: Phrase = ({ subject }) =>
  subject === 'tier' || subject === '' ? 'budget:' : `budget ${shortened(subject)}:`;
const of =
  (before: string, name: Phrase, behind = ''): Phrase =>
  (finding) =>
    `${before}${name(finding)}${behind}`;
const just =
  (text: string): Phrase =>
  () =>
    text;

const phrases: Readonly<Record<RuleId, Phrase>> = {
  'budget.bytes': against(budget, 'limit'),
  'budget.files': against(budget, 'limit'),
  'budget.lines': against(budget, 'limit'),
  'budget.longest-line': against('longest line', 'limit'),
  'budget.rolling': against('budget over time:', 'limit'),
  'budget.rolling-unknown': just('earlier spending is not known'),
  'change.empty': just('nothing to judge'),
  'change.incomplete': just('the change could not be measured whole'),
  'content.binary': of('', place, ' is binary'),
  'gate.base-tests-fail': of('', gate, ": the target's own tests fail"),
  'gate.base-unknown': of('', gate, ' measured nothing at the target'),
  'gate.below-base': against(gate, 'target has'),
  'gate.below-minimum': against(gate, 'needs'),
  'gate.contradiction': of('', gate, ': answers contradict'),
  'gate.could-not-start': of('', gate, ' could not start'),
  'gate.exit-code': of('', gate, ' ended with an error'),
  'gate.failed': of('', gate, ' failed'),
  'gate.fewer-tests': against(gate, 'needs'),
  'gate.missing': of('', gate, ' has no answer'),
  'gate.no-tests': of('', gate, ' ran no tests'),
  'gate.output-too-large': of('', gate, ' took too much'),
  'gate.skipped': of('', gate, ' is skipped'),
  'gate.timed-out': of('', gate, ' timed out'),
  'gate.unplanned-answer': of('unplanned answer for ', gate),
  'gate.unreadable': of('', gate, ' report cannot be read'),
  'gate.untrusted-evidence': of('', gate, ' evidence is not trusted'),
  'governance.change': of('people decide about ', files, ' of the law'),
  'governance.gate-edit': of('edits the gate itself: ', place),
  'governance.keys-edit': of('edits whose signatures count: ', place),
  'governance.mixed': just('law and code in one change'),
  'governance.spec-self-edit': of('edits its own ', spec),
  'governance.waiver-in-change': just('brings a waiver file'),
  'history.churn': against('written and taken back:', 'limit'),
  'history.commit-budget': against('one commit alone:', 'limit'),
  'history.commit-paths': of('history touches ', files, ' more'),
  'history.evil-merge': just('a merge brings edits of its own'),
  'history.forged-verdict': just('forged CAWS-VERDICT-ID'),
  'history.net-zero': just('lines written and taken back'),
  'history.paths-unknown': just('a commit with too many paths'),
  'history.signature-bad': just('a wrong commit signature'),
  'history.unsigned': just('commits without a signature'),
  'judge.absent': just('no opinion of a judge'),
  'judge.concern': just('a judge has a doubt'),
  'path.collision': just('two names that pass for one'),
  'path.control-plane': of('steers agents, git or CI: ', place),
  'path.protected': of('protected: ', place),
  'path.unportable': of('unportable name: ', place),
  'path.unsafe': of('unsafe name: ', place),
  'plea.diff-differs': just('change.diff is not what git says'),
  'plea.evidence-digest-differs': just('evidence is not what was pleaded'),
  'plea.hidden-text': just('hidden text in the plea'),
  'plea.unreadable': (finding) =>
    namesSpecs(finding) ? 'the plea names several specs' : 'the plea cannot be read',
  'policy.default-used': just('the shipped default policy is in force'),
  'policy.pattern-unreadable': just('a pattern of the law cannot be used'),
  'scope.excluded': of('', files, ' that scope.out excludes'),
  'scope.outside': of('', files, ' outside scope'),
  'scope.submodule': of('submodule ', place),
  'scope.symlink': of('symlink ', place),
  'scope.symlink-escapes': of('symlink leads out: ', place),
  'spec.conflict': just('specs are in conflict'),
  'spec.contracts-missing': of('', spec, ' names no contract'),
  'spec.expired': of('', spec, ' has ended'),
  'spec.incomplete': of('', spec, ' is incomplete'),
  'spec.manual-review': just('this tier needs the review of a person'),
  'spec.named-missing': of('', spec, ' is not on the target'),
  'spec.neighbour-unreadable': just('another spec cannot be read'),
  'spec.none': just('no spec covers this change'),
  'spec.not-active': of('', spec, ' is not active'),
  'spec.several': just('several specs cover this change'),
  'spec.stricter-touched': of('stricter ', spec, ' is touched'),
  'spec.superseded': ({ detail }) => `superseded: #${detail['pull'] ?? '?'} was accepted`,
  'spec.unreadable': just('the spec cannot be read'),
  'structure.check-exempted': of('code left out of a check: ', place),
  'structure.mass-deletion': against('deletions:', 'limit'),
  'structure.shadow': of('shadow file ', place),
  'structure.stub': of('stub in place of code: ', place),
  'structure.stub-added': of('stubs in ', files),
  'supply.git-attributes': of('changes what is shown: ', place),
  'supply.lifecycle-script': of('code on install: ', place),
  'supply.registry': of('another registry: ', place),
  'supply.remote-dependency': of('package from elsewhere: ', place),
  'supply.submodule-url': of('submodule from elsewhere: ', place),
  'supply.unreadable': of('cannot be read: ', place),
  'unicode.hidden': of('hidden characters in ', place),
  'unicode.homoglyph': of('look-alike letters in ', files),
  'unicode.line-end': of('unseen line ends in ', place),
  'waiver.break-glass': just('BREAK-GLASS'),
  'waiver.break-glass-not-counted': just('a break-glass that does not count'),
  'waiver.file-counted': just('a waiver file counts as approval'),
  'waiver.unreadable': just('a waiver cannot be read'),
  'workflow.head-checkout': of('workflow runs code of the head: ', place),
  'workflow.permissions': of('workflow asks for rights: ', place),
  'workflow.pipe-to-shell': of('workflow runs a remote script: ', place),
  'workflow.privileged-trigger': of('privileged trigger: ', place),
  'workflow.secrets-inherit': of('workflow hands out secrets: ', place),
  'workflow.self-hosted': of('own runner: ', place),
  'workflow.unpinned-action': of('action is not pinned: ', place),
  'workflow.unreadable': of('workflow cannot be read: ', place),
  'workflow.untrusted-expression': of('untrusted text in a script: ', place),
};
