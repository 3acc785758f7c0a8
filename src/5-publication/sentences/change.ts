/** What is said of a change as it was measured: its size, its names, its history and its letters. */
import type { Finding } from '../../caws/findings.ts';
import { incompleteWords } from '../incomplete-words.ts';
import { marked } from '../marked.ts';
import {
  about,
  commit,
  count,
  fact,
  files,
  limit,
  measured,
  named,
  placed,
  type Sentences,
  type Speak,
  said,
  throughBase,
} from './parts.ts';

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
const splitChange = 'Split the change, or move what it does not need into a change of its own.';
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

export const changeSentences: Sentences<
  'budget' | 'change' | 'content' | 'history' | 'path' | 'scope' | 'structure' | 'unicode'
> = {
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
};
