import type { Store } from '../store.ts';
import type { Docket, RepositoryPlace } from './docket.ts';

/** Repositories as they were last heard of, whose owners have a law, and which are judged. */
export function placesOf({
  database,
}: Store): Pick<
  Docket,
  | 'repository'
  | 'enrolledRepositories'
  | 'owners'
  | 'repositoriesOf'
  | 'ownersLaw'
  | 'hadOwnersLaw'
  | 'keepOwnersLaw'
  | 'enrolled'
  | 'enrol'
> {
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
  const judgedByLaw = database.prepare(
    `SELECT 1 FROM docket_pulls p JOIN repositories r ON r.id = p.repository_id
      WHERE r.installation = ? AND lower(r.owner) = ? AND p.open = 1 AND p.looked_organization IS NOT NULL LIMIT 1`,
  );
  const putLaw = database.prepare('INSERT OR REPLACE INTO docket_owners VALUES (?, ?, ?)');
  const isEnrolled = database.prepare('SELECT 1 FROM docket_repositories WHERE repository_id = ?');
  const enrol = database.prepare(
    'INSERT OR IGNORE INTO docket_repositories (repository_id, enrolled_at) VALUES (?, ?)',
  );
  return {
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
    hadOwnersLaw({ installationId, owner }) {
      const key = [installationId, owner.toLowerCase()] as const;
      const kept = law.get(...key)?.['law'] ?? '';
      return kept !== '' || judgedByLaw.get(...key) !== undefined;
    },
    keepOwnersLaw: ({ installationId, owner }, text) =>
      void putLaw.run(installationId, owner.toLowerCase(), text),
    enrolled: (repositoryId) => isEnrolled.get(repositoryId) !== undefined,
    enrol: (repositoryId, at) => void enrol.run(repositoryId, at),
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
