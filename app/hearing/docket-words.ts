import type { Unsaid } from '../../src/5-publication/check/state.ts';
import type { Store } from '../store.ts';
import type { Docket, Saying } from './docket.ts';

/** Which command lines and buttons were answered, and what is still to be said of them. */
export function answersOf(
  store: Store,
): Pick<Docket, 'isAnswered' | 'answered' | 'answers' | 'sayings' | 'said' | 'unsay'> {
  const { database } = store;
  const answers = database.prepare(
    'SELECT 1 FROM docket_answers WHERE repository_id = ? AND pull = ? AND command = ?',
  );
  const putAnswer = database.prepare(
    'INSERT OR IGNORE INTO docket_answers (repository_id, pull, command) VALUES (?, ?, ?)',
  );
  const count = database.prepare(
    'SELECT count(*) AS n FROM docket_answers WHERE repository_id = ? AND pull = ?',
  );
  const sayings = database.prepare(
    'SELECT saying FROM docket_sayings WHERE repository_id = ? AND pull = ? ORDER BY id LIMIT ?',
  );
  const putSaying = database.prepare(
    'INSERT OR IGNORE INTO docket_sayings (repository_id, pull, command, saying) VALUES (?, ?, ?, ?)',
  );
  const dropSaying = database.prepare(
    'DELETE FROM docket_sayings WHERE repository_id = ? AND pull = ? AND command = ?',
  );
  const dropSayings = database.prepare(
    'DELETE FROM docket_sayings WHERE repository_id = ? AND pull = ?',
  );
  return {
    isAnswered: ({ repositoryId, pull }, key) => answers.get(repositoryId, pull, key) !== undefined,
    answered: ({ repositoryId, pull }, key, saying) =>
      store.transaction(() => {
        putAnswer.run(repositoryId, pull, key);
        if (saying !== undefined) putSaying.run(repositoryId, pull, key, JSON.stringify(saying));
      }),
    answers: ({ repositoryId, pull }) => Number(count.get(repositoryId, pull)?.['n'] ?? 0),
    sayings: ({ repositoryId, pull }, countMax) =>
      sayings
        .all(repositoryId, pull, countMax)
        .map(({ saying }) => JSON.parse(String(saying)) as Saying),
    said: ({ repositoryId, pull }, key) => void dropSaying.run(repositoryId, pull, key),
    unsay: ({ repositoryId, pull }) => void dropSayings.run(repositoryId, pull),
  };
}

/** What could not be said, and what is waited for no longer. */
export function unsaidOf({
  database,
}: Store): Pick<Docket, 'unsaid' | 'keepUnsaid' | 'isCancelled' | 'cancel'> {
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
  return {
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
  };
}
