import { WAIVER_EVENTS_MAX } from '../4-verdict/waiver-events.ts';
import { HOSTED_EVENT_TYPE, type HostedEvent } from '../4-verdict/waivers/hosted-event.ts';
import type { LedgerEntry, LedgerFault, LedgerStore, WaiverEventsTooMany } from '../ports.ts';
import { fail, type Instant, ok, type Result } from '../primitives.ts';
import { type Noted, noting } from './noted-entries.ts';

export type WaiverEventsFault = LedgerFault | WaiverEventsTooMany;

type Events = Promise<Result<readonly string[], WaiverEventsFault>>;

/**
 * Waiver events of a whole ledger that are looked through for those of one change. A pull request has room for
 * twenty requests, so whoever floods opens thousands of them. Measured with 20,000 and 50,000 events: each takes
 * 40 µs once while the ledger is open, 0.5 µs in each case after that, and 430 bytes of memory. So this is 8 s at
 * first, in parts between which others go on, then 0.1 s, and 86 MB.
 */
const LOOKED_THROUGH_MAX = 200_000;

/**
 * Every waiver event of a ledger as the JSON text of its envelope, oldest first: what `waiversOf`
 * takes. Nobody has vouched for them yet.
 *
 * @param eventsMax passing it is a fault.
 */
export async function loadWaiverEvents(
  ledger: LedgerStore,
  eventsMax: number = WAIVER_EVENTS_MAX,
): Events {
  const entries = await ledger.recent(eventsMax + 1, 'waiver');
  if (!entries.ok) return entries;
  if (entries.value.length > eventsMax) return fail(tooMany(eventsMax, 'ledger'));
  return ok(entries.value.map(({ body }) => body).toReversed());
}

/** What tells which events bear on a change. */
export interface WaivedChange {
  /** The number of its pull request, or what else it goes by; null where it has no name. */
  readonly name: string | null;
  /** The instant of judging. */
  readonly at: Instant;
}

/** The waivers of a ledger, by what they may bear on. */
export interface WaiverIndex {
  /**
   * All events of every waiver that matters to a change: of its own pull request, of what may run elsewhere, and
   * whatever was signed by a key. What was never approved on other pull requests, or has ended, is no part of it:
   * it lets nothing through and takes no place.
   */
  bearingOn(change: WaivedChange): Events;
  /**
   * What one word may rest on beside that: a waiver of another pull request that it names, and who else went by
   * the login of whoever speaks.
   *
   * @param word.named an id or its beginning; null: the word names none.
   */
  besideWord(word: {
    readonly by: { readonly id: number; readonly login: string };
    readonly named: string | null;
  }): Events;
  /** All there are, the oldest waivers first, in heaps that hold each waiver whole and can be judged alone. */
  heaps(waiversOfEach?: number): AsyncGenerator<Awaited<Events>>;
}

/** Each is asked for, and told of by a few people: far from what is judged at once. */
const WAIVERS_OF_A_HEAP = 200;

/** `bearingOn` for whoever asks once. */
export async function waiverEventsFor(ledger: LedgerStore, change: WaivedChange): Events {
  const index = await indexWaivers(ledger);
  return index.ok ? index.value.bearingOn(change) : index;
}

/** Sorts what a ledger holds by waiver. The events themselves are read when they are asked for. */
export async function indexWaivers(
  ledger: LedgerStore,
): Promise<Result<WaiverIndex, WaiverEventsFault>> {
  const max = LOOKED_THROUGH_MAX;
  const noted = await readNotes(ledger, { since: 0, max });
  if (!noted.ok) return noted;
  if (noted.value === null) return fail(tooMany(max, 'ledger'));
  const { groups, seenAs } = groupedIn(ledger, noted.value);
  return ok({
    async bearingOn(change) {
      const bearing = [...groups].filter(([, group]) => bearsOn(group, change));
      const spoke = bearing.flatMap(([, group]) => group.flatMap((note) => note ?? []));
      const namesakes = spoke.flatMap(({ handle, account }) =>
        whereOthers(seenAs, handle, account),
      );
      return eventsAbout(ledger, new Set([...bearing.map(([about]) => about), ...namesakes]));
    },
    async besideWord({ by, named }) {
      const found = named === null ? undefined : idOf(groups, named);
      const about = found === undefined ? [] : [found];
      const namesakes = whereOthers(seenAs, by.login.toLowerCase(), by.id);
      return eventsAbout(ledger, new Set([...about, ...namesakes]));
    },
    async *heaps(waiversOfEach = WAIVERS_OF_A_HEAP) {
      const all = [...groups.keys()];
      for (let from = 0; from < all.length; from += waiversOfEach)
        yield eventsAbout(ledger, new Set(all.slice(from, from + waiversOfEach)));
    },
  });
}

/** Every waiver of a ledger by its id, the oldest first, and whoever spoke on any. */
interface Grouped {
  /** How many events are in it: what the ledger has beyond them is new. */
  events: number;
  readonly groups: Map<string, Group>;
  readonly seenAs: SeenAs;
}

const known = new WeakMap<LedgerStore, Grouped>();

function groupedIn(ledger: LedgerStore, newestFirst: readonly Noted<Note | null>[]): Grouped {
  const grouped = known.get(ledger) ?? { events: 0, groups: new Map(), seenAs: new Map() };
  known.set(ledger, grouped);
  const { groups, seenAs } = grouped;
  const fresh = newestFirst.slice(0, Math.max(0, newestFirst.length - grouped.events));
  for (const { about, note } of fresh.toReversed()) {
    const group = groups.get(about) ?? [];
    groups.set(about, group);
    group.push(note);
    if (note !== null) see(seenAs, note, about);
  }
  grouped.events += fresh.length;
  return grouped;
}

/** All that was said of one waiver; null: signed by a key, or not to be read here. */
type Group = (Note | null)[];

/** For each login the accounts that had it, and a waiver on which each was seen: one that changed hands names nobody. */
type SeenAs = Map<string, Map<number, string>>;

interface Note {
  readonly event: HostedEvent['event'];
  readonly pull: string;
  readonly endsAt: number;
  readonly handle: string;
  readonly account: number;
}

const readNotes = noting('waiver', noteOf);

/**
 * What is told by an entry's own text. What counts is decided where events are weighed; what cannot be read, or
 * stands under another waiver's name, is taken for an event that may bear on anything.
 */
function noteOf({ about, body }: LedgerEntry): Note | null {
  try {
    const { payload, payloadType } = JSON.parse(body) as Record<string, string>;
    if (payloadType !== HOSTED_EVENT_TYPE || payload === undefined) return null;
    const event = JSON.parse(Buffer.from(payload, 'base64').toString('utf8')) as HostedEvent;
    if (!('waiver' in event) || event.waiver !== about) return null;
    return {
      event: event.event,
      pull: String(event.pull),
      endsAt: event.event === 'requested' ? Date.parse(event.expiresAt) : -Infinity,
      handle: event.by.login.toLowerCase(),
      account: event.by.id,
    };
  } catch {
    return null;
  }
}

/**
 * A denial ends nothing here: nobody has vouched for it yet, and dropping an approval with it would free a place.
 * Both are read until the waiver's own end.
 */
function bearsOn(group: Group, { name, at }: WaivedChange): boolean {
  if (group.some((note) => note === null || note.pull === name)) return true;
  const endsAt = Math.max(...group.map((note) => note?.endsAt ?? Infinity));
  return group.some((note) => note?.event === 'approved') && !(endsAt <= at);
}

function see(seenAs: SeenAs, { handle, account }: Note, about: string): void {
  const accounts = seenAs.get(handle) ?? new Map<number, string>();
  seenAs.set(handle, accounts);
  if (!accounts.has(account)) accounts.set(account, about);
}

/** Where each other account of a login was first seen. */
function whereOthers(seenAs: SeenAs, handle: string, account: number): readonly string[] {
  const others = [...(seenAs.get(handle) ?? [])].filter(([id]) => id !== account);
  return others.map(([, about]) => about);
}

/** The oldest waiver of that id, or whose id begins so. */
function idOf(groups: ReadonlyMap<string, Group>, named: string): string | undefined {
  if (groups.has(named) || !named.startsWith('W-')) return groups.has(named) ? named : undefined;
  for (const id of groups.keys()) if (id.startsWith(named)) return id;
  return undefined;
}

/** Each waiver whole, so that no approval is read without what ended it; oldest first. */
async function eventsAbout(ledger: LedgerStore, waivers: ReadonlySet<string>): Events {
  const entries: LedgerEntry[] = [];
  for (const about of waivers) {
    const read = await ledger.recent(WAIVER_EVENTS_MAX + 1, 'waiver', about);
    if (!read.ok) return read;
    entries.push(...read.value);
    if (entries.length > WAIVER_EVENTS_MAX) return fail(tooMany(WAIVER_EVENTS_MAX, 'change'));
  }
  return ok(
    entries.toSorted((one, other) => one.sequence - other.sequence).map(({ body }) => body),
  );
}

function tooMany(max: number, of: WaiverEventsTooMany['of']): WaiverEventsTooMany {
  return { kind: 'waiver-events-too-many', max, of };
}
