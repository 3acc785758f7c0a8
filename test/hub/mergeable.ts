/** Why a pull request cannot be merged now, for the API, the merge box and auto-merge alike. */
import { branchTip } from './git.ts';
import { demandsOf, queueRule, standingFor } from './rules-life.ts';
import type { Account, Pull, Repository } from './state.ts';
import type { World } from './world.ts';

export interface Block {
  readonly kind: 'closed' | 'draft' | 'conflict' | 'behind' | 'check' | 'queue';
  readonly text: string;
}

/** @param by whose bypasses count; null for nobody's. Mergeability must have been weighed before. */
export function blocksOf(
  world: World,
  repository: Repository,
  pull: Pull,
  by: Account | null,
): readonly Block[] {
  if (pull.state === 'closed') return [{ kind: 'closed', text: 'Pull Request is not mergeable' }];
  const blocks: Block[] = [];
  if (pull.draft) blocks.push({ kind: 'draft', text: 'Pull Request is still a draft' });
  if (pull.mergeability?.clean === false)
    blocks.push({ kind: 'conflict', text: 'Pull Request is not mergeable' });
  const demands = demandsOf(world, repository, pull.base.ref, by);
  if (demands.some((demand) => demand.strict) && isBehind(repository, pull))
    blocks.push({
      kind: 'behind',
      text: 'Head branch is out of date. Review and try the merge again.',
    });
  for (const demand of demands) {
    const standing = standingFor(world, repository, pull, demand);
    if (standing !== 'passed') blocks.push({ kind: 'check', text: said[standing](demand.context) });
  }
  if (queueRule(repository, pull.base.ref) !== undefined)
    blocks.push({ kind: 'queue', text: 'Changes must be made through the merge queue' });
  return blocks;
}

const said = {
  missing: (context: string) => `Required status check "${context}" is expected.`,
  pending: (context: string) => `Required status check "${context}" is in progress.`,
  failed: (context: string) => `Required status check "${context}" is failing.`,
} as const;

/** pull.base.sha follows the base at each push to the head; strict asks for the base's present tip. */
function isBehind(repository: Repository, pull: Pull): boolean {
  const tip = branchTip(repository, pull.base.ref);
  return tip !== undefined && pull.containsBase !== tip;
}

/** The word of `mergeable_state`. */
export function mergeableState(world: World, repository: Repository, pull: Pull): string {
  if (pull.state === 'closed' || pull.mergeability === null) return 'unknown';
  const kinds = new Set(blocksOf(world, repository, pull, null).map((block) => block.kind));
  if (kinds.has('conflict')) return 'dirty';
  if (kinds.has('draft')) return 'draft';
  if (kinds.has('check') || kinds.has('queue')) return 'blocked';
  if (kinds.has('behind')) return 'behind';
  const runs = [...repository.checks.values()].filter((run) => run.headSha === pull.head.sha);
  const troubled = runs.some(
    (run) =>
      run.status !== 'completed' ||
      !['success', 'neutral', 'skipped'].includes(run.conclusion ?? ''),
  );
  return troubled ? 'unstable' : 'clean';
}
