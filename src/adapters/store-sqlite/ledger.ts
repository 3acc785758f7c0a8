import { existsSync } from 'node:fs';
import type { ChainEntry } from '../../ledger/entry.ts';
import type { SealedValue } from '../../ledger/seal.ts';
import type { LedgerDraft, LedgerFault, LedgerStore, Signer } from '../../ports.ts';
import { type Digest, fail, ok, type Result } from '../../primitives.ts';
import type { Anchor, Mark } from '../anchors/anchor.ts';
import { appendEntry, type Statements, signerIsWhole, statementsFor } from './append.ts';
import { type CheckedHead, checkedHead } from './checked-head.ts';
import { prepareDraft, type StoredBlob, unpacked } from './draft.ts';
import { inTransaction, orFault } from './faults.ts';
import { createStorage, LEDGER_WAIT_MS, lostReason, openStorage, type Storage } from './open.ts';
import { type EntryQuery, entryHolds, entryQuery } from './rows.ts';
import { broken, type HeadState, loadHead } from './state.ts';

/** Rows that one call of `recent` or `beyond` gives at most. */
export const RECENT_MAX = 10_000;

export interface LedgerOptions {
  /** Absolute. */
  readonly file: string;
  /** `create` makes a missing ledger; `read` takes no lock that a writer would wait for. */
  readonly access: 'read' | 'write' | 'create';
  readonly anchors: readonly Anchor[];
  /** Told of each anchor that cannot be written; the entry itself is safe. */
  readonly anchorFailed?: (where: string, reason: string) => void;
  /** How long to wait for another writer; default LEDGER_WAIT_MS. */
  readonly waitMs?: number;
}

/**
 * Opens a ledger and checks its signed head, everything since the last checkpoint, and every anchor.
 *
 * Opening proves that the newest part is whole and not older than the anchors; `verifyLedger` proves
 * the rest. Whose key signed is reported by `head`, and judged by the caller.
 */
export async function openLedger(
  options: LedgerOptions,
): Promise<Result<SqliteLedger, LedgerFault>> {
  const { file, access, anchors, waitMs = LEDGER_WAIT_MS } = options;
  const vanished = existsSync(file) ? undefined : await vanishedFault(file, anchors);
  if (vanished !== undefined) return fail(vanished);
  const opened = orFault(file, waitMs, () => {
    let storage = openStorage(file, access === 'read' ? 'read' : 'write', waitMs);
    if (access === 'create' && !storage.ok && storage.fault.kind === 'ledger-missing') {
      createStorage(file);
      storage = openStorage(file, 'write', waitMs);
    }
    return storage;
  });
  if (!opened.ok) return opened;
  const storage = opened.value;
  const checked = await checkedHead(storage, anchors);
  if (!checked.ok) {
    storage.database.close();
    return checked;
  }
  return ok(new SqliteLedger(storage, options, checked.value));
}

/** A ledger that is gone must not come back empty where an anchor still knows of it. */
export async function vanishedFault(
  file: string,
  anchors: readonly Anchor[],
): Promise<LedgerFault | undefined> {
  for (const anchor of anchors) {
    const reading = await anchor.read('');
    if (reading.state !== 'remembers') continue;
    const { where } = anchor;
    return { kind: 'ledger-rolled-back', file, has: 0, anchor: reading.mark.sequence, where };
  }
  return undefined;
}

/** A LedgerStore in one SQLite file; close it with `await using`. */
export class SqliteLedger implements LedgerStore {
  readonly storage: Storage;
  readonly id: string;
  /** What each anchor remembered when the ledger was opened. */
  readonly anchored: CheckedHead['anchored'];
  readonly #anchors: readonly Anchor[];
  readonly #anchorFailed: NonNullable<LedgerOptions['anchorFailed']>;
  readonly #provenSigners = new WeakSet<Signer>();
  readonly #bySequence: EntryQuery;
  readonly #newestAbout: EntryQuery;
  #prepared: Statements | undefined;
  #head: HeadState | null;

  constructor(storage: Storage, options: LedgerOptions, checked: CheckedHead) {
    this.storage = storage;
    this.id = checked.id;
    this.anchored = checked.anchored;
    this.#anchors = options.anchors;
    this.#anchorFailed = options.anchorFailed ?? (() => undefined);
    this.#head = checked.head;
    const { database } = storage;
    this.#bySequence = entryQuery(database, 'WHERE sequence = ?');
    this.#newestAbout = entryQuery(
      database,
      'WHERE kind = ? AND about = ? ORDER BY sequence DESC LIMIT 1',
    );
  }

  /** The newest entry that this process has seen, or null. */
  get head(): HeadState | null {
    return this.#head;
  }

  /**
   * Appends on whatever the head is once the write lock is held: what another process appended
   * meanwhile is checked first. When this returns, the entry is on the disk and the head is signed.
   */
  async append(draft: LedgerDraft, signer: Signer): Promise<Result<ChainEntry, LedgerFault>> {
    const appended = this.appendWith(draft, signer, () => undefined);
    if (appended.ok) await this.remember(false);
    return appended;
  }

  /**
   * Appends, and changes what stands beside the chain in the same transaction. For erasure and
   * restore; anchors are the caller's to write, with `remember`.
   */
  appendWith(
    draft: LedgerDraft,
    signer: Signer,
    beside: () => void,
  ): Result<ChainEntry, LedgerFault> {
    const { storage } = this;
    const prepared = prepareDraft(draft);
    if (!prepared.ok) return prepared;
    if (!this.#provenSigners.has(signer)) {
      if (!signerIsWhole(signer)) {
        return fail({ kind: 'draft-refused', reason: 'the signer does not hold the key it names' });
      }
      this.#provenSigners.add(signer);
    }
    let head: HeadState | undefined;
    const appended = orFault(storage.file, storage.waitMs, () =>
      inTransaction(storage.database, () => {
        const current = this.#currentHead();
        if (!current.ok) return current;
        const refused = this.#movedFrom(draft) ?? this.#rotatedOut(draft, signer);
        if (refused !== null) return fail(refused);
        const written = appendEntry(this.#statements, {
          ledger: this.id,
          head: current.value,
          draft: prepared.value,
          signer,
        });
        head = written.head;
        beside();
        return ok(written.entry);
      }),
    );
    if (!appended.ok) return appended;
    // After the commit: only now is it known which file the entry went into.
    const lost = lostReason(storage);
    if (lost !== undefined) return this.#lost(lost);
    if (head !== undefined) this.#head = head;
    return appended;
  }

  /** Tells every anchor the newest head. @param force also where an anchor remembers a newer one. */
  async remember(force: boolean): Promise<void> {
    if (this.#head === null) return;
    const { sequence, digest } = this.#head;
    const mark: Mark = { schema: 'caws-arbiter/anchor@1', ledger: this.id, sequence, digest };
    for (const anchor of this.#anchors) {
      const fault = await anchor.write(mark, force);
      if (fault !== null) this.#anchorFailed(anchor.where, fault);
    }
  }

  async entry(sequence: number): Promise<Result<ChainEntry | null, LedgerFault>> {
    return this.#one(() => this.#bySequence.all(sequence));
  }

  async find(
    kind: LedgerDraft['kind'],
    about: string,
  ): Promise<Result<ChainEntry | null, LedgerFault>> {
    return this.#one(() => this.#newestAbout.all(kind, about));
  }

  async recent(
    limit: number,
    kind?: LedgerDraft['kind'],
    about?: string,
  ): Promise<Result<readonly ChainEntry[], LedgerFault>> {
    const { storage } = this;
    const rows = rowsOf(limit);
    return orFault(storage.file, storage.waitMs, () => {
      const given = [kind, about].filter((each) => each !== undefined);
      const where = ['', 'WHERE kind = ?', 'WHERE kind = ? AND about = ?'][given.length] ?? '';
      const newest = `${where} ORDER BY sequence DESC LIMIT ?`;
      // By the index first: sorting whole rows took ten times as long where 20,000 were of one kind.
      const clause = `WHERE sequence IN (SELECT sequence FROM entries ${newest}) ORDER BY sequence DESC`;
      return this.#whole(entryQuery(storage.database, clause).all(...given, rows));
    });
  }

  async beyond(
    kind: LedgerDraft['kind'],
    from: { readonly after: number } | { readonly before: number },
    limit: number,
  ): Promise<Result<readonly ChainEntry[], LedgerFault>> {
    const { storage } = this;
    return orFault(storage.file, storage.waitMs, () => {
      // What comes after is mostly new and little: the + keeps SQLite from going through all of the kind. What
      // came before is all there is, and a rare kind is not looked for among all others.
      const [clause, sequence] =
        'after' in from
          ? ([`WHERE sequence > ? AND +kind = ? ORDER BY sequence LIMIT ?`, from.after] as const)
          : ([
              `WHERE sequence IN (SELECT sequence FROM entries WHERE sequence < ? AND kind = ?
                ORDER BY sequence DESC LIMIT ?) ORDER BY sequence DESC`,
              from.before,
            ] as const);
      return this.#whole(entryQuery(storage.database, clause).all(sequence, kind, rowsOf(limit)));
    });
  }

  async blob(digest: Digest): Promise<Result<Uint8Array | null, LedgerFault>> {
    const { storage } = this;
    return orFault(storage.file, storage.waitMs, () => {
      const row = storage.database
        .prepare('SELECT digest, encoding, size, bytes FROM blobs WHERE digest = ?')
        .get(digest);
      if (row === undefined) return ok(null);
      const bytes = unpacked(row as unknown as StoredBlob);
      return bytes === undefined ? broken(storage, 0, `blob-differs: ${digest}`) : ok(bytes);
    });
  }

  /** The personal value behind a commitment; null when it was erased, or never stood here. */
  async revealed(commitment: Digest): Promise<Result<SealedValue | null, LedgerFault>> {
    const { storage } = this;
    return orFault(storage.file, storage.waitMs, () => {
      const row = storage.database
        .prepare('SELECT commitment, salt, value FROM sealed WHERE commitment = ?')
        .get(commitment);
      return ok((row as unknown as SealedValue | undefined) ?? null);
    });
  }

  /** How many entries are about one thing: a verdict has exactly one. */
  countAbout(kind: LedgerDraft['kind'], about: string): number {
    const row = this.storage.database
      .prepare('SELECT count(*) AS count FROM entries WHERE kind = ? AND about = ?')
      .get(kind, about);
    return Number(row?.['count']);
  }

  /** PEM of every key that signed something of this ledger, by id. */
  publicKeys(): readonly string[] {
    const rows = this.storage.database.prepare('SELECT public_key FROM keys ORDER BY id').all();
    return rows.map((row) => String(row['public_key']));
  }

  /** The public key of a signer of this ledger as PEM, or null where it never signed here. */
  publicKey(keyId: string): string | null {
    const row = this.storage.database
      .prepare('SELECT public_key FROM keys WHERE id = ?')
      .get(keyId);
    return typeof row?.['public_key'] === 'string' ? row['public_key'] : null;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.storage.database.isOpen) this.storage.database.close();
  }

  /** The entries, where each is what its own digest says. */
  #whole(entries: readonly ChainEntry[]): Result<readonly ChainEntry[], LedgerFault> {
    const bad = entries.find((entry) => !entryHolds(entry));
    return bad === undefined
      ? ok(entries)
      : broken(this.storage, bad.sequence, 'entry-digest-differs');
  }

  #one(read: () => readonly ChainEntry[]): Result<ChainEntry | null, LedgerFault> {
    const { storage } = this;
    return orFault(storage.file, storage.waitMs, () => {
      const entry = read()[0];
      if (entry === undefined) return ok(null);
      return entryHolds(entry)
        ? ok(entry)
        : broken(storage, entry.sequence, 'entry-digest-differs');
    });
  }

  #lost(reason: string): Result<never, LedgerFault> {
    return fail({ kind: 'ledger-unreadable', file: this.storage.file, reason });
  }

  /** Under the write lock: whether somebody went on meanwhile from what the draft is to follow. */
  #movedFrom({ kind, about, after: expected }: LedgerDraft): LedgerFault | null {
    if (expected === undefined) return null;
    const found = this.#newestAbout.all(kind, about)[0]?.sequence ?? 0;
    return found === expected ? null : { kind: 'head-moved', expected, found };
  }

  /**
   * Whoever took a key up before it was changed would sign after its end, and the ledger would be
   * untrusted for good. A change that was cut off can still be made.
   */
  #rotatedOut({ kind }: LedgerDraft, { keyId }: Signer): LedgerFault | null {
    if (kind === 'key') return null;
    const entry = this.#statements.rotation.get(keyId)?.['sequence'];
    return entry === undefined
      ? null
      : { kind: 'key-rotated-out', key: keyId, entry: Number(entry) };
  }

  /** Under the write lock: the head as it now stands, checked again where another process moved it. */
  #currentHead(): Result<HeadState | null, LedgerFault> {
    const note = this.#statements.head.get()?.['note'];
    if (note === this.#head?.note) return ok(this.#head);
    const loaded = loadHead(this.storage, this.id);
    if (!loaded.ok) return loaded;
    const known = this.#head;
    const now = loaded.value?.sequence ?? 0;
    if (known !== null && now < known.sequence) {
      const { file } = this.storage;
      const where = 'this process';
      return fail({ kind: 'ledger-rolled-back', file, has: now, anchor: known.sequence, where });
    }
    if (known !== null && this.#bySequence.all(known.sequence)[0]?.digest !== known.digest) {
      return broken(this.storage, known.sequence, 'entry-digest-differs');
    }
    return loaded;
  }

  get #statements(): Statements {
    this.#prepared ??= statementsFor(this.storage.database);
    return this.#prepared;
  }
}

const rowsOf = (limit: number): number => Math.min(Math.max(0, Math.trunc(limit)), RECENT_MAX);
