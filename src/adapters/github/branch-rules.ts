import { isVerdictName } from '../../5-publication/check/names.ts';
import type { BranchRules } from '../../forge.ts';
import { type Fields, fieldsOf, OddAnswer } from './answer.ts';
import { type GitHubClient, isRefusal } from './client.ts';
import { everyPage, PER_PAGE, plainPage } from './pages.ts';

interface RepositoryName {
  readonly owner: string;
  readonly repo: string;
}

/**
 * What a branch demands: which checks, and who must report them, by rulesets and by the older protection of
 * branches where the app may read it, and how its merge queue merges.
 */
export async function branchRules(
  client: GitHubClient,
  at: RepositoryName,
  branch: string,
): Promise<BranchRules> {
  const rules = await everyPage('rules', async (page) =>
    plainPage(
      await client.request('GET /repos/{owner}/{repo}/rules/branches/{branch}', {
        ...at,
        branch,
        per_page: PER_PAGE,
        page,
      }),
      'rules',
    ),
  );
  const byRules = rules.flatMap((rule) =>
    rule.text('type') === 'required_status_checks'
      ? rule
          .fields('parameters')
          .list('required_status_checks')
          .map((check) => ({
            name: check.text('context'),
            appId: check.maybeId('integration_id'),
          }))
      : [],
  );
  const queues = rules.flatMap((rule) =>
    rule.text('type') === 'merge_queue' ? [methodOf(rule.fields('parameters'))] : [],
  );
  return { checks: await checks(), queue: queues[0] ?? null };

  async function checks(): Promise<BranchRules['checks']> {
    try {
      return [...byRules, ...(await protectionChecks(client, at, branch))];
    } catch (error) {
      // Where a ruleset demands a verdict already, an app that may not read more still has to judge.
      const isDemanded = byRules.some(({ name }) => isVerdictName(name));
      if (isDemanded && isRefusal(error, [403, 404])) return byRules;
      throw error;
    }
  }
}

const methods = { MERGE: 'merge', SQUASH: 'squash', REBASE: 'rebase' } as const;

/** GitHub merges where a rule does not say how. */
function methodOf(parameters: Fields): NonNullable<BranchRules['queue']> {
  const word = parameters.maybeText('merge_method') ?? 'MERGE';
  if (!Object.hasOwn(methods, word)) throw new OddAnswer('a merge queue of another method');
  return methods[word as keyof typeof methods];
}

async function protectionChecks(
  client: GitHubClient,
  at: RepositoryName,
  branch: string,
): Promise<BranchRules['checks']> {
  const { data } = await client.request('GET /repos/{owner}/{repo}/branches/{branch}', {
    ...at,
    branch,
  });
  const found = fieldsOf(data, 'branch');
  if (found.text('name') !== branch) throw new OddAnswer('another branch');
  const protection = found.maybeFields('protection');
  const required = protection?.maybeFields('required_status_checks') ?? null;
  if (required === null) return [];
  if (!required.has('checks'))
    return (required.maybeTexts('contexts') ?? []).map((name) => ({ name, appId: null }));
  return required.list('checks').map((check) => ({
    name: check.text('context'),
    // -1 is GitHub's word for any app.
    appId: check.is('app_id', -1) ? null : check.maybeId('app_id'),
  }));
}
