import type { Digest } from '../primitives.ts';

/** One sentence of the rationale and what it rests on. */
export interface Claim {
  readonly id: string;
  readonly text: string;
  /** Names of evidence entries, `path`, `path:line` or acceptance ids. */
  readonly rests: readonly string[];
}

/** One report that the worker brings: its file and the digest it must have. */
export interface EvidenceReference {
  readonly name: string;
  readonly file: string;
  readonly digest: Digest;
}

/** What the author pleads for the change. All of it is the judged party's own word. */
export interface Plea {
  readonly source: 'file' | 'pull-request-body' | 'commit-messages' | 'none';
  readonly digest: Digest | null;
  readonly spec: string | null;
  readonly claims: readonly Claim[];
  readonly evidence: readonly EvidenceReference[];
  /** The text of a worker's `change.diff`, or null. */
  readonly changeDiff: string | null;
}
