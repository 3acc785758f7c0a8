import { fieldsOf, OddAnswer } from './answer.ts';
import { type GitHubClient, isRefusal } from './client.ts';
import { everyPage, PER_PAGE, plainPage } from './pages.ts';

interface RepositoryName {
  readonly owner: string;
  readonly repo: string;
}

/**
 * Who must report a required check of this name on a branch: by rulesets, and by the older protection of
 * branches where the app may read it.
 *
 * @returns app ids; null stands for any source, which anyone who may write can imitate.
 */
export async function requiredPins(
  client: GitHubClient,
  at: RepositoryName,
  branch: string,
  name: string,
): Promise<readonly (number | null)[]> {
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
          .filter((check) => check.text('context') === name)
          .map((check) => check.maybeId('integration_id'))
      : [],
  );
  try {
    return [...byRules, ...(await protectionPins(client, at, branch, name))];
  } catch (error) {
    // Where a ruleset demands the check already, an app that may not read more still has to judge.
    if (byRules.length > 0 && isRefusal(error, [403, 404])) return byRules;
    throw error;
  }
}

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
  const found = fieldsOf(data, 'branch');
  if (found.text('name') !== branch) throw new OddAnswer('another branch');
  const protection = found.maybeFields('protection');
  const required = protection?.maybeFields('required_status_checks') ?? null;
  if (required === null) return [];
  if (!required.has('checks'))
    return (required.maybeTexts('contexts') ?? []).filter((each) => each === name).map(() => null);
  return (
    required
      .list('checks')
      .filter((check) => check.text('context') === name)
      // -1 is GitHub's word for any app.
      .map((check) => (check.is('app_id', -1) ? null : check.maybeId('app_id')))
  );
}
