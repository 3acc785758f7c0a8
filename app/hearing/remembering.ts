import { type Instant, ok, type Result } from '../../src/primitives.ts';

/** Values that are believed for a while. */
export interface Remembered<Value, Fault> {
  /** What is known of the key and young enough, or what `ask` answers now; a fault is forgotten at once. */
  readonly ask: (
    key: string,
    ask: () => Promise<Result<Value, Fault>>,
    /** What is older is asked anew; never longer than all are believed. */
    youngerThanMs?: number,
  ) => Promise<Result<Value, Fault>>;
  /** The next one to ask hears it anew. */
  readonly forget: (key: string) => void;
  /** The same of every key that begins so. */
  readonly forgetAll: (beginning: string) => void;
}

const REMEMBERED_MAX = 10_000;

export function remembering<Value, Fault>(
  now: () => Instant,
  believedMs: number,
): Remembered<Value, Fault> {
  /** What was asked before somebody forgot anything may be the old answer: it is not kept. */
  let forgets = 0;
  const known = new Map<string, { readonly at: Instant; readonly value: Value }>();
  return {
    async ask(key, ask, youngerThanMs = believedMs) {
      const before = known.get(key);
      if (before !== undefined && now() - before.at < Math.min(believedMs, youngerThanMs))
        return ok(before.value);
      const since = now();
      const forgotten = forgets;
      const asked = await ask();
      if (forgotten !== forgets) return asked;
      if (asked.ok) known.set(key, { at: since, value: asked.value });
      else known.delete(key);
      // The oldest go first: a Map keeps the order in which keys came.
      if (known.size > REMEMBERED_MAX) known.delete(known.keys().next().value as string);
      return asked;
    },
    forget(key) {
      forgets += 1;
      known.delete(key);
    },
    forgetAll(beginning) {
      forgets += 1;
      for (const key of known.keys()) if (key.startsWith(beginning)) known.delete(key);
    },
  };
}
