import type { BranchRules } from '../../forge.ts';
import type { GitHubClient } from './client.ts';
import { everyPage, PER_PAGE } from './pages.ts';

interface RepositoryName {
  readonly owner: string;
  readonly repo: string;
}

/**
 * What a branch demands: who must report a required check of this name, by rulesets and by the older
 * protection of branches where the app may read it, and how its merge queue merges.
 */
export async function branchRules(
  client: GitHubClient,
  at: RepositoryName,
  branch: string,
  name: string,
): Promise<BranchRules> {
  const rules = await everyPage('rules', async (page) => {
    const { data, headers } = await client.request(
      'GET /repos/{owner}/{repo}/rules/branches/{branch}',
      { ...at, branch, per_page: PER_PAGE, page },
    );
    return { items: data, link: headers.link, total: null };
  });
  const byRules = rules.flatMap((rule) =>
    rule.type === 'required_status_checks'
      ? (rule.parameters?.required_status_checks ?? [])
          .filter(({ context }) => context === name)
          .map(({ integration_id }) => integration_id ?? null)
      : [],
  );
  const queues = rules.flatMap((rule) =>
    rule.type === 'merge_queue' ? [methods[rule.parameters?.merge_method ?? 'MERGE']] : [],
  );
  return {
    pins: [...byRules, ...(await protectionPins(client, at, branch, name))],
    queue: queues[0] ?? null,
  };
}

const methods = { MERGE: 'merge', SQUASH: 'squash', REBASE: 'rebase' } as const;

async function protectionPins(
  client: GitHubClient,
  at: RepositoryName,
  branch: string,
  name: string,
): Promise<readonly (number | null)[]> {
  const { data } = await client.request('GET /repos/{owner}/{repo}/branches/{branch}', {
    ...at,
    branch,
  });
  const required = data.protection?.required_status_checks;
  if (required === undefined) return [];
  const checks: readonly { readonly context: string; readonly app_id?: number | null }[] =
    (required as { readonly checks?: readonly { context: string; app_id?: number | null }[] })
      .checks ?? (required.contexts ?? []).map((context) => ({ context }));
  // -1 is GitHub's word for any app.
  return checks
    .filter(({ context }) => context === name)
    .map(({ app_id }) => (app_id === undefined || app_id === -1 ? null : app_id));
}
