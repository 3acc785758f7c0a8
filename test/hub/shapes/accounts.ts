/** Accounts, apps and installations as GitHub's API tells of them. */
import type { Account, App, Installation, Team } from '../state.ts';
import { accountOf, iso, nodeId, type World } from '../world.ts';

export const api = (world: World): string => `${world.url}/api/v3`;

const nodePrefix = { User: 'U', Organization: 'O', Bot: 'BOT' } as const;

export const accountNode = (account: Account): string =>
  nodeId(nodePrefix[account.kind], account.id);

export function userShape(world: World, account: Account) {
  const url = `${api(world)}/users/${encodeURIComponent(account.login)}`;
  return {
    login: account.login,
    id: account.id,
    node_id: accountNode(account),
    avatar_url: `${world.url}/avatars/${account.id}`,
    gravatar_id: '',
    url,
    html_url: `${world.url}/${encodeURIComponent(account.login)}`,
    followers_url: `${url}/followers`,
    following_url: `${url}/following{/other_user}`,
    gists_url: `${url}/gists{/gist_id}`,
    starred_url: `${url}/starred{/owner}{/repo}`,
    subscriptions_url: `${url}/subscriptions`,
    organizations_url: `${url}/orgs`,
    repos_url: `${url}/repos`,
    events_url: `${url}/events{/privacy}`,
    received_events_url: `${url}/received_events`,
    type: account.kind,
    user_view_type: 'public',
    site_admin: false,
  };
}

/** `GET /users/{username}` tells more of an account than other answers do. */
export function wholeUserShape(world: World, account: Account) {
  return {
    ...userShape(world, account),
    name: account.login,
    company: null,
    blog: '',
    location: null,
    email: null,
    hireable: null,
    bio: null,
    twitter_username: null,
    public_repos: 0,
    public_gists: 0,
    followers: 0,
    following: 0,
    created_at: '2020-01-01T00:00:00Z',
    updated_at: '2020-01-01T00:00:00Z',
  };
}

export function appShape(world: World, app: App) {
  return {
    id: app.id,
    slug: app.slug,
    node_id: nodeId('A', app.id),
    client_id: app.clientId,
    owner: userShape(world, accountOf(world, app.ownerId)),
    name: app.name,
    description: '',
    external_url: `${world.url}/apps/${app.slug}`,
    html_url: `${world.url}/apps/${app.slug}`,
    created_at: iso(app.createdAt),
    updated_at: iso(app.createdAt),
    permissions: { ...app.permissions },
    events: [...app.events],
  };
}

export function installationShape(world: World, installation: Installation) {
  const account = accountOf(world, installation.accountId);
  const url = `${api(world)}/app/installations/${installation.id}`;
  return {
    id: installation.id,
    account: userShape(world, account),
    repository_selection: installation.repositoryIds === null ? 'all' : 'selected',
    access_tokens_url: `${url}/access_tokens`,
    repositories_url: `${api(world)}/installation/repositories`,
    html_url: `${world.url}/settings/installations/${installation.id}`,
    app_id: installation.appId,
    app_slug: world.apps.get(installation.appId)?.slug ?? '',
    client_id: world.apps.get(installation.appId)?.clientId ?? '',
    target_id: account.id,
    target_type: account.kind,
    permissions: { ...installation.permissions },
    events: [...installation.events],
    created_at: iso(installation.createdAt),
    updated_at: iso(installation.createdAt),
    single_file_name: null,
    has_multiple_single_files: false,
    single_file_paths: [],
    suspended_by: null,
    suspended_at: installation.suspended ? iso(world.now()) : null,
  };
}

export function teamShape(world: World, team: Team) {
  const organization = accountOf(world, team.organizationId);
  const url = `${api(world)}/organizations/${organization.id}/team/${team.id}`;
  return {
    id: team.id,
    node_id: nodeId('T', team.id),
    url,
    html_url: `${world.url}/orgs/${organization.login}/teams/${team.slug}`,
    name: team.slug,
    slug: team.slug,
    description: null,
    privacy: 'closed',
    notification_setting: 'notifications_enabled',
    permission: 'pull',
    members_url: `${url}/members{/member}`,
    repositories_url: `${url}/repos`,
    parent: null,
    type: 'organization',
    organization_id: organization.id,
  };
}
