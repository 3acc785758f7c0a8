/** A hub, an app that listens to it, and a repository with a law: what every story of the app begins with. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { court } from '../../app/court.ts';
import { readSettings } from '../../app/settings.ts';
import { type App, startApp } from '../../app/start.ts';
import type { Instant } from '../../src/primitives.ts';
import { freePort } from '../free-port.ts';
import type { PullHandle, RepositoryHandle } from '../hub/handles.ts';
import { type Hub, startHub } from '../hub/hub.ts';
import { type InstalledApp, usualEvents } from '../hub/installed.ts';
import type { HubOptions } from '../hub/new-world.ts';
import { shopPolicy, shopSpec } from '../shop.ts';

export interface Town extends AsyncDisposable {
  readonly hub: Hub;
  readonly installed: InstalledApp;
  readonly repository: RepositoryHandle;
  /** What the app is started with. */
  readonly environment: Readonly<Record<string, string>>;
  app: App;
  readonly log: string[];
  /** Everything that was set off has come to rest; where faults are on, what they put off still waits. */
  rest(): Promise<void>;
  /** The newest verdict that the app shows at a pull request's head, under whichever name. */
  check(pull: PullHandle, name?: string): ReturnType<Hub['checks']>[number] | undefined;
  /** @param downMs so long it does not run. */
  restart(downMs?: number): Promise<void>;
  /** An app that has nothing of what the one before it kept, and hears the same repository. */
  replace(): Promise<void>;
  /** kim pushes a branch from main and opens a pull request for it. */
  opens(
    branch: string,
    files: Readonly<Record<string, string>>,
    base?: string,
  ): Promise<PullHandle>;
  /** The time of everybody here. */
  now(): number;
  /** Time passes, and whatever was put off until then is done. */
  passes(ms: number): Promise<void>;
  /** The app looks at a pull request once more, as it does after any event. */
  hears(pull: PullHandle): Promise<void>;
}

export const law: Readonly<Record<string, string>> = {
  '.caws/policy.yaml': shopPolicy,
  '.caws/specs/CART-1.yaml': shopSpec,
  'src/cart/total.ts': 'export const total = 0;\n',
};

const SECONDS_BETWEEN_MS = 3_000;
/** No connection breaks by itself more often than that in a row. */
const TRIES_MAX = 3;

export async function openTown(
  options: {
    readonly files?: Readonly<Record<string, string>>;
    readonly hub?: HubOptions;
    /** Only members read the repository. */
    readonly private?: boolean;
    /** People open the app's pages: their addresses are known before it starts, and one can sign in. */
    readonly visited?: boolean;
    /** Of the app, beside those it needs. */
    readonly settings?: Readonly<Record<string, string>>;
    /** What the app hears of beside the usual. */
    readonly events?: readonly string[];
    /** The clock; the machine's, where none is given. */
    readonly clock?: () => number;
  } = {},
): Promise<Town> {
  // People take their time: between two things they do lie seconds, which nobody waits for here.
  let ahead = 0;
  const clock = options.clock ?? Date.now;
  const now = () => clock() + ahead;
  const hub = await startHub({ now, ...options.hub });
  const acme = hub.organization('acme');
  acme.member(hub.person('ada'), 'admin');
  const repository = await hub.repository({
    owner: acme,
    name: 'shop',
    files: options.files ?? law,
    private: options.private ?? false,
  });
  for (const login of ['kim', 'lee']) hub.collaborator(repository, hub.person(login), 'write');
  hub.collaborator(repository, hub.person('max'), 'maintain');
  const events = [...usualEvents, ...(options.events ?? [])];
  const installed = await hub.installApp({ on: acme, events });
  const data = mkdtempSync(join(tmpdir(), 'town-'));
  const log: string[] = [];
  const environment = {
    APP_ID: String(installed.appId),
    PRIVATE_KEY: installed.privateKey,
    WEBHOOK_SECRET: installed.webhookSecret,
    GHE_HOST: hub.url.replace('http://', ''),
    GHE_PROTOCOL: 'http',
    ARBITER_LOCAL_FORGE: 'allow',
    ARBITER_DATA: data,
    ARBITER_RUN_ISSUER: hub.oidcIssuer,
    HOST: '127.0.0.1',
    PORT: '0',
    ...(options.visited === true
      ? {
          PORT: String(await freePort()),
          GITHUB_CLIENT_ID: installed.clientId,
          GITHUB_CLIENT_SECRET: installed.clientSecret,
        }
      : {}),
    ...options.settings,
  };
  const start = async (): Promise<App> => {
    const settings = readSettings({ directory: data, environment });
    if (!settings.ok) throw new Error(JSON.stringify(settings.fault));
    const app = await startApp(settings.value, court, {
      now: () => now() as Instant,
      chance: () => 0.5,
      write: (line) => log.push(line),
      timers: false,
    });
    if (!app.ok) throw new Error(JSON.stringify(app.fault));
    installed.listensAt(`${app.value.address}/api/github/webhooks`);
    return app.value;
  };
  const quiet = async () => {
    for (let times = 0; times < 2; times += 1) {
      await hub.settle();
      await town.app.settled();
    }
  };
  const town: Town = {
    hub,
    installed,
    repository,
    environment,
    log,
    app: await start(),
    async rest() {
      await quiet();
      ahead += SECONDS_BETWEEN_MS;
      // Connections that break by themselves, on a busy machine, put off what these seconds have room for.
      for (
        let tries = 0;
        tries < TRIES_MAX && !hub.faults.areOn && isPutOff(town.app);
        tries += 1
      ) {
        await quiet();
        ahead += SECONDS_BETWEEN_MS;
      }
    },
    check: (pull, name) =>
      hub
        .checks(repository, pull.head)
        .filter(
          (run) =>
            run.appId === installed.appId &&
            (name === undefined ? run.name.startsWith('CAWS verdict') : run.name === name),
        )
        .at(-1),
    async opens(branch, files, base = 'main') {
      const kim = hub.person('kim');
      await kim.push(repository, branch, files, `Work on ${branch}`, { from: 'main' });
      return kim.opens(repository, { head: branch, base, title: `Work on ${branch}` });
    },
    now,
    async passes(ms) {
      ahead += ms;
      await town.rest();
    },
    async hears(pull) {
      const { owner, name, id: repositoryId } = repository;
      const { installationId } = installed;
      town.app.tools.want([{ installationId, repositoryId, owner, name, pull: pull.number }]);
      await town.rest();
    },
    async restart(downMs = 0) {
      await town.app.stop();
      ahead += downMs;
      town.app = await start();
    },
    async replace() {
      await town.app.stop();
      rmSync(data, { recursive: true, force: true });
      mkdirSync(data);
      town.app = await start();
    },
    async [Symbol.asyncDispose]() {
      await town.app.stop();
      await hub[Symbol.asyncDispose]();
      rmSync(data, { recursive: true, force: true });
    },
  };
  return town;
}

/** Whether something waits for its next try, because the one before met a fault. */
const isPutOff = ({ tools: { store } }: App): boolean =>
  store.statement(`SELECT 1 FROM tasks WHERE state = 'waiting' AND reason <> ''`).get() !==
  undefined;
