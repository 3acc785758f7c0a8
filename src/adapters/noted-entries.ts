import { setImmediate } from 'node:timers/promises';
import type { LedgerDraft, LedgerEntry, LedgerFault, LedgerStore } from '../ports.ts';
import { type Instant, ok, type Result } from '../primitives.ts';

/** Entries read at once: some 30 ms of work, after which others have their turn. */
const PAGE_ENTRIES = 500;

/** One entry of a ledger, and what was noted of it. */
export interface Noted<Note> {
  readonly sequence: number;
  readonly at: Instant;
  readonly about: string;
  readonly note: Note;
}

/** What was read of one ledger: everything of the kind between two entries. */
interface Book<Note> {
  /** Oldest first: what came since reading began. */
  readonly newer: Noted<Note>[];
  /** Newest first, read backwards from where reading began. */
  readonly older: Noted<Note>[];
  /** Up to here every entry was looked at, of whatever kind. */
  newest: number;
  oldest: number;
  /** The latest instant on the last page read backwards: a clock that stepped back hides nothing. */
  backTo: number;
}

/**
 * Reads the entries of one kind for a few words of each. A ledger only grows, so each entry is read, and held
 * against its digest, once while its ledger is open, however often it is asked about.
 *
 * @param note what is kept in memory of an entry; it has to be small.
 * @returns a reader of everything since an instant, newest first; null where that is more than `max` entries.
 */
export function noting<Note>(
  kind: LedgerDraft['kind'],
  note: (entry: LedgerEntry) => Note,
): (
  ledger: LedgerStore,
  wanted: { readonly since: number; readonly max: number },
) => Promise<Result<readonly Noted<Note>[] | null, LedgerFault>> {
  const books = new WeakMap<LedgerStore, Book<Note>>();
  const read = async (ledger: LedgerStore, from: Parameters<LedgerStore['beyond']>[1]) => {
    const page = await ledger.beyond(kind, from, PAGE_ENTRIES);
    if (!page.ok) return page;
    if (page.value.length === PAGE_ENTRIES) await setImmediate();
    return ok(
      page.value.map((entry): Noted<Note> => {
        const { sequence, about } = entry;
        return { sequence, about, at: Date.parse(entry.at) as Instant, note: note(entry) };
      }),
    );
  };
  return async (ledger, { since, max }) => {
    const fresh = { newer: [], older: [], newest: 0, oldest: Infinity, backTo: Infinity };
    const book: Book<Note> = books.get(ledger) ?? fresh;
    books.set(ledger, book);
    const head = await ledger.recent(1);
    if (!head.ok) return head;
    while (book.backTo >= since && book.older.length <= max) {
      const page = await read(ledger, { before: Math.min(book.oldest, Number.MAX_SAFE_INTEGER) });
      if (!page.ok) return page;
      addOlder(book, page.value);
    }
    for (let more = true; more; ) {
      const page = await read(ledger, { after: book.newest });
      if (!page.ok) return page;
      addNewer(book, page.value);
      more = page.value.length === PAGE_ENTRIES;
    }
    // Up to there all was read, of whatever kind it is: nobody looks through it for this kind again.
    book.newest = Math.max(book.newest, head.value[0]?.sequence ?? 0);
    const found = [...book.newer.toReversed(), ...book.older].filter(({ at }) => at >= since);
    return ok(book.backTo < since && found.length <= max ? found : null);
  };
}

/** Two may read the same page at a time: what stands there already is not added again. */
function addOlder<Note>(book: Book<Note>, page: readonly Noted<Note>[]): void {
  // Read whole meanwhile: what this page has beyond that came later, and is read as such.
  if (book.backTo === -Infinity) return;
  const fresh = page.filter(({ sequence }) => sequence < book.oldest);
  if (book.older.length === 0) book.newest = Math.max(book.newest, fresh[0]?.sequence ?? 0);
  book.older.push(...fresh);
  book.oldest = fresh.at(-1)?.sequence ?? book.oldest;
  if (page.length < PAGE_ENTRIES) book.backTo = -Infinity;
  else if (fresh.length > 0) book.backTo = Math.max(...fresh.map(({ at }) => at));
}

function addNewer<Note>(book: Book<Note>, page: readonly Noted<Note>[]): void {
  const fresh = page.filter(({ sequence }) => sequence > book.newest);
  book.newer.push(...fresh);
  book.newest = fresh.at(-1)?.sequence ?? book.newest;
}
