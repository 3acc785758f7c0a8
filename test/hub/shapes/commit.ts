/** Commits as the REST API, and as webhooks, tell of them. */
import type { Commit } from '../commits.ts';
import type { Account, Repository } from '../state.ts';
import { nodeId, type World } from '../world.ts';
import { userShape } from './accounts.ts';
import { repositoryApi, repositoryPage } from './repository.ts';

export const noreply = (account: Account): string =>
  `${account.id}+${account.login}@users.noreply.github.com`;

/** GitHub knows authors by their address; here everyone writes with the address GitHub gives them. */
function accountByMail(world: World, email: string) {
  const id = Number(/^(\d+)\+/.exec(email)?.[1] ?? Number.NaN);
  const account = world.accounts.get(id);
  return account === undefined ? null : userShape(world, account);
}

export function commitShape(world: World, repository: Repository, commit: Commit) {
  const url = `${repositoryApi(world, repository)}/commits/${commit.sha}`;
  return {
    url,
    sha: commit.sha,
    node_id: nodeId('C', Number.parseInt(commit.sha.slice(0, 8), 16)),
    html_url: `${repositoryPage(world, repository)}/commit/${commit.sha}`,
    comments_url: `${url}/comments`,
    commit: {
      url: `${repositoryApi(world, repository)}/git/commits/${commit.sha}`,
      author: commit.author,
      committer: commit.committer,
      message: commit.message,
      comment_count: 0,
      tree: treeOf(world, repository, commit),
      verification: unsigned,
    },
    author: accountByMail(world, commit.author.email),
    committer: accountByMail(world, commit.committer.email),
    parents: parentsOf(world, repository, commit),
  };
}

const unsigned = {
  verified: false,
  reason: 'unsigned',
  signature: null,
  payload: null,
  verified_at: null,
};

const treeOf = (world: World, repository: Repository, commit: Commit) => ({
  sha: commit.tree,
  url: `${repositoryApi(world, repository)}/git/trees/${commit.tree}`,
});

const parentsOf = (world: World, repository: Repository, commit: Commit) =>
  commit.parents.map((sha) => ({
    sha,
    url: `${repositoryApi(world, repository)}/commits/${sha}`,
    html_url: `${repositoryPage(world, repository)}/commit/${sha}`,
  }));

export function gitCommitShape(world: World, repository: Repository, commit: Commit) {
  return {
    sha: commit.sha,
    node_id: nodeId('C', Number.parseInt(commit.sha.slice(0, 8), 16)),
    url: `${repositoryApi(world, repository)}/git/commits/${commit.sha}`,
    html_url: `${repositoryPage(world, repository)}/commit/${commit.sha}`,
    author: commit.author,
    committer: commit.committer,
    message: commit.message,
    tree: treeOf(world, repository, commit),
    parents: parentsOf(world, repository, commit),
    verification: unsigned,
  };
}

/** The head commit inside a check suite or merge group. */
export const simpleCommitShape = (commit: Commit) => ({
  id: commit.sha,
  tree_id: commit.tree,
  message: commit.message,
  timestamp: commit.committer.date,
  author: { name: commit.author.name, email: commit.author.email },
  committer: { name: commit.committer.name, email: commit.committer.email },
});

/** A commit in a push. */
export const pushedCommitShape = (world: World, repository: Repository, commit: Commit) => ({
  ...simpleCommitShape(commit),
  distinct: true,
  url: `${repositoryPage(world, repository)}/commit/${commit.sha}`,
  added: [],
  removed: [],
  modified: [],
});
