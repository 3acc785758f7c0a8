/** What people denied on pull requests, as the comments came: kept until it is decided, and no longer than it can matter. */
import { isDenial } from '../../src/4-verdict/commands/verbs.ts';
import type { Actor } from '../../src/forge.ts';
import type { Instant } from '../../src/primitives.ts';
import { readingOf } from '../comment-readings.ts';
import type { Store } from '../store.ts';
import type { Note } from './concern-types.ts';

/** One line of a comment that denies something, as its `created` delivery brought it. */
export interface RecordedDenial {
  readonly comment: number;
  readonly author: Actor;
  /** 1-based line of the comment, and what was typed there. */
  readonly line: number;
  readonly text: string;
  readonly createdAt: Instant;
}

/** Denials that were not decided yet. */
export interface Denials {
  /** Of one pull request, oldest comment first. */
  readonly denials: (repositoryId: number, pull: number) => readonly RecordedDenial[];
  /** It was decided: what was typed is not kept any longer. */
  readonly dropDenial: (
    repositoryId: number,
    denial: { readonly pull: number; readonly comment: number; readonly line: number },
  ) => void;
}

/** Undecided lines of one person on one pull request. Whoever says more hides no word but their own. */
const OF_ONE_PERSON_MAX = 100;
/** A pull request that stays closed is never heard: what was denied there outlives every waiver, and ends. */
const KEPT_MS = 400 * 86_400_000;

export function denialsOf(store: Store): Denials {
  return {
    denials: (repository, pull) =>
      store
        .statement(
          'SELECT * FROM denials WHERE repository = :repository AND pull = :pull ORDER BY comment, line',
        )
        .all({ repository, pull })
        .map((row) => ({
          comment: Number(row['comment']),
          author: {
            id: Number(row['author']),
            login: String(row['author_login']),
            kind: String(row['author_kind']) as Actor['kind'],
          },
          line: Number(row['line']),
          text: String(row['text']),
          createdAt: Number(row['created_at']) as Instant,
        })),
    dropDenial: (repository, { pull, comment, line }) =>
      void store
        .statement(
          'DELETE FROM denials WHERE repository = :repository AND pull = :pull AND comment = :comment AND line = :line',
        )
        .run({ repository, pull, comment, line }),
  };
}

/** Inside a transaction of the caller. */
export function keepDenials(
  store: Store,
  {
    pull,
    comment,
    author,
    appId,
    createdAt,
    text: whole,
  }: Extract<Note, { readonly kind: 'comment' }>,
  { repository, at }: { readonly repository: number; readonly at: Instant },
): void {
  const { id, login, kind } = author;
  // What an app writes is no command.
  const { commands } = appId === null ? readingOf(whole) : { commands: [] };
  for (const { line, text } of commands.filter(({ command }) => isDenial(command.verb)))
    store
      .statement(
        `INSERT OR IGNORE INTO denials
         SELECT :repository, :pull, :comment, :line, :id, :login, :kind, :text, :createdAt, :at
         WHERE (SELECT count(*) FROM denials WHERE repository = :repository AND pull = :pull AND author = :id) < ${OF_ONE_PERSON_MAX}`,
      )
      .run({ repository, pull, comment, line, id, login, kind, text, createdAt, at });
}

/** Drops what is too old to matter. @returns how many. */
export function sweepDenials(store: Store, now: Instant, most: number): number {
  const swept = store
    .statement(
      'DELETE FROM denials WHERE (repository, pull, comment, line) IN (SELECT repository, pull, comment, line FROM denials WHERE received_at <= :before LIMIT :most)',
    )
    .run({ before: now - KEPT_MS, most });
  return Number(swept.changes);
}
