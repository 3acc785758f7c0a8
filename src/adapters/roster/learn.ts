import { setImmediate as nextTurn } from 'node:timers/promises';
import type { VerdictRecord } from '../../4-verdict/verdict.ts';
import type { ModelEvent } from '../../models/events.ts';
import type { RosterStorageFault } from '../../models/faults.ts';
import { type Instant, ok, type Result } from '../../primitives.ts';
import type { SqliteLedger } from '../store-sqlite/ledger.ts';
import { entriesAfter } from '../store-sqlite/rows.ts';
import { verdictBodyOf } from '../store-sqlite/verdict-proof.ts';
import { applyEvents } from './applying.ts';
import type { Roster } from './roster.ts';

/** What reading the ledger again brought. */
export interface Learned {
  /** Verdicts that stood in the ledger and not yet here. */
  readonly verdicts: number;
  /** Events that follow from them, and from commits that took others back. */
  readonly events: number;
  readonly refused: number;
}

/** A commit that landed by a verdict, and the one that took it back. */
export interface Reverted {
  readonly verdict: string;
  readonly landed: string;
  readonly by: string;
}

/** Entries of one transaction. */
const ENTRIES_AT_ONCE = 500;
/** Events of one transaction; whoever writes meanwhile waits for some 100 ms. */
const EVENTS_AT_ONCE = 500;

/**
 * Takes from ledgers what became of the models' tasks: verdicts, the waivers they rest on, and where
 * people let through what a verdict or a judge held up. A task is found by the commit that it made.
 *
 * Reading twice changes nothing, and a verdict that came before its task was known is kept until it is. Between
 * two transactions whoever else lives in this process has a turn.
 *
 * @param reverted commits that were taken back; see `revertedIn`.
 */
export async function learn(
  roster: Roster,
  ledgers: readonly SqliteLedger[],
  reverted: readonly Reverted[],
  at: Instant,
): Promise<Result<Learned, RosterStorageFault>> {
  let verdicts = 0;
  for (const ledger of ledgers) {
    const kept = await keepVerdicts(roster, ledger);
    if (!kept.ok) return kept;
    verdicts += kept.value;
  }
  const events = roster.read(() => [
    ...verdictEvents(roster, at),
    ...overruledJudges(roster, at),
    ...revertEvents(roster, reverted, at),
  ]);
  if (!events.ok) return events;
  let refused = 0;
  for (let from = 0; from < events.value.length; from += EVENTS_AT_ONCE) {
    const applied = applyEvents(roster, events.value.slice(from, from + EVENTS_AT_ONCE));
    if (!applied.ok) return applied;
    refused += applied.value.filter((each) => !each.ok).length;
    await nextTurn();
  }
  return ok({ verdicts, events: events.value.length - refused, refused });
}

/** What is kept of a verdict's record. */
interface KeptVerdict {
  readonly verdict: VerdictRecord['verdict'];
  readonly waivers: readonly string[];
  readonly brokenGlass: boolean;
  /** Judges whose doubt people waived. */
  readonly overruled: readonly { readonly name: string; readonly file: string | null }[];
}

/** Copies what is new in the ledger. Its entries and how far they were read are written together. */
async function keepVerdicts(
  roster: Roster,
  ledger: SqliteLedger,
): Promise<Result<number, RosterStorageFault>> {
  const source = `ledger ${ledger.id}`;
  let kept = 0;
  for (;;) {
    const read = roster.write(() => {
      const row = roster.statement('SELECT sequence FROM cursors WHERE source = ?').get(source);
      // A ledger that was put back to an older copy is read from its beginning.
      const last = Number(row?.['sequence'] ?? 0);
      const from = last > (ledger.head?.sequence ?? 0) ? 0 : last;
      let [to, count] = [from, 0];
      for (const entry of entriesAfter(ledger.storage.database, from)) {
        to = entry.sequence;
        count += 1;
        const body = entry.kind === 'verdict' ? verdictBodyOf(entry) : null;
        if (body !== null) kept += keepVerdict(roster, body.record);
        if (count === ENTRIES_AT_ONCE) break;
      }
      roster
        .statement(
          'INSERT INTO cursors VALUES (?, ?) ON CONFLICT DO UPDATE SET sequence = excluded.sequence',
        )
        .run(source, to);
      return count;
    });
    if (!read.ok) return read;
    if (read.value < ENTRIES_AT_ONCE) return ok(kept);
    await nextTurn();
  }
}

function keepVerdict(roster: Roster, record: VerdictRecord): number {
  const { law, deliberation, examination } = record;
  // What people chose says nothing of how good a change is; it is judged by itself once more when that ends.
  if (examination.findings.some(({ rule }) => rule === 'spec.superseded')) return 0;
  const doubt = deliberation.findings.find(({ rule }) => rule === 'judge.concern');
  const judges = doubt !== undefined && doubt.waivedBy !== null ? deliberation.judge?.models : [];
  const kept: KeptVerdict = {
    verdict: record.verdict,
    waivers: law.waivers.map(({ id }) => id),
    brokenGlass: law.breakGlass !== undefined,
    overruled: (judges ?? []).map(({ name, file }) => ({ name, file })),
  };
  const { changes } = roster
    .statement('INSERT INTO verdicts VALUES (?, ?, ?) ON CONFLICT DO NOTHING')
    .run(record.id, record.subject.head, JSON.stringify(kept));
  return Number(changes);
}

/** Verdicts on tasks that do not count them yet, oldest first: ids of verdicts are sorted by time. */
function* verdictEvents(roster: Roster, at: Instant): Generator<ModelEvent> {
  const rows = roster
    .statement(
      `SELECT decision, v.id AS id, v.body AS body FROM verdicts v JOIN tasks t ON t.head = v.head
       WHERE t.facts IS NOT NULL AND NOT EXISTS
         (SELECT 1 FROM events e WHERE e.key = 'verdict ' || v.id || ' ' || decision)
       ORDER BY v.id`,
    )
    .all();
  for (const row of rows) {
    const [decision, id] = [String(row['decision']), String(row['id'])];
    const { verdict, waivers, brokenGlass } = JSON.parse(String(row['body'])) as KeptVerdict;
    yield { kind: 'verdict', at, decision, verdict, id, waivers, brokenGlass };
    if (brokenGlass)
      yield { kind: 'override', at, decision, model: null, by: 'break-glass', verdict: id };
  }
}

/** A judge is known by its weights, or by its name where somebody else serves it. */
function* overruledJudges(roster: Roster, at: Instant): Generator<ModelEvent> {
  const rows = roster
    .statement(
      `SELECT DISTINCT m.id AS model, v.id AS id FROM verdicts v, json_each(v.body, '$.overruled') j
       JOIN models m ON m.role = 'judge' AND (m.id = json_extract(j.value, '$.name')
         OR json_extract(m.profile, '$.digest') = json_extract(j.value, '$.file'))
       WHERE NOT EXISTS (SELECT 1 FROM events e WHERE e.key = 'override ' || v.id || ' ' || m.id)
       ORDER BY v.id`,
    )
    .all();
  for (const row of rows) {
    const [model, verdict] = [String(row['model']), String(row['id'])];
    yield { kind: 'override', at, decision: null, model, by: 'waiver', verdict };
  }
}

function* revertEvents(
  roster: Roster,
  reverted: readonly Reverted[],
  at: Instant,
): Generator<ModelEvent> {
  const tasks = roster.statement(
    `SELECT decision FROM verdicts v JOIN tasks t ON t.head = v.head WHERE v.id = ?1
       AND t.facts IS NOT NULL AND NOT EXISTS
         (SELECT 1 FROM events e WHERE e.key = 'revert ' || ?2 || ' ' || decision)`,
  );
  for (const { verdict, landed, by } of reverted)
    for (const row of tasks.all(verdict, by))
      yield { kind: 'revert', at, decision: String(row['decision']), landed, by };
}
