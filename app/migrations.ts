/**
 * How app.db came to its form: each text is one step, run once and in order, and never edited after it
 * was released. The number of steps that a file has seen stands in its header.
 */
export const migrations: readonly string[] = [
  // Deliveries stand as they came. The GUID is a header that nobody signs, so a second body under one
  // GUID is a row of its own.
  `
CREATE TABLE deliveries (id INTEGER PRIMARY KEY AUTOINCREMENT, guid TEXT NOT NULL, digest TEXT NOT NULL, event TEXT NOT NULL, received_at INTEGER NOT NULL, size INTEGER NOT NULL, body BLOB, UNIQUE (guid, digest)) STRICT;
CREATE INDEX deliveries_at ON deliveries (received_at);
CREATE TABLE heads (id INTEGER PRIMARY KEY AUTOINCREMENT, repository INTEGER NOT NULL, pull INTEGER NOT NULL, head TEXT NOT NULL, updated_at INTEGER NOT NULL, received_at INTEGER NOT NULL, UNIQUE (repository, pull, head, updated_at)) STRICT;
CREATE INDEX heads_by_head ON heads (repository, head);
CREATE TABLE comments (repository INTEGER NOT NULL, comment INTEGER NOT NULL, pull INTEGER NOT NULL, author INTEGER NOT NULL, author_kind TEXT NOT NULL, app INTEGER, digest TEXT NOT NULL, created_at INTEGER NOT NULL, received_at INTEGER NOT NULL, last_head INTEGER NOT NULL, PRIMARY KEY (repository, comment)) STRICT, WITHOUT ROWID;
CREATE TABLE comment_changes (id INTEGER PRIMARY KEY AUTOINCREMENT, repository INTEGER NOT NULL, comment INTEGER NOT NULL, pull INTEGER NOT NULL, change TEXT NOT NULL CHECK (change IN ('edited', 'deleted')), actor INTEGER NOT NULL, digest TEXT NOT NULL, received_at INTEGER NOT NULL) STRICT;
CREATE INDEX comment_changes_of ON comment_changes (repository, comment);
CREATE TABLE buttons (id INTEGER PRIMARY KEY AUTOINCREMENT, delivery TEXT NOT NULL UNIQUE, repository INTEGER NOT NULL, head TEXT NOT NULL, check_run INTEGER NOT NULL, external_id TEXT NOT NULL, identifier TEXT NOT NULL, actor INTEGER NOT NULL, actor_login TEXT NOT NULL, actor_kind TEXT NOT NULL, received_at INTEGER NOT NULL) STRICT;
CREATE INDEX buttons_at_head ON buttons (repository, head);
CREATE TABLE repositories (id INTEGER PRIMARY KEY, installation INTEGER NOT NULL, owner TEXT NOT NULL, name TEXT NOT NULL, served INTEGER NOT NULL DEFAULT 0) STRICT;
CREATE TABLE tasks (id INTEGER PRIMARY KEY AUTOINCREMENT, repository INTEGER NOT NULL REFERENCES repositories (id), subject TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('waiting', 'running', 'parked', 'resting')), since INTEGER NOT NULL, due_at INTEGER NOT NULL, not_before INTEGER NOT NULL DEFAULT 0, again INTEGER NOT NULL DEFAULT 0, attempts INTEGER NOT NULL DEFAULT 0, fence INTEGER NOT NULL DEFAULT 0, lease_until INTEGER NOT NULL DEFAULT 0, window_at INTEGER NOT NULL DEFAULT 0, window_runs INTEGER NOT NULL DEFAULT 0, reason TEXT NOT NULL DEFAULT '', UNIQUE (repository, subject)) STRICT;
CREATE INDEX tasks_due ON tasks (state, due_at);
CREATE TABLE fences (one INTEGER PRIMARY KEY CHECK (one = 1), last INTEGER NOT NULL) STRICT;
INSERT INTO fences VALUES (1, 0);
CREATE TRIGGER fences_grow BEFORE UPDATE ON fences WHEN NEW.last <= OLD.last BEGIN SELECT RAISE(ABORT, 'a fence only grows'); END;
CREATE TABLE redeliveries (guid TEXT PRIMARY KEY, asked INTEGER NOT NULL, last_at INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE marks (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
`,
  // What was said of each pull request, and what is meant for the next verdict.
  `

CREATE TABLE docket_repositories (repository_id INTEGER PRIMARY KEY, enrolled_at INTEGER NOT NULL) STRICT;
CREATE TABLE docket_pulls (repository_id INTEGER NOT NULL, pull INTEGER NOT NULL, head TEXT NOT NULL, base_branch TEXT NOT NULL, open INTEGER NOT NULL, verdict_id TEXT, verdict TEXT, valid_until INTEGER, entry INTEGER, PRIMARY KEY (repository_id, pull)) STRICT;
CREATE INDEX docket_pulls_by_head ON docket_pulls (repository_id, head) WHERE open = 1;
CREATE INDEX docket_pulls_by_end ON docket_pulls (valid_until) WHERE open = 1 AND valid_until IS NOT NULL;
CREATE TABLE docket_heads (repository_id INTEGER NOT NULL, pull INTEGER NOT NULL, head TEXT NOT NULL, seen_at INTEGER NOT NULL, PRIMARY KEY (repository_id, pull, head)) STRICT;
CREATE TABLE docket_intents (repository_id INTEGER NOT NULL, pull INTEGER NOT NULL, key TEXT NOT NULL, verdict_id TEXT NOT NULL, PRIMARY KEY (repository_id, pull)) STRICT;
CREATE TABLE docket_next (repository_id INTEGER NOT NULL, pull INTEGER NOT NULL, head TEXT NOT NULL, verdict_id TEXT NOT NULL, PRIMARY KEY (repository_id, pull)) STRICT;
CREATE TABLE docket_answers (repository_id INTEGER NOT NULL, pull INTEGER NOT NULL, command TEXT NOT NULL, PRIMARY KEY (repository_id, pull, command)) STRICT;
CREATE TABLE docket_verdicts (verdict_id TEXT PRIMARY KEY, repository_id INTEGER NOT NULL, pull INTEGER NOT NULL, head TEXT NOT NULL) STRICT, WITHOUT ROWID;
`,
  // What is asked for all the time is worked on at growing distance, and no longer put aside for it.
  `
ALTER TABLE tasks ADD COLUMN cool_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tasks ADD COLUMN pause_until INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tasks DROP COLUMN window_at;
ALTER TABLE tasks DROP COLUMN window_runs;
UPDATE tasks SET state = 'waiting', not_before = 0, reason = '' WHERE state = 'parked' AND reason = 'too-often';
`,
  // What the forge refused to let us say, and heads whose gates are waited for no longer.
  `
CREATE TABLE docket_unsaid (repository_id INTEGER NOT NULL, pull INTEGER NOT NULL, unsaid TEXT NOT NULL, PRIMARY KEY (repository_id, pull)) STRICT;
CREATE TABLE docket_cancelled (repository_id INTEGER NOT NULL, pull INTEGER NOT NULL, head TEXT NOT NULL, PRIMARY KEY (repository_id, pull)) STRICT;
`,
  // From which commits the law was read, and how often a pull request could not be read at all.
  `
ALTER TABLE docket_pulls ADD COLUMN looked_base TEXT;
ALTER TABLE docket_pulls ADD COLUMN looked_organization TEXT;
ALTER TABLE docket_pulls ADD COLUMN unread INTEGER NOT NULL DEFAULT 0;
ALTER TABLE docket_pulls ADD COLUMN mode TEXT NOT NULL DEFAULT 'enforce';
CREATE TABLE docket_owners (installation INTEGER NOT NULL, owner TEXT NOT NULL, law TEXT NOT NULL, PRIMARY KEY (installation, owner)) STRICT, WITHOUT ROWID;
`,
  // What merge queues have put together, and by which verdict each of their commits is to land.
  `
CREATE TABLE docket_groups (repository_id INTEGER NOT NULL, head TEXT NOT NULL, branch TEXT NOT NULL, seen_at INTEGER NOT NULL, group_id TEXT NOT NULL, key TEXT, PRIMARY KEY (repository_id, head)) STRICT, WITHOUT ROWID;
CREATE TABLE docket_landings (repository_id INTEGER NOT NULL, commit_id TEXT NOT NULL, verdict_id TEXT NOT NULL, PRIMARY KEY (repository_id, commit_id)) STRICT, WITHOUT ROWID;
`,
  // What was said of a queue's commit before it was decided, and since when each head is known to be there:
  // a pull request is touched later, too, and that makes its head no younger.
  `
CREATE TABLE docket_group_pages (group_id TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT, WITHOUT ROWID;
ALTER TABLE heads ADD COLUMN came_at INTEGER NOT NULL DEFAULT 0;
UPDATE heads SET came_at = updated_at;
`,
  // Under which name a verdict is shown: each target has its own.
  `
ALTER TABLE docket_pulls ADD COLUMN check_name TEXT NOT NULL DEFAULT 'CAWS verdict';
`,
  // What is still to be said to people whose words counted already.
  `
CREATE TABLE docket_sayings (id INTEGER PRIMARY KEY AUTOINCREMENT, repository_id INTEGER NOT NULL, pull INTEGER NOT NULL, command TEXT NOT NULL, saying TEXT NOT NULL, UNIQUE (repository_id, pull, command)) STRICT;
`,
  // What each check was really made to show, and which commits were left while they showed something.
  `
ALTER TABLE docket_pulls ADD COLUMN shown TEXT;
CREATE TABLE docket_left (repository_id INTEGER NOT NULL, pull INTEGER NOT NULL, head TEXT NOT NULL, since INTEGER NOT NULL, PRIMARY KEY (repository_id, pull, head)) STRICT, WITHOUT ROWID;
`,
  // Runs of workflows that answer gates, the tokens by which they spoke, and whose heads may be run at all.
  `
CREATE TABLE runs (place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, repository_id INTEGER NOT NULL, repository TEXT NOT NULL, pull INTEGER NOT NULL, head TEXT NOT NULL, key TEXT NOT NULL, attempt INTEGER NOT NULL, branch TEXT NOT NULL, file TEXT NOT NULL, state TEXT NOT NULL CHECK (state IN ('asked', 'started', 'answered', 'lost', 'over')), because TEXT NOT NULL DEFAULT '', run_id INTEGER, workflow_sha TEXT, asked_at INTEGER NOT NULL, deadline INTEGER NOT NULL, ended_at INTEGER) STRICT;
CREATE INDEX runs_at_head ON runs (repository_id, head, key);
CREATE INDEX runs_of_pull ON runs (repository_id, pull);
CREATE INDEX runs_by_run ON runs (repository_id, run_id);
CREATE TABLE run_tokens (jti TEXT PRIMARY KEY, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE TABLE runs_let (repository_id INTEGER NOT NULL, pull INTEGER NOT NULL, head TEXT NOT NULL, PRIMARY KEY (repository_id, pull, head)) STRICT, WITHOUT ROWID;
`,
  // What maintainers denied, until it was decided: whoever may write may edit and delete their comments.
  `
CREATE TABLE denials (repository INTEGER NOT NULL, pull INTEGER NOT NULL, comment INTEGER NOT NULL, line INTEGER NOT NULL, author INTEGER NOT NULL, author_login TEXT NOT NULL, author_kind TEXT NOT NULL, text TEXT NOT NULL, created_at INTEGER NOT NULL, received_at INTEGER NOT NULL, PRIMARY KEY (repository, pull, comment, line)) STRICT, WITHOUT ROWID;
CREATE INDEX denials_at ON denials (received_at);
`,
  // Until when a pull request was heard: what moved since is heard again, also where no word of it came.
  `
CREATE TABLE docket_heard (repository_id INTEGER NOT NULL, pull INTEGER NOT NULL, updated_at INTEGER NOT NULL, PRIMARY KEY (repository_id, pull)) STRICT, WITHOUT ROWID;
`,
  // The verdicts of one pull request are found however many others have.
  `
CREATE INDEX docket_verdicts_of_pull ON docket_verdicts (repository_id, pull, verdict_id);
`,
  // A button can be pressed again: each press is answered for itself, and those from before were.
  `
INSERT OR IGNORE INTO docket_answers SELECT a.repository_id, a.pull, a.command || ' ' || b.received_at FROM docket_answers a JOIN buttons b ON b.repository = a.repository_id AND a.command = 'button ' || b.check_run || ' ' || b.identifier || ' ' || b.actor;
`,
  // When each pull request was seen to be opened again: what was wished for while it was closed is over.
  `
ALTER TABLE docket_pulls ADD COLUMN reopened_at INTEGER NOT NULL DEFAULT 0;
`,
  // Patches that workers were asked for, by the command that asked or the head that failed.
  `
CREATE TABLE proposals (place INTEGER PRIMARY KEY AUTOINCREMENT, repository_id INTEGER NOT NULL, pull INTEGER NOT NULL, head TEXT NOT NULL, command TEXT NOT NULL, asker TEXT, tries INTEGER NOT NULL DEFAULT 0, is_over INTEGER NOT NULL DEFAULT 0, UNIQUE (repository_id, pull, command)) STRICT;
`,
  // The forge itself is asked what became of a pull request since a merge was wished for.
  `
ALTER TABLE docket_pulls DROP COLUMN reopened_at;
`,
  // What each pull request may stand accepted for; the ledger says whether it does.
  `
CREATE TABLE docket_accepted (repository_id INTEGER NOT NULL, pull INTEGER NOT NULL, about TEXT NOT NULL, PRIMARY KEY (repository_id, pull, about)) STRICT, WITHOUT ROWID;
`,
];
