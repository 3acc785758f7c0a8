/** How accounts, repositories and apps come to be. */
import { createPublicKey, generateKeyPair } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { dispatch } from './events.ts';
import { createBare, git, readRefs } from './git.ts';
import { installationShape, userShape } from './shapes/accounts.ts';
import { noreply } from './shapes/commit.ts';
import type {
  Account,
  AccountKind,
  App,
  Installation,
  Permissions,
  Repository,
  RepositorySettings,
} from './state.ts';
import { accountNamed, fullName, nextId, nodeId, secret, type World } from './world.ts';
import { commitFiles, type Files } from './write-files.ts';

export function createAccount(
  world: World,
  login: string,
  kind: AccountKind,
  appId: number | null = null,
): Account {
  if (accountNamed(world, login) !== undefined) throw new Error(`${login} is taken`);
  const account: Account = { id: nextId(world), login, kind, appId };
  world.accounts.set(account.id, account);
  return account;
}

export interface NewRepository {
  readonly owner: Account;
  readonly name: string;
  readonly files?: Files;
  readonly defaultBranch?: string;
  readonly settings?: Partial<RepositorySettings>;
}

const settings: RepositorySettings = {
  private: false,
  allowMerge: true,
  allowSquash: true,
  allowRebase: true,
  allowAutoMerge: true,
  deleteBranchOnMerge: false,
  squashTitle: 'COMMIT_OR_PR_TITLE',
  squashMessage: 'COMMIT_MESSAGES',
  mergeTitle: 'MERGE_MESSAGE',
  mergeMessage: 'PR_TITLE',
};

export async function createRepository(world: World, wanted: NewRepository): Promise<Repository> {
  const repository = newRepository(world, wanted, null);
  await createBare(repository.folder, repository.defaultBranch);
  await commitFiles(repository, {
    branch: repository.defaultBranch,
    parent: null,
    files: wanted.files ?? { 'README.md': `# ${wanted.name}\n` },
    message: 'First commit',
    author: { name: wanted.owner.login, email: noreply(wanted.owner) },
    at: world.now(),
  });
  repository.refs = await readRefs(repository.folder);
  world.repositories.set(repository.id, repository);
  return repository;
}

export async function createFork(
  world: World,
  of: Repository,
  owner: Account,
  name: string,
): Promise<Repository> {
  const wanted = { owner, name, defaultBranch: of.defaultBranch };
  const repository = newRepository(world, wanted, of.id);
  await createBare(repository.folder, repository.defaultBranch);
  const refs = ['+refs/heads/*:refs/heads/*', '+refs/tags/*:refs/tags/*'];
  await git(repository.folder, ['fetch', '--quiet', of.folder, ...refs]);
  repository.refs = await readRefs(repository.folder);
  world.repositories.set(repository.id, repository);
  return repository;
}

function newRepository(world: World, wanted: NewRepository, forkOf: number | null): Repository {
  const id = nextId(world);
  return {
    id,
    ownerId: wanted.owner.id,
    name: wanted.name,
    createdAt: world.now(),
    folder: join(world.root, `${id}.git`),
    forkOf,
    defaultBranch: wanted.defaultBranch ?? 'main',
    pushedAt: world.now(),
    settings: { ...settings, ...wanted.settings },
    refs: new Map(),
    collaborators: new Map(),
    pulls: new Map(),
    comments: new Map(),
    suites: new Map(),
    checks: new Map(),
    statuses: [],
    rulesets: new Map(),
    protections: new Map(),
    runs: new Map(),
    artifacts: new Map(),
    queue: [],
    nextNumber: 1,
  };
}

export interface NewApp {
  readonly owner: Account;
  readonly name: string;
  readonly webhookUrl?: string | null;
  readonly webhookSecret?: string;
  readonly permissions?: Permissions;
  readonly events?: readonly string[];
  /** A number of its own, for an app that everybody knows by it. */
  readonly id?: number;
}

const makeKeys = promisify(generateKeyPair);

interface Keys {
  readonly publicKey: string;
  readonly privateKey: string;
}

/**
 * Keys are slow to make, so that the first app of every hub in a process has the same ones, the second
 * the next, and so on. No two apps of one hub share a key.
 */
const keysByTurn: Promise<Keys>[] = [];

function keysOfTurn(turn: number): Promise<Keys> {
  keysByTurn[turn] ??= makeKeys('rsa', {
    modulusLength: 2048,
    publicKeyEncoding: { type: 'spki', format: 'pem' },
    privateKeyEncoding: { type: 'pkcs1', format: 'pem' },
  });
  return keysByTurn[turn];
}

export async function createApp(world: World, wanted: NewApp): Promise<App> {
  const keys = await keysOfTurn(world.apps.size);
  const slug = wanted.name.toLowerCase().replace(/[^a-z0-9]+/g, '-');
  const id = wanted.id ?? nextId(world);
  const app: App = {
    id,
    slug,
    name: wanted.name,
    ownerId: wanted.owner.id,
    botId: createAccount(world, `${slug}[bot]`, 'Bot', id).id,
    publicKey: createPublicKey(keys.publicKey),
    privateKeyPem: keys.privateKey,
    clientId: secret('Iv23li', 7),
    clientSecret: secret(''),
    createdAt: world.now(),
    webhookUrl: wanted.webhookUrl ?? null,
    webhookSecret: wanted.webhookSecret ?? secret('', 16),
    permissions: { metadata: 'read', ...wanted.permissions },
    events: wanted.events ?? [],
  };
  world.apps.set(id, app);
  return app;
}

/** @param only the repositories it reaches; null for all of the account. */
export function install(
  world: World,
  app: App,
  account: Account,
  by: Account,
  only: readonly Repository[] | null,
): Installation {
  const installation: Installation = {
    id: nextId(world),
    appId: app.id,
    accountId: account.id,
    createdAt: world.now(),
    permissions: app.permissions,
    events: app.events,
    repositoryIds: only === null ? null : new Set(only.map((each) => each.id)),
    suspended: false,
  };
  world.installations.set(installation.id, installation);
  tellOfInstallation(world, installation, 'created', by);
  return installation;
}

export function tellOfInstallation(
  world: World,
  installation: Installation,
  action: 'created' | 'deleted' | 'suspend' | 'unsuspend',
  by: Account,
): void {
  const payload = {
    action,
    installation: installationShape(world, installation),
    repositories: reached(world, installation).map((each) => shortRepository(world, each)),
    requester: null,
    sender: userShape(world, by),
  };
  dispatch(world, installation, 'installation', action, payload, null);
}

export function tellOfRepositories(
  world: World,
  installation: Installation,
  changed: { readonly added: readonly Repository[]; readonly removed: readonly Repository[] },
  by: Account,
): void {
  const action = changed.added.length > 0 ? 'added' : 'removed';
  const short = (each: Repository) => shortRepository(world, each);
  const payload = {
    action,
    installation: installationShape(world, installation),
    repository_selection: installation.repositoryIds === null ? 'all' : 'selected',
    repositories_added: changed.added.map(short),
    repositories_removed: changed.removed.map(short),
    requester: null,
    sender: userShape(world, by),
  };
  dispatch(world, installation, 'installation_repositories', action, payload, null);
}

const reached = (world: World, installation: Installation): readonly Repository[] =>
  [...world.repositories.values()].filter(
    (each) =>
      each.ownerId === installation.accountId && (installation.repositoryIds?.has(each.id) ?? true),
  );

const shortRepository = (world: World, repository: Repository) => ({
  id: repository.id,
  node_id: nodeId('R', repository.id),
  name: repository.name,
  full_name: fullName(world, repository),
  private: repository.settings.private,
});
