import type { Change } from '../../src/1-pleading/change.ts';
import { openRemembered, type ReadBefore } from '../../src/adapters/git/remembered.ts';
import { type Weighed, weigh } from '../../src/cycle.ts';
import { type CommitSha, ok, type Result } from '../../src/primitives.ts';
import {
  type Court,
  caseOf,
  factsOfSpeakers,
  type Hearing,
  type JudgeFault,
  lawOf,
} from '../hearing/judge-pull.ts';

/** A pull request heard on a commit that its branch is only to have. */
export interface WeighedOnto extends Weighed {
  /** What its commit changes there, as it landed: the files of what stands below are in it. */
  readonly step: Change;
}

/**
 * Hears a pull request as if its target stood at a commit of a merge queue: the law is read there, and
 * the change is what it would bring there. Nothing is recorded, for that commit may never land.
 */
export async function weighOnto(
  hearing: Hearing,
  court: Court,
  at: ReadBefore & { readonly onto: CommitSha; readonly commit: CommitSha },
): Promise<Result<WeighedOnto, JudgeFault>> {
  const { pull } = hearing;
  using repository = openRemembered(at, { env: court.env });
  const resolved = await repository.resolve(`${at.onto}...${pull.head.sha}`);
  if (!resolved.ok) return resolved;
  const range = { ...resolved.value, baseRef: `refs/heads/${pull.base.branch}` };
  const law = await lawOf(range, repository, hearing, court);
  if (!law.ok) return law;
  const facts = await factsOfSpeakers(law.value, hearing, court);
  if (!facts.ok) return facts;
  // What binds was read above; the case rests on exactly that.
  const bound = { ...repository, law: async () => law };
  const asked = await caseOf({ range, repository: bound, facts: facts.value }, hearing, court);
  if (!asked.ok) return asked;
  const weighed = await weigh(asked.value.request, asked.value.world, hearing.watch);
  if (!weighed.ok) return weighed;
  const step = await repository.measure({ ...range, mergeBase: at.onto, head: at.commit });
  return step.ok ? ok({ ...weighed.value, step: step.value }) : step;
}
