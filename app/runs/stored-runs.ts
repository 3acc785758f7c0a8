import type { RunCase } from '../../src/3-deliberation/runner/run-case.ts';
import type { CommitSha, Digest, Instant } from '../../src/primitives.ts';
import type { Store } from '../store.ts';
import type { Run, RunState, Runs } from './runs.ts';

/** A head that is still open after so long is run again where somebody asks. */
const KEPT_MS = 90 * 86_400_000;

/** Runs as app.db keeps them. */
export function runsOf(store: Store): Runs {
  return { ...readingOf(store), ...writingOf(store), ...permitsOf(store) };
}

function readingOf({ statement }: Store): Pick<Runs, 'byId' | 'of' | 'pullsOf' | 'ofPull'> {
  const all = (sql: string, ...values: readonly (string | number)[]): readonly Run[] =>
    (statement(sql).all(...values) as unknown as RunRecord[]).map(runOf);
  return {
    byId: (id) => all('SELECT * FROM runs WHERE id = ?', id)[0] ?? null,
    of: (repositoryId, head, key) =>
      all(
        `SELECT * FROM runs WHERE repository_id = ? AND head = ? AND key = ? AND state <> 'over' ORDER BY place`,
        ...[repositoryId, head, key],
      ),
    pullsOf: (repositoryId, runId) =>
      all('SELECT * FROM runs WHERE repository_id = ? AND run_id = ?', repositoryId, runId).map(
        ({ pull }) => pull,
      ),
    ofPull: ({ repositoryId, pull }) =>
      all(
        `SELECT * FROM runs WHERE repository_id = ? AND pull = ? AND state <> 'over' ORDER BY place`,
        ...[repositoryId, pull],
      ),
  };
}

function writingOf(store: Store): Pick<Runs, 'begin' | 'started' | 'answered' | 'ended' | 'drop'> {
  const { statement } = store;
  return {
    begin(run, now) {
      statement('DELETE FROM runs WHERE ended_at < ?').run(now - KEPT_MS);
      statement(
        `INSERT INTO runs (id, repository_id, repository, pull, head, key, attempt, branch, file, state, asked_at, deadline)
         VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'asked', ?, ?)`,
      ).run(
        ...[run.id, run.repositoryId, run.repository, run.pull, run.head, run.key, run.attempt],
        ...[run.branch, JSON.stringify(run.file), run.askedAt, run.deadline],
      );
      const nothing = { because: '', runId: null, workflowSha: null, endedAt: null } as const;
      return { ...run, ...nothing, state: 'asked' };
    },
    started: (id, runId, workflowSha) =>
      void statement(
        `UPDATE runs SET state = 'started', run_id = ?, workflow_sha = ? WHERE id = ? AND state = 'asked'`,
      ).run(runId, workflowSha, id),
    answered: (id, now) =>
      void statement(
        `UPDATE runs SET state = 'answered', ended_at = ? WHERE id = ? AND state IN ('asked', 'started')`,
      ).run(now, id),
    ended: (id, how, because, now) =>
      void statement('UPDATE runs SET state = ?, because = ?, ended_at = ? WHERE id = ?').run(
        ...[how, because, now, id],
      ),
    drop: (id) => void statement('DELETE FROM runs WHERE id = ?').run(id),
  };
}

function permitsOf(store: Store): Pick<Runs, 'useToken' | 'isLet' | 'let'> {
  const { statement } = store;
  return {
    useToken: (id, until, now) =>
      store.transaction(() => {
        statement('DELETE FROM run_tokens WHERE until < ?').run(now);
        const put = statement('INSERT OR IGNORE INTO run_tokens (jti, until) VALUES (?, ?)');
        return put.run(id, until).changes === 1;
      }),
    isLet: ({ repositoryId, pull }, head) =>
      statement('SELECT 1 FROM runs_let WHERE repository_id = ? AND pull = ? AND head = ?').get(
        ...[repositoryId, pull, head],
      ) !== undefined,
    let: ({ repositoryId, pull }, head) =>
      void statement(
        'INSERT OR IGNORE INTO runs_let (repository_id, pull, head) VALUES (?, ?, ?)',
      ).run(repositoryId, pull, head),
  };
}

interface RunRecord {
  readonly id: string;
  readonly repository_id: number;
  readonly repository: string;
  readonly pull: number;
  readonly head: string;
  readonly key: string;
  readonly attempt: number;
  readonly branch: string;
  readonly file: string;
  readonly state: string;
  readonly because: string;
  readonly run_id: number | null;
  readonly workflow_sha: string | null;
  readonly asked_at: number;
  readonly deadline: number;
  readonly ended_at: number | null;
}

function runOf(found: RunRecord): Run {
  const { id, repository, pull, attempt, branch, because } = found;
  return {
    ...{ id, repository, pull, attempt, branch, because },
    repositoryId: found.repository_id,
    head: found.head as CommitSha,
    key: found.key as Digest,
    file: JSON.parse(found.file) as RunCase,
    state: found.state as RunState,
    runId: found.run_id,
    workflowSha: found.workflow_sha as CommitSha | null,
    askedAt: found.asked_at as Instant,
    deadline: found.deadline as Instant,
    endedAt: found.ended_at as Instant | null,
  };
}
