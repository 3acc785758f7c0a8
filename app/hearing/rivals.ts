import { type Judged, rank } from '../../src/4-verdict/arbitration.ts';
import type { VerdictRecord } from '../../src/4-verdict/verdict.ts';
import type { Rivals } from '../../src/5-publication/check/reply-candidates.ts';
import type { LedgerFault } from '../../src/ports.ts';
import { ok, type Result } from '../../src/primitives.ts';
import type { HeardPull } from './heard-pull.ts';

/** Open pull requests whose verdicts are read for one table. */
const PULLS_MAX = 200;
/** Rows of one table: more are nobody's choice. */
const ROWS_MAX = 20;

/**
 * All open pull requests onto the same target whose standing verdict is under the same spec, each as it was
 * judged last. Nothing is judged again, and nothing is recorded.
 *
 * @returns null where this one has no verdict of its head, or none under a spec.
 */
export async function rivalsOf(pull: HeardPull): Promise<Result<Rivals | null, LedgerFault>> {
  const { deps, job, adjudicated } = pull;
  const own = adjudicated?.record;
  const spec = own?.law.spec?.id;
  if (own === undefined || spec === undefined) return ok(null);
  const open = deps.docket.openIn(job.repositoryId);
  const judged: Judged[] = [];
  for (const row of open.slice(0, PULLS_MAX)) {
    const isOwn = row.pull === job.pull;
    const record = isOwn ? ok(own) : await standing(row.verdict?.id, pull);
    if (!record.ok) return record;
    if (record.value === null || !isRival(record.value, own, row.head)) continue;
    judged.push({
      name: `#${row.pull}`,
      submittedAt: deps.docket.seen(row, record.value.subject.head, deps.now()),
      record: record.value,
      // As it was recorded: a judge that was heard has set half of P.
      score: record.value.deliberation.score,
    });
  }
  const candidates = rank(judged, spec, () => null).slice(0, ROWS_MAX);
  const leftOut = Math.max(0, open.length - PULLS_MAX) + judged.length - candidates.length;
  return ok({ spec, candidates, leftOut });
}

async function standing(
  id: VerdictRecord['id'] | undefined,
  { ledger }: HeardPull,
): Promise<Result<VerdictRecord | null, LedgerFault>> {
  if (id === undefined) return ok(null);
  const entry = await ledger.find('verdict', id);
  if (!entry.ok) return entry;
  return ok(
    entry.value === null
      ? null
      : (JSON.parse(entry.value.body) as { readonly record: VerdictRecord }).record,
  );
}

/** A verdict of an older head says nothing of what is open now. */
function isRival({ law, subject }: VerdictRecord, own: VerdictRecord, head: string): boolean {
  return (
    law.spec?.id === own.law.spec?.id &&
    subject.baseRef === own.subject.baseRef &&
    subject.head === head
  );
}
