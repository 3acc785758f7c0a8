import { RUN_WORKFLOW } from '../../src/3-deliberation/runner/claims.ts';
import type { Finding } from '../../src/5-publication/doctor-findings.ts';
import { ask, type GitHubClient, orNull } from '../../src/adapters/github/client.ts';
import { shippedPolicy } from '../../src/adapters/shipped.ts';
import { readPolicy } from '../../src/caws/read-policy.ts';
import type { Instant } from '../../src/primitives.ts';
import type { RepositoryName } from './branch-findings.ts';
import { contentOf } from './content.ts';

const POLICY_FILE = '.caws/policy.yaml';

/** Whether gates of the default branch are commands, and whether it has the workflow that runs them. */
export async function runnerFinding(
  client: GitHubClient,
  at: RepositoryName,
  now: () => Instant,
): Promise<Finding> {
  const asked = await ask('looking for what runs the gates', now, async () => {
    const text = await orNull(() => contentOf(client, at, POLICY_FILE));
    const gates = commandsOf(text);
    const isAsked = gates !== null && gates.length > 0;
    const has = isAsked && (await orNull(() => contentOf(client, at, RUN_WORKFLOW)));
    return { gates, workflow: has === null ? ('missing' as const) : ('there' as const) };
  });
  return asked.ok
    ? { kind: 'runner', ...asked.value }
    : { kind: 'forge-fault', fault: asked.fault };
}

/** @returns null where the policy cannot be read: nothing is known of its gates. */
function commandsOf(text: string | null): readonly string[] | null {
  const file = text === null ? null : { file: POLICY_FILE, text };
  const read = readPolicy(file, shippedPolicy());
  if (!read.ok) return null;
  return read.value.policy.gates
    .filter(({ answer, mode }) => answer.by === 'command' && mode !== 'skip')
    .map(({ id }) => id);
}
