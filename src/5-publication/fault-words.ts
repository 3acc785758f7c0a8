/** What people are told when no verdict could be given: what happened, what was lost, what to do. */
import type { GateLost, GateRunning } from '../3-deliberation/deliberation.ts';
import type { CaseFault } from '../4-verdict/hearing.ts';
import type { DocumentFault } from '../caws/law.ts';
import type { RosterFault } from '../models/faults.ts';
import type { QueueFault } from '../models/orchestration/faults.ts';
import { unreachable } from '../primitives.ts';
import { type ArbitrationRefused, arbitrationFaultWords } from './arbitration-faults.ts';
import { type BenchFault, benchWords } from './bench-words.ts';
import { type Ending, type FaultWords, misused, stopped, unread } from './ending.ts';
import { shellWord, visible } from './escape.ts';
import type {
  CopyFault,
  KeyFault,
  LedgerFault,
  OrganizationLawUnreadable,
  ReportUnread,
  RepositoryFault,
  UsageFault,
} from './faults.ts';
import type { LicenceFault, SeatFault } from './judge-faults.ts';
import { seatWords } from './judge-words.ts';
import { keyWords } from './key-fault-words.ts';
import { ledgerWords } from './ledger-fault-words.ts';
import { modelWords } from './model-fault-words.ts';
import type { DaemonFault, ModelFault } from './model-faults.ts';
import { counted, groupDigits } from './quantity.ts';
import { type RemoteFault, remoteWords } from './remote-words.ts';
import { lawReason, repositoryWords } from './repository-fault-words.ts';
import { type RoutingFault, routingWords } from './routing-fault-words.ts';
import { queueWords } from './task-fault-words.ts';
import { usageWords } from './usage-fault-words.ts';
import { weightsWords } from './weights-words.ts';

/** A file that was named on the command line. */
export interface FileUnreadable {
  readonly kind: 'file-unreadable';
  readonly file: string;
  /** `--policy`. */
  readonly option: string;
  /** Where relative names start. */
  readonly folder: string;
}

/** Everything that can end a command without its result. */
export type AnyFault =
  | RepositoryFault
  | LedgerFault
  | CopyFault
  | KeyFault
  | UsageFault
  | RemoteFault
  | RoutingFault
  | CaseFault
  | RosterFault
  | BenchFault
  | QueueFault
  | OrganizationLawUnreadable
  | ArbitrationRefused
  | ModelFault
  | DaemonFault
  | SeatFault
  | LicenceFault
  | {
      readonly kind: 'waiver-events-too-many';
      readonly max: number;
      readonly of: 'ledger' | 'change';
    }
  | FileUnreadable
  | { readonly kind: 'trusted-keys-unreadable'; readonly file: string; readonly reason: string }
  | { readonly kind: 'file-unwritable'; readonly file: string; readonly reason: string }
  | { readonly kind: 'out-exists'; readonly file: string; readonly reason: string }
  /** A document that was named on the command line, not one of the target. */
  | { readonly kind: 'document-invalid'; readonly document: DocumentFault }
  /** A model's profile that was named on the command line. */
  | { readonly kind: 'profile-invalid'; readonly document: DocumentFault }
  | { readonly kind: 'verdict-unknown'; readonly id: string }
  | { readonly kind: 'verdict-ambiguous'; readonly id: string; readonly found: readonly string[] }
  | { readonly kind: 'no-verdict-yet' }
  | { readonly kind: 'branch-unnamed'; readonly revision: string }
  | { readonly kind: 'repository-malformed'; readonly name: string }
  | { readonly kind: 'repository-unheard'; readonly name: string; readonly folder: string }
  | { readonly kind: 'line-too-long'; readonly max: number }
  | {
      readonly kind: 'signer-not-valid';
      readonly keyId: string;
      readonly standing: 'revoked' | 'expired' | 'not-valid-then';
    }
  | { readonly kind: 'gates-running'; readonly gates: readonly GateRunning[] }
  | { readonly kind: 'runner-lost'; readonly lost: GateLost }
  | ReportUnread
  | { readonly kind: 'not-canonical' };

/** The fault as people read it, several lines, the last one with a line break; and how it ends. */
export function faultWords(fault: AnyFault): { readonly ending: Ending; readonly text: string } {
  const { ending, what, kept, next } = faultSentences(fault);
  return { ending, text: `${what}\n${kept}\n${next}\n` };
}

const shown = (text: string): string => visible(text, 300);

/** The same in its parts. They can name folders of the machine: not everyone is shown them. */
export function faultSentences(fault: AnyFault): FaultWords {
  switch (fault.kind) {
    case 'law-invalid':
      return unread(
        documentText(fault.document),
        'Mend it on the target branch; check with: arbiter config validate',
      );
    case 'organization-law-invalid':
      return unread(
        documentText(fault.document),
        `It binds every repository of its owner. Mend it on the default branch of ${shown(fault.repository)}; check there with: arbiter config validate`,
      );
    case 'organization-law-unreadable':
      return unread(
        `${shown(fault.law.file)} of ${shown(fault.repository)} cannot be taken as law: ${lawReason(fault.law)}.`,
        `It binds every repository of its owner. Mend it on the default branch of ${shown(fault.repository)}.`,
      );
    case 'document-invalid':
      return unread(
        documentText(fault.document),
        `Mend it; check with: arbiter config validate ${shellWord(shown(fault.document.file))}`,
      );
    case 'profile-invalid':
      return unread(
        documentText(fault.document),
        'Mend the profile and register it again: arbiter models register FILE --reason TEXT',
        'The roster is as it was.',
      );
    case 'other-rules':
      return stopped(
        `The case was judged by rule set ${fault.needed}; this version has ${fault.have} and cannot answer for the other.`,
        'Replay it with the version that the record names.',
      );
    case 'waiver-events-too-many':
      return fault.of === 'change'
        ? stopped(
            `More than ${groupDigits(fault.max)} waiver events bear on this change: those of its own and of all that were approved and have not ended. Reading a part could miss a revocation.`,
            'Ask for shorter waivers; judge again when some have ended.',
          )
        : stopped(
            `The ledger holds more than ${groupDigits(fault.max)} waiver events; reading a part could miss a revocation.`,
            'Keep a ledger for each repository.',
          );
    case 'gates-running':
      return stopped(
        `Still waiting: ${fault.gates.map(({ gate, detail }) => `${shown(gate)} (${shown(detail)})`).join(', ')}.`,
        'Judge again when they have answered.',
      );
    case 'runner-lost':
      return stopped(
        `${shown(fault.lost.runner)} gave no evidence: ${shown(fault.lost.because)}.`,
        fault.lost.shownBy === undefined
          ? 'Look at the run, then judge again.'
          : `Nothing of it is held against the change. See what is to be mended, then judge again: ${fault.lost.shownBy}`,
      );
    case 'report-unread':
      return stopped(
        `The report ${shown(fault.report)} of gate ${shown(fault.gate)} could not be read: ${unreadBecause(fault)}.`,
        'Have the gate write a smaller report, then comment: /caws recheck',
      );
    case 'file-unreadable':
      return misused(
        `${shown(fault.file)}, which ${fault.option} names, cannot be read.`,
        `Name a file that is there: ${fault.option} FILE; a relative name starts at ${shown(fault.folder)}`,
      );
    case 'trusted-keys-unreadable':
      return stopped(
        `${shown(fault.file)} cannot be read (${shown(fault.reason)}), so it is not known whose signatures count.`,
        'Take the list from the branch that has it: git show BRANCH:.caws/trusted-keys.yaml > FILE, then: arbiter ledger verify --trust FILE',
        'Nothing was checked.',
      );
    case 'file-unwritable':
      return stopped(
        `${shown(fault.file)} was not written (${shown(fault.reason)}).`,
        'Look at its folder and its disk, or name another file.',
        'The ledger is untouched.',
      );
    case 'out-exists':
      return misused(
        `${shown(fault.file)} ${fault.reason === 'EEXIST' ? 'exists already, and nothing is overwritten' : `cannot be made (${shown(fault.reason)})`}.`,
        'Name a folder that does not exist yet: arbiter verdict export ID --out DIR',
      );
    case 'verdict-unknown':
      return misused(
        `There is no verdict ${shown(fault.id)} in this ledger.`,
        'See them: arbiter verdict list',
      );
    case 'verdict-ambiguous':
      return misused(
        `${shown(fault.id)} is the beginning of ${fault.found.length} verdicts.`,
        `Type more of it: ${fault.found.slice(0, 5).join(', ')}`,
      );
    case 'no-verdict-yet':
      return misused('The ledger holds no verdict yet.', 'Judge a change: arbiter verify');
    case 'branch-unnamed':
      return misused(
        `${shown(fault.revision)} is no branch, so it cannot be said whose verdicts count.`,
        'Name the branch: --ref refs/heads/main',
      );
    case 'repository-malformed':
      return misused(`${shown(fault.name)} names no repository.`, 'Write it as OWNER/REPO.');
    case 'repository-unheard':
      return misused(
        `No ledger under ${shown(fault.folder)} tells of ${shown(fault.name)}.`,
        "Name the app's data folder: --data DIR; or the ledger: --ledger FILE",
      );
    case 'line-too-long':
      return stopped(
        `The line holds more than ${groupDigits(fault.max)} commits; a part of it could hide a verdict that was used before.`,
        'The bound is of this version; ask for a higher one.',
      );
    case 'signer-not-valid':
      return stopped(
        `The signing key ${fault.keyId.slice(0, 12)} does not count: .caws/trusted-keys.yaml of the target says it ${signerWords[fault.standing]}.`,
        'Sign with a key that it names: --key FILE; what the old one signed since: arbiter keys doubt',
      );
    case 'steps-counted':
    case 'step-named-badly':
    case 'step-twice':
    case 'order-malformed':
    case 'deadline-over':
    case 'task-doubled':
    case 'queue-full':
    case 'task-unknown':
    case 'task-ended':
    case 'lease-lost':
      return queueWords(fault);
    case 'not-canonical':
      return stopped(
        'The case holds text that has no canonical form.',
        'Please report this with the command you ran.',
      );
    case 'lock-unreadable':
      return unread(
        documentText(fault.document),
        'Mend it, or take it away and pin each model again: arbiter models add FILE --as NAME',
      );
    case 'folder-unusable':
    case 'model-not-pinned':
    case 'model-known':
    case 'weights-unreadable':
    case 'weights-other':
    case 'weights-twice':
    case 'stands-in-itself':
    case 'not-needed':
    case 'weights-unfit':
    case 'memory-short':
    case 'model-not-opened':
    case 'self-test-failed':
    case 'model-ends':
    case 'socket-in-use':
    case 'socket-unusable':
    case 'no-models':
    case 'no-model-works':
      return weightsWords(fault);
    case 'judge-address':
    case 'judge-model-unreadable':
    case 'judge-silent':
    case 'judge-models-several':
    case 'judge-unnamed':
    case 'anchors-unreadable':
    case 'rulings-unreadable':
      return seatWords(fault);
    case 'ledger-missing':
    case 'ledger-unreadable':
    case 'ledger-locked':
    case 'ledger-broken':
    case 'ledger-rolled-back':
    case 'ledger-full':
    case 'ledger-unsafe':
    case 'ledger-not-writable':
    case 'ledger-newer':
    case 'draft-refused':
    case 'head-moved':
    case 'file-exists':
    case 'backup-is-older':
    case 'backup-of-other-ledger':
    case 'backup-diverges':
      return ledgerWords(fault);
    case 'key-missing':
    case 'key-unsafe':
    case 'key-unreadable':
    case 'key-malformed':
    case 'key-wrong-type':
    case 'passphrase-missing':
    case 'passphrase-wrong':
    case 'two-keys-named':
    case 'key-exists':
      return keyWords(fault);
    case 'limit-out-of-range':
    case 'option-needs':
    case 'kind-unknown':
    case 'entry-number-unreadable':
    case 'entry-unknown':
    case 'age-unreadable':
    case 'nothing-to-erase-named':
    case 'ledger-without-replay':
    case 'erasing-unconfirmed':
    case 'reason-missing':
    case 'key-from-environment':
    case 'doubt-unreadable':
    case 'login-unreadable':
    case 'rule-unknown':
    case 'no-documents':
    case 'no-work-tree':
    case 'action-unreadable':
    case 'spec-id-unreadable':
    case 'plan-for-other-spec':
    case 'spec-unknown':
      return usageWords(fault);
    case 'decision-twice':
    case 'model-twice':
    case 'no-model-eligible':
    case 'roster-empty':
    case 'routing-log-empty':
    case 'routing-log-too-long':
    case 'routing-log-unreadable':
    case 'task-unreadable':
      return routingWords(fault);
    case 'api-url-malformed':
    case 'fetch-failed':
    case 'fetch-timed-out':
    case 'fetch-refused':
    case 'forge-busy':
    case 'forge-incomplete':
    case 'forge-refused':
    case 'forge-unexpected':
    case 'forge-unnamed':
    case 'forge-unreachable':
    case 'option-not-remote':
    case 'pull-unknown':
    case 'repository-too-large':
      return remoteWords(fault);
    case 'model-unknown':
    case 'model-id-taken':
    case 'model-digest-changed':
    case 'model-retired':
    case 'model-status-differs':
    case 'surface-undeclared':
    case 'decision-unknown':
    case 'decision-doubled':
    case 'outcome-doubled':
    case 'outcome-missing':
    case 'outcome-late':
    case 'event-malformed':
    case 'clock-went-back':
    case 'roster-unusable':
    case 'roster-newer':
    case 'journal-full':
      return modelWords(fault);
    case 'bench-interrupted':
    case 'check-not-run':
    case 'figure-out-of-range':
    case 'script-unreadable':
    case 'suite-invalid':
    case 'suites-unreadable':
    case 'suite-unknown':
    case 'surface-without-suite':
    case 'trial-missing':
    case 'worker-missing':
    case 'worker-not-started':
    case 'worker-misreported':
      return benchWords(fault);
    case 'ambiguous-revision':
    case 'empty-range':
    case 'git-failed':
    case 'git-missing':
    case 'git-too-old':
    case 'index-unmerged':
    case 'law-unreadable':
    case 'no-commits':
    case 'no-default-branch':
    case 'not-a-repository':
    case 'not-owned':
    case 'object-missing':
    case 'partial-clone':
    case 'scratch-unwritable':
    case 'several-merge-bases':
    case 'shallow':
    case 'timed-out':
    case 'unknown-revision':
    case 'unrelated-histories':
      return repositoryWords(fault);
    case 'candidates-counted':
    case 'candidate-twice':
    case 'target-moved':
    case 'candidate-patch-refused':
    case 'arbitration-running':
    case 'arbitration-decided':
    case 'arbitration-overtaken':
    case 'arbitration-unknown':
      return arbitrationFaultWords(fault);
    default:
      return unreachable(fault);
  }
}

/** Problems of one document that a person is shown; a broken file can have hundreds. */
const PROBLEMS_SHOWN = 8;

/** The problems of a document, each with its place and what to do; the first of many. */
function documentText({ file, problems }: DocumentFault): string {
  const lines = problems.slice(0, PROBLEMS_SHOWN).map(({ line, column, message, hint }) => {
    const at = [shown(file), line, column].filter((part) => part !== null).join(':');
    return `${at}  ${shown(message)}${hint === '' ? '' : `\n    ${shown(hint)}`}`;
  });
  const rest = problems.length - lines.length;
  if (rest > 0) lines.push(`and ${counted(rest, 'more problem')}`);
  return lines.length === 0 ? `${shown(file)} cannot be read.` : lines.join('\n');
}

const signerWords = {
  revoked: 'was revoked',
  expired: 'is no longer valid',
  'not-valid-then': 'is not valid yet',
} as const;

function unreadBecause({ because, limit }: ReportUnread): string {
  switch (because) {
    case 'time':
      return `that took more than ${groupDigits(limit / 1_000)} s`;
    case 'memory':
      return `that took more than ${groupDigits(limit / 1024 ** 2)} MB of memory`;
    case 'ended':
      return 'what read it ended before it was done';
  }
}
