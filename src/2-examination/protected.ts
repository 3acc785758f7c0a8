import type { Finding } from '../caws/findings.ts';
import { byText, finding, leading } from './finding.ts';
import type { TouchedSpot, TouchedSpots } from './touched.ts';
import type { Yardsticks } from './yardsticks.ts';

/** Protected paths and files that steer agents, git or CI: people decide about the very content. */
export function examineProtected(
  { touched }: TouchedSpots,
  { protectedPaths, controlPlane }: Yardsticks,
): readonly Finding[] {
  return [
    ...touching('path.protected', touched, protectedPaths),
    ...touching('path.control-plane', touched, controlPlane),
  ];
}

function touching(
  rule: 'path.protected' | 'path.control-plane',
  touched: readonly TouchedSpot[],
  paths: Yardsticks['protectedPaths'],
): readonly Finding[] {
  const spots = touched.filter(paths.names);
  const [first] = leading(spots, 1, (one, other) => byText(one.path, other.path));
  if (first === undefined) return [];
  return [finding(rule, { spots, detail: { pattern: paths.which(first) ?? '' } })];
}
