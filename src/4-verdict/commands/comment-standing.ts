import { textDigest } from '../../caws/text-digest.ts';
import type { LiveComment } from '../../forge.ts';
import type { Digest } from '../../primitives.ts';

/** What was written down when word of a new comment came. */
export interface RecordedComment {
  readonly authorId: number;
  /** sha256 over the whole text. */
  readonly digest: Digest;
}

export type CommentStanding = 'as-created' | 'edited' | 'deleted' | 'by-an-app';

/**
 * Whether a comment says what its writer said when it was created: whoever may write in a repository
 * may edit the comments of others.
 *
 * @param recorded null where word of it never came, and the forge does not say that nobody edited it: its two times,
 *   told to the second, show no edit within the second.
 * @param live null where it is gone.
 */
export function commentStanding(
  recorded: RecordedComment | 'never-edited' | null,
  live: LiveComment | null,
): CommentStanding {
  if (live === null) return 'deleted';
  if (live.appId !== null) return 'by-an-app';
  if (live.updatedAt !== live.createdAt) return 'edited';
  if (recorded === null) return 'edited';
  if (recorded === 'never-edited') return 'as-created';
  const isSame = recorded.digest === textDigest(live.body) && recorded.authorId === live.author.id;
  return isSame ? 'as-created' : 'edited';
}
