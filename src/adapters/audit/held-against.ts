import { type Landing, type LandingWay, type MergedAgain, wayOf } from '../../4-verdict/landing.ts';
import type { VerdictRecord } from '../../4-verdict/verdict.ts';
import type { RepositoryFault } from '../../ports.ts';
import { type CommitSha, ok, type Result } from '../../primitives.ts';
import type { Landings } from '../git/landings.ts';
import { fastForwarded, type Group, rebased } from './line-groups.ts';

/** How a judged head would have come to a place of the line, and what merging it there gives. */
export interface HeldAgainst {
  readonly way: LandingWay;
  readonly group: Group;
  readonly merged: MergedAgain;
}

/**
 * Holds a commit of a line against a judged head: merged, squashed, rebased or fast-forwarded.
 *
 * @param line newest first.
 */
export async function heldAgainst(
  line: readonly Landing[],
  place: number,
  record: VerdictRecord,
  landings: Pick<Landings, 'changeOf' | 'merged' | 'picked'>,
): Promise<Result<HeldAgainst, RepositoryFault>> {
  const grouped = await groupOf(line, place, record, landings);
  if (!grouped.ok) return grouped;
  const merged = await mergedOf(landings, grouped.value.group.onto, record);
  return merged.ok ? ok({ ...grouped.value, merged: merged.value }) : merged;
}

async function groupOf(
  line: readonly Landing[],
  place: number,
  record: VerdictRecord,
  landings: Pick<Landings, 'changeOf' | 'picked'>,
): Promise<Result<Pick<HeldAgainst, 'way' | 'group'>, RepositoryFault>> {
  const landing = line[place] as Landing;
  const way = wayOf(landing, record);
  if (way === 'fast-forward') return ok({ way, group: fastForwarded(line, place, record) });
  if (way === 'squash') {
    const group = await rebased(line, place, record, landings);
    if (!group.ok) return group;
    if (group.value !== null) return ok({ way: 'rebase', group: group.value });
  }
  return ok({ way, group: { onto: landing.parents[0] ?? null, others: [] } });
}

/** Where nothing lay between, the head's own tree is the answer, and the head need not be here. */
async function mergedOf(
  landings: Pick<Landings, 'merged'>,
  onto: CommitSha | null,
  { subject }: VerdictRecord,
): Promise<Result<MergedAgain, RepositoryFault>> {
  if (onto === null) return ok({ kind: 'conflicts' });
  if (onto === subject.mergeBase) return ok({ kind: 'tree', tree: subject.headTree });
  return landings.merged(onto, subject.head);
}
