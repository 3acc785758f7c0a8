import type { GitHubClient } from '../../src/adapters/github/client.ts';
import type { RepositoryName } from './branch-findings.ts';

/** The text of one file on the default branch; empty where there is something else. @throws where there is nothing. */
export async function contentOf(
  client: GitHubClient,
  at: RepositoryName,
  path: string,
): Promise<string> {
  const route = 'GET /repos/{owner}/{repo}/contents/{path}';
  const { data } = await client.request(route, { ...at, path });
  return 'content' in data ? Buffer.from(data.content, 'base64').toString('utf8') : '';
}
