/** What people are told when no verdict could be given: what happened, what was lost, what to do. */
import type { RosterFault } from '../models/faults.ts';
import type { QueueFault } from '../models/orchestration/faults.ts';
import { unreachable } from '../primitives.ts';
import { type ArbitrationRefused, arbitrationFaultWords } from './arbitration-faults.ts';
import { type BenchFault, benchWords } from './bench-words.ts';
import { caseWords, type Undecided } from './case-fault-words.ts';
import { documentWords, type UnreadDocument } from './document-fault-words.ts';
import type { Ending, FaultWords } from './ending.ts';
import type { CopyFault, KeyFault, LedgerFault, RepositoryFault, UsageFault } from './faults.ts';
import type { LicenceFault, SeatFault } from './judge-faults.ts';
import { seatWords } from './judge-words.ts';
import { keyWords } from './key-fault-words.ts';
import { ledgerWords } from './ledger-fault-words.ts';
import { modelWords } from './model-fault-words.ts';
import type { DaemonFault, ModelFault } from './model-faults.ts';
import { type NamedFault, namedWords } from './named-fault-words.ts';
import { type RemoteFault, remoteWords } from './remote-words.ts';
import { repositoryWords } from './repository-fault-words.ts';
import { type RoutingFault, routingWords } from './routing-fault-words.ts';
import { queueWords } from './task-fault-words.ts';
import { usageWords } from './usage-fault-words.ts';
import { weightsWords } from './weights-words.ts';

/** Everything that can end a command without its result. */
export type AnyFault =
  | ArbitrationRefused
  | BenchFault
  | CopyFault
  | DaemonFault
  | KeyFault
  | LedgerFault
  | LicenceFault
  | ModelFault
  | NamedFault
  | QueueFault
  | RemoteFault
  | RepositoryFault
  | RosterFault
  | RoutingFault
  | SeatFault
  | Undecided
  | UnreadDocument
  | UsageFault;

/** The fault as people read it, several lines, the last one with a line break; and how it ends. */
export function faultWords(fault: AnyFault): { readonly ending: Ending; readonly text: string } {
  const { ending, what, kept, next } = faultSentences(fault);
  return { ending, text: `${what}\n${kept}\n${next}\n` };
}

/** The same in its parts. They can name folders of the machine: not everyone is shown them. */
export function faultSentences(fault: AnyFault): FaultWords {
  switch (fault.kind) {
    case 'document-invalid':
    case 'law-invalid':
    case 'lock-unreadable':
    case 'organization-law-invalid':
    case 'organization-law-unreadable':
    case 'plan-invalid':
    case 'profile-invalid':
      return documentWords(fault);
    case 'gates-running':
    case 'line-too-long':
    case 'not-canonical':
    case 'other-rules':
    case 'report-unread':
    case 'runner-lost':
    case 'signer-not-valid':
    case 'waiver-events-too-many':
      return caseWords(fault);
    case 'branch-unnamed':
    case 'bundle-unreadable':
    case 'file-unreadable':
    case 'file-unwritable':
    case 'no-verdict-yet':
    case 'out-exists':
    case 'repository-malformed':
    case 'repository-unheard':
    case 'trusted-keys-unreadable':
    case 'verdict-ambiguous':
    case 'verdict-unknown':
      return namedWords(fault);
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
    case 'key-rotated-out':
    case 'head-moved':
    case 'file-exists':
    case 'backup-unwritable':
    case 'backup-missing':
    case 'backup-unreadable':
    case 'backup-broken':
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
    case 'reason-names-person':
    case 'erasing-unconfirmed':
    case 'reason-missing':
    case 'key-from-environment':
    case 'doubt-unreadable':
    case 'doubt-in-future':
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
    case 'nothing-staged':
    case 'object-missing':
    case 'partial-clone':
    case 'scratch-unwritable':
    case 'several-merge-bases':
    case 'shallow':
    case 'timed-out':
    case 'unknown-revision':
    case 'unrelated-histories':
      return repositoryWords(fault);
    case 'beside-absent':
    case 'candidates-counted':
    case 'candidate-twice':
    case 'candidate-without-range':
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
