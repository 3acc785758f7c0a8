/**
 * An offline GitHub on 127.0.0.1: real git, real HTTP, real webhooks, and people who act. Nothing of the
 * app is imported here, and nothing leaves the machine.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import type { Server } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { actionsAppId, type NewRun, startRun } from './actions-life.ts';
import {
  createAccount,
  createApp,
  createFork,
  createRepository,
  install,
  type NewRepository,
} from './births.ts';
import type { CheckRun } from './check-state.ts';

import { emit } from './events.ts';
import type { Faults } from './faults.ts';
import { branchTip } from './git.ts';
import { PullHandle, RepositoryHandle } from './handles.ts';
import { InstalledApp, usualEvents, usualPermissions } from './installed.ts';
import { type HubOptions, newWorld } from './new-world.ts';
import { issuerOf } from './oidc.ts';
import { Organization } from './organization.ts';
import type { Delivery } from './outbox.ts';

import { Person } from './person.ts';
import type { Mismatch } from './referee/referee.ts';
import { exclusively } from './refs.ts';
import { routerOf } from './router.ts';
import { routes } from './routes/routes.ts';
import { createRuleset, type NewRuleset } from './rulesets.ts';
import { serve } from './server.ts';
import { noreply } from './shapes/commit.ts';
import type {
  Account,
  Permissions,
  Protection,
  RepositorySettings,
  Role,
  Ruleset,
} from './state.ts';
import { RunHandle } from './workflow-run.ts';
import { accountNamed, accountOf, type RequestEntry, type World } from './world.ts';
import { commitAll, type Files } from './write-files.ts';

export interface WantedRepository {
  readonly owner: string | Person | Organization;
  readonly name: string;
  readonly files?: Files;
  readonly defaultBranch?: string;
  readonly private?: boolean;
  readonly settings?: Partial<RepositorySettings>;
}

export interface WantedApp {
  readonly name?: string;
  /** Whose repositories it sees. */
  readonly on: string | Person | Organization;
  readonly webhookUrl?: string;
  readonly webhookSecret?: string;
  readonly permissions?: Permissions;
  readonly events?: readonly string[];
  /** Only these; all of the account without. */
  readonly repositories?: readonly RepositoryHandle[];
}

/** An app that answers its own events for ever would never let the hub settle. */
const settleMsMax = 120_000;

export async function startHub(options: HubOptions = {}): Promise<Hub> {
  const root = await mkdtemp(join(tmpdir(), 'hub-'));
  const world = newWorld(root, options);
  const server = serve(world, routerOf(routes));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  world.url = `http://127.0.0.1:${address.port}`;
  const actions = { owner: createAccount(world, 'github', 'Organization'), name: 'GitHub Actions' };
  await createApp(world, { ...actions, id: actionsAppId });
  return new Hub(world, server);
}

export class Hub {
  readonly world: World;
  readonly #server: Server;
  readonly #people = new Map<number, Person>();

  constructor(world: World, server: Server) {
    this.world = world;
    this.#server = server;
  }

  /** For browsers and git. */
  get url(): string {
    return this.world.url;
  }

  /** For API clients: `baseUrl`. */
  get apiUrl(): string {
    return `${this.world.url}/api/v3`;
  }

  get faults(): Faults {
    return this.world.faults;
  }

  /** Somebody of this login, made when first named. */
  person(login: string): Person {
    const account = accountNamed(this.world, login) ?? createAccount(this.world, login, 'User');
    const known = this.#people.get(account.id);
    if (known !== undefined) return known;
    const person = new Person(this.world, account);
    this.#people.set(account.id, person);
    return person;
  }

  organization(login: string): Organization {
    const known = accountNamed(this.world, login);
    const account = known ?? createAccount(this.world, login, 'Organization');
    return new Organization(this.world, account);
  }

  #account(named: string | Person | Organization): Account {
    if (typeof named !== 'string') return named.account;
    return accountNamed(this.world, named) ?? this.person(named).account;
  }

  async repository(wanted: WantedRepository): Promise<RepositoryHandle> {
    const settings = {
      ...wanted.settings,
      ...(wanted.private === undefined ? {} : { private: wanted.private }),
    };
    const made: NewRepository = {
      owner: this.#account(wanted.owner),
      name: wanted.name,
      settings,
      ...(wanted.files === undefined ? {} : { files: wanted.files }),
      ...(wanted.defaultBranch === undefined ? {} : { defaultBranch: wanted.defaultBranch }),
    };
    return new RepositoryHandle(this.world, await createRepository(this.world, made));
  }

  /**
   * Branches from the default branch with one commit each, which stood there before anybody was told of
   * anything: without an event, and for hardly more than one of them costs.
   */
  async branches(repo: RepositoryHandle, wanted: Readonly<Record<string, Files>>): Promise<void> {
    const { state } = repo;
    const owner = accountOf(this.world, state.ownerId);
    const author = { name: owner.login, email: noreply(owner) };
    const at = this.world.now();
    const names = Object.keys(wanted);
    await exclusively(state, async () => {
      const parent = branchTip(state, state.defaultBranch) ?? null;
      const commits = Object.entries(wanted).map(([branch, files]) => ({
        ...{ branch, parent, files, author, at },
        message: `Begin ${branch}`,
      }));
      const shas = await commitAll(state, commits);
      const refs = new Map(state.refs);
      for (const [each, sha] of shas.entries()) refs.set(`refs/heads/${names[each]}`, sha);
      state.refs = refs;
    });
  }

  async fork(of: RepositoryHandle, by: Person): Promise<RepositoryHandle> {
    const fork = await createFork(this.world, of.state, by.account, of.name);
    return new RepositoryHandle(this.world, fork);
  }

  /** Gives a person a role; `none` takes it away. */
  collaborator(repo: RepositoryHandle, person: Person, role: Role): void {
    repo.state.collaborators.set(person.id, role);
  }

  /** Somebody makes a repository private, or public again. */
  hides(repo: RepositoryHandle, by: Person, isPrivate: boolean): void {
    repo.state.settings.private = isPrivate;
    emit(this.world, {
      event: 'repository',
      action: isPrivate ? 'privatized' : 'publicized',
      repository: repo.state,
      sender: by.account,
      payload: {},
    });
  }

  async installApp(wanted: WantedApp): Promise<InstalledApp> {
    const account = this.#account(wanted.on);
    const app = await createApp(this.world, {
      owner: account,
      name: wanted.name ?? 'CAWS arbiter',
      webhookUrl: wanted.webhookUrl ?? null,
      permissions: wanted.permissions ?? usualPermissions,
      events: wanted.events ?? usualEvents,
      ...(wanted.webhookSecret === undefined ? {} : { webhookSecret: wanted.webhookSecret }),
    });
    const only = wanted.repositories?.map((each) => each.state) ?? null;
    return new InstalledApp(this.world, app, install(this.world, app, account, account, only));
  }

  /** Installs an app that exists, such as one made from a manifest, on one more account. */
  installOn(slug: string, on: string | Person | Organization): InstalledApp {
    const app = [...this.world.apps.values()].find((each) => each.slug === slug);
    if (app === undefined) throw new Error(`no app ${slug}`);
    const account = this.#account(on);
    return new InstalledApp(this.world, app, install(this.world, app, account, account, null));
  }

  pull(repo: RepositoryHandle, number: number): PullHandle {
    return new PullHandle(repo, number);
  }

  /** Every check run on exactly this commit, oldest first. */
  checks(repo: RepositoryHandle, sha: string): readonly CheckRun[] {
    return [...repo.state.checks.values()].filter((run) => run.headSha === sha);
  }

  ruleset(repo: RepositoryHandle, wanted: NewRuleset): Ruleset {
    return createRuleset(this.world, repo.state, wanted);
  }

  protect(repo: RepositoryHandle, branch: string, wanted: Partial<Protection>): void {
    const none = { checks: [], strict: false, enforceAdmins: false, approvals: 0 };
    repo.state.protections.set(branch, { ...none, ...wanted });
  }

  /** A run of a workflow that nobody dispatched, such as CI on a push. Its check is GitHub Actions' own. */
  async workflowRun(
    repo: RepositoryHandle,
    wanted: Omit<NewRun, 'actor'> & { readonly actor: Person },
  ): Promise<RunHandle> {
    const { account } = wanted.actor;
    const run = await startRun(this.world, repo.state, { ...wanted, actor: account });
    return new RunHandle(this.world, repo.state, run);
  }

  /** Oldest first. */
  runs(repo: RepositoryHandle): readonly RunHandle[] {
    return [...repo.state.runs.values()].map((run) => new RunHandle(this.world, repo.state, run));
  }

  /** Where identity tokens of runs come from. */
  get oidcIssuer(): string {
    return issuerOf(this.world);
  }

  deliveries(event?: string): readonly Delivery[] {
    return this.world.deliveries.filter(
      (each) =>
        event === undefined || each.event === event || `${each.event}.${each.action}` === event,
    );
  }

  requests(): readonly RequestEntry[] {
    return this.world.requests;
  }

  /** Every route that is built, as `METHOD /path/{of}/the/description`: none should go unused for long. */
  get routes(): readonly string[] {
    return routes.map(({ method, path }) => `${method} ${path}`);
  }

  /** What was asked and is not built, as `METHOD /path`. */
  unserved(): readonly string[] {
    return [...this.world.unserved];
  }

  mismatches(): readonly Mismatch[] {
    return this.world.referee.mismatches;
  }

  /** Takes away what a test provoked on purpose, and gives it for a look. */
  takeMismatches(): readonly Mismatch[] {
    return this.world.referee.mismatches.splice(0);
  }

  /** Errors of the hub itself. */
  broken(): readonly unknown[] {
    return this.world.broken;
  }

  /** Resolves once every delivery is handed over and nothing the hub began by itself runs on. */
  async settle(): Promise<void> {
    const { outbox, pending } = this.world;
    const until = performance.now() + settleMsMax;
    for (let quiet = 0; quiet < 2; ) {
      if (performance.now() > until) throw new Error(`${outbox.waiting} deliveries still wait`);
      await Promise.allSettled([...pending]);
      outbox.flush(this.world);
      await new Promise((resolve) => setTimeout(resolve, outbox.idle ? 0 : 5));
      quiet = outbox.idle && pending.size === 0 ? quiet + 1 : 0;
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.world.outbox.stop();
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
    await Promise.allSettled([...this.world.pending]);
    await rm(this.world.root, { recursive: true, force: true, maxRetries: 3 });
  }
}
