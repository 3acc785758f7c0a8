import type { RollingHistory } from '../2-examination/rolling.ts';
import { lifetimeOf } from '../2-examination/waiver-grounds.ts';
import type { VerdictRecord } from '../4-verdict/verdict.ts';
import { DAY_MS } from '../4-verdict/waivers/event.ts';
import type { LawTexts } from '../caws/law.ts';
import type { Policy } from '../caws/policy.ts';
import { readLawPolicy } from '../caws/read-policy.ts';
import { readWaivers } from '../caws/read-waiver.ts';
import type { LedgerEntry, LedgerStore, Precedents } from '../ports.ts';
import { type CommitSha, type Instant, ok, type VerdictId } from '../primitives.ts';
import { glassEventsFor } from './break-glass-events.ts';
import { type Noted, noting } from './noted-entries.ts';
import { shippedPolicy } from './shipped.ts';
import { waiverEventsFor } from './waiver-events.ts';

/**
 * Verdicts of one window that are looked through; where there are more, what was spent is unknown, and said so.
 * Measured with 10,000 of 15 kB: each takes 0.3 to 0.5 ms once while the ledger is open,
 * in parts between which others go on. So this is 25 s at most, once, and in a week one verdict every twelve seconds.
 */
const VERDICTS_READ_MAX = 50_000;

/**
 * What a ledger holds that bears on a change.
 *
 * @param beside verdicts of other changes for the same spec, of which one at most lands: what they
 * would spend is not spent.
 */
export function ledgerPrecedents(
  ledger: LedgerStore,
  beside: ReadonlySet<VerdictId> = new Set(),
  verdictsMax: number = VERDICTS_READ_MAX,
): Precedents {
  return {
    known: async (range, law, branches, commits, at) => {
      const waiverEvents = await waiverEventsFor(ledger, { name: branches[0] ?? null, at });
      if (!waiverEvents.ok) return waiverEvents;
      const glass = await glassEventsFor(ledger, range.head);
      if (!glass.ok) return glass;
      const events = { waiverEvents: waiverEvents.value, breakGlassEvents: glass.value };
      const unknown = ok({ ...events, waiverUses: null, history: null });
      const asked = asksForHistory(law) ? windowsOf(law, at) : null;
      if (asked === null) return unknown;
      const { days, since, usedSince } = asked;
      const wanted = { since: Math.min(since, usedSince), max: verdictsMax };
      const verdicts = await readVerdicts(ledger, wanted);
      if (!verdicts.ok) return verdicts;
      if (verdicts.value === null) return unknown;
      const own = changeName({ ...range, branches });
      const superseded = await readSuperseded(ledger, wanted);
      if (!superseded.ok) return superseded;
      if (superseded.value === null) return unknown;
      // Another change has won: whoever lands one of these all the same is found by an audit.
      const unspent = new Set<string>([...beside, ...superseded.value.map(({ about }) => about)]);
      const passed = lastPassed(verdicts.value.filter(({ about }) => !unspent.has(about))).filter(
        ({ note }) => note.name !== own && !commits.includes(note.head),
      );
      return ok({
        ...events,
        waiverUses: usesOf(passed),
        history: days === null ? null : historyOf(passed, { days, since }),
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

/** How far back the law in force looks; null where it does not, or cannot be read. */
function windowsOf(
  law: LawTexts,
  at: Instant,
): { readonly days: number | null; readonly since: number; readonly usedSince: number } | null {
  const reading = readLawPolicy(law, shippedPolicy());
  // A policy that cannot be read ends the case a little later, with its own words.
  if (!reading.ok) return null;
  const { policy } = reading.value;
  const days = policy.rolling?.days ?? null;
  const usedSince = Math.min(...lawfulFrom(law, policy, at));
  if (days === null && usedSince === Infinity) return null;
  return { days, since: days === null ? Infinity : at - days * DAY_MS, usedSince };
}

/** From when on each waiver may have been used whose uses are counted and that has not ended. */
function lawfulFrom({ waivers }: LawTexts, policy: Policy, at: Instant): readonly number[] {
  return waivers.flatMap((text) => {
    const read = readWaivers(text);
    const counted = read.ok ? read.value.filter(({ usesMax }) => usesMax !== null) : [];
    return counted.flatMap((waiver) =>
      waiver.gates.flatMap((id) => {
        const gate = policy.gates.find((each) => each.id === id);
        const life = lifetimeOf(waiver, gate, policy);
        return life !== null && at < life.until ? [life.from] : [];
      }),
    );
  });
}

/** What is kept in mind of a verdict that passed. */
interface Passed {
  readonly name: string;
  readonly head: CommitSha;
  readonly waivers: readonly string[];
  /** null: of no spec, or without a budget of its tier. */
  readonly spent: RollingHistory['changes'][number] | null;
}

/** Of a verdict that did not pass nothing is kept but that it was read. */
const readVerdicts = noting('verdict', noteOf);
/** A verdict is superseded after it was given, so that one window holds both. */
const readSuperseded = noting('superseded', () => null);

function noteOf({ body }: LedgerEntry): Passed | null {
  // The ledger was checked when it was opened, so what stands in it is what was recorded.
  const { record } = JSON.parse(body) as { readonly record: VerdictRecord };
  if (record.verdict !== 'PASS') return null;
  const { subject, law } = record;
  const waivers = law.waivers.map(({ id }) => id);
  return { name: changeName(subject), head: subject.head, waivers, spent: spentBy(record) };
}

/** What a change spent of its tier's budget: files that the policy excludes are not in it. */
function spentBy({ law, decidedAt, examination }: VerdictRecord): Passed['spent'] {
  const spent = examination.budgets.find(({ id }) => id === 'tier')?.spent;
  if (law.spec === null || spent === undefined) return null;
  const { files, lines, linesAdded } = spent;
  return { spec: law.spec.id, at: Date.parse(decidedAt) as Instant, files, lines, linesAdded };
}

type NotedPass = Noted<Passed>;

/** One change is judged many times: its newest PASS counts, also where a later push no longer passed. */
function lastPassed(newestFirst: readonly Noted<Passed | null>[]): readonly NotedPass[] {
  const newest = new Map<string, NotedPass>();
  for (const each of newestFirst) {
    const { note } = each;
    if (note !== null && !newest.has(note.name)) newest.set(note.name, { ...each, note });
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

function usesOf(passed: readonly NotedPass[]): Record<string, number> {
  const uses = new Map<string, number>();
  for (const { note } of passed)
    for (const id of note.waivers) uses.set(id, (uses.get(id) ?? 0) + 1);
  return Object.fromEntries(uses);
}

function historyOf(
  passed: readonly NotedPass[],
  { days, since }: { readonly days: number; readonly since: number },
): RollingHistory {
  const within = passed.filter(({ at }) => at >= since);
  return { days, changes: within.flatMap(({ note }) => note.spent ?? []) };
}
