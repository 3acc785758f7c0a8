import type { Octokit } from '@octokit/rest';
import { ask } from '../../src/adapters/github/client.ts';
import { gitHubForge } from '../../src/adapters/github/forge.ts';
import { repositoryOf } from '../../src/adapters/github/repository.ts';
import type { Forge, ForgeFault, ForgeRepository } from '../../src/forge.ts';
import { fail, type Instant, ok, type Result } from '../../src/primitives.ts';
import type { Job } from '../work/task.ts';

/** How long a repository's name and its branch's rules are believed without asking again. */
const BELIEVED_MS = 5 * 60_000;

export interface ForgesOptions {
  /** An octokit with the rights of an installation; Probot makes them. */
  readonly clientFor: (
    installationId: number,
  ) => Promise<Pick<Octokit, 'request' | 'graphql' | 'auth'>>;
  readonly appId: number;
  /** Where git and people go: `https://github.com`. */
  readonly webUrl: string;
  readonly now: () => Instant;
}

export interface Forges {
  forgeFor(job: Job): Promise<Result<Forge, ForgeFault>>;
  isRequired(forge: Forge, branch: string): Promise<Result<boolean, ForgeFault>>;
}

/** Makes forges of installations, and remembers for minutes what hardly ever changes. */
export function openForges(options: ForgesOptions, checkName: string): Forges {
  const { now } = options;
  const repositories = remembering<ForgeRepository>(now);
  const required = remembering<boolean>(now);
  return {
    async forgeFor(job) {
      const client = await ask('signing in', now, () => options.clientFor(job.installationId));
      if (!client.ok) return client;
      const repository = await repositories(`${job.repositoryId} ${job.owner}/${job.name}`, () =>
        ask('reading the repository', now, () => repositoryOf(client.value, job)),
      );
      if (!repository.ok) return repository;
      if (repository.value.id !== job.repositoryId)
        return fail({
          kind: 'forge-unexpected',
          doing: 'reading the repository',
          detail: `${job.owner}/${job.name} is another repository now`,
        });
      return ok(
        gitHubForge({
          client: client.value,
          repository: repository.value,
          appId: options.appId,
          webUrl: options.webUrl,
          token: () => tokenOf(client.value),
          now,
        }),
      );
    },
    isRequired: (forge, branch) =>
      required(`${forge.repository.id} ${branch}`, async () => {
        const pins = await forge.requiredCheckPins(branch, checkName);
        return pins.ok ? ok(pins.value.length > 0) : pins;
      }),
  };
}

async function tokenOf(client: Pick<Octokit, 'auth'>): Promise<string> {
  const { token } = (await client.auth({ type: 'installation' })) as { readonly token: string };
  return token;
}

/** Values that are believed for a while; a fault is forgotten at once. */
function remembering<Value>(now: () => Instant) {
  const known = new Map<string, { readonly at: Instant; readonly value: Value }>();
  return async (
    key: string,
    ask: () => Promise<Result<Value, ForgeFault>>,
  ): Promise<Result<Value, ForgeFault>> => {
    const before = known.get(key);
    if (before !== undefined && now() - before.at < BELIEVED_MS) return ok(before.value);
    const asked = await ask();
    if (asked.ok) known.set(key, { at: now(), value: asked.value });
    else known.delete(key);
    // The oldest go first: a Map keeps the order in which keys came.
    if (known.size > REMEMBERED_MAX) known.delete(known.keys().next().value as string);
    return asked;
  };
}

const REMEMBERED_MAX = 10_000;
