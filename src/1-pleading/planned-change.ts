import type { Plan } from '../caws/read-plan.ts';
import { textDigest } from '../caws/text-digest.ts';
import type { ObjectId } from '../primitives.ts';
import type { Change, FileChange, FileStatus } from './change.ts';
import { signsOfPath } from './signs.ts';

const statuses: Readonly<Record<Plan['files'][number]['action'], FileStatus>> = {
  add: 'added',
  change: 'modified',
  delete: 'deleted',
  rename: 'renamed',
};

/**
 * What a plan would be as a change: its files with the lines it says, and nothing that only contents can
 * show. Examined by the same rules, so that a plan outside scope or budget costs nobody a patch.
 */
export function plannedChange(
  plan: Plan,
  place: Pick<Change, 'repository' | 'baseRef' | 'base'>,
): Change {
  const { base } = place;
  const files = plan.files.map((file) => fileOf(file, base.length));
  return {
    ...place,
    mergeBase: base,
    head: base,
    headTree: base,
    files: files.toSorted((one, other) => (one.path < other.path ? -1 : 1)),
    commits: [],
    inspected: [],
    collisions: [],
    shadows: [],
    incomplete: [],
    digest: textDigest(JSON.stringify(plan.files)),
  };
}

function fileOf(
  { path, action, from, lines }: Plan['files'][number],
  idLength: number,
): FileChange {
  const before = action === 'add' ? null : ('1'.repeat(idLength) as ObjectId);
  const after = action === 'delete' ? null : ('2'.repeat(idLength) as ObjectId);
  const added = action === 'delete' ? 0 : lines;
  const signs = action === 'delete' ? [] : signsOfPath(path);
  return {
    path,
    pathBefore: from ?? null,
    pathIsLossy: false,
    status: statuses[action],
    kind: 'text',
    modeBefore: before === null ? null : '100644',
    modeAfter: after === null ? null : '100644',
    blobBefore: before,
    blobAfter: after,
    added,
    deleted: lines - added,
    ownAdded: added,
    ownDeleted: lines - added,
    lines,
    linesAdded: added,
    bytes: 0,
    bytesAdded: 0,
    longestLineBytes: 0,
    linkTarget: null,
    signs,
    signsTotal: signs.length,
    stubLines: [],
  };
}
