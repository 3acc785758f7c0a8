import type { Store } from '../store.ts';
import type { Docket } from './docket.ts';

/** Where a pull request may stand accepted; whether it does is in the ledger. */
export function acceptedOf({
  database,
}: Store): Pick<Docket, 'accepted' | 'keepAccepted' | 'dropAccepted'> {
  const all = database.prepare(
    'SELECT about FROM docket_accepted WHERE repository_id = ? AND pull = ? ORDER BY about',
  );
  const put = database.prepare('INSERT OR IGNORE INTO docket_accepted VALUES (?, ?, ?)');
  const drop = database.prepare(
    'DELETE FROM docket_accepted WHERE repository_id = ? AND pull = ? AND about = ?',
  );
  return {
    accepted: ({ repositoryId, pull }) =>
      all.all(repositoryId, pull).map(({ about }) => String(about)),
    keepAccepted: ({ repositoryId, pull }, about) => void put.run(repositoryId, pull, about),
    dropAccepted: ({ repositoryId, pull }, about) => void drop.run(repositoryId, pull, about),
  };
}
