/** Why weights are not loaded, and why the judge of this machine does not serve: values; words in model-words.ts. */
import type { DocumentFault } from '../caws/law.ts';

export type WeightsFault =
  | { readonly kind: 'lock-unreadable'; readonly file: string; readonly fault: DocumentFault }
  | { readonly kind: 'folder-unusable'; readonly folder: string; readonly reason: string }
  | {
      readonly kind: 'model-unknown';
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
      readonly kind: 'memory-short';
      readonly name: string;
      readonly neededBytes: number;
      readonly availableBytes: number;
    };
