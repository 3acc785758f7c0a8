import type { LedgerFault } from '../../ports.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import type { Anchor, AnchorReading } from '../anchors/anchor.ts';
import { orFault } from './faults.ts';
import type { Storage } from './open.ts';
import { compareWithAnchor, type HeadState, ledgerIdOf, loadHead } from './state.ts';

/** A ledger's newest part, as it was found whole and not older than any anchor. */
export interface CheckedHead {
  readonly id: string;
  readonly head: HeadState | null;
  readonly anchored: readonly { readonly where: string; readonly reading: AnchorReading }[];
}

/** Checks the signed head, what follows the last checkpoint, and that no anchor remembers more. */
export async function checkedHead(
  storage: Storage,
  anchors: readonly Anchor[],
): Promise<Result<CheckedHead, LedgerFault>> {
  const id = orFault(storage.file, storage.waitMs, () => ledgerIdOf(storage));
  if (!id.ok) return id;
  // Anchors before the head: another process may append in between, and an anchor never leads.
  const anchored = await Promise.all(
    anchors.map(async (anchor) => ({
      where: anchor.where,
      reading: await anchor.read(id.value),
    })),
  );
  return orFault(storage.file, storage.waitMs, () =>
    inSnapshot(storage, () => {
      const head = loadHead(storage, id.value);
      if (!head.ok) return head;
      for (const { where, reading } of anchored) {
        const fault = compareWithAnchor(
          storage,
          id.value,
          head.value?.sequence ?? 0,
          where,
          reading,
        );
        if (fault !== undefined) return fail(fault);
      }
      return ok({ id: id.value, head: head.value, anchored });
    }),
  );
}

/** Reads one state of the ledger, whatever is appended meanwhile. */
export function inSnapshot<Value>(storage: Storage, read: () => Value): Value {
  storage.database.exec('BEGIN');
  try {
    return read();
  } finally {
    if (storage.database.isTransaction) storage.database.exec('COMMIT');
  }
}
