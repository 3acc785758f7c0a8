/** Why no verdict could be given or recorded: values here, words in fault-words.ts. */

/** What went wrong between us and a repository; every kind has a sentence. */
export type RepositoryFault =
  | { readonly kind: 'not-a-repository'; readonly directory: string }
  | { readonly kind: 'git-missing' }
  | { readonly kind: 'git-too-old'; readonly version: string; readonly needed: string }
  | {
      readonly kind: 'unknown-revision';
      readonly revision: string;
      readonly known: readonly string[];
    }
  | { readonly kind: 'no-default-branch' }
  | { readonly kind: 'no-commits' }
  | { readonly kind: 'shallow' }
  /** git refuses a repository that belongs to another user, unless `safe.directory` names it. */
  | { readonly kind: 'not-owned'; readonly directory: string }
  /** One name, several refs that point at different commits. */
  | {
      readonly kind: 'ambiguous-revision';
      readonly revision: string;
      readonly candidates: readonly string[];
    }
  /** A document that binds cannot be taken at its word: no law is not a milder law. */
  | {
      readonly kind: 'law-unreadable';
      readonly file: string;
      readonly reason: 'symlink' | 'submodule' | 'not-utf-8' | 'too-large' | 'too-many' | 'twice';
      readonly limit: number | null;
    }
  | { readonly kind: 'index-unmerged' }
  /** Neither the repository's own folder nor the temporary one takes the few files measuring needs. */
  | { readonly kind: 'scratch-unwritable'; readonly directory: string; readonly reason: string }
  | { readonly kind: 'partial-clone'; readonly object: string }
  | { readonly kind: 'unrelated-histories'; readonly base: string; readonly head: string }
  | { readonly kind: 'empty-range'; readonly base: string; readonly head: string }
  /** The index says what the merge base says. */
  | { readonly kind: 'nothing-staged'; readonly base: string }
  | { readonly kind: 'several-merge-bases'; readonly bases: readonly string[] }
  | { readonly kind: 'object-missing'; readonly object: string }
  | { readonly kind: 'timed-out'; readonly doing: string; readonly limitMs: number }
  | { readonly kind: 'git-failed'; readonly doing: string; readonly stderr: string };

/** What went wrong with the ledger. */
export type LedgerFault =
  | { readonly kind: 'ledger-unreadable'; readonly file: string; readonly reason: string }
  | { readonly kind: 'ledger-locked'; readonly file: string; readonly waitedMs: number }
  | {
      readonly kind: 'ledger-broken';
      readonly file: string;
      readonly sequence: number;
      readonly reason: string;
    }
  | {
      readonly kind: 'ledger-rolled-back';
      readonly file: string;
      readonly has: number;
      readonly anchor: number;
      readonly where: string;
    }
  | { readonly kind: 'ledger-full'; readonly file: string; readonly reason: string }
  | { readonly kind: 'ledger-missing'; readonly file: string }
  | { readonly kind: 'ledger-unsafe'; readonly file: string; readonly reason: string }
  | { readonly kind: 'ledger-not-writable'; readonly file: string; readonly reason: string }
  | {
      readonly kind: 'ledger-newer';
      readonly file: string;
      readonly version: number;
      readonly supported: number;
    }
  | { readonly kind: 'draft-refused'; readonly reason: string }
  /** The ledger knows, by an entry that the key signed itself, that another one took its place. */
  | { readonly kind: 'key-rotated-out'; readonly key: string; readonly entry: number }
  | { readonly kind: 'head-moved'; readonly expected: number; readonly found: number };

/** The owner's policy is there, in `OWNER/.github`, and cannot be taken at its word. */
export interface OrganizationLawUnreadable {
  readonly kind: 'organization-law-unreadable';
  readonly repository: string;
  readonly law: Extract<RepositoryFault, { readonly kind: 'law-unreadable' }>;
}

/** Why the objects of a repository at a forge are not here. */
export type CacheFault =
  | { readonly kind: 'fetch-failed'; readonly stderr: string }
  | { readonly kind: 'fetch-timed-out'; readonly limitMs: number }
  /** The git server answered, and lets us take nothing; until somebody acts that stays so. */
  | { readonly kind: 'fetch-refused'; readonly status: number }
  | { readonly kind: 'repository-too-large'; readonly bytes: number; readonly limit: number };

/** Why a backup or a restore was not made; the present ledger is untouched. */
export type CopyFault =
  | LedgerFault
  | { readonly kind: 'file-exists'; readonly file: string }
  | { readonly kind: 'backup-unwritable'; readonly file: string; readonly reason: string }
  | { readonly kind: 'backup-missing'; readonly file: string }
  | { readonly kind: 'backup-unreadable'; readonly file: string; readonly reason: string }
  /** `sequence` is 0 where no single entry is to blame. */
  | {
      readonly kind: 'backup-broken';
      readonly file: string;
      readonly sequence: number;
      readonly reason: string;
    }
  | {
      readonly kind: 'backup-is-older';
      readonly backup: number;
      readonly present: number;
      readonly where: string;
    }
  | { readonly kind: 'backup-of-other-ledger'; readonly backup: string; readonly present: string }
  | { readonly kind: 'backup-diverges'; readonly sequence: number };

/** What was typed cannot be meant; every kind has a sentence. */
export type UsageFault =
  | { readonly kind: 'limit-out-of-range'; readonly max: number }
  | { readonly kind: 'option-needs'; readonly option: string; readonly needed: string }
  | { readonly kind: 'kind-unknown'; readonly given: string; readonly known: readonly string[] }
  | { readonly kind: 'entry-number-unreadable'; readonly given: string }
  | { readonly kind: 'entry-unknown'; readonly entry: number; readonly last: number }
  | { readonly kind: 'age-unreadable'; readonly given: string }
  | { readonly kind: 'nothing-to-erase-named' }
  | { readonly kind: 'ledger-without-replay' }
  | { readonly kind: 'reason-names-person' }
  | { readonly kind: 'erasing-unconfirmed' }
  | { readonly kind: 'reason-missing'; readonly charactersMax: number }
  | { readonly kind: 'key-from-environment' }
  | { readonly kind: 'doubt-unreadable' }
  | { readonly kind: 'doubt-in-future'; readonly since: string; readonly now: string }
  | { readonly kind: 'login-unreadable'; readonly given: string }
  | { readonly kind: 'rule-unknown'; readonly rule: string; readonly near: string | null }
  | { readonly kind: 'no-documents'; readonly directory: string }
  | { readonly kind: 'no-work-tree'; readonly directory: string }
  | { readonly kind: 'action-unreadable'; readonly given: string }
  | { readonly kind: 'spec-id-unreadable'; readonly given: string }
  | { readonly kind: 'spec-unknown'; readonly spec: string; readonly known: readonly string[] }
  | {
      readonly kind: 'plan-for-other-spec';
      readonly file: string;
      readonly named: string;
      readonly wanted: string;
    };

/** `where` is a file, or the name of an environment variable; never a key's text. */
export type KeyFault =
  | { readonly kind: 'key-missing'; readonly where: string }
  | {
      readonly kind: 'key-unsafe';
      readonly where: string;
      /** Whose rights it gives away, or what it is instead of a plain file of whoever signs. */
      readonly what: 'file-mode' | 'folder-mode' | 'owner' | 'link' | 'no-file';
      readonly reason: string;
    }
  | { readonly kind: 'key-unreadable'; readonly where: string; readonly reason: string }
  | { readonly kind: 'key-malformed'; readonly where: string; readonly found: string }
  | { readonly kind: 'key-wrong-type'; readonly where: string; readonly found: string }
  | { readonly kind: 'passphrase-missing'; readonly where: string }
  | { readonly kind: 'passphrase-wrong'; readonly where: string }
  | { readonly kind: 'two-keys-named'; readonly where: string; readonly other: string }
  | { readonly kind: 'key-exists'; readonly where: string; readonly keyId: string };

/** A report that could not be read within the bounds of the machine: ours, and no word about the change. */
export interface ReportUnread {
  readonly kind: 'report-unread';
  readonly gate: string;
  /** Its name as the gate gave it. */
  readonly report: string;
  readonly because: 'time' | 'memory' | 'ended';
  /** Milliseconds for `time`, bytes for `memory`, else 0. */
  readonly limit: number;
}
