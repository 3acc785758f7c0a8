/**
 * What the arbiter says of each rule: what was found, and the way out. A rule without words does not
 * compile. Texts that come from the change are made visible before they stand in a sentence.
 */
import type { Finding, Quantity } from '../caws/findings.ts';
import type { RuleId } from '../caws/rules.ts';
import { glassIgnoredReason } from './break-glass-reasons.ts';
import { diffMismatchText } from './diff-words.ts';
import { visible } from './escape.ts';
import { incompleteWords } from './incomplete-words.ts';
import { abstentionText } from './judge-words.ts';
import { type Marked, marked, plain } from './marked.ts';
import { exactText, quantityText } from './quantity.ts';
import type { Words } from './words.ts';

type Speak = (finding: Finding) => Words<Marked>;

/** @returns the words of a finding, whatever its fields hold. */
export function wordsOf(finding: Finding): Words {
  const { says, fix } = markedWordsOf(finding);
  return { says: plain(says), fix: plain(fix) };
}

/** The same words, with names of the change and commands set apart for faces that show them so. */
export function markedWordsOf(finding: Finding): Words<Marked> {
  return sentences[finding.rule](finding);
}

/** Rounded, unless what was measured and its limit would read the same. */
const amount = (value: Quantity, other: Quantity | null): string => {
  const text = quantityText(value);
  const hidesMore = other !== null && other.value !== value.value && quantityText(other) === text;
  return hidesMore ? exactText(value) : text;
};
const measured = ({ measured: value, limit: other }: Finding): string =>
  value === null ? 'an unknown amount' : amount(value, other);
const limit = ({ limit: value, measured: other }: Finding): string =>
  value === null ? 'nothing' : amount(value, other);
const about = ({ subject }: Finding): Marked => marked(visible(subject));
const fact = ({ detail }: Finding, key: string): string => visible(String(detail[key] ?? ''));
/** A fact that is a name or a pattern, to be read letter by letter. */
const named = (finding: Finding, key: string): Marked => marked(fact(finding, key));
const commit = (finding: Finding): Marked => marked(fact(finding, 'commit').slice(0, 12));
const numbered = (finding: Finding): Marked =>
  fact(finding, 'pull') === '' ? '' : ` ${marked(`#${fact(finding, 'pull')}`)}`;
const files = ({ placesTotal }: Finding): string =>
  placesTotal === 1 ? '1 file' : `${placesTotal} files`;
/** `1 commit`, `3 commits`: a number that stands in the details. */
const count = (finding: Finding, key: string, word: string): string =>
  `${fact(finding, key) || 'some'} ${word}${fact(finding, key) === '1' ? '' : 's'}`;
const placed = ({ places: [first] }: Finding): Marked =>
  first === undefined ? 'a file' : marked(visible(first.file));

/** Whether a plea is understood, and says two things. */
export const namesSpecs = (finding: Finding): boolean =>
  fact(finding, 'because').startsWith('names the specs ');

/** Whose budget it is: the tier's, a path's, or that of excluded files. */
const budget = (finding: Finding): string => {
  const { subject } = finding;
  if (subject === 'tier' || subject === '') return `tier ${fact(finding, 'tier') || 'budget'}`;
  return subject === 'excluded' ? 'excluded files' : `budget ${about(finding)}`;
};

const ownLines: Speak = (f) => ({
  says: `${count(f, 'commits', 'merge')} of the change brought ${measured(f)} beyond what merging gives: ${commit(f)}.`,
  fix: 'Make the merge plain and put the edits into a commit that shows them.',
});
/** What counts of a merge that git cannot make need be no edit of its own: it may be plain all the same. */
const untriedMerges: Speak = (f) => ({
  says:
    fact(f, 'untried') === fact(f, 'commits')
      ? `Git cannot make ${count(f, 'untried', 'merge')} of the change again (a conflict, no common history or too many parents), so that all counts that differs from a parent: ${measured(f)}, ${commit(f)}.`
      : `${count(f, 'commits', 'merge')} of the change ${fact(f, 'commits') === '1' ? 'counts' : 'count'} with ${measured(f)} beyond what merging gives: ${commit(f)}. Git cannot make ${fact(f, 'untried')} of them again, where all counts that differs from a parent.`,
  fix: 'Merge one branch after the other, so that each merge can be made again and shows what it adds.',
});

const pleaPlace = ({ places: [first] }: Finding): Marked =>
  first === undefined
    ? ''
    : ` at ${marked([visible(first.file), first.line, first.column].filter((part) => part !== null).join(':'))}`;
/** A body is read again when it is edited; a file has to be named again. */
const mendPlea = ({ places: [first] }: Finding): Marked =>
  first?.file === 'pull request body'
    ? `Mend the ${marked('caws-plea')} block of the body, or take it out; it is judged again then.`
    : `Mend it there, then: ${marked('arbiter verify --plea FILE')}; or leave it out.`;

const splitChange = 'Split the change, or move what it does not need into a change of its own.';
const throughBase = 'Change it on the target branch first, in a change of its own.';
const overBudget =
  (what: string): Speak =>
  (finding) => ({
    says: `The change ${what} ${measured(finding)}; ${budget(finding)} allows ${limit(finding)}.`,
    fix: splitChange,
  });
/** Both numbers, and which of them the policy counts. */
const linesBeside = (finding: Finding): string => {
  const [added, deleted] = [fact(finding, 'added'), fact(finding, 'deleted')];
  if (added === '' || deleted === '') return '';
  const word = fact(finding, 'counted') === 'added' ? ' added' : '';
  return `${word} (+${added} −${deleted})`;
};
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
/** Why, in brackets; of digests and object names the first twelve digits, the record has the rest. */
/** Long digests are as sure with twelve digits, and are read letter by letter. */
const shortened = (text: string): Marked =>
  text.replaceAll(/\b((?:sha256:)?[0-9a-f]{12})[0-9a-f]{28,}\b/g, marked('$1'));
const because = (finding: Finding): string => {
  const why = shortened(fact(finding, 'because'));
  return why === '' ? '' : ` (${why})`;
};
const said =
  (says: (finding: Finding) => string, fix: string): Speak =>
  (finding) => ({ says: says(finding), fix });

/** `scope.in of WORK-001 (src/)`; of several specs the names. */
const scopeText = (finding: Finding): string => {
  const [within, without] = [fact(finding, 'in'), fact(finding, 'out')];
  const left = without === '' ? '' : `, less ${marked(without)}`;
  const bounds = within === '' ? '' : ` (${marked(within)}${left})`;
  return `${marked('scope.in')} of ${named(finding, 'active')}${bounds}`;
};
/** The first step where active specs leave the change out; which command then judges again depends on the place. */
export const widenScope = (finding: Finding): Marked => {
  const file = fact(finding, 'file') === '' ? 'one of them' : named(finding, 'file');
  const edit =
    fact(finding, 'out') === ''
      ? `add what is to be touched to ${marked('scope.in')}`
      : `take what is to be touched out of ${marked('scope.out')}`;
  return `In a change of its own to the target branch, ${edit} of ${file}; then:`;
};

const sentences: Readonly<Record<RuleId, Speak>> = {
  'budget.bytes': overBudget('adds'),
  'budget.files': overBudget('touches'),
  'budget.lines': said(
    (f) => `The change counts ${measured(f)}${linesBeside(f)}; ${budget(f)} allows ${limit(f)}.`,
    splitChange,
  ),
  'budget.longest-line': said(
    (f) => `The longest added line has ${measured(f)}; ${budget(f)} allows ${limit(f)}.`,
    'Break the line, or leave generated and minified files to the excluded paths of the policy.',
  ),
  'budget.rolling': said(
    (f) =>
      `With this change, spec ${named(f, 'spec')} has spent ${measured(f)} in ${count(f, 'days', 'day')} over ${count(f, 'changes', 'change')}; the policy allows ${limit(f)}.`,
    'Wait until older changes leave the window, or have people look at the series as a whole.',
  ),
  'budget.rolling-unknown': said(
    (f) =>
      `The policy sums changes of spec ${about(f)} over ${count(f, 'days', 'day')}, and the earlier ones are not known here.`,
    'Run the arbiter where its ledger is, or give the history with it.',
  ),
  'change.empty': said(
    () => 'There is nothing between the target and the head.',
    'Commit the change, or name another range.',
  ),
  'change.incomplete': incompleteWords,
  'content.binary': said(
    (f) => `${placed(f)} is binary under a name that does not say so, and nobody can read it.`,
    'Write it as UTF-8 text, give it the name of what it is, or have people decide.',
  ),
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
    'Check that its command exists on this machine.',
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
  'governance.change': said(
    (f) => `The change edits ${files(f)} of the law itself, which people decide.`,
    'Have the approvers of the policy look at these very files.',
  ),
  'governance.gate-edit': said(
    (f) => `The change edits the gate that judges changes: ${placed(f)}.`,
    'Have the approvers of the policy look at these very files.',
  ),
  'governance.keys-edit': said(
    (f) => `The change edits whose signatures count: ${placed(f)}.`,
    'Have the approvers of the policy look at these very files.',
  ),
  'governance.mixed': said(
    (f) =>
      `The change edits the law and ${count(f, 'code', 'other file')} at once; the policy forbids that (${marked('policy_and_code_same_pr')}).`,
    `Put the edits of ${marked('.caws')} into a change of their own: ${marked('git restore --source=TARGET -- .caws')}`,
  ),
  'governance.spec-self-edit': said(
    (f) =>
      `The change edits spec ${about(f)}, the one that binds it; it is judged by the spec of the target.`,
    'Land the spec first, in a change of its own.',
  ),
  'governance.waiver-in-change': said(
    () => 'The change brings a waiver file; it grants nothing to this change.',
    `Ask for a waiver: ${marked('arbiter waiver request GATE --reason "…" --expires 7d')}`,
  ),
  'history.churn': said(
    (f) =>
      `Over its ${count(f, 'commits', 'commit')} the change wrote and took back ${measured(f)}; the budget is ${limit(f)}.`,
    'Squash what was written and taken back, so that history holds only what is meant to land.',
  ),
  'history.commit-budget': said(
    (f) =>
      `Commit ${commit(f)} alone has ${measured(f)}; the budget is ${limit(f)}${fact(f, 'commits') === '1' ? '' : `, and ${count(f, 'commits', 'commit')} go over it`}.`,
    'Rebase so that no single commit is larger than the budget.',
  ),
  'history.commit-paths': said(
    (f) => `Commits of the change touch ${files(f)} that the net difference does not show.`,
    `Rebase so that history does not carry what does not land: ${marked('git rebase --interactive TARGET')}`,
  ),
  'history.evil-merge': (f) => (fact(f, 'untried') === '' ? ownLines(f) : untriedMerges(f)),
  'history.forged-verdict': said(
    (f) =>
      `Commit ${commit(f)} carries a ${marked('CAWS-VERDICT-ID')}; only the arbiter writes it.`,
    `Take the trailer out of the message: ${marked('git rebase --interactive TARGET')}, then reword.`,
  ),
  'history.net-zero': said(
    (f) =>
      `${measured(f)} ${f.measured?.value === 1 ? 'was' : 'were'} written and taken back within the change; the net difference does not show them.`,
    'Squash, if the history is not meant to be kept.',
  ),
  'history.paths-unknown': said(
    (f) => `Commit ${commit(f)} touches more paths than are read, so its history is not known.`,
    'Split the commit.',
  ),
  'history.signature-bad': said(
    (f) => `The signature of commit ${commit(f)} is wrong.`,
    `Sign it again: ${marked('git rebase --exec "git commit --amend --no-edit -S" TARGET')}`,
  ),
  'history.unsigned': said(
    (f) =>
      `${measured(f)} carry no signature that ${marked('.caws/allowed_signers')} of the target establishes.`,
    `Sign them: ${marked('git rebase --exec "git commit --amend --no-edit -S" TARGET')}`,
  ),
  'judge.absent': said(
    (f) =>
      `The policy requires a judge's opinion, and there is none: ${abstentionText(fact(f, 'because'))}.`,
    'Run it again where a licensed judge answers, or have people look at the change.',
  ),
  'judge.concern': said(
    (f) =>
      `A judge would rather leave the base as it is: the change does not meet ${fact(f, 'checks') || 'a check'}, shown by ${fact(f, 'shown') || 'what it cites'}.`,
    `Look at what it names; what each check asks stands in ${marked('policies/judge/caws-judge-1.yaml')}. A judge can be wrong: people decide, and approve it if it is.`,
  ),
  'path.collision': said(
    (f) =>
      `${named(f, 'one')} and ${named(f, 'other')} are one file on some systems, or read alike.`,
    'Give them names that differ in more than case, accents or letters that look alike.',
  ),
  'path.control-plane': said(
    (f) =>
      `The change touches ${placed(f)}, which steers agents, git or CI (${named(f, 'pattern')}).`,
    'Put it into a change of its own that people look at.',
  ),
  'path.protected': said(
    (f) => `The change touches ${placed(f)}, which the policy protects (${named(f, 'pattern')}).`,
    'Leave it out, or have people decide about these very files.',
  ),
  'path.unportable': said(
    (f) => `The name of ${placed(f)} means something else on another system (${about(f)}).`,
    'Rename the file.',
  ),
  'path.unsafe': (f) =>
    f.subject === 'held-twice'
      ? {
          says: `The tree of the head holds ${placed(f)} more than once; which of them a checkout shows is chance.`,
          fix: `Have git write the tree: check it out, then ${marked('git add -A')} and commit.`,
        }
      : {
          says: `The name ${placed(f)} hides what it is (${about(f)}).`,
          fix: 'Rename the file to plain characters.',
        },
  'plea.diff-differs': said(
    (f) =>
      `The change.diff of the plea is not what git says of ${placed(f)}: ${shortened(diffMismatchText(String(f.detail['because'] ?? '')))}.`,
    `Write it from git: ${marked('git diff TARGET...HEAD > change.diff')}`,
  ),
  'plea.evidence-digest-differs': said(
    (f) => `Evidence ${about(f)} is not the file that was pleaded${because(f)}.`,
    'Plead the report that was really produced, with its own digest.',
  ),
  'plea.hidden-text': said(
    (f) => `The plea holds characters that nobody sees (${fact(f, 'codePoints') || about(f)}).`,
    'Write it in plain text.',
  ),
  'plea.unreadable': (f) =>
    namesSpecs(f)
      ? {
          says: `The plea ${fact(f, 'because')}; a change is for one.`,
          fix: `Keep one line ${marked('CAWS-SPEC: ID')}, or one spec in the plea, and make a change of its own for the other.`,
        }
      : {
          says: `The plea cannot be read${pleaPlace(f)}${because(f)}.`,
          fix: `A plea is YAML: ${marked('version: 1')}, and what you plead of ${marked('spec: ID')}, ${marked('rationale: [{ id: C1, text: … }]')}, ${marked('evidence: [{ name: …, file: …, digest: "sha256:…" }]')} and ${marked('change_diff: FILE')}. ${mendPlea(f)}`,
        },
  'policy.default-used': said(
    () => 'The target has no policy of its own; the shipped default is in force.',
    `Write one: ${marked('arbiter init')}`,
  ),
  'policy.pattern-unreadable': said(
    (f) =>
      `The pattern ${named(f, 'pattern')} of ${about(f)} cannot be used (${fact(f, 'because')}).`,
    `${throughBase} Check it with: ${marked('arbiter config validate')}`,
  ),
  'scope.excluded': said(
    (f) => `${files(f)} that the spec's ${marked('scope.out')} excludes: ${placed(f)}.`,
    `Take them out of the change: ${marked('git restore --source=TARGET -- FILE')}`,
  ),
  'scope.outside': said(
    (f) => `${files(f)} outside the spec's scope: ${placed(f)}.`,
    `Take what is outside out of the change, or widen ${marked('scope.in')}. ${throughBase}`,
  ),
  'scope.submodule': said(
    (f) => `The change moves submodule ${placed(f)}; what it brings is not part of this change.`,
    'Have people look at what the submodule brings.',
  ),
  'scope.symlink': said(
    (f) => `The change brings a symlink: ${placed(f)}.`,
    'Use a file, or have people decide about the link.',
  ),
  'scope.symlink-escapes': said(
    (f) => `The symlink ${placed(f)} leaves the repository or opens a guarded path.`,
    'Take the link out.',
  ),
  'spec.conflict': said(
    (f) =>
      ({
        'two-names': `The change names several specs: ${named(f, 'between')}.`,
        'duplicate-id': `One spec id stands in several files of the target: ${named(f, 'between')}.`,
        'file-under-several': `A file falls under several named specs: ${named(f, 'between')}.`,
      })[f.subject] ?? `Specs are in conflict: ${named(f, 'between')}.`,
    `Let one spec bind the change: ${marked('arbiter verify --spec ID')}, or one ${marked('CAWS-SPEC')} trailer.`,
  ),
  'spec.contracts-missing': said(
    (f) => `Spec ${about(f)} is tier ${fact(f, 'tier')} and names no contract.`,
    `Name at least one under contracts. ${throughBase}`,
  ),
  'spec.expired': said(
    (f) => `Spec ${about(f)} was an experiment until ${fact(f, 'until')}.`,
    `Give it a new end or make it a proper spec. ${throughBase}`,
  ),
  'spec.incomplete': said(
    (f) => `Spec ${about(f)} lacks ${fact(f, 'missing')}.`,
    `Complete it. ${throughBase}`,
  ),
  'spec.manual-review': said(
    () => 'Changes of this tier need the review of a person.',
    'Have the approvers of the policy look at these very files.',
  ),
  'spec.named-missing': said(
    (f) => `The target has no spec ${about(f)}. It has: ${named(f, 'known') || 'none'}.`,
    `Name one of them, or land the spec first. ${throughBase}`,
  ),
  'spec.neighbour-unreadable': said(
    (f) =>
      `${placed(f)} of the target cannot be read${because(f)}, and might have bound this change.`,
    `Mend it on the target: ${marked('arbiter config validate')}`,
  ),
  'spec.none': (f) => ({
    says:
      fact(f, 'active') === ''
        ? 'No working spec of the target is active, and without a spec nothing passes.'
        : `No active spec of the target covers this change: it touches nothing within ${scopeText(f)}.`,
    fix:
      fact(f, 'active') === ''
        ? `Land a spec first (${marked('arbiter init')} writes one), or name it: ${marked('arbiter verify --spec ID')}`
        : `${widenScope(f)} ${marked('arbiter verify')}`,
  }),
  'spec.not-active': said(
    (f) => `Spec ${about(f)} is ${fact(f, 'lifecycle')}, not active.`,
    `Make it active. ${throughBase}`,
  ),
  'spec.several': said(
    (f) => `Several specs cover this change: ${named(f, 'candidates')}.`,
    `Name the one that binds it: ${marked('arbiter verify --spec ID')}, or a ${marked('CAWS-SPEC')} trailer.`,
  ),
  'spec.stricter-touched': said(
    (f) =>
      `The change also touches what spec ${about(f)} (tier ${fact(f, 'tier')}) covers more strictly.`,
    'Split the change, so that each part stands under its own spec.',
  ),
  'spec.superseded': (f) => {
    const [number, head] = [numbered(f), fact(f, 'head').slice(0, 12)];
    const at = head === '' ? '' : ` at ${marked(head)}`;
    const by = fact(f, 'by') === '' ? '' : ` by ${named(f, 'by')}`;
    const entry = fact(f, 'entry') === '' ? '' : ` (entry ${fact(f, 'entry')} of the ledger)`;
    return {
      says: `Pull request${number} was accepted for spec ${about(f)}${at}${by}${entry}, so this one is superseded.`,
      fix: `Nothing of this change is to be mended. It is judged without this again as soon as pull request${number} is merged, closed or changed, or whoever may write here comments there: ${marked('/caws unaccept')}`,
    };
  },
  'spec.unreadable': said(
    (f) => `The spec cannot be read: ${placed(f)}${because(f)}.`,
    `Mend it on the target: ${marked('arbiter config validate')}`,
  ),
  'structure.check-exempted': said(
    (f) =>
      `The change adds comments that keep code out of coverage, mutation, lint, types or scans: ${placed(f)}.`,
    'Take them out and let the checks see the code, or say in the change why it cannot be checked.',
  ),
  'structure.mass-deletion': said(
    (f) => `The change deletes ${measured(f)}; the budget is ${limit(f)}.`,
    'Delete in changes of their own, so that each can be looked at.',
  ),
  'structure.shadow': said(
    (f) => `${named(f, 'made')} stands beside ${named(f, 'beside')} instead of replacing it.`,
    'Edit the file itself; git keeps the old one.',
  ),
  'structure.stub': said(
    (f) => `Code of ${files(f)} is replaced by a stub: ${placed(f)}.`,
    'Write what the stub stands for, or bring the code back.',
  ),
  'structure.stub-added': said(
    (f) => `The change leaves stubs or notes to finish later in ${files(f)}.`,
    'Finish them, or track them where they will be seen.',
  ),
  'supply.git-attributes': said(
    (f) =>
      `${placed(f)} changes what git and reviewers are shown. The measuring ignores it; people should not.`,
    'Put it into a change of its own.',
  ),
  'supply.lifecycle-script': said(
    (f) => `${placed(f)} runs code on install that it did not run before (${about(f)}).`,
    'Leave the script out, or have people decide.',
  ),
  'supply.registry': said(
    (f) => `${placed(f)} changes where packages come from.`,
    'Leave it out, or have people decide.',
  ),
  'supply.remote-dependency': said(
    (f) => `${placed(f)} takes a package from outside the registry (${about(f)}).`,
    'Take it from the registry, or have people decide.',
  ),
  'supply.submodule-url': said(
    (f) => `${placed(f)} changes where a submodule comes from.`,
    'Leave it out, or have people decide.',
  ),
  'supply.unreadable': said(
    (f) => `${placed(f)} cannot be read, so what it installs is not known.`,
    'Write it so that its own tool can read it.',
  ),
  'unicode.hidden': said(
    (f) => `The change holds characters that nobody sees: ${fact(f, 'codePoints') || about(f)}.`,
    'Write them as escapes, or take them out.',
  ),
  'unicode.homoglyph': said(
    (f) =>
      `${files(f)} ${f.placesTotal === 1 ? 'mixes' : 'mix'} letters that look alike but are not the same.`,
    'Write each word in one alphabet.',
  ),
  'unicode.line-end': said(
    (f) =>
      `${placed(f)} ends lines where many a reader sees no end: ${fact(f, 'codePoints') || about(f)}.`,
    'End lines with LF or CRLF and write such characters as escapes, or have people decide.',
  ),
  'waiver.break-glass': said(
    (f) =>
      `BREAK-GLASS ${about(f)}: ${named(f, 'by')} alone let ${measured(f)} of this head through until ${fact(f, 'until')}, for this reason: ${fact(f, 'reason')}`,
    `Have another maintainer review it afterwards: ${marked('arbiter waiver review ID --reason "…" --key FILE')}`,
  ),
  'waiver.break-glass-not-counted': said(
    (f) =>
      `Break-glass ${about(f) || 'event'} counts for nothing: it ${glassIgnoredReason(fact(f, 'because'))}${fact(f, 'field') === '' ? '' : ` (${fact(f, 'field')})`}.${fact(f, 'more') === '' ? '' : ` And ${fact(f, 'more')} more count for nothing.`}`,
    `Nothing to do where the emergency is over; else: ${marked('arbiter waiver break-glass --verdict ID --reason "…" --expires 60m')}`,
  ),
  'waiver.file-counted': said(
    (f) =>
      `Waiver file ${about(f)} of the target counts as an approval, because the policy says so.`,
    `Nothing to do; a signed approval says more: ${marked('arbiter waiver request GATE')}`,
  ),
  'waiver.unreadable': said(
    (f) => `Waiver ${placed(f)} cannot be read${because(f)} and covers nothing.`,
    `Mend it on the target: ${marked('arbiter config validate')}`,
  ),
  'workflow.head-checkout': said(
    (f) => `${placed(f)} checks out the head of a pull request with the rights of the target.`,
    'Do not run code of a pull request under a privileged trigger.',
  ),
  'workflow.permissions': said(
    (f) => `${placed(f)} asks for rights it did not have (${about(f)}).`,
    'Ask for the least that the job needs, or have people decide.',
  ),
  'workflow.pipe-to-shell': said(
    (f) => `${placed(f)} runs a script straight from the network.`,
    'Pin what is fetched by its digest.',
  ),
  'workflow.privileged-trigger': said(
    (f) => `${placed(f)} starts on ${about(f)}, which runs with the rights of the target.`,
    'Use pull_request, or have people decide.',
  ),
  'workflow.secrets-inherit': said(
    (f) => `${placed(f)} hands every secret to another workflow.`,
    'Hand over the secrets that are needed, by name.',
  ),
  'workflow.self-hosted': said(
    (f) => `${placed(f)} runs on a machine of your own.`,
    'Keep code of pull requests off own runners, or have people decide.',
  ),
  'workflow.unpinned-action': said(
    (f) => `${placed(f)} uses an action that is not pinned to a commit (${about(f)}).`,
    'Pin it to the full commit SHA.',
  ),
  'workflow.unreadable': said(
    (f) => `${placed(f)} cannot be read as a workflow${because(f)}.`,
    'Write it so that it can be read; what cannot be read is not passed.',
  ),
  'workflow.untrusted-expression': said(
    (f) => `${placed(f)} puts text of a pull request into a script (${about(f)}).`,
    'Hand it over in an environment variable.',
  ),
};
