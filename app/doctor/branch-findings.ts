import type { Bypass, Finding } from '../../src/5-publication/doctor-findings.ts';
import { branchRules } from '../../src/adapters/github/branch-rules.ts';
import { ask, type GitHubClient } from '../../src/adapters/github/client.ts';
import { everyPage, PER_PAGE } from '../../src/adapters/github/pages.ts';
import type { Instant } from '../../src/primitives.ts';
import { plain } from './app-findings.ts';
import { compareWithExpected } from './expected.ts';

/** The check that a branch has to require. */
const CHECK_NAME = 'CAWS verdict';

export interface RepositoryName {
  readonly owner: string;
  readonly repo: string;
}

/** The installation that a repository belongs to; null where there is none. */
export async function installationFindings(
  client: GitHubClient,
  at: RepositoryName,
  now: () => Instant,
): Promise<{ readonly id: number | null; readonly findings: readonly Finding[] }> {
  const asked = await ask('looking for the installation', now, async () => {
    try {
      return (await client.request('GET /repos/{owner}/{repo}/installation', { ...at })).data;
    } catch (error) {
      if ((error as { readonly status?: number }).status === 404) return null;
      throw error;
    }
  });
  if (!asked.ok) return { id: null, findings: [{ kind: 'forge-fault', fault: asked.fault }] };
  const found = asked.value;
  const repository = `${at.owner}/${at.repo}`;
  if (found === null) return { id: null, findings: [{ kind: 'not-installed', repository }] };
  if (found.suspended_at !== null) return { id: null, findings: [{ kind: 'suspended' }] };
  const compared = compareWithExpected(plain(found.permissions));
  return {
    id: Number(found.id),
    findings: [{ kind: 'permissions', of: 'installation', ...compared }],
  };
}

/** What the default branch demands, of whom, who may pass it by, and how it is merged to. */
export async function branchFindings(
  client: GitHubClient,
  at: RepositoryName,
  { appId, now }: { readonly appId: number; readonly now: () => Instant },
): Promise<readonly Finding[]> {
  const asked = await ask('reading the rules of the branch', now, async () => {
    const { data: repository } = await client.request('GET /repos/{owner}/{repo}', { ...at });
    const branch = repository.default_branch;
    const rules = await rulesOf(client, at, branch);
    const { pins, queue } = await branchRules(client, at, branch, CHECK_NAME);
    return [
      { kind: 'required', check: CHECK_NAME, branch, pins, appId },
      ...(await bypassFindings(client, at, rules)),
      { kind: 'merge-queue', branch, method: queue },
      messageFinding(
        'squash',
        repository.allow_squash_merge,
        repository.squash_merge_commit_message,
      ),
      messageFinding('merge', repository.allow_merge_commit, repository.merge_commit_message),
    ] satisfies readonly Finding[];
  });
  return asked.ok ? asked.value : [{ kind: 'forge-fault', fault: asked.fault }];
}

const rulesOf = (client: GitHubClient, at: RepositoryName, branch: string) =>
  everyPage('rules', async (page) => {
    const { data, headers } = await client.request(
      'GET /repos/{owner}/{repo}/rules/branches/{branch}',
      { ...at, branch, per_page: PER_PAGE, page },
    );
    return { items: data, link: headers.link, total: null };
  });

type Rules = Awaited<ReturnType<typeof rulesOf>>;

/** Every ruleset that demands the check: whoever passes it by merges without a verdict. */
async function bypassFindings(
  client: GitHubClient,
  at: RepositoryName,
  rules: Rules,
): Promise<readonly Finding[]> {
  const demanding = rules.flatMap((rule) =>
    rule.type === 'required_status_checks' &&
    rule.parameters?.required_status_checks.some(({ context }) => context === CHECK_NAME)
      ? [Number(rule.ruleset_id)]
      : [],
  );
  return Promise.all(
    [...new Set(demanding)].map(async (id): Promise<Finding> => {
      const { data } = await client.request('GET /repos/{owner}/{repo}/rulesets/{ruleset_id}', {
        ...at,
        ruleset_id: id,
      });
      const actors = data.bypass_actors?.map(
        ({ actor_type, actor_id, bypass_mode }): Bypass => ({
          who: `${actor_type}${actor_id === null || actor_id === undefined ? '' : ` ${actor_id}`}`,
          mode: bypass_mode ?? 'always',
        }),
      );
      return { kind: 'bypass', ruleset: data.name, actors: actors ?? null };
    }),
  );
}

function messageFinding(
  of: 'squash' | 'merge',
  allowed: boolean | undefined,
  from: string | undefined,
): Finding {
  if (allowed === false) return { kind: 'merge-message-unused', of };
  return { kind: 'merge-message', of, from: from ?? null };
}
