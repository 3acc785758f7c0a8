import { measureBounds } from '../../1-pleading/bounds.ts';
import type { Incomplete } from '../../1-pleading/change.ts';
import { type MeasuredEntry, wholeSideOf } from '../../1-pleading/measured-entry.ts';
import { measureWhole } from '../../1-pleading/whole-content.ts';
import type { RepositoryFault } from '../../ports.ts';
import type { ObjectId } from '../../primitives.ts';
import { gapOf } from './faults.ts';
import type { Workplace } from './workplace.ts';

/** How many blobs are asked for at once: enough to keep git busy, few enough to stop at a bound. */
const ASKED_AT_ONCE = 512;
/** Asked again only once so few are open: a question sent alone costs more than its answer. */
const OPEN_MIN = 256;
const SUBMODULE_MODE = '160000';

/** Measures every blob that is added or deleted as a whole, as far as the bytes of a patch reach. */
export interface WholeReader {
  /** Takes an entry as it is listed; others than whole ones are none of its business. */
  take(entry: MeasuredEntry): void;
  /** Waits for all that was taken. @returns the fault of a blob that is not here. */
  settle(incomplete: Incomplete[]): Promise<RepositoryFault | null>;
}

export function readWholes(place: Workplace): WholeReader {
  const waiting: MeasuredEntry[] = [];
  let next = 0;
  let asked = 0;
  let bytesLeft: number = measureBounds.patchBytesMax;
  let fault: RepositoryFault | null = null;
  let settled: (() => void) | null = null;

  function ask(): void {
    while (asked < ASKED_AT_ONCE && next < waiting.length && bytesLeft >= 0) {
      const entry = waiting[next] as MeasuredEntry;
      next += 1;
      asked += 1;
      measure(entry);
    }
    if (asked === 0) settled?.();
  }

  function measure(entry: MeasuredEntry): void {
    const id = (entry.blobAfter ?? entry.blobBefore) as ObjectId;
    if ((entry.modeAfter ?? entry.modeBefore) === SUBMODULE_MODE) {
      // What a patch would show of the commit that a submodule stands at.
      weigh(entry, Buffer.from(`Subproject commit ${id}\n`));
      asked -= 1;
      return;
    }
    place.objects.askContents(
      id,
      () => bytesLeft,
      (content) => {
        if (content === 'too-large') bytesLeft = -1;
        else if (typeof content === 'string') fault ??= gapOf(id, place.partialClone);
        else weigh(entry, content);
        asked -= 1;
        if (asked <= OPEN_MIN) ask();
      },
    );
  }

  function weigh(entry: MeasuredEntry, content: Buffer): void {
    bytesLeft -= content.length;
    measureWhole(entry, entry.blobAfter === null ? 'deleted' : 'added', content);
  }

  return {
    take(entry) {
      if (wholeSideOf(entry) === null) return;
      waiting.push(entry);
      ask();
    },
    async settle(incomplete) {
      if (asked > 0) await new Promise<void>((resolve) => (settled = resolve));
      if (bytesLeft < 0) {
        const limit = measureBounds.patchBytesMax;
        incomplete.push({ what: 'too-many-bytes', path: null, limit });
      }
      return fault;
    },
  };
}
