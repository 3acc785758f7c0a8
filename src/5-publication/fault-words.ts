/** What people are told when no verdict could be given: what happened, what was lost, what to do. */
import type { CaseFault } from '../4-verdict/judge.ts';
import type { DocumentFault } from '../caws/law.ts';
import { unreachable } from '../primitives.ts';
import { visible } from './escape.ts';
import type { KeyFault, LedgerFault, RepositoryFault } from './faults.ts';
import { groupDigits } from './quantity.ts';

/** Everything that can end a command without a verdict. */
export type AnyFault =
  | RepositoryFault
  | LedgerFault
  | KeyFault
  | CaseFault
  | { readonly kind: 'waiver-events-too-many'; readonly max: number }
  | { readonly kind: 'file-unreadable'; readonly file: string }
  | { readonly kind: 'out-exists'; readonly file: string }
  | { readonly kind: 'verdict-unknown'; readonly id: string }
  | { readonly kind: 'verdict-ambiguous'; readonly id: string; readonly found: readonly string[] }
  | { readonly kind: 'no-verdict-yet' }
  | { readonly kind: 'not-canonical' };

/** What kind of ending a fault is; each has its exit code. */
export type Ending = 'usage' | 'could-not-finish' | 'invalid-document' | 'ledger-broken';

interface FaultWords {
  readonly ending: Ending;
  readonly what: string;
  readonly next: string;
}

const nothingDecided = 'Nothing was decided, and nothing was lost.';

/** The fault as people read it, several lines, the last one with a line break; and how it ends. */
export function faultWords(fault: AnyFault): { readonly ending: Ending; readonly text: string } {
  const { ending, what, next } = wordsOf(fault);
  return { ending, text: `${what}\n${nothingDecided}\n${next}\n` };
}

const shown = (text: string): string => visible(text, 300);

function wordsOf(fault: AnyFault): FaultWords {
  switch (fault.kind) {
    case 'not-a-repository':
      return usage(
        `${shown(fault.directory)} is not in a git repository.`,
        'Go to one, or name it: arbiter -C DIR verify',
      );
    case 'git-missing':
      return stopped('git is not installed here.', 'Install git 2.39 or newer.');
    case 'git-too-old':
      return stopped(
        `git ${shown(fault.version)} is too old; the arbiter measures with ${fault.needed} or newer.`,
        'Update git.',
      );
    case 'unknown-revision':
      return usage(
        `There is no revision ${shown(fault.revision)} in this repository.`,
        fault.known.length === 0
          ? 'See what there is: git branch --all'
          : `Did you mean: ${fault.known.map((name) => shown(name)).join(', ')}?`,
      );
    case 'ambiguous-revision':
      return usage(
        `${shown(fault.revision)} names several commits: ${fault.candidates.map((name) => shown(name)).join(', ')}.`,
        'Name one of them in full.',
      );
    case 'no-default-branch':
      return usage(
        'There is no branch that this change would obviously merge into.',
        'Name the range: arbiter verify TARGET...HEAD',
      );
    case 'no-commits':
      return usage(
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
        `If you trust it: git config --global --add safe.directory ${shown(fault.directory)}`,
      );
    case 'law-unreadable':
      return {
        ending: 'invalid-document',
        what: `${shown(fault.file)} of the target cannot be taken as law: ${lawReason(fault)}.`,
        next: 'Mend it on the target branch.',
      };
    case 'index-unmerged':
      return usage('The index holds unmerged files.', 'Resolve them, then: git add FILE');
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
      return usage(
        `${shown(fault.base)} and ${shown(fault.head)} have no common history.`,
        'Name the branch that the change was made from.',
      );
    case 'empty-range':
      return usage(
        `There is nothing in ${shown(fault.head)} that ${shown(fault.base)} does not have.`,
        'Commit the change, or name another range: arbiter verify TARGET...HEAD',
      );
    case 'several-merge-bases':
      return stopped(
        `Target and head have several merge bases (${fault.bases.map((base) => base.slice(0, 12)).join(', ')}), so there is no one difference to judge.`,
        'Merge the target into the head once more.',
      );
    case 'object-missing':
      return stopped(
        `Object ${fault.object.slice(0, 12)} is missing from the repository.`,
        'Check it: git fsck; then fetch it again.',
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
    case 'law-invalid':
      return {
        ending: 'invalid-document',
        what: documentText(fault.document),
        next: 'Mend it on the target branch; check with: arbiter config validate',
      };
    case 'other-rules':
      return stopped(
        `The case was judged by rule set ${fault.needed}; this version has ${fault.have} and cannot answer for the other.`,
        'Replay it with the version that the record names.',
      );
    case 'waiver-events-too-many':
      return stopped(
        `The ledger holds more than ${groupDigits(fault.max)} waiver events; reading a part could miss a revocation.`,
        'Keep a ledger for each repository.',
      );
    case 'file-unreadable':
      return usage(`${shown(fault.file)} cannot be read.`, 'Check the name.');
    case 'out-exists':
      return usage(
        `${shown(fault.file)} cannot be made.`,
        'Name a folder that does not exist yet.',
      );
    case 'verdict-unknown':
      return usage(
        `There is no verdict ${shown(fault.id)} in this ledger.`,
        'See them: arbiter verdict list',
      );
    case 'verdict-ambiguous':
      return usage(
        `${shown(fault.id)} is the beginning of ${fault.found.length} verdicts.`,
        `Type more of it: ${fault.found.slice(0, 5).join(', ')}`,
      );
    case 'no-verdict-yet':
      return usage('The ledger holds no verdict yet.', 'Judge a change: arbiter verify');
    case 'not-canonical':
      return stopped(
        'The case holds text that has no canonical form.',
        'Please report this with the command you ran.',
      );
    default:
      return fault.kind.startsWith('ledger') ||
        fault.kind === 'head-moved' ||
        fault.kind === 'draft-refused'
        ? ledgerWords(fault as LedgerFault)
        : keyWords(fault as KeyFault);
  }
}

function lawReason(fault: Extract<RepositoryFault, { kind: 'law-unreadable' }>): string {
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

function ledgerWords(fault: LedgerFault): FaultWords {
  switch (fault.kind) {
    case 'ledger-missing':
      return usage('This repository has no ledger yet.', 'Judge a change first: arbiter verify');
    case 'ledger-unreadable':
      return stopped(
        `The ledger ${shown(fault.file)} cannot be read (${shown(fault.reason)}).`,
        'Check its owner and its disk, or restore a copy: arbiter ledger restore FILE',
      );
    case 'ledger-locked':
      return stopped(
        `Another process has held the ledger ${shown(fault.file)} for ${groupDigits(fault.waitedMs)} ms.`,
        'Try again when it is done.',
      );
    case 'ledger-broken':
      return broken(
        `The ledger ${shown(fault.file)} is broken at entry ${fault.sequence}: ${shown(fault.reason)}.`,
        'See all of it: arbiter ledger verify; then restore a copy: arbiter ledger restore FILE',
      );
    case 'ledger-rolled-back':
      return broken(
        `The ledger ${shown(fault.file)} ends at entry ${fault.has}, but ${shown(fault.where)} has seen entry ${fault.anchor}: it is an older copy, or its end was cut off.`,
        'Bring back the newer one: arbiter ledger restore FILE',
      );
    case 'ledger-full':
      return stopped(
        `The disk of ${shown(fault.file)} is full (${shown(fault.reason)}); the verdict could not be recorded and is not announced.`,
        'Make room and run the command again.',
      );
    case 'ledger-unsafe':
      return stopped(
        `The ledger ${shown(fault.file)} is not used: ${shown(fault.reason)}.`,
        'Make it an ordinary file that only you can write.',
      );
    case 'ledger-not-writable':
      return stopped(
        `The ledger ${shown(fault.file)} cannot be written (${shown(fault.reason)}).`,
        'Check its owner and permissions.',
      );
    case 'ledger-newer':
      return stopped(
        `The ledger ${shown(fault.file)} was written by a newer version (format ${fault.version}; this one knows ${fault.supported}).`,
        'Update caws-arbiter.',
      );
    case 'draft-refused':
      return stopped(
        `The ledger refused the entry: ${shown(fault.reason)}.`,
        'Please report this.',
      );
    case 'head-moved':
      return stopped(
        `Another writer appended meanwhile (expected entry ${fault.expected}, found ${fault.found}).`,
        'Run the command again.',
      );
    default:
      return unreachable(fault);
  }
}

function keyWords(fault: KeyFault): FaultWords {
  const where = shown(fault.where);
  switch (fault.kind) {
    case 'key-missing':
      return stopped(`There is no key at ${where}.`, 'Make one: arbiter keys create');
    case 'key-unsafe':
      return stopped(
        `The key ${where} is not used: ${shown(fault.reason)}.`,
        `Make it yours alone: chmod 600 ${where}`,
      );
    case 'key-unreadable':
      return stopped(
        `The key ${where} cannot be read (${shown(fault.reason)}).`,
        'Check the file.',
      );
    case 'key-malformed':
    case 'key-wrong-type':
      return stopped(
        `${where} is not an Ed25519 private key in PEM (found: ${shown(fault.found)}).`,
        'Make one: arbiter keys create',
      );
    case 'passphrase-missing':
      return stopped(
        `The key ${where} is encrypted.`,
        'Set CAWS_ARBITER_KEY_PASSPHRASE in the environment.',
      );
    case 'passphrase-wrong':
      return stopped(`The passphrase does not open the key ${where}.`, 'Check it.');
    case 'two-keys-named':
      return usage(`Two keys are named: ${where} and ${shown(fault.other)}.`, 'Name one.');
    case 'key-exists':
      return usage(
        `${where} holds key ${fault.keyId.slice(0, 12)} already; it is not overwritten.`,
        'Use it, or make a successor: arbiter keys rotate',
      );
    default:
      return unreachable(fault);
  }
}

/** Every problem of a document with its place and what to do. */
export function documentText({ file, problems }: DocumentFault): string {
  const lines = problems.map(({ line, column, message, hint }) => {
    const at = [shown(file), line, column].filter((part) => part !== null).join(':');
    return `${at}  ${shown(message)}${hint === '' ? '' : `\n    ${shown(hint)}`}`;
  });
  return lines.length === 0 ? `${shown(file)} cannot be read.` : lines.join('\n');
}

const usage = (what: string, next: string): FaultWords => ({ ending: 'usage', what, next });
const stopped = (what: string, next: string): FaultWords => ({
  ending: 'could-not-finish',
  what,
  next,
});
const broken = (what: string, next: string): FaultWords => ({
  ending: 'ledger-broken',
  what,
  next,
});
