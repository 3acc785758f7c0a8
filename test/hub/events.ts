/** Who hears of an event: the apps that are installed there, subscribed to it and permitted. */
import { installationReaches } from './auth.ts';
import { userShape } from './shapes/accounts.ts';
import { repositoryShape } from './shapes/repository.ts';
import type { Account, Installation, Permissions, Repository } from './state.ts';
import { accountOf, nodeId, type World } from './world.ts';

export interface HubEvent {
  readonly event: string;
  readonly action?: string;
  readonly repository: Repository;
  readonly sender: Account;
  readonly payload: Readonly<Record<string, unknown>>;
  /** Only this app, where the event is nobody else's business. */
  readonly onlyApp?: number;
}

/** The permission without which an app never hears of an event. */
const permissionOf: Readonly<Record<string, string>> = {
  check_run: 'checks',
  check_suite: 'checks',
  create: 'contents',
  delete: 'contents',
  // Whether pull_requests alone would do is not known: see UNPROVEN.md.
  issue_comment: 'issues',
  merge_group: 'merge_queues',
  pull_request: 'pull_requests',
  pull_request_review: 'pull_requests',
  push: 'contents',
  repository_dispatch: 'contents',
  status: 'statuses',
  workflow_dispatch: 'contents',
  workflow_run: 'actions',
};

/** Apps that may write checks get these without subscribing. */
const ownChecks = new Set([
  'check_run.rerequested',
  'check_run.requested_action',
  'check_suite.requested',
  'check_suite.rerequested',
]);

export function emit(world: World, event: HubEvent): void {
  for (const installation of world.installations.values()) {
    if (event.onlyApp !== undefined && event.onlyApp !== installation.appId) continue;
    if (installation.suspended || !installationReaches(installation, null, event.repository))
      continue;
    if (hears(installation.permissions, installation.events, event))
      send(world, event, installation);
  }
}

function hears(permissions: Permissions, events: readonly string[], event: HubEvent): boolean {
  const needed = permissionOf[event.event];
  if (needed !== undefined && permissions[needed] === undefined) return false;
  const whole = `${event.event}.${event.action ?? ''}`;
  if (ownChecks.has(whole)) return permissions['checks'] === 'write';
  return events.includes(event.event);
}

function send(world: World, event: HubEvent, installation: Installation): void {
  const owner = accountOf(world, event.repository.ownerId);
  const payload = {
    ...(event.action === undefined ? {} : { action: event.action }),
    ...event.payload,
    repository: {
      ...repositoryShape(world, event.repository),
      ...asObject(event.payload['repository']),
    },
    ...(owner.kind === 'Organization' ? { organization: organizationShape(world, owner) } : {}),
    sender: userShape(world, event.sender),
    installation: installationWord(installation),
  };
  dispatch(world, installation, event.event, event.action ?? null, payload, event.repository.id);
}

const asObject = (value: unknown): object =>
  typeof value === 'object' && value !== null ? value : {};

const installationWord = (installation: Installation) => ({
  id: installation.id,
  node_id: nodeId('IN', installation.id),
});

export function dispatch(
  world: World,
  installation: Installation,
  event: string,
  action: string | null,
  payload: unknown,
  repositoryId: number | null,
): void {
  const body = JSON.stringify(payload);
  world.outbox.send(world, {
    appId: installation.appId,
    installationId: installation.id,
    repositoryId,
    event,
    action,
    body,
  });
  const sent = world.deliveries.at(-1);
  if (sent?.body === body)
    world.referee.webhook(action === null ? event : `${event}.${action}`, payload, sent.headers);
}

function organizationShape(world: World, owner: Account) {
  const user = userShape(world, owner);
  return {
    login: user.login,
    id: user.id,
    node_id: user.node_id,
    url: `${world.url}/api/v3/orgs/${owner.login}`,
    repos_url: `${world.url}/api/v3/orgs/${owner.login}/repos`,
    events_url: `${world.url}/api/v3/orgs/${owner.login}/events`,
    hooks_url: `${world.url}/api/v3/orgs/${owner.login}/hooks`,
    issues_url: `${world.url}/api/v3/orgs/${owner.login}/issues`,
    members_url: `${world.url}/api/v3/orgs/${owner.login}/members{/member}`,
    public_members_url: `${world.url}/api/v3/orgs/${owner.login}/public_members{/member}`,
    avatar_url: user.avatar_url,
    description: '',
  };
}
