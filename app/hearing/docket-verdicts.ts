import type { CommitSha, Instant, VerdictId } from '../../src/primitives.ts';
import type { Store } from '../store.ts';
import type { Docket } from './docket.ts';

/** When each head was first heard of, and the id that its next verdict has. */
export function headsOf({
  database,
}: Store): Pick<Docket, 'seen' | 'nextId' | 'placeOf' | 'verdictsOf'> {
  const firstSeen = database.prepare(
    `INSERT INTO docket_heads (repository_id, pull, head, seen_at) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET seen_at = seen_at RETURNING seen_at`,
  );
  const next = database.prepare(
    'SELECT verdict_id FROM docket_next WHERE repository_id = ? AND pull = ? AND head = ?',
  );
  const putNext = database.prepare(
    'INSERT OR REPLACE INTO docket_next (repository_id, pull, head, verdict_id) VALUES (?, ?, ?, ?)',
  );
  const place = database.prepare(
    'SELECT repository_id, pull, head FROM docket_verdicts WHERE verdict_id = ?',
  );
  // An id begins with the millisecond it was made in, so ids sort by time.
  const ofPull = database.prepare(
    'SELECT verdict_id FROM docket_verdicts WHERE repository_id = ? AND pull = ? ORDER BY verdict_id DESC LIMIT ?',
  );
  const putPlace = database.prepare(
    'INSERT OR IGNORE INTO docket_verdicts (verdict_id, repository_id, pull, head) VALUES (?, ?, ?, ?)',
  );
  return {
    seen({ repositoryId, pull }, head, now) {
      const found = firstSeen.get(repositoryId, pull, head, now) as { readonly seen_at: number };
      return found.seen_at as Instant;
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
    placeOf(id) {
      const found = place.get(id) as
        | { readonly repository_id: number; readonly pull: number; readonly head: string }
        | undefined;
      if (found === undefined) return null;
      const { repository_id: repositoryId, pull, head } = found;
      return { repositoryId, pull, head: head as CommitSha };
    },
    verdictsOf: ({ repositoryId, pull }, countMax) =>
      ofPull.all(repositoryId, pull, countMax).map(({ verdict_id: id }) => String(id) as VerdictId),
  };
}

/** Which verdict is meant for which inputs. */
export function intentsOf({ database }: Store): Pick<Docket, 'intent' | 'intend' | 'forgetIntent'> {
  const intents = database.prepare(
    'SELECT verdict_id FROM docket_intents WHERE repository_id = ? AND pull = ? AND key = ?',
  );
  const putIntent = database.prepare(
    'INSERT OR REPLACE INTO docket_intents (repository_id, pull, key, verdict_id) VALUES (?, ?, ?, ?)',
  );
  const dropIntent = database.prepare(
    'DELETE FROM docket_intents WHERE repository_id = ? AND pull = ?',
  );
  const dropNext = database.prepare(
    'DELETE FROM docket_next WHERE repository_id = ? AND pull = ? AND verdict_id = ?',
  );
  return {
    intent({ repositoryId, pull }, key) {
      const found = intents.get(repositoryId, pull, key) as
        | { readonly verdict_id: string }
        | undefined;
      return found === undefined ? null : (found.verdict_id as VerdictId);
    },
    // The intent first: a crash between the two gives the next verdict the id of this one, which its
    // inputs then still name.
    intend({ repositoryId, pull }, key, id) {
      putIntent.run(repositoryId, pull, key, id);
      dropNext.run(repositoryId, pull, id);
    },
    forgetIntent: ({ repositoryId, pull }) => void dropIntent.run(repositoryId, pull),
  };
}
