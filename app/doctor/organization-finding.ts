import type { Finding } from '../../src/5-publication/doctor-findings.ts';
import { ask, type GitHubClient, orNull } from '../../src/adapters/github/client.ts';
import { shippedPolicy } from '../../src/adapters/shipped.ts';
import { readPolicy } from '../../src/caws/read-policy.ts';
import type { Instant } from '../../src/primitives.ts';
import { contentOf } from './content.ts';

const POLICY_FILE = '.caws/policy.yaml';

/** Whether a policy of the owner binds the repositories of this installation, and can be read. */
export async function organizationFinding(
  asApp: GitHubClient,
  client: GitHubClient,
  at: { readonly owner: string; readonly installationId: number },
  now: () => Instant,
): Promise<Finding> {
  const { owner, installationId } = at;
  const repo = { owner, repo: '.github' };
  const repository = `${owner}/.github`;
  const asked = await ask("reading the organization's policy", now, async () => {
    const covered = await orNull(async () => {
      const { data } = await asApp.request('GET /repos/{owner}/{repo}/installation', repo);
      return Number(data.id);
    });
    if (covered !== installationId) return 'not-covered' as const;
    const text = await orNull(() => contentOf(client, repo, POLICY_FILE));
    return text === null ? ('no-policy' as const) : { text };
  });
  if (!asked.ok) return { kind: 'forge-fault', fault: asked.fault };
  if (typeof asked.value === 'string')
    return { kind: 'organization', repository, standing: asked.value };
  const file = `${repository}/${POLICY_FILE}`;
  const read = readPolicy({ file, text: asked.value.text }, shippedPolicy());
  if (read.ok) return { kind: 'organization', repository, standing: 'binds' };
  const { line = null, message = 'it cannot be read' } = read.fault.problems[0] ?? {};
  return { kind: 'organization-broken', repository, file, line, message };
}
