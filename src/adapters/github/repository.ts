import type { ForgeRepository } from '../../forge.ts';
import type { GitHubClient } from './client.ts';
import { idOf } from './reading.ts';

/** What GitHub says of a repository now. */
export async function repositoryOf(
  client: Pick<GitHubClient, 'request'>,
  { owner, name }: { readonly owner: string; readonly name: string },
): Promise<ForgeRepository> {
  const { data } = await client.request('GET /repos/{owner}/{repo}', { owner, repo: name });
  return {
    id: idOf(data.id),
    owner: data.owner.login,
    name: data.name,
    ownerIsOrganization: data.owner.type === 'Organization',
    defaultBranch: data.default_branch,
    private: data.private,
    mergeMethods: methodsOf(data),
  };
}

/** Squash first: one change, one commit, one trailer. */
function methodsOf(data: {
  readonly allow_squash_merge?: boolean;
  readonly allow_merge_commit?: boolean;
  readonly allow_rebase_merge?: boolean;
}): ForgeRepository['mergeMethods'] {
  const methods = [
    ...(data.allow_squash_merge === false ? [] : (['squash'] as const)),
    ...(data.allow_merge_commit === false ? [] : (['merge'] as const)),
    ...(data.allow_rebase_merge === false ? [] : (['rebase'] as const)),
  ];
  return methods.length === 0 ? ['merge'] : methods;
}
