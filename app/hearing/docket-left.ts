import type { CommitSha, Instant } from '../../src/primitives.ts';
import type { Store } from '../store.ts';
import type { Docket } from './docket.ts';

/** Which commits were left while they showed something. */
export function leftOf({ database }: Store): Pick<Docket, 'leave' | 'left' | 'tookBack'> {
  const put = database.prepare('INSERT OR IGNORE INTO docket_left VALUES (?, ?, ?, ?)');
  const all = database.prepare(
    'SELECT head, since FROM docket_left WHERE repository_id = ? AND pull = ? ORDER BY since, head',
  );
  const drop = database.prepare(
    'DELETE FROM docket_left WHERE repository_id = ? AND pull = ? AND head = ?',
  );
  return {
    leave: ({ repositoryId, pull }, head, at) => void put.run(repositoryId, pull, head, at),
    left: ({ repositoryId, pull }) =>
      all.all(repositoryId, pull).map(({ head, since }) => ({
        head: String(head) as CommitSha,
        since: Number(since) as Instant,
      })),
    tookBack: ({ repositoryId, pull }, head) => void drop.run(repositoryId, pull, head),
  };
}
