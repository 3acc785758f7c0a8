import type { Undecided } from '../../src/5-publication/pages/state-page.ts';
import type { CommitSha, Digest, Instant, VerdictId } from '../../src/primitives.ts';
import type { Store } from '../store.ts';

/** A commit that a merge queue has put together, and the branch it is for. */
export interface GroupName {
  readonly head: CommitSha;
  readonly branch: string;
}

/** A group's commit is no pull request's; what is remembered of it stands under this number. */
export const NO_PULL = 0;

/** So long a page says what became of a group that was never decided: as long as tasks that were put aside are kept. */
const PAGES_KEPT_MS = 7_776_000_000;

/** What is known of merge queues. Lost, it is made again from the forge. */
export interface Groups {
  /** Those that stand, of one branch. */
  of(repositoryId: number, branch: string): readonly GroupName[];
  at(repositoryId: number, head: CommitSha): GroupName | null;
  /**
   * Remembers a group; the first call says since when, and by which id it will be known.
   *
   * @param make is asked where it is new.
   */
  begin(
    repositoryId: number,
    group: GroupName,
    now: Instant,
    make: () => VerdictId,
  ): { readonly since: Instant; readonly id: VerdictId };
  /** The id of a judgement that says exactly this: the same after a crash as before it. */
  idFor(repositoryId: number, head: CommitSha, key: Digest, make: () => VerdictId): VerdictId;
  forget(repositoryId: number, head: CommitSha): void;
  /** What is shown under an id while nothing is decided; it stays when the group is gone. Or null. */
  shown(id: string): Undecided | null;
  keepShown(id: string, state: Undecided | null): void;
  /** Forgets what was shown long ago of groups that are gone. @returns how many. */
  sweep(now: Instant): number;
  /** By which verdict a commit of a group lands. */
  lands(repositoryId: number, commit: CommitSha, verdict: VerdictId): void;
  verdictOf(repositoryId: number, commit: CommitSha): VerdictId | null;
}

interface Row {
  readonly head: CommitSha;
  readonly branch: string;
  readonly seen_at: Instant;
  readonly group_id: VerdictId;
  readonly key: Digest | null;
}

export function groupsOf(store: Store): Groups {
  const sql = (text: string) => store.statement(text);
  const row = (repositoryId: number, head: CommitSha) =>
    sql('SELECT * FROM docket_groups WHERE repository_id = ? AND head = ?').get(
      repositoryId,
      head,
    ) as Row | undefined;
  /** Its page is found by the id. */
  const place = (id: VerdictId, repositoryId: number, head: CommitSha) =>
    sql('INSERT OR IGNORE INTO docket_verdicts VALUES (?, ?, ?, ?)').run(
      id,
      repositoryId,
      NO_PULL,
      head,
    );
  return {
    of: (repositoryId, branch) =>
      sql('SELECT head, branch FROM docket_groups WHERE repository_id = ? AND branch = ?').all(
        repositoryId,
        branch,
      ) as unknown as readonly GroupName[],
    at(repositoryId, head) {
      const found = row(repositoryId, head);
      return found === undefined ? null : { head: found.head, branch: found.branch };
    },
    begin: (repositoryId, { head, branch }, now, make) =>
      store.transaction(() => {
        const known = row(repositoryId, head);
        if (known !== undefined) return { since: known.seen_at, id: known.group_id };
        const id = make();
        sql('INSERT INTO docket_groups VALUES (?, ?, ?, ?, ?, NULL)').run(
          repositoryId,
          head,
          branch,
          now,
          id,
        );
        place(id, repositoryId, head);
        return { since: now, id };
      }),
    idFor: (repositoryId, head, key, make) =>
      store.transaction(() => {
        const known = row(repositoryId, head);
        if (known?.key === key) return known.group_id;
        const id = known?.key === null ? known.group_id : make();
        sql(
          'UPDATE docket_groups SET group_id = ?, key = ? WHERE repository_id = ? AND head = ?',
        ).run(id, key, repositoryId, head);
        place(id, repositoryId, head);
        return id;
      }),
    forget: (repositoryId, head) =>
      store.transaction(
        () =>
          void sql('DELETE FROM docket_groups WHERE repository_id = ? AND head = ?').run(
            repositoryId,
            head,
          ),
      ),
    shown(id) {
      const found = sql('SELECT state FROM docket_group_pages WHERE group_id = ?').get(id) as
        | { readonly state: string }
        | undefined;
      return found === undefined ? null : (JSON.parse(found.state) as Undecided);
    },
    keepShown: (id, state) =>
      store.transaction(() => {
        if (state === null) sql('DELETE FROM docket_group_pages WHERE group_id = ?').run(id);
        else
          sql('INSERT OR REPLACE INTO docket_group_pages VALUES (?, ?)').run(
            id,
            JSON.stringify(state),
          );
      }),
    // An id begins with the millisecond it was made in, so ids sort by time.
    sweep: (now) =>
      store.transaction(() =>
        Number(
          sql(
            'DELETE FROM docket_group_pages WHERE group_id < ? AND group_id NOT IN (SELECT group_id FROM docket_groups)',
          ).run(beginningAt((now - PAGES_KEPT_MS) as Instant)).changes,
        ),
      ),
    lands: (repositoryId, commit, verdict) =>
      store.transaction(
        () =>
          void sql('INSERT OR REPLACE INTO docket_landings VALUES (?, ?, ?)').run(
            repositoryId,
            commit,
            verdict,
          ),
      ),
    verdictOf(repositoryId, commit) {
      const found = sql(
        'SELECT verdict_id FROM docket_landings WHERE repository_id = ? AND commit_id = ?',
      ).get(repositoryId, commit) as { readonly verdict_id: VerdictId } | undefined;
      return found?.verdict_id ?? null;
    },
  };
}

/** What the id of a verdict begins with that was made at this instant. */
function beginningAt(at: Instant): string {
  const digits = Math.max(0, at).toString(16).padStart(12, '0');
  return `${digits.slice(0, 8)}-${digits.slice(8)}`;
}
