import type { FileChange } from '../1-pleading/change.ts';
import { touchedPaths } from '../1-pleading/spec-scope.ts';
import type { Finding } from '../caws/findings.ts';
import type { PathMatcher } from '../caws/glob.ts';
import { finding, spotAt } from './finding.ts';
import type { Yardsticks } from './yardsticks.ts';

/** Protected paths and files that steer agents, git or CI: people decide about the very content. */
export function examineProtected(
  files: readonly FileChange[],
  { protectedPaths, controlPlane }: Yardsticks,
): readonly Finding[] {
  return [
    ...touching('path.protected', files, protectedPaths),
    ...touching('path.control-plane', files, controlPlane),
  ];
}

function touching(
  rule: 'path.protected' | 'path.control-plane',
  files: readonly FileChange[],
  paths: PathMatcher,
): readonly Finding[] {
  const spots = files.flatMap((file) =>
    touchedPaths(file)
      .filter(paths.matches)
      .map((path) => spotAt(path, file)),
  );
  if (spots.length === 0) return [];
  const [first = ''] = spots.map(({ path }) => path).toSorted();
  return [finding(rule, { spots, detail: { pattern: paths.which(first) ?? '' } })];
}
