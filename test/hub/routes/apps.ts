/** Apps, their installations and tokens, and the manifest flow that makes an app. */
import { installationReaches } from '../auth.ts';
import {
  asFields,
  asList,
  type Call,
  json,
  notFound,
  nothing,
  numberParam,
  paged,
  param,
  Refusal,
  type Route,
  repositoryOf,
} from '../http.ts';
import { appShape, installationShape } from '../shapes/accounts.ts';
import { repositoryShape } from '../shapes/repository.ts';
import type { App, Installation, Permissions, Repository } from '../state.ts';
import { accountNamed, iso, secret, type World } from '../world.ts';

/** Installation tokens live for an hour. */
const tokenMs = 3_600_000;

export const appRoutes: readonly Route[] = [
  {
    method: 'GET',
    path: '/app',
    needs: 'app',
    answer: (call) => json(appShape(call.world, appOf(call))),
  },
  {
    method: 'GET',
    path: '/apps/{app_slug}',
    needs: 'anyone',
    answer: (call) => {
      const slug = param(call, 'app_slug');
      const app = [...call.world.apps.values()].find((each) => each.slug === slug);
      if (app === undefined) throw notFound();
      return json(appShape(call.world, app));
    },
  },
  {
    method: 'GET',
    path: '/app/installations',
    needs: 'app',
    answer: (call) =>
      paged(call, installationsOf(call), (each) => installationShape(call.world, each)),
  },
  {
    method: 'GET',
    path: '/app/installations/{installation_id}',
    needs: 'app',
    answer: (call) => json(installationShape(call.world, ownInstallation(call))),
  },
  {
    method: 'POST',
    path: '/app/installations/{installation_id}/access_tokens',
    needs: 'app',
    answer: createToken,
  },
  {
    method: 'GET',
    path: '/repos/{owner}/{repo}/installation',
    needs: 'app',
    answer: (call) => {
      const repository = repositoryOf(call);
      const found = installationsOf(call).find((each) =>
        installationReaches(each, null, repository),
      );
      if (found === undefined) throw notFound();
      return json(installationShape(call.world, found));
    },
  },
  {
    method: 'GET',
    path: '/orgs/{org}/installation',
    needs: 'app',
    answer: (call) => byAccount(call, 'org'),
  },
  {
    method: 'GET',
    path: '/users/{username}/installation',
    needs: 'app',
    answer: (call) => byAccount(call, 'username'),
  },
  { method: 'GET', path: '/installation/repositories', needs: 'installation', answer: reachable },
  {
    method: 'DELETE',
    path: '/installation/token',
    needs: 'installation',
    answer: (call) => {
      for (const [token, credential] of call.world.tokens) {
        const own =
          credential.kind === 'installation' &&
          call.principal.kind === 'installation' &&
          credential.installationId === call.principal.installation.id;
        if (own) call.world.tokens.delete(token);
      }
      return nothing();
    },
  },
  {
    method: 'POST',
    path: '/app-manifests/{code}/conversions',
    needs: 'anyone',
    answer: convertManifest,
  },
];

function appOf(call: Call): App {
  if (call.principal.kind !== 'app') throw notFound();
  return call.principal.app;
}

const installationsOf = (call: Call): readonly Installation[] =>
  [...call.world.installations.values()].filter((each) => each.appId === appOf(call).id);

function ownInstallation(call: Call): Installation {
  const id = numberParam(call, 'installation_id');
  const found = installationsOf(call).find((each) => each.id === id);
  if (found === undefined) throw notFound();
  return found;
}

function byAccount(call: Call, name: string) {
  const account = accountNamed(call.world, param(call, name));
  const found = installationsOf(call).find((each) => each.accountId === account?.id);
  if (found === undefined) throw notFound();
  return json(installationShape(call.world, found));
}

function createToken(call: Call) {
  const installation = ownInstallation(call);
  if (installation.suspended) throw new Refusal(403, 'This installation has been suspended');
  const permissions = narrowed(installation, asFields(call.body['permissions']));
  const chosen = chosenRepositories(call, installation);
  const expiresAt = call.world.now() + tokenMs;
  const token = secret('ghs_');
  call.world.tokens.set(token, {
    kind: 'installation',
    installationId: installation.id,
    expiresAt,
    permissions,
    repositoryIds: chosen?.map((each) => each.id) ?? null,
  });
  const named = chosen?.map((each) => repositoryShape(call.world, each));
  return json(
    {
      token,
      expires_at: iso(expiresAt),
      permissions: { ...permissions },
      repository_selection:
        chosen === null && installation.repositoryIds === null ? 'all' : 'selected',
      ...(named === undefined ? {} : { repositories: named }),
    },
    201,
  );
}

/** A token may hold less than the installation, never more. */
function narrowed(
  installation: Installation,
  asked: Readonly<Record<string, unknown>>,
): Permissions {
  if (Object.keys(asked).length === 0) return installation.permissions;
  const out: Record<string, 'read' | 'write' | 'admin'> = {};
  for (const [name, level] of Object.entries(asked)) {
    const has = installation.permissions[name];
    const enough = has === level || (level === 'read' && has !== undefined) || has === 'admin';
    if (!enough || (level !== 'read' && level !== 'write' && level !== 'admin'))
      throw new Refusal(422, 'The permissions requested are not granted to this installation.');
    out[name] = level;
  }
  return { metadata: 'read', ...out };
}

function chosenRepositories(call: Call, installation: Installation): readonly Repository[] | null {
  const ids = asList(call.body['repository_ids']);
  const names = asList(call.body['repositories']);
  if (ids.length === 0 && names.length === 0) return null;
  const reached = repositoriesOf(call.world, installation, null);
  const chosen = reached.filter((each) => ids.includes(each.id) || names.includes(each.name));
  if (chosen.length < ids.length + names.length)
    throw new Refusal(
      422,
      'There is at least one repository that does not exist or is not accessible to the parent installation.',
    );
  return chosen;
}

const repositoriesOf = (
  world: World,
  installation: Installation,
  only: readonly number[] | null,
): readonly Repository[] =>
  [...world.repositories.values()].filter((each) => installationReaches(installation, only, each));

async function reachable(call: Call) {
  if (call.principal.kind !== 'installation') throw notFound();
  const { installation, repositoryIds } = call.principal;
  const all = repositoriesOf(call.world, installation, repositoryIds);
  const answer = await paged(
    call,
    all,
    (each) => repositoryShape(call.world, each),
    'repositories',
  );
  const selection = installation.repositoryIds === null ? 'all' : 'selected';
  return { ...answer, body: { ...asFields(answer.body), repository_selection: selection } };
}

function convertManifest(call: Call) {
  const found = call.world.manifests.get(param(call, 'code'));
  call.world.manifests.delete(param(call, 'code'));
  const app = call.world.apps.get(found?.appId ?? -1);
  if (found === undefined || app === undefined || found.until <= call.world.now()) throw notFound();
  return json(
    {
      ...appShape(call.world, app),
      client_id: app.clientId,
      client_secret: app.clientSecret,
      webhook_secret: app.webhookSecret,
      pem: app.privateKeyPem,
    },
    201,
  );
}
