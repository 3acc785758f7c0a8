import type { Octokit } from '@octokit/rest';
import {
  demandedName,
  UNREQUIRED_NAME,
  verdictNames,
} from '../../src/5-publication/check/names.ts';
import type { Aside } from '../../src/5-publication/check/state.ts';
import { ask } from '../../src/adapters/github/client.ts';
import { gitHubForge } from '../../src/adapters/github/forge.ts';
import { repositoryOf } from '../../src/adapters/github/repository.ts';
import type { Forge, ForgeFault, ForgeRepository, MergeMethod } from '../../src/forge.ts';
import { fail, type Instant, ok, type Result } from '../../src/primitives.ts';
import type { Job } from '../work/task.ts';
import { remembering } from './remembering.ts';

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

/** What a branch asks of a change into it. */
export interface Rules {
  /** Whether it demands a verdict. */
  readonly required: boolean;
  /** Under which name a verdict on changes into it is shown. */
  readonly name: string;
  /** Other names of a verdict that it demands as well: no change is ever shown them. */
  readonly unanswered: readonly string[];
  /** How its merge queue merges; null: it has none. */
  readonly queue: MergeMethod | null;
  /** Why no verdict under that name lets anything through; null: it does. */
  readonly aside: Aside | null;
}

export interface Forges {
  /** @param youngerThanMs how old what is known of the repository may be; no more than it is believed anyhow. */
  forgeFor(job: Job, youngerThanMs?: number): Promise<Result<Forge, ForgeFault>>;
  rulesOf(forge: Forge, branch: string): Promise<Result<Rules, ForgeFault>>;
  /** What its branches ask, what it is called and who reads it may be something else now. */
  forgetRepository(repositoryId: number): void;
}

/** Makes forges of installations, and remembers for minutes what hardly ever changes. */
export function openForges(options: ForgesOptions): Forges {
  const { now } = options;
  const repositories = remembering<ForgeRepository, ForgeFault>(now, BELIEVED_MS);
  const rules = remembering<Rules, ForgeFault>(now, BELIEVED_MS);
  return {
    async forgeFor(job, youngerThanMs) {
      const client = await ask('signing in', now, () => options.clientFor(job.installationId));
      if (!client.ok) return client;
      const repository = await repositories.ask(
        `${job.repositoryId} ${job.owner}/${job.name}`,
        () => ask('reading the repository', now, () => repositoryOf(client.value, job)),
        youngerThanMs,
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
    forgetRepository(repositoryId) {
      repositories.forgetAll(`${repositoryId} `);
      rules.forgetAll(`${repositoryId} `);
    },
    rulesOf: (forge, branch) =>
      rules.ask(`${forge.repository.id} ${branch}`, async () => {
        const asked = await forge.branchRules(branch);
        if (!asked.ok) return asked;
        const { checks, queue } = asked.value;
        const demanded = demandedName(checks, options.appId);
        const isOdd = demanded === null && checks.some((check) => check.name === UNREQUIRED_NAME);
        return ok({
          required: demanded !== null,
          name: demanded ?? UNREQUIRED_NAME,
          unanswered: verdictNames(checks).filter((name) => name !== demanded),
          queue,
          aside: isOdd ? { kind: 'opens-nothing', branch } : null,
        });
      }),
  };
}

async function tokenOf(client: Pick<Octokit, 'auth'>): Promise<string> {
  const { token } = (await client.auth({ type: 'installation' })) as { readonly token: string };
  return token;
}
