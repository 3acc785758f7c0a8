import type { CommitSha, Result } from '../primitives.ts';

/** The documents of the base that bind a change, as texts: recorded whole, so that replay needs no repository. */
export interface LawTexts {
  /** `.caws/policy.yaml` or `.caws/policy/tier-policy.json` of the base, or null for the shipped default. */
  readonly policy: LawText | null;
  /** Every working spec of the base. */
  readonly specs: readonly LawText[];
  readonly waivers: readonly LawText[];
  readonly trustedKeys: LawText | null;
  readonly allowedSigners: LawText | null;
  /** What every repository of the owner is held to as well; absent where the owner has no policy, or nobody asked. */
  readonly organization?: OrganizationLaw;
}

/** The policy of an owner: `.caws/policy.yaml` on the default branch of `OWNER/.github`. */
export interface OrganizationLaw {
  /** `OWNER/.github`. */
  readonly repository: string;
  /** What its default branch stood at; null: a file that somebody named. */
  readonly commit: CommitSha | null;
  /** Its file is named with the repository before it. */
  readonly policy: LawText;
}

export interface LawText {
  readonly file: string;
  readonly text: string;
}

/** A document that could not be read as what it should be, with every place where it is wrong. */
export interface DocumentFault {
  readonly file: string;
  readonly problems: readonly DocumentProblem[];
}

/** One problem of a document: rule id, sentence, place, and what to do. */
export interface DocumentProblem {
  readonly rule: string;
  readonly severity: 'error' | 'warning';
  readonly message: string;
  readonly line: number | null;
  readonly column: number | null;
  readonly hint: string;
}

export type Read<Document> = Result<Document, DocumentFault>;
