import type { Verdict, VerdictRecord } from '../../src/4-verdict/verdict.ts';
import type { Unsaid } from '../../src/5-publication/check/state.ts';
import type { CommitSha, Digest, Instant, VerdictId } from '../../src/primitives.ts';
import type { Store } from '../store.ts';

/** One pull request, by numbers that survive renames. */
export interface PullName {
  readonly repositoryId: number;
  readonly pull: number;
}

/** What the app last said of a pull request. Lost, it is made again from the forge and the ledger. */
export interface DocketRow extends PullName {
  readonly head: CommitSha;
  readonly baseBranch: string;
  readonly open: boolean;
  /** null while nothing was decided for this head. */
  readonly verdict: {
    readonly id: VerdictId;
    readonly word: Verdict;
    readonly mode: VerdictRecord['mode'];
    readonly validUntil: Instant | null;
    readonly entry: number;
  } | null;
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

export interface Docket {
  row(name: PullName): DocketRow | null;
  save(row: DocketRow): void;
  /** Open pull requests whose head is this commit. */
  openAt(repositoryId: number, head: CommitSha): readonly DocketRow[];
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
  keepOwnersLaw(owner: Pick<RepositoryPlace, 'installationId' | 'owner'>, law: string): void;
  /** Whether a command line or button was answered; see `commandKey`. */
  isAnswered(name: PullName, key: string): boolean;
  answered(name: PullName, key: string): void;
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

interface PullRecord {
  readonly repository_id: number;
  readonly pull: number;
  readonly head: string;
  readonly base_branch: string;
  readonly open: number;
  readonly verdict_id: string | null;
  readonly verdict: string | null;
  readonly mode: string;
  readonly valid_until: number | null;
  readonly entry: number | null;
  readonly looked_base: string | null;
  readonly looked_organization: string | null;
  readonly unread: number;
}

export function docketOf({ database }: Store): Docket {
  const one = database.prepare('SELECT * FROM docket_pulls WHERE repository_id = ? AND pull = ?');
  const put = database.prepare(
    `INSERT OR REPLACE INTO docket_pulls
       (repository_id, pull, head, base_branch, open, verdict_id, verdict, valid_until, entry, looked_base, looked_organization, unread, mode)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const atHead = database.prepare(
    'SELECT * FROM docket_pulls WHERE repository_id = ? AND head = ? AND open = 1 ORDER BY pull',
  );
  const modes = database.prepare(
    `SELECT mode FROM docket_pulls WHERE repository_id = ? AND base_branch = ? AND verdict_id IS NOT NULL ORDER BY entry DESC LIMIT 1`,
  );
  const ended = database.prepare(
    `SELECT repository_id, pull FROM docket_pulls
      WHERE open = 1 AND valid_until IS NOT NULL AND valid_until <= ? ORDER BY valid_until`,
  );
  const firstSeen = database.prepare(
    `INSERT INTO docket_heads (repository_id, pull, head, seen_at) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET seen_at = seen_at RETURNING seen_at`,
  );
  const intents = database.prepare(
    'SELECT verdict_id FROM docket_intents WHERE repository_id = ? AND pull = ? AND key = ?',
  );
  const putIntent = database.prepare(
    'INSERT OR REPLACE INTO docket_intents (repository_id, pull, key, verdict_id) VALUES (?, ?, ?, ?)',
  );
  const dropIntent = database.prepare(
    'DELETE FROM docket_intents WHERE repository_id = ? AND pull = ?',
  );
  const next = database.prepare(
    'SELECT verdict_id FROM docket_next WHERE repository_id = ? AND pull = ? AND head = ?',
  );
  const putNext = database.prepare(
    'INSERT OR REPLACE INTO docket_next (repository_id, pull, head, verdict_id) VALUES (?, ?, ?, ?)',
  );
  const dropNext = database.prepare(
    'DELETE FROM docket_next WHERE repository_id = ? AND pull = ? AND verdict_id = ?',
  );
  const answers = database.prepare(
    'SELECT 1 FROM docket_answers WHERE repository_id = ? AND pull = ? AND command = ?',
  );
  const putAnswer = database.prepare(
    'INSERT OR IGNORE INTO docket_answers (repository_id, pull, command) VALUES (?, ?, ?)',
  );
  const answersOf = database.prepare(
    'SELECT count(*) AS n FROM docket_answers WHERE repository_id = ? AND pull = ?',
  );
  const place = database.prepare(
    'SELECT repository_id, pull, head FROM docket_verdicts WHERE verdict_id = ?',
  );
  const putPlace = database.prepare(
    'INSERT OR IGNORE INTO docket_verdicts (verdict_id, repository_id, pull, head) VALUES (?, ?, ?, ?)',
  );
  const unsaid = database.prepare(
    'SELECT unsaid FROM docket_unsaid WHERE repository_id = ? AND pull = ?',
  );
  const putUnsaid = database.prepare(
    'INSERT OR REPLACE INTO docket_unsaid (repository_id, pull, unsaid) VALUES (?, ?, ?)',
  );
  const dropUnsaid = database.prepare(
    'DELETE FROM docket_unsaid WHERE repository_id = ? AND pull = ?',
  );
  const cancelled = database.prepare(
    'SELECT 1 FROM docket_cancelled WHERE repository_id = ? AND pull = ? AND head = ?',
  );
  const putCancelled = database.prepare(
    'INSERT OR REPLACE INTO docket_cancelled (repository_id, pull, head) VALUES (?, ?, ?)',
  );
  const dropCancelled = database.prepare(
    'DELETE FROM docket_cancelled WHERE repository_id = ? AND pull = ?',
  );
  const heard = database.prepare('SELECT * FROM repositories WHERE id = ?');
  const judged = database.prepare(
    'SELECT r.* FROM repositories r JOIN docket_repositories d ON d.repository_id = r.id ORDER BY r.id',
  );
  const byOwner = database.prepare(
    'SELECT min(id) AS id, installation, owner, name FROM repositories GROUP BY installation, lower(owner)',
  );
  const ofOwner = database.prepare(
    'SELECT * FROM repositories WHERE installation = ? AND lower(owner) = lower(?) ORDER BY id',
  );
  const law = database.prepare(
    'SELECT law FROM docket_owners WHERE installation = ? AND owner = ?',
  );
  const putLaw = database.prepare('INSERT OR REPLACE INTO docket_owners VALUES (?, ?, ?)');
  const isEnrolled = database.prepare('SELECT 1 FROM docket_repositories WHERE repository_id = ?');
  const enrol = database.prepare(
    'INSERT OR IGNORE INTO docket_repositories (repository_id, enrolled_at) VALUES (?, ?)',
  );

  return {
    row({ repositoryId, pull }) {
      const found = one.get(repositoryId, pull) as PullRecord | undefined;
      return found === undefined ? null : rowOf(found);
    },
    save(row) {
      const { verdict } = row;
      put.run(
        row.repositoryId,
        row.pull,
        row.head,
        row.baseBranch,
        row.open ? 1 : 0,
        verdict?.id ?? null,
        verdict?.word ?? null,
        verdict?.validUntil ?? null,
        verdict?.entry ?? null,
        row.looked?.base ?? null,
        row.looked?.organization ?? null,
        row.unread,
        verdict?.mode ?? 'enforce',
      );
    },
    openAt: (repositoryId, head) =>
      (atHead.all(repositoryId, head) as unknown as PullRecord[]).map(rowOf),
    modeInto: (repositoryId, baseBranch) =>
      modes.get(repositoryId, baseBranch)?.['mode'] === 'observe' ? 'observe' : 'enforce',
    lapsed: (now) =>
      (ended.all(now) as unknown as PullRecord[]).map((found) => ({
        repositoryId: found.repository_id,
        pull: found.pull,
      })),
    seen({ repositoryId, pull }, head, now) {
      const found = firstSeen.get(repositoryId, pull, head, now) as { readonly seen_at: number };
      return found.seen_at as Instant;
    },
    intent({ repositoryId, pull }, key) {
      const found = intents.get(repositoryId, pull, key) as
        | { readonly verdict_id: string }
        | undefined;
      return found === undefined ? null : (found.verdict_id as VerdictId);
    },
    nextId({ repositoryId, pull }, head, make) {
      const waiting = next.get(repositoryId, pull, head) as
        | { readonly verdict_id: string }
        | undefined;
      if (waiting !== undefined) return waiting.verdict_id as VerdictId;
      const id = make();
      putNext.run(repositoryId, pull, head, id);
      putPlace.run(id, repositoryId, pull, head);
      return id;
    },
    // The intent first: a crash between the two gives the next verdict the id of this one, which its
    // inputs then still name.
    intend({ repositoryId, pull }, key, id) {
      putIntent.run(repositoryId, pull, key, id);
      dropNext.run(repositoryId, pull, id);
    },
    forgetIntent: ({ repositoryId, pull }) => void dropIntent.run(repositoryId, pull),
    placeOf(id) {
      const found = place.get(id) as
        | { readonly repository_id: number; readonly pull: number; readonly head: string }
        | undefined;
      if (found === undefined) return null;
      const { repository_id: repositoryId, pull, head } = found;
      return { repositoryId, pull, head: head as CommitSha };
    },
    repository(repositoryId) {
      const found = heard.get(repositoryId) as RepositoryRecord | undefined;
      return found === undefined ? null : repositoryPlaceOf(found);
    },
    enrolledRepositories: () =>
      (judged.all() as unknown as RepositoryRecord[]).map(repositoryPlaceOf),
    owners: () => (byOwner.all() as unknown as RepositoryRecord[]).map(repositoryPlaceOf),
    repositoriesOf: ({ installationId, owner }) =>
      (ofOwner.all(installationId, owner) as unknown as RepositoryRecord[]).map(repositoryPlaceOf),
    ownersLaw({ installationId, owner }) {
      const found = law.get(installationId, owner.toLowerCase());
      return found === undefined ? null : String(found['law']);
    },
    keepOwnersLaw: ({ installationId, owner }, text) =>
      void putLaw.run(installationId, owner.toLowerCase(), text),
    isAnswered: ({ repositoryId, pull }, key) => answers.get(repositoryId, pull, key) !== undefined,
    answered: ({ repositoryId, pull }, key) => void putAnswer.run(repositoryId, pull, key),
    unsaid({ repositoryId, pull }) {
      const found = unsaid.get(repositoryId, pull) as { readonly unsaid: string } | undefined;
      return found === undefined ? null : (JSON.parse(found.unsaid) as Unsaid);
    },
    keepUnsaid({ repositoryId, pull }, kept) {
      if (kept === null) dropUnsaid.run(repositoryId, pull);
      else putUnsaid.run(repositoryId, pull, JSON.stringify(kept));
    },
    isCancelled: ({ repositoryId, pull }, head) =>
      cancelled.get(repositoryId, pull, head) !== undefined,
    cancel({ repositoryId, pull }, head) {
      if (head === null) dropCancelled.run(repositoryId, pull);
      else putCancelled.run(repositoryId, pull, head);
    },
    answers: ({ repositoryId, pull }) => Number(answersOf.get(repositoryId, pull)?.['n'] ?? 0),
    enrolled: (repositoryId) => isEnrolled.get(repositoryId) !== undefined,
    enrol: (repositoryId, at) => void enrol.run(repositoryId, at),
  };
}

function rowOf(found: PullRecord): DocketRow {
  const { verdict_id: id, verdict, entry } = found;
  return {
    repositoryId: found.repository_id,
    pull: found.pull,
    head: found.head as CommitSha,
    baseBranch: found.base_branch,
    open: found.open === 1,
    verdict:
      id === null || verdict === null || entry === null
        ? null
        : {
            id: id as VerdictId,
            word: verdict as Verdict,
            mode: found.mode as VerdictRecord['mode'],
            validUntil: found.valid_until as Instant | null,
            entry,
          },
    looked:
      found.looked_base === null
        ? null
        : {
            base: found.looked_base as CommitSha,
            organization: found.looked_organization as Digest | null,
          },
    unread: found.unread,
  };
}

interface RepositoryRecord {
  readonly id: number;
  readonly installation: number;
  readonly owner: string;
  readonly name: string;
}

function repositoryPlaceOf({ id, installation, owner, name }: RepositoryRecord): RepositoryPlace {
  return { repositoryId: id, installationId: installation, owner, name };
}
