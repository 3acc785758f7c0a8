import type { TrustedSigners } from '../../4-verdict/waivers/signers.ts';
import { visible } from '../../5-publication/escape.ts';
import type { LawTexts } from '../../caws/law.ts';
import { readTrustedKeys } from '../../caws/trusted-keys.ts';
import type { Repository } from '../../ports.ts';
import { type CommitSha, fail, ok, type Result } from '../../primitives.ts';
import { branchNow, lawOf } from '../branch.ts';
import { exits, type World } from '../world.ts';
import { type Stop, stopFor } from './stop.ts';

/** The branch a change would merge into, and the commit that a verdict named for it. */
export interface Target {
  readonly baseRef: string;
  readonly base?: CommitSha;
}

/** The documents of a branch as it stands now; the commit that a verdict named is the last resort. */
export async function lawAt(
  world: World,
  repository: Repository,
  { baseRef, base }: Target,
): Promise<Result<LawTexts, Stop>> {
  const now = await branchNow(world, baseRef);
  const branch = now ?? (base === undefined ? null : { name: baseRef, tip: base });
  if (branch === null)
    return fail({
      exit: exits.usage,
      message: `the branch \`${visible(baseRef)}\` is not here, so it cannot be said whose keys count.\nTry: git fetch origin`,
    });
  const law = await lawOf(repository, branch);
  return law.ok ? law : stopFor(law.fault);
}

/** The trusted keys among the documents; null where the branch has none, so that nobody can approve. */
export function trustedIn(law: LawTexts, baseRef: string): Result<TrustedSigners | null, Stop> {
  if (law.trustedKeys === null) return ok(null);
  const keys = readTrustedKeys(law.trustedKeys);
  if (keys.ok) return ok(keys.value);
  const [first] = keys.fault.problems;
  return fail({
    exit: exits.invalidDocument,
    message: `${keys.fault.file}:${first?.line ?? 1}:${first?.column ?? 1} of ${visible(baseRef)}: ${first?.message ?? 'is unreadable'}. No approval counts until it is mended.`,
  });
}
