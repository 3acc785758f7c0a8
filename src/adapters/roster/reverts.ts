import type { AuditedCommit } from '../../4-verdict/audited.ts';
import type { RepositoryFault } from '../../ports.ts';
import { ok, type Result } from '../../primitives.ts';
import type { Landings } from '../git/landings.ts';
import type { Reverted } from './learn.ts';

/** What `git revert` and GitHub's button write. */
const REVERTS = /^This reverts commit ([0-9a-f]{40}(?:[0-9a-f]{24})?)\b/gm;
/** Each is merged again to see whether it is true. */
const REVERTS_MAX = 200;

/** Whether a commit says that it takes others back; `revertedOn` says whether it does. */
export const saysRevert = (message: string): boolean => message.search(REVERTS) !== -1;

/**
 * Commits of a line that landed by a verdict and were taken back later. Who took them back needs no
 * verdict: in a hurry people push. But what the message says has to be true, or a change could harm
 * another one's record by its words: the commit picked once more must give what stood there before.
 *
 * A revert that was itself reverted takes nothing back.
 *
 * @param commits newest first, as an audit gives them; what landed counts where it is verified.
 */
export async function revertedOn(
  landings: Landings,
  commits: readonly AuditedCommit[],
): Promise<Result<readonly Reverted[], RepositoryFault>> {
  const bySha = new Map<string, AuditedCommit>(commits.map((each) => [each.landing.sha, each]));
  const undone = new Set<string>();
  const found: Reverted[] = [];
  let tried = 0;
  for (const { landing } of commits) {
    if (undone.has(landing.sha)) continue;
    for (const [, landed = ''] of landing.message.matchAll(REVERTS)) {
      const taken = bySha.get(landed);
      const before = bySha.get(landing.parents[0] ?? '');
      if (taken === undefined || before === undefined || undone.has(landed)) continue;
      tried += 1;
      if (tried > REVERTS_MAX) return ok(found);
      const again = await landings.picked(landing, taken.landing);
      if (!again.ok) return again;
      if (again.value !== before.landing.tree) continue;
      undone.add(landed);
      if (taken.state === 'verified' && taken.verdict !== null)
        found.push({ verdict: taken.verdict, landed, by: landing.sha });
    }
  }
  return ok(found);
}
