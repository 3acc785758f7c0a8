/** The one value that every part is handed: the data, the clock, and what leaves the hub. */
import { randomBytes } from 'node:crypto';
import type { Faults } from './faults.ts';
import type { Delivery, Outbox } from './outbox.ts';
import type { Referee } from './referee/referee.ts';
import type { Account, App, Credential, Installation, Repository, Role, Team } from './state.ts';

export interface RequestEntry {
  readonly at: number;
  readonly method: string;
  readonly path: string;
  /** The template of the API's description, or null where nothing is served. */
  readonly route: string | null;
  readonly status: number;
  readonly by: string;
}

export interface World {
  readonly now: () => number;
  /** The folder of the bare repositories. */
  readonly root: string;
  /** `http://127.0.0.1:PORT`, once it listens. */
  url: string;
  readonly accounts: Map<number, Account>;
  readonly teams: Map<number, Team>;
  readonly apps: Map<number, App>;
  readonly installations: Map<number, Installation>;
  readonly repositories: Map<number, Repository>;
  /** `owner/name` in lower case, of repositories that are called otherwise now. */
  readonly formerNames: Map<string, number>;
  /** Organization id to member id to role. */
  readonly members: Map<number, Map<number, 'member' | 'admin'>>;
  readonly tokens: Map<string, Credential>;
  /** Manifests waiting to be converted, by code. */
  readonly manifests: Map<string, { readonly appId: number; readonly until: number }>;
  /** People on their way to sign in to an app, by code. */
  readonly signIns: Map<string, { readonly appId: number; readonly accountId: number }>;
  /** Downloads of artifacts, by the key in their address. */
  readonly archives: Map<string, { readonly zip: Buffer; readonly until: number }>;
  readonly deliveries: Delivery[];
  readonly outbox: Outbox;
  readonly requests: RequestEntry[];
  readonly unserved: Set<string>;
  readonly faults: Faults;
  readonly referee: Referee;
  /** When GitHub writes its separator line before co-authors of a squash: see UNPROVEN.md. */
  readonly runDetails: boolean;
  readonly coAuthorSeparator: 'missing' | 'always' | 'never';
  readonly hourlyLimit: number;
  readonly limits: Map<string, { used: number; resetAt: number }>;
  /** Errors of the hub itself: a test that causes one fails. */
  readonly broken: unknown[];
  readonly ids: { next: number };
  /** Called while a repository is held, after a branch or a pull request of it moved. */
  readonly tendQueues: (world: World) => Promise<void>;
  /** Work started by nobody's request, such as deliveries; the hub settles when it is empty. */
  readonly pending: Set<Promise<unknown>>;
}

/** Ids start high, so that no test mistakes one for a pull request's number. */
export const firstId = 41_000;

export function nextId(world: World): number {
  world.ids.next += 1;
  return world.ids.next;
}

export const nodeId = (prefix: string, id: number): string =>
  `${prefix}_${Buffer.from(String(id)).toString('base64url')}`;

/** The number in a node id of this kind, or null. */
export function idOfNode(prefix: string, node: string): number | null {
  if (!node.startsWith(`${prefix}_`)) return null;
  const id = Number(Buffer.from(node.slice(prefix.length + 1), 'base64url').toString());
  return Number.isSafeInteger(id) ? id : null;
}

export const secret = (prefix: string, bytes = 20): string =>
  `${prefix}${randomBytes(bytes).toString('hex')}`;

export const iso = (at: number): string => `${new Date(at).toISOString().slice(0, 19)}Z`;

export function accountOf(world: World, id: number): Account {
  const account = world.accounts.get(id);
  if (account === undefined) throw new Error(`no account ${id}`);
  return account;
}

const same = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

export function accountNamed(world: World, login: string): Account | undefined {
  return [...world.accounts.values()].find((account) => same(account.login, login));
}

export function repositoryNamed(world: World, owner: string, name: string): Repository | undefined {
  return [...world.repositories.values()].find(
    (repository) =>
      same(repository.name, name) && same(accountOf(world, repository.ownerId).login, owner),
  );
}

/** The one that was called so before, unless another has taken the name. */
export function repositoryFormerly(
  world: World,
  owner: string,
  name: string,
): Repository | undefined {
  if (repositoryNamed(world, owner, name) !== undefined) return undefined;
  return world.repositories.get(world.formerNames.get(`${owner}/${name}`.toLowerCase()) ?? -1);
}

export function rename(world: World, repository: Repository, name: string): void {
  if (name === repository.name) return;
  world.formerNames.set(fullName(world, repository).toLowerCase(), repository.id);
  repository.name = name;
}

export const fullName = (world: World, repository: Repository): string =>
  `${accountOf(world, repository.ownerId).login}/${repository.name}`;

const order: readonly Role[] = ['none', 'read', 'triage', 'write', 'maintain', 'admin'];

export const atLeast = (role: Role, wanted: Role): boolean =>
  order.indexOf(role) >= order.indexOf(wanted);

/** What a person may do in a repository: the highest of all that grants something. */
export function roleOf(world: World, repository: Repository, accountId: number): Role {
  const owns =
    repository.ownerId === accountId ||
    world.members.get(repository.ownerId)?.get(accountId) === 'admin';
  const roles: Role[] = [
    owns ? 'admin' : 'none',
    repository.collaborators.get(accountId) ?? 'none',
  ];
  for (const team of world.teams.values()) {
    if (team.members.get(accountId)?.state === 'active')
      roles.push(team.roles.get(repository.id) ?? 'none');
  }
  if (!repository.settings.private) roles.push('read');
  return roles.reduce((best, role) => (atLeast(role, best) ? role : best));
}

/** Keeps a promise among the work that settling waits for. Its failure is the hub's own. */
export function track(world: World, work: Promise<unknown>): void {
  const kept = work
    .catch((error: unknown) => {
      world.broken.push(error);
    })
    .finally(() => world.pending.delete(kept));
  world.pending.add(kept);
}
