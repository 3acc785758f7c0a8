/** The place of the story: an offline GitHub, the app beside it, and a repository whose branch asks for verdicts. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { court } from '../../app/court.ts';
import { readSettings } from '../../app/settings.ts';
import { type App, startApp } from '../../app/start.ts';
import { createKey } from '../../src/adapters/keys/key-ring.ts';
import type { Instant } from '../../src/primitives.ts';
import { freePort } from '../free-port.ts';
import type { PullHandle, RepositoryHandle } from '../hub/handles.ts';
import { type Hub, startHub } from '../hub/hub.ts';
import type { InstalledApp } from '../hub/installed.ts';
import type { Files } from '../hub/write-files.ts';
import { lawOf } from './law.ts';

export interface Town extends AsyncDisposable {
  readonly hub: Hub;
  readonly app: App;
  readonly shop: RepositoryHandle;
  /** For whatever else the story needs; goes with the town. */
  readonly folder: string;
  /** The app's ledger of the shop. */
  readonly ledger: string;
  /** kim pushes a branch from main, and opens a pull request for it. */
  opens(branch: string, title: string, files: Files): Promise<PullHandle>;
  /** Everything that was set off has come to rest; then some seconds have passed, which nobody waits for. */
  rest(): Promise<void>;
  /** It is that much later for everybody in the town. */
  later(ms: number): Promise<void>;
  /** The check of a pull request's head that is the app's. */
  check(pull: PullHandle): ReturnType<Hub['checks']>[number] | undefined;
}

/** GitHub tells times in whole seconds: what follows within one has no order. */
const SECONDS_BETWEEN_MS = 2_000;

export async function openTown(): Promise<Town> {
  const folder = mkdtempSync(join(tmpdir(), 'arbiter-demo-'));
  const cleanUp = new AsyncDisposableStack();
  cleanUp.defer(() => rmSync(folder, { recursive: true, force: true }));
  try {
    return await build(folder, cleanUp);
  } catch (error) {
    await cleanUp.disposeAsync();
    throw error;
  }
}

async function build(folder: string, cleanUp: AsyncDisposableStack): Promise<Town> {
  const data = join(folder, 'data');
  mkdirSync(join(data, 'keys'), { recursive: true, mode: 0o700 });
  const key = createKey(join(data, 'keys'), undefined, Date.now() as Instant);
  if (!key.ok) throw new Error(`no key: ${key.fault.kind}`);
  let ahead = 0;
  const now = () => Date.now() + ahead;
  const hub = cleanUp.use(await startHub({ now }));
  const acme = hub.organization('acme');
  acme.member(hub.person('ada'), 'admin');
  const shop = await hub.repository({ owner: acme, name: 'shop', files: lawOf(key.value) });
  for (const login of ['kim', 'lee']) hub.collaborator(shop, hub.person(login), 'write');
  hub.collaborator(shop, hub.person('max'), 'maintain');
  const installed = await hub.installApp({ on: acme });
  hub.ruleset(shop, {
    requires: [{ context: 'CAWS verdict', appId: installed.appId }],
    bypass: [{ actor_id: null, actor_type: 'OrganizationAdmin', bypass_mode: 'always' }],
  });
  const app = await startAppAt(hub, installed, data, now);
  cleanUp.defer(() => app.stop());
  const rest = async () => {
    for (let quiet = 0; quiet < 2; quiet += 1) {
      await hub.settle();
      await app.settled();
    }
    ahead += SECONDS_BETWEEN_MS;
  };
  return {
    hub,
    app,
    shop,
    folder,
    ledger: join(data, 'ledgers', String(shop.id), 'ledger.db'),
    async opens(branch, title, files) {
      const kim = hub.person('kim');
      await kim.push(shop, branch, files, title, { from: 'main' });
      return kim.opens(shop, { head: branch, title });
    },
    rest,
    async later(ms) {
      ahead += ms;
      app.tools.want([]);
      await rest();
    },
    check: (pull) =>
      hub
        .checks(shop, pull.head)
        .filter(({ appId, name }) => appId === installed.appId && name === 'CAWS verdict')
        .at(-1),
    [Symbol.asyncDispose]: () => cleanUp.disposeAsync(),
  };
}

async function startAppAt(
  hub: Hub,
  installed: InstalledApp,
  data: string,
  now: () => number,
): Promise<App> {
  const settings = readSettings({
    directory: data,
    environment: {
      APP_ID: String(installed.appId),
      PRIVATE_KEY: installed.privateKey,
      WEBHOOK_SECRET: installed.webhookSecret,
      GHE_HOST: hub.url.replace('http://', ''),
      GHE_PROTOCOL: 'http',
      ARBITER_LOCAL_FORGE: 'allow',
      ARBITER_DATA: data,
      HOST: '127.0.0.1',
      PORT: String(await freePort()),
    },
  });
  if (!settings.ok) throw new Error(JSON.stringify(settings.fault));
  const app = await startApp(settings.value, court, {
    now: () => now() as Instant,
    chance: Math.random,
    write: () => {},
  });
  if (!app.ok) throw new Error(JSON.stringify(app.fault));
  installed.listensAt(`${app.value.address}/api/github/webhooks`);
  return app.value;
}
