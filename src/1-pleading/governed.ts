import { compileGlobs } from '../caws/glob.ts';
import type { Policy } from '../caws/policy.ts';
import type { Change } from './change.ts';
import { pathLeft, touchesOnly } from './spec-scope.ts';

const underGitHub = /^\.github\//i;
/** The gate as a workflow names it: its package, its commands, its check. */
const runsTheGate = /caws-arbiter|\barbiter (?:verify|check)\b|CAWS verdict/i;

/**
 * Files under `.github` that run the arbiter before or after the change, told by their text or their
 * name: they are part of the law. Where the text is not known the name alone counts.
 */
export function gateFiles(change: Change): ReadonlySet<string> {
  const texts = new Map(change.inspected.map((file) => [file.path, file]));
  const runs = (path: string) => {
    const text = texts.get(path);
    return (
      /(?:caws|arbiter)[^/]*$/i.test(path) ||
      runsTheGate.test(`${text?.before ?? ''}\n${text?.after ?? ''}`)
    );
  };
  const gate = new Set<string>();
  const note = (path: string) => {
    if (path.startsWith('.') && underGitHub.test(path) && runs(path)) gate.add(path);
  };
  for (const file of change.files) {
    note(file.path);
    const left = pathLeft(file);
    if (left !== null) note(left);
  }
  return gate;
}

/** Whether every path of the change is part of the law: `.caws/**`, what the policy lists, the gate itself. */
export function isGovernanceOnly(change: Change, policy: Policy): boolean {
  const governed = compileGlobs(['.caws', ...policy.governancePaths]);
  if (!governed.ok) return false;
  const gate = gateFiles(change);
  const isLaw = (path: string) => governed.value.matches(path) || gate.has(path);
  return change.files.every((file) => touchesOnly(file, isLaw));
}
