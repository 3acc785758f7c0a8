import type { FileChange } from '../1-pleading/change.ts';
import { fixedBeginning } from '../1-pleading/spec-scope.ts';
import type { Finding } from '../caws/findings.ts';
import type { Policy } from '../caws/policy.ts';
import { finding, type Spot, spotOf } from './finding.ts';
import type { TouchedSpots } from './touched.ts';
import { foldPath, type Yardsticks } from './yardsticks.ts';

/**
 * Paths outside what binds, and entries that reach beyond their own path: links and submodules.
 * Governed documents are left to governance, which always asks people.
 */
export function examineScope(
  files: readonly FileChange[],
  policy: Policy,
  yardsticks: Yardsticks,
  spots: TouchedSpots,
): readonly Finding[] {
  return [
    ...examinePaths(spots, yardsticks),
    ...examineLinks(files, policy),
    ...present('scope.submodule', files.filter((file) => file.kind === 'submodule').map(spotOf)),
  ];
}

function examinePaths(
  { touched, governedByAll }: TouchedSpots,
  { standpointOf }: Yardsticks,
): readonly Finding[] {
  if (standpointOf === null) return [];
  const outside: Spot[] = [];
  const excluded: Spot[] = [];
  for (const spot of touched) {
    const standpoint = standpointOf(spot.read);
    if (standpoint === 'in' || standpoint === 'support' || governedByAll.has(spot)) continue;
    (standpoint === 'out' ? excluded : outside).push(spot);
  }
  return [...present('scope.outside', outside), ...present('scope.excluded', excluded)];
}

/** Links that leave the repository or open a door to guarded paths, and every other link of the change. */
function examineLinks(files: readonly FileChange[], policy: Policy): readonly Finding[] {
  const links = files.filter((file) => file.kind === 'symlink' && file.status !== 'deleted');
  if (links.length === 0) return [];
  const guarded = [
    '.git',
    '.caws',
    '.github',
    ...policy.protectedPaths.map(fixedBeginning),
    ...policy.controlPlanePaths.map(fixedBeginning),
    ...[...policy.governancePaths, ...(policy.governedBy ?? []).flat()].map(fixedBeginning),
  ]
    .filter((path) => path !== '')
    .map(foldPath);
  const doors = links.filter((link) => {
    const target = linkTarget(link);
    return target === null || guarded.some((path) => reaches(foldPath(target), path));
  });
  return [
    ...present('scope.symlink-escapes', doors.map(spotOf)),
    ...present('scope.symlink', links.filter((link) => !doors.includes(link)).map(spotOf)),
  ];
}

/**
 * The path in the repository that a link names, '' for its root.
 *
 * @returns null where the target is unknown, absolute, or leaves the repository on any file system.
 */
function linkTarget(file: Pick<FileChange, 'path' | 'linkTarget'>): string | null {
  const target = file.linkTarget;
  if (target === null || target === '' || target.includes('\0')) return null;
  if (/^(?:[/\\~]|[A-Za-z]:)/.test(target) || target.includes('\\')) return null;
  const resolved = file.path.split('/').slice(0, -1);
  for (const segment of target.split('/')) {
    if (segment === '' || segment === '.') continue;
    if (segment !== '..') resolved.push(segment);
    else if (resolved.pop() === undefined) return null;
  }
  return resolved.join('/');
}

/** Whether one of the paths lies within the other: a link to a parent opens all that is below it. */
function reaches(target: string, guarded: string): boolean {
  return (
    target === '' ||
    target === guarded ||
    target.startsWith(`${guarded}/`) ||
    guarded.startsWith(`${target}/`)
  );
}

function present(
  rule:
    | 'scope.outside'
    | 'scope.excluded'
    | 'scope.submodule'
    | 'scope.symlink'
    | 'scope.symlink-escapes',
  spots: readonly Spot[],
): readonly Finding[] {
  return spots.length === 0 ? [] : [finding(rule, { spots })];
}
