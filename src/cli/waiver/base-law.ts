import type { TrustedSigners } from '../../4-verdict/waivers/signers.ts';
import { visible } from '../../5-publication/escape.ts';
import { userEnvironment } from '../../adapters/git/environment.ts';
import { runGit } from '../../adapters/git/process.ts';
import type { LawTexts } from '../../caws/law.ts';
import { readTrustedKeys } from '../../caws/trusted-keys.ts';
import type { Repository, ResolvedRange } from '../../ports.ts';
import { type CommitSha, commitSha, fail, ok, type Result } from '../../primitives.ts';
import { exits, type World } from '../world.ts';
import { type Stop, stopFor } from './stop.ts';

const GIT_LIMIT_MS = 10_000;

/** The branch a change would merge into, and the commit that a verdict named for it. */
export interface Target {
  readonly baseRef: string;
  readonly base?: CommitSha;
}

/**
 * The documents of a branch as it stands now. Branches are moved on by others, and a key is revoked
 * there: the remote's word on the branch comes before the local one, and the commit that a verdict
 * named is the last resort.
 */
export async function lawAt(
  world: World,
  repository: Repository,
  { baseRef, base }: Target,
): Promise<Result<LawTexts, Stop>> {
  const branch = baseRef.replace(/^refs\/heads\//, '');
  const names = branch === baseRef ? [baseRef] : [`refs/remotes/origin/${branch}`, baseRef];
  let tip: CommitSha | undefined;
  for (const name of names) tip ??= await commitOf(world, name);
  tip ??= base;
  if (tip === undefined)
    return fail({
      exit: exits.usage,
      message: `the branch \`${visible(baseRef)}\` is not here, so it cannot be said whose keys count.\nTry: git fetch origin`,
    });
  const range: ResolvedRange = {
    repository: '',
    baseRef,
    base: tip,
    mergeBase: tip,
    head: tip,
    dirty: null,
    branches: [],
  };
  const law = await repository.law(range);
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

/** The commit that a name resolves to, as the person's own git sees it. */
export async function commitOf(world: World, name: string): Promise<CommitSha | undefined> {
  const end = await runGit({
    args: ['rev-parse', '--verify', '--quiet', '--end-of-options', `${name}^{commit}`],
    env: userEnvironment(world.env),
    cwd: world.directory,
    limitMs: GIT_LIMIT_MS,
    bytesMax: 1_000,
  });
  return end.code === 0 ? commitSha(end.stdout.toString('utf8').trim()) : undefined;
}
