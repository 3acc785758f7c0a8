/** What one change may cost to measure. Passing a bound is an `Incomplete` entry, never silence. */
export const measureBounds = {
  /** Paths of one change. GitHub's own lists end at 3,000; a larger change is nobody's review. */
  filesMax: 50_000,
  /** Commits between target and head. */
  commitsMax: 5_000,
  /** Bytes of the whole patch: 20 MB lines are measured, a disk image is not. */
  patchBytesMax: 512 * 1024 * 1024,
  /** Bytes of the whole history listing. */
  historyBytesMax: 256 * 1024 * 1024,
  /** One commit's message. */
  messageBytesMax: 64 * 1024,
  /** Paths kept of one commit; `pathsCut` says where there were more. */
  commitPathsMax: 5_000,
  /** One side of a file that examination reads as text. */
  inspectedFileBytesMax: 256 * 1024,
  /** All sides of all such files together. */
  inspectedBytesMax: 8 * 1024 * 1024,
  /** Blobs that one question asks for, together. */
  blobsBytesMax: 64 * 1024 * 1024,
  /** One directory listing of the head. */
  treeBytesMax: 16 * 1024 * 1024,
  /** Directories of the head that are listed to find look-alike names. */
  treesMax: 20_000,
  /** A symlink's target; no system follows a longer one. */
  linkBytesMax: 4_096,
  /** Signatures checked one by one; each costs a process. */
  signaturesMax: 300,
} as const;

/** What binary content is charged as: the length of an ordinary line. */
export const BINARY_BYTES_PER_LINE = 80;
/** An LFS pointer is shorter than this by its specification. */
export const LFS_POINTER_BYTES_MAX = 1_024;
/** The first stub lines of a file are named, and the first that keep code out of a check; the rest are not. */
export const STUB_LINES_MAX = 20;
