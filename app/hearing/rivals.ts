import {
  type AcceptanceEntry,
  type AcceptanceRecord,
  acceptanceAbout,
  acceptedAmong,
  isStanding,
} from '../../src/4-verdict/acceptance.ts';
import {
  type ComparisonRecord,
  type Judged,
  pairsToCompare,
  preferenceIn,
  rank,
} from '../../src/4-verdict/arbitration.ts';
import type { VerdictRecord } from '../../src/4-verdict/verdict.ts';
import type { Rivals } from '../../src/5-publication/check/reply-candidates.ts';
import { scoreWithoutOpinion } from '../../src/arbitration/compare.ts';
import type { ArbitrationFault } from '../../src/arbitration/lease.ts';
import type { LedgerFault, LedgerStore } from '../../src/ports.ts';
import { ok, type Result } from '../../src/primitives.ts';
import { newestAcceptance } from './acceptance-entries.ts';
import type { HeardPull } from './heard-pull.ts';

/** Open pull requests whose verdicts are read for one table. */
const PULLS_MAX = 200;
/** Rows of one table: more are nobody's choice. */
const ROWS_MAX = 20;

/** What is open for one spec, each as it was judged, before anybody puts it in order. */
export interface Rivalry {
  readonly spec: string;
  readonly judged: readonly Judged[];
  /** Open pull requests that were not looked at. */
  readonly leftOut: number;
}

/** What finding rivals needs: the verdict on the head that asks, and who else is open. */
type Asking = Pick<HeardPull, 'deps' | 'job' | 'ledger'> & {
  readonly own: VerdictRecord | undefined;
};

/**
 * All open pull requests onto the same target whose standing verdict is under the same spec, each as it was
 * judged last, the one that asks among them. Nothing is judged again, and nothing is recorded.
 *
 * @returns null where this one has no verdict of its head, or none under a spec.
 */
export async function rivalryOf({
  deps,
  job,
  ledger,
  own,
}: Asking): Promise<Result<Rivalry | null, ArbitrationFault>> {
  const spec = own?.law.spec?.id;
  if (own === undefined || spec === undefined) return ok(null);
  // The one that asks is looked at however many others there are.
  const open = deps.docket
    .openIn(job.repositoryId)
    .filter(({ baseBranch }) => `refs/heads/${baseBranch}` === own.subject.baseRef)
    .toSorted((one, other) => Number(other.pull === job.pull) - Number(one.pull === job.pull));
  const judged: Judged[] = [];
  for (const row of open.slice(0, PULLS_MAX)) {
    const isOwn = row.pull === job.pull;
    const record = isOwn ? ok(own) : await standing(row.verdict?.id, ledger);
    if (!record.ok) return record;
    if (record.value === null || !isRival(record.value, own, row.head)) continue;
    const score = await scoreWithoutOpinion(record.value, { ledger, reports: deps.reports });
    if (!score.ok) return score;
    judged.push({
      name: `#${row.pull}`,
      submittedAt: deps.docket.seen(row, record.value.subject.head, deps.now()),
      record: record.value,
      score: score.value,
    });
  }
  return ok({ spec, judged, leftOut: Math.max(0, open.length - PULLS_MAX) });
}

/** The table of all that is open for the spec of a pull request, in the order of what was compared last. */
export async function rivalsOf(pull: HeardPull): Promise<Result<Rivals | null, ArbitrationFault>> {
  const { adjudicated, ledger, deps } = pull;
  const rivalry = await rivalryOf({ ...pull, own: adjudicated?.record });
  if (!rivalry.ok || rivalry.value === null) return rivalry.ok ? ok(null) : rivalry;
  const known = await newestComparison(rivalry.value.spec, ledger);
  if (!known.ok) return known;
  const accepted = await acceptedIn(rivalry.value, ledger);
  if (!accepted.ok) return accepted;
  const isDebated = deps.debating !== null;
  return ok(rivalsIn(rivalry.value, { known: known.value, accepted: accepted.value, isDebated }));
}

/** Whom people accepted of those that are open; null: nobody. */
export async function acceptedIn(
  { spec, judged }: Rivalry,
  ledger: LedgerStore,
): Promise<Result<AcceptanceEntry<AcceptanceRecord> | null, LedgerFault>> {
  const baseRef = judged[0]?.record.subject.baseRef ?? '';
  const newest = await newestAcceptance(acceptanceAbout({ baseRef, spec }), ledger);
  if (!newest.ok) return newest;
  return ok(isStanding(newest.value) ? newest.value : null);
}

/** Those of a comparison that was recorded, in its order as far as it is about the same verdicts. */
export function rivalsIn(
  { spec, judged, leftOut }: Rivalry,
  {
    known,
    accepted,
    isDebated,
  }: {
    readonly known: ComparisonRecord | null;
    readonly accepted: AcceptanceEntry<AcceptanceRecord> | null;
    readonly isDebated: boolean;
  },
): Rivals {
  const ranked = rank(judged, spec, preferenceIn(known?.compared ?? []));
  const winner = ranked.find(({ head }) => head === accepted?.body.head)?.verdict;
  const all = winner === undefined ? ranked : acceptedAmong(ranked, winner);
  const pairs = pairsToCompare(judged, spec);
  const heard = pairs.filter(([one, other]) => isCompared(known, one, other)).length;
  return {
    spec,
    candidates: all.slice(0, ROWS_MAX),
    leftOut: leftOut + Math.max(0, all.length - ROWS_MAX),
    accepted:
      accepted === null
        ? null
        : {
            ...{ pull: accepted.body.pull, head: accepted.body.head },
            ...{ by: accepted.body.by.login, entry: accepted.sequence },
          },
    near: { pairs: pairs.length, heard, isDebated },
  };
}

/** Whether a judge came to an opinion on two verdicts, or to none by itself. */
export const isCompared = (known: ComparisonRecord | null, one: Judged, other: Judged): boolean =>
  known?.compared.some(({ between }) =>
    [one, other].every(({ record }) => between.includes(record.id)),
  ) === true;

export async function newestComparison(
  spec: string,
  ledger: LedgerStore,
): Promise<Result<ComparisonRecord | null, LedgerFault>> {
  const entry = await ledger.find('comparison', spec);
  if (!entry.ok) return entry;
  return ok(entry.value === null ? null : (JSON.parse(entry.value.body) as ComparisonRecord));
}

async function standing(
  id: VerdictRecord['id'] | undefined,
  ledger: LedgerStore,
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
