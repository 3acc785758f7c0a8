import type { Place } from '../primitives.ts';
import type { RuleId } from './rules.ts';

/** A measured value and its unit; percentages are 0..100. */
export interface Quantity {
  readonly value: number;
  readonly unit:
    | 'files'
    | 'lines'
    | 'bytes'
    | 'commits'
    | 'percent'
    | 'people'
    | 'tests'
    | 'specs'
    | 'findings'
    | 'seconds'
    | 'changes';
}

/**
 * One thing that examination or deliberation holds against a change. Plain data: it goes into the
 * signed record as it is, and 5-publication/sentences.ts turns it into words.
 */
export interface Finding {
  readonly rule: RuleId;
  /** The gate this counts under and that a waiver has to name, e.g. `budget_limit`. */
  readonly gate: string;
  /** What the rule is about where there can be several: a budget's id, a spec, a gate; else ''. */
  readonly subject: string;
  readonly measured: Quantity | null;
  readonly limit: Quantity | null;
  /** The first places, at most PLACES_MAX; placesTotal counts all. Paths are as git names them, unescaped. */
  readonly places: readonly Place[];
  readonly placesTotal: number;
  /**
   * What a waiver of this finding holds on to, where that is more than the places tell: every file of
   * a long list, or `path@mode:blob` for rules that hold content. At most HOLDS_MAX.
   */
  readonly holds?: readonly string[];
  /** Further facts for the sentence: short strings, numbers, booleans. */
  readonly detail: Readonly<Record<string, string | number | boolean>>;
}

/** A person reads the first places; the rest is a number. */
export const PLACES_MAX = 20;

/** More files than this in one finding are not waived by anyone: nobody has read them. */
export const HOLDS_MAX = 2_000;

/** What a finding does to the verdict after waivers were weighed. */
export type Standing = 'fails' | 'needs-waiver' | 'waived' | 'warns';

/** A finding as it stands in the record. */
export interface WeighedFinding extends Finding {
  readonly standing: Standing;
  /** The waiver that covers it, or null. */
  readonly waivedBy: string | null;
  /** Why a waiver naming this gate did not cover it: one entry each. */
  readonly waiversRefused: readonly WaiverRefusal[];
}

/** A waiver that names the gate and yet does not count, with the reason as a code and its facts. */
export interface WaiverRefusal {
  readonly waiver: string;
  readonly because:
    | 'expired'
    | 'not-yet-valid'
    | 'revoked'
    | 'rejected'
    | 'not-granted'
    | 'not-bounded'
    | 'too-few-approvers'
    | 'approver-is-author'
    | 'approver-not-allowed'
    | 'approver-unverified'
    | 'approver-unknown-now'
    | 'approver-not-a-person'
    | 'approver-is-requester'
    | 'other-spec'
    | 'other-repository'
    | 'other-branch'
    | 'other-change'
    | 'worse-than-floor'
    | 'spec-changed'
    | 'policy-changed'
    | 'longer-than-policy-allows'
    | 'files-are-not-approvals'
    | 'gate-not-waivable'
    | 'too-many-active-waivers'
    | 'id-of-several'
    | 'used-up'
    | 'unreadable';
  readonly detail: Readonly<Record<string, string | number | boolean>>;
}
