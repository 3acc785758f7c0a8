import type { Actor } from '../../src/forge.ts';
import { type CommitSha, commitSha, type Digest, type Instant } from '../../src/primitives.ts';
import type { Store } from '../store.ts';
import type { Note } from './concern-types.ts';
import { type Denials, denialsOf, keepDenials } from './denials.ts';

/** A comment as its `created` delivery brought it. */
export interface RecordedComment {
  readonly comment: number;
  readonly pull: number;
  readonly author: Pick<Actor, 'id' | 'kind'>;
  readonly appId: number | null;
  /** Of the body as it was created: where the live one differs, somebody edited it. */
  readonly digest: Digest;
  readonly createdAt: Instant;
  readonly receivedAt: Instant;
  /** The newest head that was known when the comment came: what its author can have meant. Or null. */
  readonly headBefore: CommitSha | null;
  /** Whether an edit or a deletion of it was ever heard of. */
  readonly changed: boolean;
}

export interface RecordedButton {
  readonly id: number;
  readonly head: CommitSha;
  readonly checkRun: number;
  readonly externalId: string;
  readonly identifier: string;
  readonly actor: Actor;
  readonly receivedAt: Instant;
}

/** A head of a pull request, as deliveries brought word of it. */
export interface RecordedHead {
  readonly sha: CommitSha;
  /** When word of it was received. */
  readonly seenAt: Instant;
  /** By the forge's own clock: when it had last touched the pull request as word of the head first came. */
  readonly pushedAt: Instant;
}

/** What was remembered of deliveries, for those who hear a pull request. */
export interface Records extends Denials {
  /** Recorded comments of a pull request, oldest first. */
  readonly comments: (repositoryId: number, pull: number) => readonly RecordedComment[];
  /** Buttons pressed at a head, oldest first. */
  readonly buttons: (repositoryId: number, head: CommitSha) => readonly RecordedButton[];
  /** Every head that a pull request was heard to have, oldest first. */
  readonly heads: (repositoryId: number, pull: number) => readonly RecordedHead[];
  /** The newest head recorded so far, or null. */
  readonly newestHead: (repositoryId: number, pull: number) => CommitSha | null;
  /** Where a head is seen live of which no delivery came. */
  readonly rememberHead: (
    repositoryId: number,
    seen: {
      readonly pull: number;
      readonly head: CommitSha;
      readonly updatedAt: Instant;
      readonly at: Instant;
    },
  ) => void;
  /** Pull requests whose newest recorded head this is, at most a hundred. */
  readonly pullsAt: (repositoryId: number, head: CommitSha) => readonly number[];
}

/** By the forge's clock, then by the order in which we heard: a replayed or late delivery is no newer. */
const NEWEST_FIRST = 'ORDER BY updated_at DESC, id DESC LIMIT 1';

export function recordsOf(store: Store): Records {
  return {
    ...denialsOf(store),
    comments: (repository, pull) =>
      store
        .statement(
          `SELECT c.*, (SELECT head FROM heads WHERE repository = c.repository AND pull = c.pull AND id <= c.last_head ${NEWEST_FIRST}) AS head_before,
             EXISTS (SELECT 1 FROM comment_changes x WHERE x.repository = c.repository AND x.comment = c.comment) AS changed
           FROM comments c WHERE c.repository = :repository AND c.pull = :pull ORDER BY c.comment`,
        )
        .all({ repository, pull })
        .map(commentOf),
    buttons: (repository, head) =>
      store
        .statement(
          'SELECT * FROM buttons WHERE repository = :repository AND head = :head ORDER BY id',
        )
        .all({ repository, head })
        .map(buttonOf),
    heads: (repository, pull) =>
      store
        .statement(
          'SELECT head, came_at, received_at FROM heads WHERE repository = :repository AND pull = :pull ORDER BY id',
        )
        .all({ repository, pull })
        .flatMap((row) => {
          const sha = shaOf(row['head']);
          if (sha === null) return [];
          const [seenAt, pushedAt] = [row['received_at'] as Instant, row['came_at'] as Instant];
          return [{ sha, seenAt, pushedAt }];
        }),
    newestHead: (repository, pull) => {
      const row = store
        .statement(
          `SELECT head FROM heads WHERE repository = :repository AND pull = :pull ${NEWEST_FIRST}`,
        )
        .get({ repository, pull });
      return row === undefined ? null : shaOf(row['head']);
    },
    rememberHead: (repository, { pull, head, updatedAt, at }) =>
      store.transaction(() =>
        keep(store, repository, { kind: 'head', pull, head, updatedAt }, { at, delivery: '' }),
      ),
    pullsAt: (repository, head) => pullsAt(store, repository, head),
  };
}

/**
 * Stores one note, inside a transaction of the caller. What was noted before stays as it was: a
 * delivery that comes twice, under whatever GUID, changes nothing.
 *
 * @param from.delivery the digest of the delivery's body.
 */
export function keep(
  store: Store,
  repository: number,
  note: Exclude<Note, { readonly kind: 'taken-away' }>,
  from: { readonly at: Instant; readonly delivery: string },
): void {
  const received = { repository, at: from.at };
  switch (note.kind) {
    case 'head':
      keepHead(store, note, received);
      return;
    case 'comment': {
      const { author, pull, comment, appId, digest, createdAt } = note;
      keepDenials(store, note, received);
      store
        .statement(
          `INSERT OR IGNORE INTO comments VALUES (:repository, :comment, :pull, :author, :kind, :appId, :digest, :createdAt, :at,
             (SELECT coalesce(max(id), 0) FROM heads))`,
        )
        .run({
          ...received,
          comment,
          pull,
          appId,
          digest,
          createdAt,
          author: author.id,
          kind: author.kind,
        });
      return;
    }
    case 'comment-change': {
      const { comment, pull, change, actor, digest } = note;
      store
        .statement(
          'INSERT INTO comment_changes (repository, comment, pull, change, actor, digest, received_at) VALUES (:repository, :comment, :pull, :change, :actor, :digest, :at)',
        )
        .run({ ...received, comment, pull, change, actor, digest });
      return;
    }
    case 'button': {
      const { actor, head, checkRun, externalId, identifier } = note;
      store
        .statement(
          `INSERT OR IGNORE INTO buttons (delivery, repository, head, check_run, external_id, identifier, actor, actor_login, actor_kind, received_at)
           VALUES (:delivery, :repository, :head, :checkRun, :externalId, :identifier, :actor, :login, :kind, :at)`,
        )
        .run({
          ...received,
          delivery: from.delivery,
          head,
          checkRun,
          externalId,
          identifier,
          actor: actor.id,
          login: actor.login,
          kind: actor.kind,
        });
      return;
    }
  }
}

/**
 * One row for each time that a pull request came to a head. Being heard of again makes it newer than what
 * was late; when it came stays, for whoever spoke in between can have looked at it.
 */
function keepHead(
  store: Store,
  { pull, head, updatedAt }: Extract<Note, { readonly kind: 'head' }>,
  received: { readonly repository: number; readonly at: Instant },
): void {
  const { repository } = received;
  const newest = store
    .statement(
      `SELECT id, head, updated_at FROM heads WHERE repository = :repository AND pull = :pull ${NEWEST_FIRST}`,
    )
    .get({ repository, pull });
  if (newest?.['head'] !== head) {
    store
      .statement(
        'INSERT OR IGNORE INTO heads (repository, pull, head, updated_at, came_at, received_at) VALUES (:repository, :pull, :head, :updatedAt, :updatedAt, :at)',
      )
      .run({ ...received, pull, head, updatedAt });
  } else if (Number(newest['updated_at']) < updatedAt) {
    // The newest of all was the newest of those before any comment, too: what comments are bound to stays.
    store
      .statement('UPDATE OR IGNORE heads SET updated_at = :updatedAt WHERE id = :id')
      .run({ updatedAt, id: Number(newest['id']) });
  }
}

export function pullsAt(store: Store, repository: number, head: CommitSha): readonly number[] {
  return store
    .statement(
      `SELECT DISTINCT h.pull FROM heads h WHERE h.repository = :repository AND h.head = :head
         AND h.id = (SELECT id FROM heads WHERE repository = h.repository AND pull = h.pull ${NEWEST_FIRST}) LIMIT 100`,
    )
    .all({ repository, head })
    .map((row) => Number(row['pull']));
}

type Row = Readonly<Record<string, unknown>>;

function commentOf(row: Row): RecordedComment {
  const head = row['head_before'];
  return {
    comment: Number(row['comment']),
    pull: Number(row['pull']),
    author: { id: Number(row['author']), kind: String(row['author_kind']) as Actor['kind'] },
    appId: row['app'] === null ? null : Number(row['app']),
    digest: String(row['digest']) as Digest,
    createdAt: Number(row['created_at']) as Instant,
    receivedAt: Number(row['received_at']) as Instant,
    headBefore: head === null || head === undefined ? null : shaOf(head),
    changed: row['changed'] === 1,
  };
}

function buttonOf(row: Row): RecordedButton {
  return {
    id: Number(row['id']),
    head: shaOf(row['head']),
    checkRun: Number(row['check_run']),
    externalId: String(row['external_id']),
    identifier: String(row['identifier']),
    actor: {
      id: Number(row['actor']),
      login: String(row['actor_login']),
      kind: String(row['actor_kind']) as Actor['kind'],
    },
    receivedAt: Number(row['received_at']) as Instant,
  };
}

function shaOf(value: unknown): CommitSha {
  const sha = commitSha(String(value));
  if (sha === undefined) throw new Error(`no object name: ${String(value)}`);
  return sha;
}
