import type { RepositoryFault } from '../../ports.ts';
import { type CommitSha, fail, ok, type Result } from '../../primitives.ts';
import { gapOf } from './faults.ts';
import type { Workplace } from './workplace.ts';

/**
 * Those of the paths that are there in the tree of a commit. A name that git cannot be asked for is not, nor is
 * a submodule, whose commit stands elsewhere.
 */
export async function presentPaths(
  commit: CommitSha,
  paths: readonly string[],
  { objects, partialClone }: Workplace,
): Promise<Result<ReadonlySet<string>, RepositoryFault>> {
  const root = await objects.info(`${commit}^{tree}`);
  if (typeof root === 'string') return fail(gapOf(commit, partialClone));
  const found = await Promise.all(
    paths.map(async (path) => ({ path, info: await objects.info(`${root.id}:${path}`) })),
  );
  return ok(new Set(found.flatMap(({ path, info }) => (info === 'missing' ? [] : [path]))));
}
