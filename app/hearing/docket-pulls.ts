import type { Verdict, VerdictRecord } from '../../src/4-verdict/verdict.ts';
import type { CommitSha, Digest, Instant, VerdictId } from '../../src/primitives.ts';
import type { Store } from '../store.ts';
import type { Docket, DocketRow } from './docket.ts';

interface PullRecord {
  readonly repository_id: number;
  readonly pull: number;
  readonly head: string;
  readonly base_branch: string;
  readonly check_name: string;
  readonly open: number;
  readonly verdict_id: string | null;
  readonly verdict: string | null;
  readonly mode: string;
  readonly valid_until: number | null;
  readonly entry: number | null;
  readonly shown: string | null;
  readonly looked_base: string | null;
  readonly looked_organization: string | null;
  readonly unread: number;
}

/** What was last said of each pull request. */
export function pullsOf({
  database,
}: Store): Pick<Docket, 'row' | 'save' | 'openAt' | 'openIn' | 'modeInto' | 'lapsed'> {
  const one = database.prepare('SELECT * FROM docket_pulls WHERE repository_id = ? AND pull = ?');
  const put = database.prepare(
    `INSERT OR REPLACE INTO docket_pulls
       (repository_id, pull, head, base_branch, open, verdict_id, verdict, valid_until, entry, looked_base, looked_organization, unread, mode, check_name, shown)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const atHead = database.prepare(
    'SELECT * FROM docket_pulls WHERE repository_id = ? AND head = ? AND open = 1 ORDER BY pull',
  );
  const inRepository = database.prepare(
    'SELECT * FROM docket_pulls WHERE repository_id = ? AND open = 1 ORDER BY pull',
  );
  const modes = database.prepare(
    `SELECT mode FROM docket_pulls WHERE repository_id = ? AND base_branch = ? AND verdict_id IS NOT NULL ORDER BY entry DESC LIMIT 1`,
  );
  const ended = database.prepare(
    `SELECT repository_id, pull FROM docket_pulls
      WHERE open = 1 AND valid_until IS NOT NULL AND valid_until <= ? ORDER BY valid_until`,
  );
  return {
    row({ repositoryId, pull }) {
      const found = one.get(repositoryId, pull) as PullRecord | undefined;
      return found === undefined ? null : rowOf(found);
    },
    save: (row) => void put.run(...valuesOf(row)),
    openAt: (repositoryId, head) =>
      (atHead.all(repositoryId, head) as unknown as PullRecord[]).map(rowOf),
    openIn: (repositoryId) =>
      (inRepository.all(repositoryId) as unknown as PullRecord[]).map(rowOf),
    modeInto: (repositoryId, baseBranch) =>
      modes.get(repositoryId, baseBranch)?.['mode'] === 'observe' ? 'observe' : 'enforce',
    lapsed: (now) =>
      (ended.all(now) as unknown as PullRecord[]).map((found) => ({
        repositoryId: found.repository_id,
        pull: found.pull,
      })),
  };
}

/** In the order of the statement above. */
function valuesOf(row: DocketRow): readonly (string | number | null)[] {
  const { verdict } = row;
  return [
    row.repositoryId,
    row.pull,
    row.head,
    row.baseBranch,
    row.open ? 1 : 0,
    verdict?.id ?? null,
    verdict?.word ?? null,
    verdict?.validUntil ?? null,
    verdict?.entry ?? null,
    row.looked?.base ?? null,
    row.looked?.organization ?? null,
    row.unread,
    verdict?.mode ?? 'enforce',
    row.name,
    row.shown,
  ];
}

function rowOf(found: PullRecord): DocketRow {
  const { verdict_id: id, verdict, entry } = found;
  return {
    repositoryId: found.repository_id,
    pull: found.pull,
    head: found.head as CommitSha,
    baseBranch: found.base_branch,
    name: found.check_name,
    open: found.open === 1,
    verdict:
      id === null || verdict === null || entry === null
        ? null
        : {
            id: id as VerdictId,
            word: verdict as Verdict,
            mode: found.mode as VerdictRecord['mode'],
            validUntil: found.valid_until as Instant | null,
            entry,
          },
    shown: found.shown as VerdictId | null,
    looked:
      found.looked_base === null
        ? null
        : {
            base: found.looked_base as CommitSha,
            organization: found.looked_organization as Digest | null,
          },
    unread: found.unread,
  };
}
