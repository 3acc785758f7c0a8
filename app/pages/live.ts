import { setTimeout as pause } from 'node:timers/promises';
import type { GateProgress } from '../../src/5-publication/check/progress.ts';
import type { CheckState } from '../../src/5-publication/check/state.ts';
import type { Undecided } from '../../src/5-publication/pages/state-page.ts';
import type { VerdictId } from '../../src/primitives.ts';

/** How verdicts to come stand now. Only this process knows: after a start the next hearing tells it anew. */
export interface Live {
  /** What the check shows, and the steps between. */
  tell(id: VerdictId, state: CheckState): void;
  /** What a runner says of the gates that this one waits for. */
  tellGates(id: VerdictId, gates: readonly GateProgress[]): void;
  /** null: nothing is known of it here. */
  of(id: VerdictId): Undecided | 'decided' | null;
  /**
   * Yields with each change of this one, and now and then without; ends where nobody may wait any more.
   *
   * @returns null where too many wait already.
   */
  watch(id: VerdictId): AsyncIterable<void> | null;
  /** Nobody waits any longer. */
  close(): void;
}

/** Pages that may follow at once: each holds a connection. */
const WATCHERS_MAX = 256;
/** One for each head that waits for a verdict; the oldest are forgotten first. */
const STATES_MAX = 5_000;
/** A connection on which nothing is said for longer is cut by what stands in between. */
const QUIET_MS = 20_000;

interface Told {
  readonly state: Undecided | 'decided' | null;
  readonly gates: readonly GateProgress[];
  readonly version: number;
}

export function openLive(): Live {
  const told = new Map<VerdictId, Told>();
  const waiting = new Map<VerdictId, Set<() => void>>();
  const closing = new AbortController();
  let version = 0;
  let watchers = 0;

  /** Ends where something newer was told, or nothing for long. */
  async function change(id: VerdictId): Promise<void> {
    const over = new AbortController();
    const woken = Promise.withResolvers<void>();
    const those = waiting.get(id) ?? new Set();
    waiting.set(id, those.add(woken.resolve));
    const signal = AbortSignal.any([closing.signal, over.signal]);
    await Promise.race([woken.promise, pause(QUIET_MS, undefined, { signal }).catch(() => {})]);
    over.abort();
    those.delete(woken.resolve);
    if (those.size === 0) waiting.delete(id);
  }

  async function* changes(id: VerdictId): AsyncGenerator<void> {
    watchers += 1;
    try {
      let seen = told.get(id)?.version;
      while (!closing.signal.aborted) {
        yield;
        // What was told while the reader was busy is not waited for again.
        if (told.get(id)?.version === seen) await change(id);
        seen = told.get(id)?.version;
      }
    } finally {
      watchers -= 1;
    }
  }

  function keep(id: VerdictId, news: Partial<Pick<Told, 'state' | 'gates'>>): void {
    const { state, gates } = { ...(told.get(id) ?? { state: null, gates: [] }), ...news };
    told.delete(id);
    version += 1;
    told.set(id, { state, gates, version });
    for (const [oldest] of told) {
      if (told.size <= STATES_MAX) break;
      told.delete(oldest);
    }
    for (const wake of waiting.get(id) ?? []) wake();
  }

  return {
    tell: (id, state) => {
      // Of several at one head each has been told alone, and this one has a verdict by now.
      const isDecided = state.kind === 'decided' || state.kind === 'several';
      keep(id, { state: isDecided ? 'decided' : state });
    },
    tellGates: (id, gates) => keep(id, { gates }),
    of: (id) => {
      const { state, gates } = told.get(id) ?? { state: null, gates: [] };
      if (state === null || state === 'decided' || state.kind !== 'running') return state;
      return gates.length === 0 ? state : { ...state, progress: { ...state.progress, gates } };
    },
    watch: (id) => (watchers >= WATCHERS_MAX || closing.signal.aborted ? null : changes(id)),
    close: () => closing.abort(),
  };
}
