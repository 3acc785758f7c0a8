import type { RollingHistory } from '../2-examination/rolling.ts';
import type { VerdictRecord } from '../4-verdict/verdict.ts';
import type { LawTexts } from '../caws/law.ts';
import type { LedgerStore, Precedents } from '../ports.ts';
import { type Instant, ok, type VerdictId } from '../primitives.ts';
import { glassEventsFor } from './break-glass-events.ts';
import { loadWaiverEvents } from './waiver-events.ts';

/** More verdicts than this are not read for one change; what lies beyond is then unknown, and said so. */
const VERDICTS_READ_MAX = 2_000;

/**
 * What a ledger holds that bears on a change.
 *
 * @param beside verdicts of other changes for the same spec, of which one at most lands: what they
 * would spend is not spent.
 */
export function ledgerPrecedents(
  ledger: LedgerStore,
  beside: ReadonlySet<VerdictId> = new Set(),
): Precedents {
  return {
    known: async (range, law, branches, commits) => {
      const waiverEvents = await loadWaiverEvents(ledger);
      if (!waiverEvents.ok) return waiverEvents;
      const glass = await glassEventsFor(ledger, range.head);
      if (!glass.ok) return glass;
      const events = { waiverEvents: waiverEvents.value, breakGlassEvents: glass.value };
      if (!asksForHistory(law)) return ok({ ...events, waiverUses: null, history: null });
      const entries = await ledger.recent(VERDICTS_READ_MAX + 1, 'verdict');
      if (!entries.ok) return entries;
      if (entries.value.length > VERDICTS_READ_MAX)
        return ok({ ...events, waiverUses: null, history: null });
      const own = changeName({ ...range, branches });
      // Another change has won: whoever lands one of these all the same is found by an audit.
      const superseded = await ledger.recent(VERDICTS_READ_MAX, 'superseded');
      if (!superseded.ok) return superseded;
      const unspent = new Set<string>([...beside, ...superseded.value.map(({ about }) => about)]);
      const records = entries.value.map(({ body }) => recordIn(body));
      const passed = lastPassed(records.filter(({ id }) => !unspent.has(id))).filter(
        ({ subject }) => changeName(subject) !== own && !commits.includes(subject.head),
      );
      return ok({
        ...events,
        waiverUses: usesOf(passed),
        history: historyOf(passed),
      });
    },
  };
}

/** Where there is no ledger, nothing was recorded before. */
export const noPrecedents: Precedents = {
  known: async () => ok({ waiverEvents: [], waiverUses: {}, history: { changes: [] } }),
};

/**
 * Whether the law may ask what earlier changes did. A law that asks in other words finds the history
 * unknown, which is a doubt, never a pass.
 */
function asksForHistory({ policy, organization, waivers }: LawTexts): boolean {
  return (
    [policy, organization?.policy].some((law) => law?.text.includes('rolling') === true) ||
    waivers.some(({ text }) => text.includes('max_uses'))
  );
}

function recordIn(body: string): VerdictRecord {
  // The ledger was checked when it was opened, so what stands in it is what was recorded.
  return (JSON.parse(body) as { readonly record: VerdictRecord }).record;
}

/** One change is judged many times: its newest PASS counts, also where a later push no longer passed. */
function lastPassed(newestFirst: readonly VerdictRecord[]): readonly VerdictRecord[] {
  const newest = new Map<string, VerdictRecord>();
  for (const record of newestFirst) {
    const name = changeName(record.subject);
    if (record.verdict === 'PASS' && !newest.has(name)) newest.set(name, record);
  }
  return [...newest.values()];
}

/**
 * What tells one change from the next. Names and merge bases are its author's choice, the tip of the
 * target is not: once a change has landed, the tip has moved, and what follows is another change. Where
 * the target moved for another reason a change may count twice, which is more, never less.
 */
function changeName(subject: {
  readonly branches: readonly string[];
  readonly head: string;
  readonly base: string;
}): string {
  return `${subject.branches[0] ?? subject.head} ${subject.base}`;
}

function usesOf(passed: readonly VerdictRecord[]): Record<string, number> {
  const uses = new Map<string, number>();
  for (const { law } of passed)
    for (const { id } of law.waivers) uses.set(id, (uses.get(id) ?? 0) + 1);
  return Object.fromEntries(uses);
}

/** What each change spent of its tier's budget: files that the policy excludes are not in it. */
function historyOf(passed: readonly VerdictRecord[]): RollingHistory {
  const changes = passed.flatMap(({ law, decidedAt, examination }) => {
    const spent = examination.budgets.find(({ id }) => id === 'tier')?.spent;
    if (law.spec === null || spent === undefined) return [];
    const { files, lines, linesAdded } = spent;
    return [{ spec: law.spec.id, at: Date.parse(decidedAt) as Instant, files, lines, linesAdded }];
  });
  return { changes };
}
