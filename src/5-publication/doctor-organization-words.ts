import type { Finding } from './doctor-findings.ts';
import { bad, type CheckupLine, fine } from './doctor-line.ts';
import { visible } from './escape.ts';

type OrganizationFinding = Extract<
  Finding,
  { readonly kind: 'organization' | 'organization-broken' }
>;

const shown = (text: string): string => visible(text, 200);

/** Whether an owner's policy binds beside that of each repository. */
export function organizationLine(finding: OrganizationFinding): CheckupLine {
  const where = shown(finding.repository);
  if (finding.kind === 'organization-broken')
    return bad(
      'organization',
      `${shown(finding.file)}:${finding.line ?? 1} ${shown(finding.message)}, so nothing of its owner is judged.`,
      `Mend it on the default branch of ${where}; check there with: arbiter config validate`,
    );
  switch (finding.standing) {
    case 'binds':
      return fine('organization', `the policy of ${where} binds every repository as well.`);
    case 'no-policy':
      return fine(
        'organization',
        `${where} has no .caws/policy.yaml: each repository has its own.`,
      );
    case 'not-covered':
      return fine(
        'organization',
        `the installation covers no ${where}: each repository has its own policy.`,
      );
  }
}
