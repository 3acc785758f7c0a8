import { setTimeout as wait } from 'node:timers/promises';
import { type Courier, sendProgress } from './app-calls.ts';

/** Seldom enough for an app with many runs, often enough to be watched. */
const BETWEEN_MS = 2_000;

/**
 * Tells the app how far the gates are, for whoever looks on. Nothing depends on it: what does not arrive is
 * not sent again, and the evidence says it all.
 */
export function progressTo(
  app: string,
  id: string,
  courier: Courier,
): {
  readonly tell: (gate: string, state: 'started' | 'done') => void;
  /** Nothing more is sent. */
  readonly end: () => void;
} {
  const states: Record<string, 'started' | 'done'> = Object.create(null);
  const over = new AbortController();
  const signal = AbortSignal.any([courier.signal, over.signal]);
  let sending = false;
  let isNew = false;
  const send = async () => {
    sending = true;
    while (isNew && !signal.aborted) {
      isNew = false;
      await sendProgress(app, id, { ...states }, { ...courier, signal });
      await wait(BETWEEN_MS, undefined, { signal }).catch(() => undefined);
    }
    sending = false;
  };
  return {
    tell: (gate, state) => {
      states[gate] = state;
      isNew = true;
      if (!sending) void send();
    },
    end: () => over.abort(),
  };
}
