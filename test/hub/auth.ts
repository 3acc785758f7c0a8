/** Who asks: nobody, a person, an app by its signed token, or an installation of an app. */
import { verify } from 'node:crypto';
import { type Call, type Needs, Refusal } from './http.ts';
import type { Account, App, Installation, Permissions, Repository } from './state.ts';
import { accountOf, atLeast, roleOf, type World } from './world.ts';

export type Principal =
  | { readonly kind: 'nobody' }
  | { readonly kind: 'person'; readonly account: Account }
  | { readonly kind: 'app'; readonly app: App }
  | {
      readonly kind: 'installation';
      readonly app: App;
      readonly installation: Installation;
      readonly permissions: Permissions;
      readonly repositoryIds: readonly number[] | null;
    };

export function principalOf(world: World, authorization: string | undefined): Principal {
  if (authorization === undefined || authorization === '') return { kind: 'nobody' };
  const [scheme = '', value = ''] = authorization.split(/\s+/, 2);
  if (scheme.toLowerCase() === 'basic') return byToken(world, tokenOfBasic(value));
  if (/^[\w-]+\.[\w-]+\.[\w-]+$/.test(value)) return byJwt(world, value);
  return byToken(world, value);
}

/** git sends the token as the password, whatever the user name, or as the user name alone. */
function tokenOfBasic(value: string): string {
  const [user = '', ...password] = Buffer.from(value, 'base64').toString().split(':');
  return password.join(':') || user;
}

const bad = (): Refusal => new Refusal(401, 'Bad credentials');

function byToken(world: World, token: string): Principal {
  const credential = world.tokens.get(token);
  if (credential === undefined) throw bad();
  if (credential.kind === 'person')
    return { kind: 'person', account: accountOf(world, credential.accountId) };
  if (credential.expiresAt <= world.now()) throw bad();
  const installation = world.installations.get(credential.installationId);
  const app = world.apps.get(installation?.appId ?? -1);
  if (installation === undefined || app === undefined) throw bad();
  if (installation.suspended) throw new Refusal(403, 'This installation has been suspended');
  const { permissions, repositoryIds } = credential;
  return { kind: 'installation', app, installation, permissions, repositoryIds };
}

const unreadable = (): Refusal => new Refusal(401, 'A JSON web token could not be decoded');

function byJwt(world: World, token: string): Principal {
  const [head = '', claims = '', signature = ''] = token.split('.');
  const header = decoded(head);
  const payload = decoded(claims);
  if (header['alg'] !== 'RS256') throw unreadable();
  const issuer = String(payload['iss']);
  const app = [...world.apps.values()].find(
    (each) => String(each.id) === issuer || each.clientId === issuer,
  );
  if (app === undefined) throw new Refusal(401, 'Integration not found');
  const signed = Buffer.from(`${head}.${claims}`);
  if (!verify('RSA-SHA256', signed, app.publicKey, Buffer.from(signature, 'base64url')))
    throw unreadable();
  checkTimes(world, payload);
  return { kind: 'app', app };
}

function decoded(part: string): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString());
    if (typeof value === 'object' && value !== null) return { ...value };
  } catch {
    // Falls through to the same refusal as any other unreadable token.
  }
  throw unreadable();
}

/** The sentences are GitHub's own: clients read them to find out that their clock is wrong. */
function checkTimes(world: World, claims: Readonly<Record<string, unknown>>): void {
  const now = Math.floor(world.now() / 1000);
  const { iat, exp } = claims;
  if (typeof exp !== 'number' || exp <= now)
    throw new Refusal(
      401,
      "'Expiration time' claim ('exp') must be a numeric value representing the future time at which the assertion expires",
    );
  if (exp > now + 660)
    throw new Refusal(401, "'Expiration time' claim ('exp') is too far in the future");
  if (typeof iat !== 'number' || iat > now + 60)
    throw new Refusal(
      401,
      "'Issued at' claim ('iat') must be an Integer representing the time that the assertion was issued",
    );
}

/** The account in whose name this is done; an app acts as its bot. */
export function actorOf(world: World, principal: Principal): Account {
  switch (principal.kind) {
    case 'person':
      return principal.account;
    case 'installation':
    case 'app':
      return accountOf(world, principal.app.botId);
    case 'nobody':
      throw new Refusal(401, 'Requires authentication');
  }
}

export function installationReaches(
  installation: Installation,
  only: readonly number[] | null,
  repository: Repository,
): boolean {
  return (
    installation.accountId === repository.ownerId &&
    (installation.repositoryIds === null || installation.repositoryIds.has(repository.id)) &&
    (only === null || only.includes(repository.id))
  );
}

/** Whether the repository exists for whoever asks; a private one does not exist for strangers. */
export function sees(world: World, principal: Principal, repository: Repository): boolean {
  if (!repository.settings.private) return true;
  if (principal.kind === 'person')
    return atLeast(roleOf(world, repository, principal.account.id), 'read');
  return (
    principal.kind === 'installation' &&
    installationReaches(principal.installation, principal.repositoryIds, repository)
  );
}

/** Refuses whoever may not, in the words and with the header that GitHub uses. */
export function authorize(call: Call, needs: Needs): void {
  const { principal } = call;
  if (needs === 'anyone') return;
  if (
    principal.kind === 'nobody' &&
    (typeof needs === 'string' || needsMoreThanReading(call, needs))
  )
    throw new Refusal(401, 'Requires authentication');
  if (typeof needs === 'string') {
    if (principal.kind !== needs) throw new Refusal(403, wrongKind[needs]);
    return;
  }
  switch (principal.kind) {
    case 'nobody':
      return;
    case 'app':
      throw new Refusal(403, 'This endpoint requires you to be authenticated as an installation');
    case 'installation':
      authorizeInstallation(call, principal, needs.anyOf);
      return;
    case 'person':
      if (needs.appsOnly === true)
        throw new Refusal(403, 'You must authenticate via a GitHub App.');
      authorizePerson(call, principal.account, wantedRole(needs));
  }
}

const wrongKind = {
  app: 'This endpoint requires you to be authenticated as a GitHub App',
  installation:
    'You must authenticate with an installation access token in order to list repositories for an installation.',
  person: 'Resource not accessible by integration',
} as const;

type Wanted = Exclude<Needs, string>;

const wantedRole = (needs: Wanted): 'read' | 'write' | 'admin' =>
  needs.role ?? (needs.anyOf.every((each) => each.endsWith(':read')) ? 'read' : 'write');

function needsMoreThanReading(call: Call, needs: Wanted): boolean {
  return needs.appsOnly === true || wantedRole(needs) !== 'read' || call.repository === null;
}

function authorizeInstallation(
  call: Call,
  principal: Extract<Principal, { kind: 'installation' }>,
  anyOf: readonly string[],
): void {
  const granted = (wanted: string) => {
    const [name = '', level = ''] = wanted.split(':');
    if (name === 'metadata') return true;
    const has = principal.permissions[name];
    return has === level || (level === 'read' && has !== undefined) || has === 'admin';
  };
  const reached =
    call.repository === null ||
    installationReaches(principal.installation, principal.repositoryIds, call.repository);
  if (reached && anyOf.some(granted)) return;
  throw new Refusal(
    403,
    'Resource not accessible by integration',
    {},
    acceptedPermissions({ anyOf }),
  );
}

function authorizePerson(call: Call, account: Account, wanted: 'read' | 'write' | 'admin'): void {
  if (call.repository === null) return;
  if (atLeast(roleOf(call.world, call.repository, account.id), wanted)) return;
  throw new Refusal(403, 'Must have admin rights to Repository.');
}

/** The header that names what would have been enough, on refusals and answers alike. */
export function acceptedPermissions(needs: Needs): Record<string, string> {
  if (typeof needs === 'string') return {};
  const named = needs.anyOf.map((each) => each.replace(':', '='));
  return { 'x-accepted-github-permissions': named.join('; ') };
}
