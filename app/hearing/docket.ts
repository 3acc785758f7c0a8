import type { Verdict, VerdictRecord } from '../../src/4-verdict/verdict.ts';
import type { Unsaid, UnsaidReply } from '../../src/5-publication/check/state.ts';
import type { Reaction } from '../../src/forge.ts';
import type { CommitSha, Digest, Instant, VerdictId } from '../../src/primitives.ts';

/** One pull request, by numbers that survive renames. */
export interface PullName {
  readonly repositoryId: number;
  readonly pull: number;
}

/** What the app last said of a pull request. Lost, it is made again from the forge and the ledger. */
export interface DocketRow extends PullName {
  readonly head: CommitSha;
  readonly baseBranch: string;
  /** Under which a verdict that enforces is shown at its head. */
  readonly name: string;
  readonly open: boolean;
  /** null while nothing was decided for this head. */
  readonly verdict: {
    readonly id: VerdictId;
    readonly word: Verdict;
    readonly mode: VerdictRecord['mode'];
    readonly validUntil: Instant | null;
    readonly entry: number;
  } | null;
  /** The verdict that its check was made to show since; null: it may show something else, or nothing. */
  readonly shown: VerdictId | null;
  /** What the law was read from when this head was last judged; null: never, or before that was kept. */
  readonly looked: Looked | null;
  /** How often in a row the forge could not be asked about it; see `unread.ts`. */
  readonly unread: number;
}

/** Where the law stood that somebody was judged by. */
export interface Looked {
  /** The tip of the target. */
  readonly base: CommitSha;
  /** Digest of the owner's policy; null: it had none. */
  readonly organization: Digest | null;
}

/** A repository as deliveries named it last. */
export interface RepositoryPlace {
  readonly repositoryId: number;
  readonly installationId: number;
  readonly owner: string;
  readonly name: string;
}

/** What is still to be said about a command line or button that counted already. */
export interface Saying {
  /** See `commandKey`. */
  readonly key: string;
  /** How its comment is acknowledged; null: a button has none. */
  readonly reaction: { readonly comment: number; readonly content: Reaction } | null;
  /** A reply, or words that are ready as they are; null: the check shows what came of it. */
  readonly says: (UnsaidReply & { readonly comment: number | null }) | string | null;
}

export interface Docket {
  row(name: PullName): DocketRow | null;
  save(row: DocketRow): void;
  /** Open pull requests whose head is this commit. */
  openAt(repositoryId: number, head: CommitSha): readonly DocketRow[];
  /** A pull request has left this commit; whatever is shown there for it is to be taken back. */
  leave(name: PullName, head: CommitSha, at: Instant): void;
  /** Commits that were left and still show something, and since when. */
  left(name: PullName): readonly { readonly head: CommitSha; readonly since: Instant }[];
  tookBack(name: PullName, head: CommitSha): void;
  /** What a pull request may stand accepted for; see `acceptanceAbout`. */
  accepted(name: PullName): readonly string[];
  keepAccepted(name: PullName, about: string): void;
  dropAccepted(name: PullName, about: string): void;
  /** Pull requests of a repository that were open when they were last heard. */
  openIn(repositoryId: number): readonly DocketRow[];
  /** When the forge had last touched what was heard to the end, by its own clock; null: never heard so. */
  heardUntil(name: PullName): Instant | null;
  heard(name: PullName, updatedAt: Instant): void;
  /** Whether the newest verdict on changes into a branch enforced; what was never judged may. */
  modeInto(repositoryId: number, baseBranch: string): VerdictRecord['mode'];
  /** Open pull requests with a verdict that has run out by now. */
  lapsed(now: Instant): readonly PullName[];
  /** When this head of this pull request was first heard of; the first call says so. */
  seen(name: PullName, head: CommitSha, now: Instant): Instant;
  /** The id that a verdict of exactly these inputs has, or is to have. */
  intent(name: PullName, key: Digest): VerdictId | null;
  /** What comes next is a new verdict, also where nothing changed. */
  forgetIntent(name: PullName): void;
  /**
   * The id that the next verdict of a head will have, so that its address stands before it does.
   *
   * @param make is asked where none waits.
   */
  nextId(name: PullName, head: CommitSha, make: () => VerdictId): VerdictId;
  /** The verdict of these inputs has this id from now on; the next one will have another. */
  intend(name: PullName, key: Digest, id: VerdictId): void;
  /** Whose verdict this is, given or still to come; null where there is none of this id. */
  placeOf(id: VerdictId): (PullName & { readonly head: CommitSha }) | null;
  /** Ids of the verdicts of a pull request, given or still to come, the newest first. */
  verdictsOf(name: PullName, countMax: number): readonly VerdictId[];
  /** Owner, name and installation of a repository as they were last heard, or null. */
  repository(repositoryId: number): RepositoryPlace | null;
  /** Every repository that is judged. */
  enrolledRepositories(): readonly RepositoryPlace[];
  /** One repository of every owner that was heard of. */
  owners(): readonly RepositoryPlace[];
  /** Every repository of an owner that was heard of. */
  repositoriesOf(
    owner: Pick<RepositoryPlace, 'installationId' | 'owner'>,
  ): readonly RepositoryPlace[];
  /** What was last kept of an owner's policy, or null. */
  ownersLaw(owner: Pick<RepositoryPlace, 'installationId' | 'owner'>): string | null;
  /** Whether an owner's policy was kept, or something that is open was judged by one. */
  hadOwnersLaw(owner: Pick<RepositoryPlace, 'installationId' | 'owner'>): boolean;
  keepOwnersLaw(owner: Pick<RepositoryPlace, 'installationId' | 'owner'>, law: string): void;
  /** Whether a command line or button was answered; see `commandKey`. */
  isAnswered(name: PullName, key: string): boolean;
  /** Its effects stand by now. What is to be said of it is kept by the same write, so that a crash loses no word. */
  answered(name: PullName, key: string, saying?: Saying): void;
  /** The first of what is still to be said on a pull request, in the order in which it counted. */
  sayings(name: PullName, countMax: number): readonly Saying[];
  said(name: PullName, key: string): void;
  /** Nobody waits for words on what is closed. */
  unsay(name: PullName): void;
  /** What the forge refused to let us say on a pull request; null: nothing. */
  unsaid(name: PullName): Unsaid | null;
  keepUnsaid(name: PullName, unsaid: Unsaid | null): void;
  /** Whether somebody let nobody wait any longer for the gates of this head. */
  isCancelled(name: PullName, head: CommitSha): boolean;
  /** @param head null: whatever was cancelled is waited for again. */
  cancel(name: PullName, head: CommitSha | null): void;
  /** How many were answered. */
  answers(name: PullName): number;
  /** A repository that once had a policy stays judged: deleting the policy is no way out. */
  enrolled(repositoryId: number): boolean;
  enrol(repositoryId: number, at: Instant): void;
}
