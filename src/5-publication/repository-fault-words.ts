import { unreachable } from '../primitives.ts';
import { type FaultWords, misused, stopped, unread } from './ending.ts';
import { shellWord, visible } from './escape.ts';
import type { RepositoryFault } from './faults.ts';
import { groupDigits } from './quantity.ts';

const shown = (text: string): string => visible(text, 300);
/** A name as it was given; of a commit's full name the first twelve digits. */
const commit = (name: string): string =>
  shown(/^[0-9a-f]{40,64}$/.test(name) ? name.slice(0, 12) : name);

/** What stood between the arbiter and a measured change. */
export function repositoryWords(fault: RepositoryFault): FaultWords {
  switch (fault.kind) {
    case 'not-a-repository':
      return misused(
        `${shown(fault.directory)} is not in a git repository.`,
        'Go to one, or name it before the command: arbiter -C DIR verify',
      );
    case 'git-missing':
      return stopped('git is not installed, or not in PATH.', 'Install git 2.39 or newer.');
    case 'git-too-old':
      return stopped(
        `git ${shown(fault.version)} is too old; the arbiter measures with ${fault.needed} or newer.`,
        'Update git.',
      );
    case 'unknown-revision':
      return misused(
        `There is no revision ${shown(fault.revision)} in this repository.`,
        fault.known.length === 0
          ? 'See what there is: git branch --all'
          : `Did you mean: ${fault.known.map((name) => shown(name)).join(', ')}?`,
      );
    case 'ambiguous-revision':
      return misused(
        `${shown(fault.revision)} names several commits: ${fault.candidates.map((name) => shown(name)).join(', ')}.`,
        'Name one of them in full.',
      );
    case 'no-default-branch':
      return misused(
        'There is no branch that this change would obviously merge into.',
        'Name the range: arbiter verify TARGET...HEAD',
      );
    case 'no-commits':
      return misused(
        'The repository has no commit yet.',
        'Make one; then there is something to judge.',
      );
    case 'shallow':
      return stopped(
        'The history is cut off (a shallow clone), so the change cannot be measured whole.',
        'Fetch the rest: git fetch --unshallow',
      );
    case 'not-owned':
      return stopped(
        `git refuses ${shown(fault.directory)}, because it belongs to another user.`,
        `If you trust it: git config --global --add safe.directory ${shellWord(shown(fault.directory))}`,
      );
    case 'law-unreadable':
      return unread(
        `${shown(fault.file)} of the target cannot be taken as law: ${lawReason(fault)}.`,
        'Mend it on the target branch.',
      );
    case 'index-unmerged':
      return misused('The index holds unmerged files.', 'Resolve them, then: git add FILE');
    case 'scratch-unwritable':
      return stopped(
        `Measuring needs a folder for a few files, and ${shown(fault.directory)} cannot be written (${shown(fault.reason)}).`,
        'Make it writable, or set TMPDIR to a folder that is.',
      );
    case 'partial-clone':
      return stopped(
        `Object ${fault.object.slice(0, 12)} is not in this partial clone, and the arbiter fetches nothing.`,
        'Fetch everything: git fetch --refetch --filter=blob:limit=10g',
      );
    case 'unrelated-histories':
      return misused(
        `${commit(fault.base)} and ${commit(fault.head)} have no common history.`,
        'Name the branch that the change was made from: arbiter verify TARGET...HEAD',
      );
    case 'empty-range':
      return misused(
        fault.head === fault.base
          ? `The head is the target itself (${commit(fault.head)}): there is no change yet.`
          : `There is nothing in ${commit(fault.head)} that ${commit(fault.base)} does not have.`,
        'Commit the change on a branch of its own (git switch -c NAME), or name another range: arbiter verify TARGET...HEAD',
      );
    case 'nothing-staged':
      return misused(
        `Nothing is staged that ${commit(fault.base)} does not have.`,
        'Stage the change: git add FILE; then: arbiter check --staged',
      );
    case 'several-merge-bases':
      return stopped(
        `Target and head have several merge bases (${fault.bases.map((base) => base.slice(0, 12)).join(', ')}), so there is no one difference to judge.`,
        'Merge the target into the head once more: git merge TARGET',
      );
    case 'object-missing':
      return stopped(
        `Object ${fault.object.slice(0, 12)} is missing from the repository.`,
        'Check it: git fsck; then fetch it again. A clone that borrows objects (.git/objects/info/alternates) needs the repository that it borrows from.',
      );
    case 'timed-out':
      return stopped(
        `git did not finish in ${groupDigits(fault.limitMs)} ms (${shown(fault.doing)}).`,
        'Try again; if it repeats, split the change.',
      );
    case 'git-failed':
      return stopped(
        `git failed (${shown(fault.doing)}): ${shown(fault.stderr)}`,
        'Check the repository: git fsck',
      );
    default:
      return unreachable(fault);
  }
}

export function lawReason(fault: Extract<RepositoryFault, { kind: 'law-unreadable' }>): string {
  const limit = fault.limit === null ? '' : ` (at most ${groupDigits(fault.limit)})`;
  switch (fault.reason) {
    case 'symlink':
      return 'it is a symlink';
    case 'submodule':
      return 'it is a submodule';
    case 'not-utf-8':
      return 'it is not UTF-8';
    case 'too-large':
      return `it is too large${limit}`;
    case 'too-many':
      return `there are too many of them${limit}`;
    case 'twice':
      return 'it stands there twice';
    default:
      return unreachable(fault.reason);
  }
}
