import type { ForgeFault, MergeMethod } from '../forge.ts';
import type { SettingFault } from './app-faults.ts';
import type { KeyFault } from './faults.ts';

/** Who may pass a ruleset by. */
export interface Bypass {
  readonly who: string;
  readonly mode: string;
}

/** What a look at the app, its machine and its branch found. */
export type Finding =
  | { readonly kind: 'settings-hold' }
  | { readonly kind: 'settings-fault'; readonly fault: SettingFault }
  /** Without an app, or one that the forge knows, nothing is asked of a repository; null: none was named. */
  | { readonly kind: 'not-looked-at'; readonly repository: string | null; readonly hasApp: boolean }
  | { readonly kind: 'git'; readonly version: string | null; readonly enough: boolean }
  | {
      readonly kind: 'data';
      readonly folder: string;
      readonly standing: 'private' | 'missing' | 'open' | 'unwritable';
    }
  | { readonly kind: 'signing-key'; readonly keyId: string | null }
  | { readonly kind: 'signing-key-fault'; readonly fault: KeyFault }
  | { readonly kind: 'identity'; readonly slug: string; readonly appId: number }
  | { readonly kind: 'identity-refused'; readonly status: number }
  | { readonly kind: 'forge-fault'; readonly fault: ForgeFault }
  | { readonly kind: 'clock'; readonly aheadMs: number | null }
  | {
      readonly kind: 'permissions';
      readonly of: 'app' | 'installation';
      /** `name: level` each. */
      readonly lacking: readonly string[];
      readonly beyond: readonly string[];
    }
  | { readonly kind: 'events'; readonly lacking: readonly string[] }
  | { readonly kind: 'webhook'; readonly url: string; readonly expected: string | null }
  | { readonly kind: 'webhook-missing' }
  | { readonly kind: 'webhook-unverified' }
  | { readonly kind: 'deliveries'; readonly failed: number; readonly of: number }
  | { readonly kind: 'not-installed'; readonly repository: string }
  | { readonly kind: 'suspended' }
  | {
      readonly kind: 'organization';
      /** `OWNER/.github`. */
      readonly repository: string;
      readonly standing: 'binds' | 'no-policy' | 'not-covered';
    }
  | {
      readonly kind: 'organization-broken';
      readonly repository: string;
      readonly file: string;
      readonly line: number | null;
      readonly message: string;
    }
  | {
      readonly kind: 'required';
      readonly check: string;
      readonly branch: string;
      readonly pins: readonly (number | null)[];
      readonly appId: number;
    }
  /** The branch asks for a name that opens no branch. */
  | { readonly kind: 'open-name'; readonly check: string; readonly branch: string }
  /** The branch asks for several names of a verdict, and a change is given one. */
  | {
      readonly kind: 'several-names';
      readonly check: string;
      readonly others: readonly string[];
      readonly branch: string;
    }
  /** Every branch that rulesets ask the check of, as patterns; classic protection is not shown. */
  | { readonly kind: 'shared-name'; readonly check: string; readonly branches: readonly string[] }
  /** Whether the branch moves by pull requests alone. */
  | { readonly kind: 'pushes'; readonly branch: string; readonly byPull: boolean }
  | { readonly kind: 'bypass'; readonly ruleset: string; readonly actors: readonly Bypass[] | null }
  /** How the queue merges; null: there is none. */
  | {
      readonly kind: 'merge-queue';
      readonly method: MergeMethod | null;
      readonly branch: string;
    }
  | {
      readonly kind: 'merge-message';
      readonly of: 'squash' | 'merge';
      /** null where the forge does not show it. */
      readonly from: string | null;
    }
  | { readonly kind: 'merge-message-unused'; readonly of: 'squash' | 'merge' }
  | {
      readonly kind: 'runner';
      /** Ids of the gates that are commands; null: the policy cannot be read. */
      readonly gates: readonly string[] | null;
      readonly workflow: 'there' | 'missing';
    };
