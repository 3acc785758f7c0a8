import { type CommitSha, fail, type Instant, ok, type Result } from '../../primitives.ts';

/** A head that the pull request was seen to have. */
export interface SeenHead {
  readonly sha: CommitSha;
  /** When word of it was received and recorded. */
  readonly seenAt: Instant;
  /** When it came to be by the forge's own clock, where the forge said; the later of the two counts. */
  readonly pushedAt: Instant | null;
}

export type HeadFault =
  /** No head was recorded before the comment, or one in the same second. */
  | { readonly kind: 'head-unclear'; readonly newest: CommitSha | null }
  | { readonly kind: 'sha-unknown'; readonly sha: string }
  | { readonly kind: 'sha-ambiguous'; readonly sha: string };

/** The forge dates comments to the second. */
const TICK_MS = 1_000;

/**
 * The head that a command is about: what its writer can have looked at, never what was pushed since.
 *
 * @param seen in any order; the same head may stand there several times.
 * @param createdAt of the comment, by the forge's clock.
 * @param named what `sha:` says, or null.
 */
export function bindHead(
  seen: readonly SeenHead[],
  createdAt: Instant,
  named: string | null,
): Result<CommitSha, HeadFault> {
  if (named !== null) return headNamed(seen, named);
  const timed = seen.map(({ sha, seenAt, pushedAt }) => ({
    sha,
    at: Math.max(seenAt, pushedAt ?? seenAt),
  }));
  const newestOf = (heads: typeof timed) =>
    heads.reduce<(typeof timed)[0] | null>(
      (best, each) => (best === null || each.at >= best.at ? each : best),
      null,
    );
  const newest = newestOf(timed)?.sha ?? null;
  const before = timed.filter(({ at }) => at < createdAt);
  const last = newestOf(before);
  const isUnclear = timed.some(({ at }) => at >= createdAt && at < createdAt + TICK_MS);
  const isTied = before.some(({ sha, at }) => at === last?.at && sha !== last.sha);
  return last === null || isUnclear || isTied
    ? fail({ kind: 'head-unclear', newest })
    : ok(last.sha);
}

function headNamed(seen: readonly SeenHead[], named: string): Result<CommitSha, HeadFault> {
  const hits = new Set(seen.map(({ sha }) => sha).filter((sha) => sha.startsWith(named)));
  const [only] = hits;
  if (only === undefined || !/^[0-9a-f]{7,64}$/.test(named))
    return fail({ kind: 'sha-unknown', sha: named });
  return hits.size === 1 ? ok(only) : fail({ kind: 'sha-ambiguous', sha: named });
}
