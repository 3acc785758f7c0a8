import type { ForgeRepository } from '../../forge.ts';
import { type Fields, fieldsOf, OddAnswer } from './answer.ts';
import type { GitHubClient } from './client.ts';

/** What GitHub says of a repository now. */
export async function repositoryOf(
  client: Pick<GitHubClient, 'request'>,
  { owner, name }: { readonly owner: string; readonly name: string },
): Promise<ForgeRepository> {
  const { data } = await client.request('GET /repos/{owner}/{repo}', { owner, repo: name });
  const repository = fieldsOf(data, 'repository');
  const holder = repository.fields('owner');
  return {
    id: repository.id('id'),
    owner: nameIn(holder, 'login'),
    name: nameIn(repository, 'name'),
    ownerIsOrganization: holder.text('type') === 'Organization',
    defaultBranch: repository.text('default_branch'),
    private: repository.flag('private'),
    mergeMethods: methodsOf(repository),
  };
}

/** Names become parts of addresses and of git's configuration: nothing else than GitHub allows goes in. */
function nameIn(fields: Fields, field: string): string {
  const name = fields.text(field);
  if (!/^[\w.-]{1,100}$/.test(name)) throw new OddAnswer(`a ${field} that can be none`);
  return name;
}

/** Squash first: one change, one commit, one trailer. */
function methodsOf(repository: Fields): ForgeRepository['mergeMethods'] {
  const allowed = (name: string) => repository.maybeFlag(name) !== false;
  const methods = [
    ...(allowed('allow_squash_merge') ? (['squash'] as const) : []),
    ...(allowed('allow_merge_commit') ? (['merge'] as const) : []),
    ...(allowed('allow_rebase_merge') ? (['rebase'] as const) : []),
  ];
  return methods.length === 0 ? ['merge'] : methods;
}
