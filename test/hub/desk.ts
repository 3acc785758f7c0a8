/** A ready table for the hub's own tests: an organization, a repository, a pull request, an app, clients. */
import type { Octokit } from '@octokit/rest';
import type { PullHandle, RepositoryHandle } from './handles.ts';
import { type Hub, startHub, type WantedApp } from './hub.ts';
import type { InstalledApp } from './installed.ts';
import type { HubOptions } from './new-world.ts';
import type { Person } from './person.ts';
import { appToken, clientOf, judge, type Listener, listen } from './testing.ts';

export interface Desk extends AsyncDisposable {
  readonly hub: Hub;
  readonly repo: RepositoryHandle;
  readonly pull: PullHandle;
  readonly installed: InstalledApp;
  readonly listener: Listener;
  readonly names: { readonly owner: string; readonly repo: string };
  /** The app, signed in as its installation. */
  readonly app: Octokit;
  /** The app, signed in by its own key. */
  readonly appItself: Octokit;
  /** An admin of the organization. */
  readonly ann: {
    readonly person: Person;
    readonly rest: Octokit['rest'];
    readonly client: Octokit;
  };
  secondApp(wanted?: Partial<WantedApp>): Promise<Octokit>;
  judge(): void;
}

export async function desk(
  options: HubOptions = {},
  wanted: Partial<WantedApp> = {},
): Promise<Desk> {
  const hub = await startHub(options);
  const listener = await listen();
  const acme = hub.organization('acme');
  const ann = hub.person('ann');
  acme.member(ann, 'admin');
  const repo = await hub.repository({ owner: acme, name: 'widgets' });
  const installed = await hub.installApp({ on: acme, webhookUrl: listener.url, ...wanted });
  listener.secret = installed.webhookSecret;
  await ann.push(repo, 'topic', { 'src/a.ts': 'export const a = 1;\n' }, 'Add a');
  const pull = await ann.opens(repo, { head: 'topic', title: 'Add a', body: 'Because.' });
  const client = clientOf(hub, ann.token);
  return {
    hub,
    repo,
    pull,
    installed,
    listener,
    names: { owner: 'acme', repo: 'widgets' },
    app: clientOf(hub, installed.token()),
    appItself: clientOf(hub, await appToken(installed, hub.world.now())),
    ann: { person: ann, rest: client.rest, client },
    async secondApp(second = {}) {
      const app = await hub.installApp({ on: acme, name: 'Other app', ...second });
      return clientOf(hub, app.token());
    },
    judge: () => judge(hub),
    async [Symbol.asyncDispose]() {
      await hub[Symbol.asyncDispose]();
      await listener[Symbol.asyncDispose]();
    },
  };
}
