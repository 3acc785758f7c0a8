import { measureBounds } from '../../1-pleading/bounds.ts';
import { type BlobFacts, sizesNeeded, textNeeded } from '../../1-pleading/file-change.ts';
import type { MeasuredEntry } from '../../1-pleading/measured-entry.ts';
import type { ObjectId } from '../../primitives.ts';
import type { Workplace } from './workplace.ts';

/** What became known of the blobs of a change. */
export interface BlobLedger extends BlobFacts {
  /** Asks for the sizes that an entry needs, without waiting for them. */
  askSizes(entry: MeasuredEntry): void;
  /** Waits for every size, then reads the targets of links and what may be LFS pointers. */
  settle(entries: readonly MeasuredEntry[]): Promise<void>;
  /** @returns null where the blob is missing. */
  size(id: ObjectId): Promise<number | null>;
  /** @returns null where the blob is missing or larger. */
  read(id: ObjectId, bytesMax: number): Promise<Buffer | null>;
  missingPaths(entries: readonly MeasuredEntry[]): readonly string[];
}

export function blobLedger(place: Workplace): BlobLedger {
  /** Every blob that was asked for; null while its size is not known. */
  const sizes = new Map<ObjectId, number | null>();
  const texts = new Map<ObjectId, string>();
  const missing = new Set<ObjectId>();
  let open = 0;
  let waiting: (() => void)[] = [];

  function askSize(id: ObjectId): void {
    if (sizes.has(id)) return;
    sizes.set(id, null);
    open += 1;
    place.objects.askSize(id, takeSize);
  }

  function takeSize(id: ObjectId, bytes: number | null): void {
    if (bytes === null) missing.add(id);
    else sizes.set(id, bytes);
    open -= 1;
    if (open > 0) return;
    for (const wake of waiting) wake();
    waiting = [];
  }

  const answered = (): Promise<void> =>
    open === 0 ? Promise.resolve() : new Promise((resolve) => waiting.push(resolve));

  async function read(id: ObjectId, bytesMax: number): Promise<Buffer | null> {
    const body = await place.objects.contents(id, bytesMax);
    if (typeof body !== 'string') return body;
    if (body !== 'too-large') missing.add(id);
    return null;
  }

  async function readText(entry: MeasuredEntry): Promise<void> {
    const id = textNeeded(entry, ledger);
    if (id === null) return;
    const body = await read(id, measureBounds.linkBytesMax);
    if (body !== null) texts.set(id, body.toString('utf8'));
  }

  const ledger: BlobLedger = {
    sizeOf: (id) => sizes.get(id) ?? undefined,
    textOf: (id) => texts.get(id),
    askSizes(entry) {
      for (const id of sizesNeeded(entry)) askSize(id);
    },
    async settle(entries) {
      for (const entry of entries) ledger.askSizes(entry);
      await answered();
      await Promise.all(
        entries.filter((entry) => textNeeded(entry, ledger) !== null).map(readText),
      );
    },
    async size(id) {
      askSize(id);
      await answered();
      return sizes.get(id) ?? null;
    },
    read,
    missingPaths: (entries) =>
      missing.size === 0
        ? []
        : entries
            .filter(({ blobBefore, blobAfter }) =>
              [blobBefore, blobAfter].some((id) => id !== null && missing.has(id)),
            )
            .map((entry) => entry.path),
  };
  return ledger;
}
