import type { Diffs } from './diffs.ts';
import type { Launcher } from './launcher.ts';
import type { ObjectSource } from './objects.ts';

/** What everything that measures shares: the view, its objects, its environment and its bounds. */
export interface Workplace {
  /** The view's folder. */
  readonly directory: string;
  readonly env: Readonly<Record<string, string>>;
  readonly objects: ObjectSource;
  readonly diffs: Diffs;
  readonly launcher: Launcher | null;
  /** Given when the view goes: what still runs in it ends. */
  readonly signal: AbortSignal;
  readonly format: 'sha1' | 'sha256';
  readonly limitMs: number;
  readonly partialClone: boolean;
}
