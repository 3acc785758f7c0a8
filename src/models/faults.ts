/** Why the roster or its log did not take something: values here, words in 5-publication/model-fault-words.ts. */

import type { Status } from './profile.ts';

/** What was refused because of what it says; the state is as it was, and the refusal stands in the log. */
export type Refusal =
  | { readonly kind: 'model-unknown'; readonly id: string; readonly near: string | null }
  /** Another model has this id: what cannot change about a model differs. */
  | {
      readonly kind: 'model-id-taken';
      readonly id: string;
      readonly field: 'family' | 'role' | 'backend';
      readonly registered: string;
      readonly given: string;
    }
  /** Other weights, or another version, under a name that has a record. */
  | {
      readonly kind: 'model-digest-changed';
      readonly id: string;
      readonly registered: string;
      readonly given: string;
    }
  | { readonly kind: 'model-retired'; readonly id: string; readonly because: string }
  | {
      readonly kind: 'model-status-differs';
      readonly id: string;
      readonly expected: Status;
      readonly found: Status;
    }
  | { readonly kind: 'surface-undeclared'; readonly id: string; readonly surface: string }
  | { readonly kind: 'decision-unknown'; readonly decision: string }
  | { readonly kind: 'decision-doubled'; readonly decision: string }
  | { readonly kind: 'outcome-doubled'; readonly decision: string }
  | { readonly kind: 'outcome-missing'; readonly decision: string }
  | {
      readonly kind: 'outcome-late';
      readonly decision: string;
      readonly days: number;
      readonly daysMax: number;
    }
  /** `given` as text: NaN and Infinity have no other form that survives. */
  | {
      readonly kind: 'event-malformed';
      readonly field: string;
      readonly given: string;
      readonly allowed: string;
    }
  | {
      readonly kind: 'clock-went-back';
      readonly about: string;
      /** ISO 8601. */
      readonly last: string;
      readonly given: string;
    };

/** What stood in the way of reading or writing the file. */
export type RosterStorageFault =
  | {
      readonly kind: 'roster-unusable';
      readonly problem:
        | 'missing'
        | 'locked'
        | 'full'
        | 'unreadable'
        | 'not-writable'
        | 'broken'
        | 'unsafe';
      readonly file: string;
      readonly reason: string;
    }
  | {
      readonly kind: 'roster-newer';
      readonly file: string;
      readonly version: number;
      readonly supported: number;
    }
  /** More events wait to be written than may; whoever sends them has to slow down. */
  | { readonly kind: 'journal-full'; readonly eventsMax: number };

export type RosterFault = Refusal | RosterStorageFault;
