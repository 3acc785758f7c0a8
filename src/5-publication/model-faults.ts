/** Why weights are not loaded, and why the judge of this machine does not serve: values; words in weights-words.ts. */
import type { DocumentFault } from '../caws/law.ts';
import type { ModelsLock } from '../caws/models-lock.ts';

export type WeightsFault =
  | { readonly kind: 'lock-unreadable'; readonly document: DocumentFault }
  | { readonly kind: 'folder-unusable'; readonly folder: string; readonly reason: string }
  | {
      readonly kind: 'model-not-pinned';
      readonly name: string;
      readonly known: readonly string[];
      readonly folder: string;
    }
  | { readonly kind: 'model-known'; readonly name: string; readonly folder: string }
  | {
      readonly kind: 'weights-unreadable';
      readonly file: string;
      readonly reason: string;
    }
  | {
      readonly kind: 'weights-other';
      readonly file: string;
      readonly what: 'bytes' | 'sha256';
      readonly expected: string;
      readonly found: string;
    }
  | {
      readonly kind: 'weights-unfit';
      readonly file: string;
      readonly because: 'unreadable' | 'not-gguf' | 'truncated' | 'absurd' | 'incomplete';
      readonly place: string;
    }
  | {
      readonly kind: 'weights-twice';
      readonly names: readonly [string, string];
      readonly folder: string;
    }
  | {
      readonly kind: 'memory-short';
      readonly name: string;
      /** What it was to be opened for; null: for whatever takes least. */
      readonly surface: string | null;
      readonly neededBytes: number;
      readonly availableBytes: number;
    };

/** What a model is run with. */
export type RunProfile = NonNullable<ModelsLock['profiles']>['judging']['profiles'][number];

/** Why a model of this machine does not answer. */
export type ModelFault =
  | WeightsFault
  | {
      readonly kind: 'model-not-opened';
      readonly name: string;
      readonly reason: string;
      /** What was to compute; null: it did not come so far. */
      readonly provider: string | null;
    }
  | {
      readonly kind: 'self-test-failed';
      readonly name: string;
      /** Whose tokens are expected: its own, or those of the model that it stands in for. */
      readonly against: string;
      readonly agreed: number;
      readonly of: number;
      readonly needed: number;
      readonly provider: string;
      readonly profile: RunProfile;
      readonly expected: readonly number[];
      readonly found: readonly number[];
    }
  | { readonly kind: 'stands-in-itself'; readonly name: string; readonly insteadOf: string }
  | { readonly kind: 'not-needed'; readonly name: string; readonly insteadOf: string }
  | { readonly kind: 'model-ends'; readonly name: string; readonly times: number };

/** Why the judge daemon does not start. */
export type DaemonFault =
  | { readonly kind: 'socket-in-use'; readonly socket: string }
  | { readonly kind: 'socket-unusable'; readonly socket: string; readonly reason: string }
  | { readonly kind: 'no-models'; readonly folder: string }
  | { readonly kind: 'no-model-works'; readonly folder: string; readonly count: number };

/** What an operator of the daemon is told while it runs. */
export type ModelEvent =
  | {
      readonly kind: 'loaded';
      readonly name: string;
      /** Program, version and what computes. */
      readonly backend: string;
      readonly surface: string;
      readonly bytes: number;
      readonly profile: RunProfile;
      /** How many tokens it says of those that are expected of it. */
      readonly said: readonly {
        readonly against: string;
        readonly agreed: number;
        readonly of: number;
        readonly needed: number;
      }[];
    }
  | {
      readonly kind: 'profile-short';
      readonly name: string;
      readonly surface: string;
      readonly profile: RunProfile;
      readonly bytes: number;
      readonly availableBytes: number;
    }
  | { readonly kind: 'unloaded'; readonly name: string }
  | {
      readonly kind: 'other-provider';
      readonly name: string;
      readonly wanted: string;
      readonly found: string;
    }
  | {
      readonly kind: 'fell-back';
      readonly name: string;
      readonly surface: string;
      readonly fault: ModelFault;
    }
  | { readonly kind: 'ended'; readonly name: string }
  /** Its file is not as it was when it was read. */
  | { readonly kind: 'exchanged'; readonly name: string; readonly file: string }
  | { readonly kind: 'not-loaded'; readonly name: string; readonly fault: ModelFault };
