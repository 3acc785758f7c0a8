/** A repository as GitHub's API and webhooks tell of it. */
import type { Repository } from '../state.ts';
import { accountOf, fullName, iso, nodeId, type World } from '../world.ts';
import { api, userShape } from './accounts.ts';

const places = {
  archive_url: '/{archive_format}{/ref}',
  assignees_url: '/assignees{/user}',
  blobs_url: '/git/blobs{/sha}',
  branches_url: '/branches{/branch}',
  collaborators_url: '/collaborators{/collaborator}',
  comments_url: '/comments{/number}',
  commits_url: '/commits{/sha}',
  compare_url: '/compare/{base}...{head}',
  contents_url: '/contents/{+path}',
  contributors_url: '/contributors',
  deployments_url: '/deployments',
  downloads_url: '/downloads',
  events_url: '/events',
  forks_url: '/forks',
  git_commits_url: '/git/commits{/sha}',
  git_refs_url: '/git/refs{/sha}',
  git_tags_url: '/git/tags{/sha}',
  hooks_url: '/hooks',
  issue_comment_url: '/issues/comments{/number}',
  issue_events_url: '/issues/events{/number}',
  issues_url: '/issues{/number}',
  keys_url: '/keys{/key_id}',
  labels_url: '/labels{/name}',
  languages_url: '/languages',
  merges_url: '/merges',
  milestones_url: '/milestones{/number}',
  notifications_url: '/notifications{?since,all,participating}',
  pulls_url: '/pulls{/number}',
  releases_url: '/releases{/id}',
  stargazers_url: '/stargazers',
  statuses_url: '/statuses/{sha}',
  subscribers_url: '/subscribers',
  subscription_url: '/subscription',
  tags_url: '/tags',
  teams_url: '/teams',
  trees_url: '/git/trees{/sha}',
} as const;

export const repositoryApi = (world: World, repository: Repository): string =>
  `${api(world)}/repos/${fullName(world, repository)}`;

export const repositoryPage = (world: World, repository: Repository): string =>
  `${world.url}/${fullName(world, repository)}`;

export function repositoryShape(world: World, repository: Repository) {
  const url = repositoryApi(world, repository);
  const page = repositoryPage(world, repository);
  const name = fullName(world, repository);
  const open = [...repository.pulls.values()].filter((pull) => pull.state === 'open').length;
  return {
    id: repository.id,
    node_id: nodeId('R', repository.id),
    name: repository.name,
    full_name: name,
    private: repository.settings.private,
    visibility: repository.settings.private ? 'private' : 'public',
    owner: userShape(world, accountOf(world, repository.ownerId)),
    html_url: page,
    description: null,
    fork: repository.forkOf !== null,
    url,
    ...Object.fromEntries(Object.entries(places).map(([key, path]) => [key, url + path])),
    git_url: `git://127.0.0.1/${name}.git`,
    ssh_url: `git@127.0.0.1:${name}.git`,
    clone_url: `${page}.git`,
    svn_url: page,
    mirror_url: null,
    homepage: null,
    language: null,
    license: null,
    size: 1,
    ...counts(open),
    default_branch: repository.defaultBranch,
    archived: false,
    disabled: false,
    is_template: false,
    allow_forking: true,
    web_commit_signoff_required: false,
    topics: [],
    pushed_at: iso(repository.pushedAt),
    created_at: iso(repository.createdAt),
    updated_at: iso(repository.pushedAt),
  };
}

function counts(open: number) {
  return {
    forks_count: 0,
    stargazers_count: 0,
    watchers_count: 0,
    open_issues_count: open,
    forks: 0,
    open_issues: open,
    watchers: 0,
    has_issues: true,
    has_projects: false,
    has_wiki: false,
    has_pages: false,
    has_downloads: true,
    has_discussions: false,
  };
}

/** `GET /repos/{owner}/{repo}`: also the merge settings. */
export function wholeRepositoryShape(world: World, repository: Repository) {
  const { settings } = repository;
  return {
    ...repositoryShape(world, repository),
    ...ownerOrganization(world, repository),
    network_count: 0,
    subscribers_count: 0,
    allow_merge_commit: settings.allowMerge,
    allow_squash_merge: settings.allowSquash,
    allow_rebase_merge: settings.allowRebase,
    allow_auto_merge: settings.allowAutoMerge,
    delete_branch_on_merge: settings.deleteBranchOnMerge,
    squash_merge_commit_title: settings.squashTitle,
    squash_merge_commit_message: settings.squashMessage,
    merge_commit_title: settings.mergeTitle,
    merge_commit_message: settings.mergeMessage,
  };
}

function ownerOrganization(world: World, repository: Repository) {
  const owner = accountOf(world, repository.ownerId);
  return owner.kind === 'Organization' ? { organization: userShape(world, owner) } : {};
}

/** The few words inside a check's list of pull requests. */
export const tinyRepositoryShape = (world: World, repository: Repository) => ({
  id: repository.id,
  url: repositoryApi(world, repository),
  name: repository.name,
});
