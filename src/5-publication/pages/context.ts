import type { Score } from '../../3-deliberation/deliberation.ts';
import type { VerdictId } from '../../primitives.ts';
import type { Progress } from '../check/progress.ts';
import type { CheckContext, LedgerPlace, PendingWaiver } from '../check/state.ts';

/** Everything a page knows of where it stands. */
export interface PageContext extends Pick<CheckContext, 'repository' | 'now'> {
  readonly pull: {
    readonly number: number;
    /** null where only the number is known. */
    readonly title: string | null;
    readonly url: string;
  } | null;
}

export interface VerdictPageContext extends PageContext {
  readonly entry: LedgerPlace & { readonly at: string };
  /** Who signed, and what the target's trusted keys say of the key today. */
  readonly signature: { readonly keyId: string; readonly standing: string } | null;
  /** How the five stages went; null where only the record is left. */
  readonly progress: Progress | null;
  /** The verdict that stands instead of this one, or null. */
  readonly supersededBy: VerdictId | null;
  readonly pending: readonly PendingWaiver[];
  /** Other candidates for the same work, best first; empty where there was no debate. */
  readonly candidates: readonly { readonly name: string; readonly score: Score }[];
}
