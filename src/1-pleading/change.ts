import type { CommitSha, Digest, ObjectId } from '../primitives.ts';

/** What git says happened to a path between the two trees. A copy counts as new. */
export type FileStatus = 'added' | 'deleted' | 'modified' | 'renamed' | 'copied' | 'type-changed';
export type FileKind = 'text' | 'binary' | 'symlink' | 'submodule' | 'lfs-pointer';

/** A character or name that a reader cannot see for what it is. */
export interface TextSign {
  readonly kind:
    | 'bidi'
    | 'invisible'
    | 'variation-selector'
    | 'tag'
    | 'homoglyph'
    | 'control'
    /** Ends a line where many a reader sees none; the first LINE_ENDS_MAX of a file. */
    | 'line-end';
  readonly codePoint: number;
  /** 1-based line and column (in code points) in the new file; null: in the path itself. */
  readonly line: number | null;
  readonly column: number | null;
}

/** One path of the change, measured from git objects alone. */
export interface FileChange {
  /** The path after; for a deletion the path before. Bytes that are not UTF-8 stand as `\xNN`. */
  readonly path: string;
  /** The other path of a rename or copy, else null. */
  readonly pathBefore: string | null;
  /** True where the path's bytes are not valid UTF-8. */
  readonly pathIsLossy: boolean;
  readonly status: FileStatus;
  readonly kind: FileKind;
  readonly modeBefore: string | null;
  readonly modeAfter: string | null;
  readonly blobBefore: ObjectId | null;
  readonly blobAfter: ObjectId | null;
  /** git's own count of lines; 0 for what git calls binary. */
  readonly added: number;
  readonly deleted: number;
  /** Our count: CR, U+2028, U+2029, U+0085, VT and FF end lines too. */
  readonly ownAdded: number;
  readonly ownDeleted: number;
  /** max(added + deleted, ownAdded + ownDeleted); binary and LFS: ceil(bytes / 80); pure rename: 0. */
  readonly lines: number;
  /** The added side alone, by the same rule. */
  readonly linesAdded: number;
  /** Size of the blob after (of the LFS object where a pointer names one); 0 for a deletion. */
  readonly bytes: number;
  /** Bytes of added text, or of the whole blob for binary. */
  readonly bytesAdded: number;
  /** The longest added line in bytes, by our line ends. */
  readonly longestLineBytes: number;
  /** Where a symlink points, as written; null for everything else. */
  readonly linkTarget: string | null;
  /** The first signs, at most SIGNS_MAX; signsTotal counts all, of line ends at most LINE_ENDS_MAX. */
  readonly signs: readonly TextSign[];
  readonly signsTotal: number;
  /** Lines of added text that hold a stub token (TODO, FIXME, NotImplemented, …), first 20. */
  readonly stubLines: readonly number[];
  /** Lines of added text that keep code out of a check (`istanbul ignore`, `nosec`, …), first 20; absent where there is none. */
  readonly exemptLines?: readonly number[];
}

export const SIGNS_MAX = 20;
/** Line ends are judged by the file: more of one kind tell nothing new and are not in signsTotal. */
export const LINE_ENDS_MAX = 5;

/** One commit between merge base and head, oldest first. */
export interface CommitMeasure {
  readonly sha: CommitSha;
  readonly parents: readonly CommitSha[];
  readonly authorName: string;
  readonly authorEmail: string;
  /** Undefined where whoever measured did not say. */
  readonly committerName?: string;
  readonly committerEmail: string;
  /** E-mails of `Co-authored-by`, `Co-developed-by` and `Signed-off-by` trailers. */
  readonly coAuthors: readonly string[];
  readonly files: number;
  readonly added: number;
  readonly deleted: number;
  /** Every path the commit touched, both sides of a rename. Bounded by COMMIT_PATHS_MAX; pathsCut says so. */
  readonly paths: readonly string[];
  readonly pathsCut: boolean;
  /**
   * For a merge: the lines that its resolution adds beyond an automatic merge, a file without any
   * (binary, empty, moved, another mode) as one; 0 for others.
   */
  readonly mergeOwnLines: number;
  /** The merge could not be tried again, so that `mergeOwnLines` is all by which it differs from a parent. */
  readonly mergeUntried?: true;
  /** Who signed, checked against the base's `.caws/allowed_signers`. */
  readonly signature:
    | { readonly state: 'good'; readonly signer: string }
    | { readonly state: 'none' | 'bad' | 'unknown-signer' | 'cannot-check' };
  /** Values of `CAWS-SPEC` and `CAWS-VERDICT-ID` trailers. */
  readonly specTrailers: readonly string[];
  readonly verdictTrailers: readonly string[];
}

/** Text of both sides of a few files that examination has to read (workflows, manifests, attributes, .caws). */
export interface InspectedFile {
  readonly path: string;
  readonly before: string | null;
  readonly after: string | null;
}

/** Why a measurement is not whole. Anything here means that the change cannot PASS. */
export interface Incomplete {
  readonly what:
    | 'too-many-files'
    | 'too-many-commits'
    | 'too-many-bytes'
    | 'blob-missing'
    | 'blob-unreadable'
    | 'inspected-file-too-large'
    | 'timed-out';
  readonly path: string | null;
  readonly limit: number | null;
}

/** The change as it is: base and head and everything between them, from git objects. */
export interface Change {
  /** What identifies the repository: its canonical remote URL without credentials, or `root:<sha>`. */
  readonly repository: string;
  /** The ref that the change would merge into, e.g. `refs/heads/main`, or the sha where none was named. */
  readonly baseRef: string;
  readonly base: CommitSha;
  readonly mergeBase: CommitSha;
  readonly head: CommitSha;
  readonly headTree: ObjectId;
  /** In git's order, which is by path bytes. */
  readonly files: readonly FileChange[];
  readonly commits: readonly CommitMeasure[];
  readonly inspected: readonly InspectedFile[];
  /** Paths of the head's tree that differ from another only by case or normal form, in pairs. */
  readonly collisions: readonly (readonly [string, string])[];
  /** New paths that shadow an existing sibling (`x-final.ts` beside `x.ts`), in pairs [new, old]. */
  readonly shadows: readonly (readonly [string, string])[];
  /** Symlinks whose target leaves the repository or lands on another path: [link, resolved or null]. */
  readonly incomplete: readonly Incomplete[];
  /** sha256 of the canonical list of (path, modes, blobs): what a `change.diff` must equal. */
  readonly digest: Digest;
}
