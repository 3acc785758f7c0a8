import type { StartedRun } from '../../forge.ts';
import { type Instant, isoOf } from '../../primitives.ts';
import { type Fields, fieldsOf } from './answer.ts';
import { type GitHubClient, isRefusal, orNull } from './client.ts';
import { countedPage, everyPage, PER_PAGE } from './pages.ts';
import { mustBe, workflowRunOf } from './reading.ts';

interface RepositoryName {
  readonly owner: string;
  readonly repo: string;
}

/** GitHub tells the number at once only where it is asked to, and older servers not even then. */
export async function startRun(
  client: GitHubClient,
  at: RepositoryName,
  wanted: {
    readonly branch: string;
    readonly workflow: string;
    readonly inputs: Readonly<Record<string, string>>;
  },
): Promise<number | null> {
  const { status, data } = await client.request(
    'POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches',
    {
      ...at,
      workflow_id: wanted.workflow.split('/').at(-1) ?? wanted.workflow,
      ref: `refs/heads/${wanted.branch}`,
      inputs: wanted.inputs,
      return_run_details: true,
    },
  );
  return Number(status) === 204 ? null : fieldsOf(data, 'started run').id('workflow_run_id');
}

export function startedRun(
  client: GitHubClient,
  at: RepositoryName,
  id: number,
): Promise<StartedRun | null> {
  return orNull(async () => {
    const { data } = await client.request('GET /repos/{owner}/{repo}/actions/runs/{run_id}', {
      ...at,
      run_id: id,
    });
    mustBe(data, 'workflow run', 'id', id);
    return startedRunOf(fieldsOf(data, 'workflow run'));
  });
}

export async function startedRuns(
  client: GitHubClient,
  at: RepositoryName,
  branch: string,
  since: Instant,
): Promise<readonly StartedRun[]> {
  const runs = await everyPage('started runs', async (page) =>
    countedPage(
      await client.request('GET /repos/{owner}/{repo}/actions/runs', {
        ...at,
        branch,
        event: 'workflow_dispatch',
        created: `>=${isoOf(since)}`,
        per_page: PER_PAGE,
        page,
      }),
      'workflow_runs',
    ),
  );
  return runs.map(startedRunOf);
}

/** One that has ended needs no ending. */
export async function cancelRun(
  client: GitHubClient,
  at: RepositoryName,
  id: number,
): Promise<void> {
  try {
    await client.request('POST /repos/{owner}/{repo}/actions/runs/{run_id}/cancel', {
      ...at,
      run_id: id,
    });
  } catch (error) {
    if (!isRefusal(error, [404, 409])) throw error;
  }
}

const startedRunOf = (run: Fields): StartedRun => ({
  ...workflowRunOf(run),
  title: run.maybeText('display_title') ?? '',
  branch: run.maybeText('head_branch') ?? '',
});
