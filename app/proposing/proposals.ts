import type { CommitSha } from '../../src/primitives.ts';
import type { PullName } from '../hearing/docket.ts';
import type { Store } from '../store.ts';

/** A patch that was asked for. */
export interface AskedProposal extends PullName {
  readonly place: number;
  /** What it is to better. */
  readonly head: CommitSha;
  /** The command that asked, or the head that failed: asked for once more by the same it is the same. */
  readonly command: string;
  /** The login of whoever asked; null: the policy did. */
  readonly asker: string | null;
}

/** Which patches were asked for, and which are still to be written. Survives a crash. */
export interface Proposals {
  readonly ask: (wanted: Omit<AskedProposal, 'place'>) => void;
  /** The one that is to be written next for a pull request, or null. */
  readonly next: (name: PullName) => AskedProposal | null;
  /** How many were asked for on a pull request. */
  readonly count: (name: PullName) => number;
  readonly isAsked: (name: PullName, command: string) => boolean;
  /** One more try begins. @returns how many that makes. */
  readonly tries: (asked: AskedProposal) => number;
  /** The try did not count: it was ended by ourselves. */
  readonly untried: (asked: AskedProposal) => void;
  /** It was offered, or given up. */
  readonly over: (asked: AskedProposal) => void;
}

export function proposalsOf(store: Store): Proposals {
  const { database } = store;
  const put = database.prepare(
    'INSERT OR IGNORE INTO proposals (repository_id, pull, head, command, asker) VALUES (?, ?, ?, ?, ?)',
  );
  const waiting = database.prepare(
    'SELECT place, head, command, asker FROM proposals WHERE repository_id = ? AND pull = ? AND is_over = 0 ORDER BY place LIMIT 1',
  );
  const counted = database.prepare(
    'SELECT count(*) AS n FROM proposals WHERE repository_id = ? AND pull = ?',
  );
  const found = database.prepare(
    'SELECT 1 FROM proposals WHERE repository_id = ? AND pull = ? AND command = ?',
  );
  const tried = database.prepare(
    'UPDATE proposals SET tries = tries + ? WHERE place = ? RETURNING tries',
  );
  const end = database.prepare('UPDATE proposals SET is_over = 1 WHERE place = ?');
  return {
    ask: ({ repositoryId, pull, head, command, asker }) =>
      void put.run(repositoryId, pull, head, command, asker),
    next({ repositoryId, pull }) {
      const row = waiting.get(repositoryId, pull);
      if (row === undefined) return null;
      const asker = row['asker'] === null ? null : String(row['asker']);
      const head = String(row['head']) as CommitSha;
      const command = String(row['command']);
      return { repositoryId, pull, place: Number(row['place']), head, command, asker };
    },
    count: ({ repositoryId, pull }) => Number(counted.get(repositoryId, pull)?.['n'] ?? 0),
    isAsked: ({ repositoryId, pull }, command) =>
      found.get(repositoryId, pull, command) !== undefined,
    tries: ({ place }) => Number(tried.get(1, place)?.['tries'] ?? 0),
    untried: ({ place }) => void tried.get(-1, place),
    over: ({ place }) => void end.run(place),
  };
}
