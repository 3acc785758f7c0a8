import {
  type CandidatePatch,
  type PatchFault,
  readCandidatePatch,
  refused,
} from '../../1-pleading/candidate-patch.ts';
import type { Change } from '../../1-pleading/change.ts';
import { compareChangeDiff } from '../../1-pleading/change-diff.ts';
import type { RepositoryFault, ResolvedRange } from '../../ports.ts';
import { type CommitSha, ok, type Result } from '../../primitives.ts';
import type { OpenedRepository } from './repository.ts';

/** What a patch became. */
export interface PatchedRange {
  readonly range: ResolvedRange;
  readonly patch: CandidatePatch;
}

/**
 * A patch as a commit on the target, and what that is as a range. Two readers have to agree: what git
 * made of the text, and what the text says by itself.
 *
 * @param target a revision of the repository, and the commit that it is.
 */
export async function rangeOfPatch(
  bytes: Uint8Array,
  target: { readonly name: string; readonly tip: CommitSha },
  repository: OpenedRepository,
): Promise<Result<PatchedRange, RepositoryFault | PatchFault>> {
  const patch = readCandidatePatch(bytes);
  if (!patch.ok) return patch;
  const commit = await repository.commitPatch(target.tip, patch.value);
  if (!commit.ok) return commit;
  const range = await repository.resolve(`${target.name}...${commit.value}`);
  if (!range.ok) return range;
  const change = await repository.measure(range.value);
  if (!change.ok) return change;
  const differing = await differenceFrom(patch.value.text, change.value, repository);
  return differing.ok ? ok({ range: range.value, patch: patch.value }) : differing;
}

async function differenceFrom(
  text: string,
  change: Change,
  repository: OpenedRepository,
): Promise<Result<null, RepositoryFault | PatchFault>> {
  const odd = change.files.find(({ modeAfter }) => !PLAIN_MODES.includes(modeAfter));
  if (odd !== undefined) return refused('mode', odd.path, `mode ${odd.modeAfter}`);
  const blobs = await repository.blobs(
    change.files.flatMap(({ blobBefore }) => (blobBefore === null ? [] : [blobBefore])),
  );
  if (!blobs.ok) return blobs;
  const before = new Map(
    change.files.map(({ path, pathBefore, blobBefore }) => [
      pathBefore ?? path,
      blobBefore === null ? undefined : blobs.value.get(blobBefore),
    ]),
  );
  const compared = compareChangeDiff({
    diff: text,
    change,
    blobsBefore: (path) => before.get(path),
  });
  if (compared.ok) return ok(null);
  const { path, what, detail } = compared.fault;
  return refused('differs', path, `${what} ${detail}`);
}

/** null: the file is gone. */
const PLAIN_MODES: readonly (string | null)[] = [null, '100644', '100755'];
