import type { LivePull } from '../../src/forge.ts';
import type { Instant } from '../../src/primitives.ts';
import type { Store } from '../store.ts';
import type { Docket } from './docket.ts';

/** Until when each pull request was heard, by the forge's clock. */
export function heardOf({ database }: Store): Pick<Docket, 'heardUntil' | 'heard'> {
  const until = database.prepare(
    'SELECT updated_at FROM docket_heard WHERE repository_id = ? AND pull = ?',
  );
  const put = database.prepare(
    'INSERT OR REPLACE INTO docket_heard (repository_id, pull, updated_at) VALUES (?, ?, ?)',
  );
  return {
    heardUntil({ repositoryId, pull }) {
      const found = until.get(repositoryId, pull);
      return found === undefined ? null : (Number(found['updated_at']) as Instant);
    },
    heard: ({ repositoryId, pull }, updatedAt) => void put.run(repositoryId, pull, updatedAt),
  };
}

/** A second, and what two clocks may lie apart. */
const TICK_MS = 2_000;

/** The forge tells times to the second: what comes within one that was just heard is found by one more look. */
export function heardUntil({ updatedAt }: Pick<LivePull, 'updatedAt'>, now: Instant): Instant {
  return now < updatedAt + TICK_MS ? ((updatedAt - 1) as Instant) : updatedAt;
}
