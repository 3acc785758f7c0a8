/** Making an app from a manifest, installing one, and signing in to one: the pages of a first run. */
import { createApp, install } from '../births.ts';
import { asFields, asList, text } from '../http.ts';
import type { Account, App, Permissions } from '../state.ts';
import { accountNamed, secret, type World } from '../world.ts';
import { type Html, html } from './html.ts';
import type { Viewing } from './layout.ts';

/** A manifest's code has to be converted within an hour. */
const manifestMs = 3_600_000;

export type Reply =
  | { readonly page: Html; readonly title: string }
  | { readonly to: string }
  | null;

export async function appPage(viewing: Viewing, form: URLSearchParams | null): Promise<Reply> {
  const { world, viewer, url } = viewing;
  const path = url.pathname;
  const owner = accountNamed(world, /^\/organizations\/([^/]+)\//.exec(path)?.[1] ?? '') ?? viewer;
  if (/^(?:\/organizations\/[^/]+)?\/settings\/apps\/new$/.test(path))
    return manifestPage(viewing, form?.get('manifest') ?? null);
  if (/\/settings\/apps\/create$/.test(path) && form !== null && owner !== null)
    return createFromManifest(world, owner, form);
  const slug = /^\/apps\/([^/]+)\/installations\/new$/.exec(path)?.[1];
  const app = [...world.apps.values()].find((each) => each.slug === slug);
  if (app !== undefined) return installPage(viewing, app, form);
  const installation = world.installations.get(
    Number(/^\/settings\/installations\/(\d+)$/.exec(path)?.[1]),
  );
  if (installation !== undefined)
    return {
      title: 'Installed',
      page: html`<h1>${world.apps.get(installation.appId)?.name ?? ''} is installed</h1>
<p>on ${world.accounts.get(installation.accountId)?.login ?? ''}, as installation ${installation.id}.</p>`,
    };
  return path === '/login/oauth/authorize' ? authorizePage(viewing, form) : null;
}

const whoFirst = (): Reply => ({
  title: 'Who are you?',
  page: html`<h1>Who are you?</h1><p>Choose above whom you act as.</p>`,
});

function manifestPage({ viewer, url }: Viewing, manifest: string | null): Reply {
  if (viewer === null && manifest === null) return whoFirst();
  const read = parsed(manifest ?? '');
  const rows = Object.entries(asFields(read['default_permissions'])).map(
    ([name, level]) => html`<div class="row"><code>${name}</code> ${String(level)}</div>`,
  );
  const target = `${url.pathname.replace(/new$/, 'create')}${url.search}`;
  return {
    title: 'Register an app',
    page: html`<h1>Register ${text(read, 'name') ?? 'an app'}</h1>
<p>Webhooks go to <code>${text(asFields(read['hook_attributes']), 'url') ?? ''}</code>.</p>
<div class="box"><div class="head"><strong>Permissions</strong></div>${rows}</div>
<form method="post" action="${target}"><input type="hidden" name="manifest" value="${manifest ?? ''}">
<label for="owner">Owner</label><input type="text" id="owner" name="owner" value="${viewer?.login ?? ''}">
<p><button class="go">Create GitHub App</button></p></form>`,
  };
}

function parsed(manifest: string): Readonly<Record<string, unknown>> {
  try {
    return asFields(JSON.parse(manifest));
  } catch {
    return {};
  }
}

async function createFromManifest(
  world: World,
  viewer: Account,
  form: URLSearchParams,
): Promise<Reply> {
  const read = parsed(form.get('manifest') ?? '');
  const owner = accountNamed(world, form.get('owner') ?? '') ?? viewer;
  const redirect = read['redirect_url'];
  if (typeof redirect !== 'string')
    return { title: 'No', page: html`<p>The manifest names no redirect_url.</p>` };
  const hook = asFields(read['hook_attributes'])['url'];
  const app = await createApp(world, {
    owner,
    name: text(read, 'name') ?? 'app',
    webhookUrl: typeof hook === 'string' ? hook : null,
    permissions: permissionsOf(read['default_permissions']),
    events: asList(read['default_events']).map(String),
  });
  const code = secret('');
  world.manifests.set(code, { appId: app.id, until: world.now() + manifestMs });
  const to = new URL(redirect);
  to.searchParams.set('code', code);
  const state = form.get('state');
  if (state !== null) to.searchParams.set('state', state);
  return { to: to.href };
}

function permissionsOf(value: unknown): Permissions {
  const out: Record<string, 'read' | 'write' | 'admin'> = {};
  for (const [name, level] of Object.entries(asFields(value)))
    if (level === 'read' || level === 'write' || level === 'admin') out[name] = level;
  return out;
}

function installPage({ world, viewer }: Viewing, app: App, form: URLSearchParams | null): Reply {
  if (viewer === null) return whoFirst();
  const accounts = [...world.accounts.values()].filter(
    (each) => each.id === viewer.id || world.members.get(each.id)?.get(viewer.id) === 'admin',
  );
  const chosen = accounts.find((each) => each.login === form?.get('account'));
  if (chosen !== undefined) {
    const made = install(world, app, chosen, viewer, null);
    return { to: `/settings/installations/${made.id}` };
  }
  return {
    title: `Install ${app.name}`,
    page: html`<h1>Install ${app.name}</h1><form method="post">
<label for="account">On all repositories of</label><select id="account" name="account">${accounts.map(
      (each) => html`<option>${each.login}</option>`,
    )}</select><p><button class="go">Install</button></p></form>`,
  };
}

/** The web flow by which an app learns who looks at its own pages. */
function authorizePage({ world, viewer, url }: Viewing, form: URLSearchParams | null): Reply {
  const asked = url.searchParams;
  const app = [...world.apps.values()].find((each) => each.clientId === asked.get('client_id'));
  const redirect = asked.get('redirect_uri');
  if (app === undefined || redirect === null) return null;
  if (viewer === null) return whoFirst();
  if (form === null)
    return {
      title: `Authorize ${app.name}`,
      page: html`<h1>Authorize ${app.name}</h1><p>It will learn that you are <strong>${viewer.login}</strong>.</p>
<form method="post"><button class="go">Authorize</button></form>`,
    };
  const code = secret('');
  world.signIns.set(code, { appId: app.id, accountId: viewer.id });
  const to = new URL(redirect);
  to.searchParams.set('code', code);
  const state = asked.get('state');
  if (state !== null) to.searchParams.set('state', state);
  return { to: to.href };
}

/** `POST /login/oauth/access_token`: the code for a token, once. */
export function exchangeCode(world: World, asked: URLSearchParams): object {
  const code = asked.get('code') ?? '';
  const found = world.signIns.get(code);
  world.signIns.delete(code);
  const app = world.apps.get(found?.appId ?? -1);
  const known =
    app?.clientId === asked.get('client_id') && app?.clientSecret === asked.get('client_secret');
  if (found === undefined || !known)
    return {
      error: 'bad_verification_code',
      error_description: 'The code passed is incorrect or expired.',
    };
  const token = secret('ghu_');
  world.tokens.set(token, { kind: 'person', accountId: found.accountId });
  return { access_token: token, token_type: 'bearer', scope: '' };
}
