/** The issuer of workflow identity tokens: its keys, its discovery document, and a token for a run. */
import { randomUUID } from 'node:crypto';
import { type CryptoKey, exportJWK, generateKeyPair, type JWK, SignJWT } from 'jose';
import type { Repository, WorkflowRun } from './state.ts';
import { accountOf, fullName, type World } from './world.ts';

interface Keys {
  readonly sign: CryptoKey;
  readonly shown: JWK;
}

const keysOf = new WeakMap<World, Promise<Keys>>();

function keys(world: World): Promise<Keys> {
  const known = keysOf.get(world);
  if (known !== undefined) return known;
  const made = makeKeys();
  keysOf.set(world, made);
  return made;
}

async function makeKeys(): Promise<Keys> {
  const pair = await generateKeyPair('RS256');
  const shown = await exportJWK(pair.publicKey);
  return {
    sign: pair.privateKey,
    shown: { ...shown, kid: randomUUID(), alg: 'RS256', use: 'sig' },
  };
}

/** In place of https://token.actions.githubusercontent.com. */
export const issuerOf = (world: World): string => `${world.url}/_actions/oidc`;

export async function oidcDocument(world: World, path: string): Promise<unknown> {
  const issuer = issuerOf(world);
  if (path === '/_actions/oidc/.well-known/openid-configuration')
    return {
      issuer,
      jwks_uri: `${issuer}/.well-known/jwks`,
      subject_types_supported: ['public', 'pairwise'],
      response_types_supported: ['id_token'],
      id_token_signing_alg_values_supported: ['RS256'],
      claims_supported: [
        'sub',
        'aud',
        'exp',
        'iat',
        'iss',
        'jti',
        'nbf',
        'repository_id',
        'run_id',
      ],
      scopes_supported: ['openid'],
    };
  if (path === '/_actions/oidc/.well-known/jwks') return { keys: [(await keys(world)).shown] };
  return null;
}

/** Since this day new repositories carry their ids in the subject. */
const subjectWithIds = Date.parse('2026-07-15T00:00:00Z');

function subjectOf(world: World, repository: Repository, run: WorkflowRun): string {
  const owner = accountOf(world, repository.ownerId);
  const named =
    repository.createdAt >= subjectWithIds
      ? `${owner.login}@${owner.id}/${repository.name}@${repository.id}`
      : fullName(world, repository);
  return run.event === 'pull_request'
    ? `repo:${named}:pull_request`
    : `repo:${named}:ref:refs/heads/${run.headBranch}`;
}

const tokenSeconds = 300;

/** @param changed claims that a test forges; undefined takes one away. */
export async function mintIdToken(
  world: World,
  repository: Repository,
  run: WorkflowRun,
  audience: string,
  changed: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const { sign, shown } = await keys(world);
  const now = Math.floor(world.now() / 1000);
  const times = { iat: now, nbf: now - 600, exp: now + tokenSeconds };
  const claims = {
    iss: issuerOf(world),
    aud: audience,
    sub: subjectOf(world, repository, run),
    jti: randomUUID(),
    ...times,
    ...claimsOf(world, repository, run),
    ...changed,
  };
  return new SignJWT(claims)
    .setProtectedHeader({ alg: 'RS256', typ: 'JWT', kid: shown.kid ?? '' })
    .sign(sign);
}

/** Every claim is a string, numbers too. */
function claimsOf(world: World, repository: Repository, run: WorkflowRun) {
  const name = fullName(world, repository);
  const owner = accountOf(world, repository.ownerId);
  const actor = accountOf(world, run.actorId);
  const ref = `refs/heads/${run.headBranch}`;
  const workflow = `${name}/${run.workflowPath}@${ref}`;
  return {
    repository: name,
    repository_id: String(repository.id),
    repository_owner: owner.login,
    repository_owner_id: String(owner.id),
    repository_visibility: repository.settings.private ? 'private' : 'public',
    run_id: String(run.id),
    run_number: String(run.number),
    run_attempt: String(run.attempt),
    workflow: run.workflowPath,
    workflow_ref: workflow,
    workflow_sha: run.headSha,
    job_workflow_ref: workflow,
    job_workflow_sha: run.headSha,
    event_name: run.event,
    ref,
    ref_type: 'branch',
    ref_protected: 'false',
    base_ref: '',
    head_ref: '',
    sha: run.headSha,
    actor: actor.login,
    actor_id: String(actor.id),
    check_run_id: String(run.checkRunId),
    runner_environment: 'self-hosted',
  };
}

const jobSecrets = new WeakMap<WorkflowRun, string>();

/** What a job with `id-token: write` finds in its environment to ask for tokens with. */
export function jobEnvironment(world: World, run: WorkflowRun): Readonly<Record<string, string>> {
  const secret = jobSecrets.get(run) ?? randomUUID();
  jobSecrets.set(run, secret);
  return {
    ACTIONS_ID_TOKEN_REQUEST_URL: `${world.url}/_actions/token/${run.id}?api-version=2.0`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: secret,
  };
}

/** null where the job is none, or has ended, or the sender does not know its secret. */
export async function tokenForJob(
  world: World,
  runId: number,
  authorization: string | undefined,
  audience: string,
): Promise<string | null> {
  for (const repository of world.repositories.values()) {
    const run = repository.runs.get(runId);
    if (run === undefined) continue;
    const secret = jobSecrets.get(run);
    const may = secret !== undefined && authorization === `Bearer ${secret}`;
    return may && run.status !== 'completed' ? mintIdToken(world, repository, run, audience) : null;
  }
  return null;
}
