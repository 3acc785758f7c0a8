import type { Change, TextSign } from '../1-pleading/change.ts';
import type { RollingHistory } from '../2-examination/rolling.ts';
import type { GateAnswerGiven } from '../3-deliberation/deliberation.ts';
import type { Judgement } from '../3-deliberation/judge/judgement.ts';
import type { DocumentFault, LawText, LawTexts } from '../caws/law.ts';
import type { Plea } from '../caws/plea.ts';
import type { Instant } from '../primitives.ts';
import type { StandingAcceptance } from './acceptance.ts';
import type { HostedFacts } from './waivers/hosted-facts.ts';

/** How a worker's own `change.diff` compares with what git says; `absent` where none was brought. */
export type DiffComparison =
  | { readonly kind: 'absent' | 'equal' }
  | { readonly kind: 'differs'; readonly path: string; readonly what: string };

/** What is known of a change once it was measured: everything but what the gates answer. */
export interface OpenedCase {
  readonly schema: 'caws-arbiter/case@1';
  readonly tool: { readonly version: string; readonly rules: number };
  /** The one instant that every stage sees. */
  readonly at: Instant;
  readonly change: Change;
  readonly law: LawTexts;
  /** The policy that is in force where the base has none, and that completes it where it has one. */
  readonly shipped: LawText;
  readonly plea: Plea;
  /** Characters of the plea that a reader cannot see for what they are, the first of them. */
  readonly pleaSigns: readonly TextSign[];
  /** Why the plea could not be read, or null; the plea is then empty. */
  readonly pleaFault: DocumentFault | null;
  readonly diff: DiffComparison;
  /** What the person who ran the arbiter named (`--spec`), or null. */
  readonly specNamed: string | null;
  /** Names the head goes by: branch, pull request number. */
  readonly branches: readonly string[];
  /** Envelopes of waiver events as found; nobody has vouched for them yet. */
  readonly waiverEvents: readonly string[];
  /** Envelopes of break-glass events as found, those of other heads included while they are recent. */
  readonly breakGlassEvents?: readonly string[];
  readonly waiverUses: Readonly<Record<string, number>> | null;
  readonly history: RollingHistory | null;
  /**
   * 2: the record says which lines its budgets count. Absent from older cases, whose records do not say
   * it, so that each is decided again to the very bytes that were recorded.
   */
  readonly recordForm?: 2;
  /** What the forge said of the people at this evaluation; where it was not asked, no hosted event counts. */
  readonly hosted?: HostedFacts;
}

/**
 * Every input of one verdict. Kept beside the ledger under its digest: the same case file gives the
 * same verdict for ever, with no repository and no network.
 */
export interface CaseFile extends OpenedCase {
  readonly answers: readonly GateAnswerGiven[];
  /** What judge models were shown and said; absent where none was asked. */
  readonly judgement?: Judgement;
  /** Another pull request that people accepted for the spec; absent where none is. */
  readonly acceptance?: StandingAcceptance;
}
