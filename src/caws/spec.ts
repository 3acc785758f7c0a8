import type { Digest } from '../primitives.ts';
import type { Dialect } from './dialect.ts';
import type { RiskTier } from './policy.ts';

/** What has to be shown of a change; older dialects have no more than the outcome. */
interface AcceptanceItem {
  readonly id: string;
  readonly given?: string;
  readonly when?: string;
  readonly then: string;
}

/** One working spec, whatever the dialect it was written in. */
export interface Spec {
  readonly id: string;
  readonly title: string;
  readonly file: string;
  readonly dialect: Dialect;
  readonly digest: Digest;
  readonly tier: RiskTier;
  readonly mode: 'feature' | 'refactor' | 'fix' | 'doc' | 'chore' | 'other';
  /** Older dialects have no lifecycle; they count as active unless `status` says otherwise. */
  readonly lifecycle: 'draft' | 'active' | 'closed' | 'archived';
  readonly scopeIn: readonly string[];
  readonly scopeOut: readonly string[];
  /** Editable beside scopeIn, never claimed as the spec's own work (v11). */
  readonly scopeSupport: readonly string[];
  readonly acceptance: readonly AcceptanceItem[];
  readonly invariants: readonly string[];
  readonly contracts: readonly { readonly type: string; readonly path: string | null }[];
  /** Waivers that a 2025 spec names (`waiver_ids`). */
  readonly waiverIds: readonly string[];
  /** A 2025 `change_budget`: can only make the tier's budget stricter. */
  readonly changeBudget: { readonly files: number | null; readonly lines: number | null } | null;
  /** ISO instant after which an experimental spec binds nothing, or null. */
  readonly experimentalUntil: string | null;
}
