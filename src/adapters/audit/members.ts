import {
  isChangeOf,
  type Landing,
  type LandingWay,
  type MergedAgain,
} from '../../4-verdict/landing.ts';
import type { VerdictRecord } from '../../4-verdict/verdict.ts';
import type { RepositoryFault } from '../../ports.ts';
import { type CommitSha, ok, type Result } from '../../primitives.ts';
import type { Landings } from '../git/landings.ts';
import { heldAgainst } from './held-against.ts';

/** A judged head that may stand on a line. */
export interface Candidate {
  readonly record: VerdictRecord;
}

/** One judged change on a line. */
export interface LineMember<Judged extends Candidate> {
  readonly candidate: Judged;
  /** Its last commit on the line. */
  readonly landing: Landing;
  readonly way: LandingWay;
  /** What it was put on. */
  readonly onto: CommitSha;
}

export type LineRead<Judged extends Candidate> =
  /** Oldest first; together they are every commit of the part. */
  | { readonly kind: 'members'; readonly members: readonly LineMember<Judged>[] }
  /** A commit that no judged head gives, with what each of those that were tried would have given. */
  | {
      readonly kind: 'unmatched';
      readonly landing: Landing;
      readonly tried: readonly { readonly candidate: Judged; readonly merged: MergedAgain }[];
    };

/**
 * Takes a part of a line apart into the judged heads that it was made of. Each commit has to be one of
 * them: put onto the commit before, it gives the same tree; and each head lands once.
 *
 * @param line newest first, with the commit that the part stands on and at least one before a rebase.
 * @param end the place of the commit that the part stands on.
 * @param candidatesAt whom to try for a commit, the likeliest first.
 */
export async function membersOf<Judged extends Candidate>(
  { line, end }: { readonly line: readonly Landing[]; readonly end: number },
  candidatesAt: (landing: Landing) => readonly Judged[],
  landings: Pick<Landings, 'changeOf' | 'merged' | 'picked'>,
): Promise<Result<LineRead<Judged>, RepositoryFault>> {
  const members: LineMember<Judged>[] = [];
  let place = 0;
  while (place < end) {
    const landing = line[place] as Landing;
    const used = new Set(members.map(({ candidate }) => candidate));
    const tried: { readonly candidate: Judged; readonly merged: MergedAgain }[] = [];
    let next = place;
    for (const candidate of candidatesAt(landing).filter((each) => !used.has(each))) {
      const held = await heldAgainst(line, place, candidate.record, landings);
      if (!held.ok) return held;
      const { way, group, merged } = held.value;
      const { onto } = group;
      const below = place + 1 + group.others.length;
      const isThis = isChangeOf({ landing, way, onto, record: candidate.record, merged });
      if (isThis && onto !== null && below <= end && line[below]?.sha === onto) {
        members.push({ candidate, landing, way, onto });
        next = below;
        break;
      }
      tried.push({ candidate, merged });
    }
    if (next === place) return ok({ kind: 'unmatched', landing, tried });
    place = next;
  }
  return ok({ kind: 'members', members: members.toReversed() });
}
