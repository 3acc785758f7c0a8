import type { Digest } from '../../primitives.ts';

/** The newest head that somebody outside the ledger's file remembers. */
export interface Mark {
  readonly schema: 'caws-arbiter/anchor@1';
  readonly ledger: string;
  readonly sequence: number;
  readonly digest: Digest;
}

export type AnchorReading =
  | { readonly state: 'remembers'; readonly mark: Mark }
  /** Nothing is remembered yet: a rollback cannot be seen here, and that is said. */
  | { readonly state: 'missing' }
  | { readonly state: 'unreadable'; readonly reason: string };

/**
 * Remembers the newest head outside the ledger's file, so that an older copy of the file is noticed.
 *
 * A mark is written after its entry is durable: it may lag behind the ledger, and never leads it.
 */
export interface Anchor {
  /** For people: where it stands. */
  readonly where: string;
  /** @param ledger its id; empty where the ledger is gone: an anchor that knows only ids then has none. */
  read(ledger: string): Promise<AnchorReading>;
  /**
   * Keeps the mark if it is newer than what is remembered of the same ledger.
   *
   * @param force keeps it whatever is remembered: only for a restore that a person confirmed.
   * @returns why it could not be kept, or null.
   */
  write(mark: Mark, force?: boolean): Promise<string | null>;
}
