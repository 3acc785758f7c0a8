/** An app as it is installed somewhere, for a test: its secrets, its tokens, and what its owner does to it. */
import { tellOfInstallation, tellOfRepositories } from './births.ts';
import type { RepositoryHandle } from './handles.ts';
import type { App, Installation, Permissions } from './state.ts';
import { accountOf, secret, type World } from './world.ts';

/** As the manifest of the app asks for it. */
export const usualPermissions: Permissions = {
  actions: 'write',
  checks: 'write',
  contents: 'write',
  issues: 'read',
  members: 'read',
  merge_queues: 'read',
  metadata: 'read',
  pull_requests: 'write',
};

export const usualEvents: readonly string[] = [
  'pull_request',
  'issue_comment',
  'check_run',
  'check_suite',
  'merge_group',
  'push',
  'repository',
  'workflow_run',
];

const tokenMs = 3_600_000;

export class InstalledApp {
  readonly #world: World;
  readonly #app: App;
  readonly #installation: Installation;

  constructor(world: World, app: App, installation: Installation) {
    this.#world = world;
    this.#app = app;
    this.#installation = installation;
  }

  get appId(): number {
    return this.#app.id;
  }

  get installationId(): number {
    return this.#installation.id;
  }

  get slug(): string {
    return this.#app.slug;
  }

  get clientId(): string {
    return this.#app.clientId;
  }

  get clientSecret(): string {
    return this.#app.clientSecret;
  }

  /** PEM, as GitHub gives it: PKCS #1. */
  get privateKey(): string {
    return this.#app.privateKeyPem;
  }

  get webhookSecret(): string {
    return this.#app.webhookSecret;
  }

  get botId(): number {
    return this.#app.botId;
  }

  get botLogin(): string {
    return accountOf(this.#world, this.#app.botId).login;
  }

  /** A token of the installation, as the app itself would get one. */
  token(): string {
    const token = secret('ghs_');
    this.#world.tokens.set(token, {
      kind: 'installation',
      installationId: this.#installation.id,
      expiresAt: this.#world.now() + tokenMs,
      permissions: this.#installation.permissions,
      repositoryIds: null,
    });
    return token;
  }

  /** Where its webhooks go from now on. */
  listensAt(url: string): void {
    this.#app.webhookUrl = url;
  }

  /** From "all" or a list to exactly these repositories. */
  reaches(repositories: readonly RepositoryHandle[]): void {
    const before = this.#installation.repositoryIds;
    const after = new Set(repositories.map((each) => each.id));
    this.#installation.repositoryIds = after;
    const all = [...this.#world.repositories.values()].filter(
      (each) => each.ownerId === this.#installation.accountId,
    );
    const added = all.filter((each) => after.has(each.id) && before?.has(each.id) === false);
    const removed = all.filter((each) => !after.has(each.id) && before?.has(each.id) !== false);
    const owner = accountOf(this.#world, this.#installation.accountId);
    for (const changed of [
      { added, removed: [] },
      { added: [], removed },
    ]) {
      if (changed.added.length + changed.removed.length > 0)
        tellOfRepositories(this.#world, this.#installation, changed, owner);
    }
  }

  /** What the owner grants from now on; tokens made before keep what they had. */
  grants(permissions: Permissions): void {
    this.#installation.permissions = { metadata: 'read', ...permissions };
  }

  suspended(suspended: boolean): void {
    this.#installation.suspended = suspended;
    this.#tell(suspended ? 'suspend' : 'unsuspend');
  }

  uninstalls(): void {
    this.#world.installations.delete(this.#installation.id);
    this.#tell('deleted');
  }

  #tell(action: 'deleted' | 'suspend' | 'unsuspend'): void {
    const owner = accountOf(this.#world, this.#installation.accountId);
    tellOfInstallation(this.#world, this.#installation, action, owner);
  }
}
