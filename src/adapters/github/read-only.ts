import { Octokit } from '@octokit/rest';
import type { Forge, ForgeFault } from '../../forge.ts';
import { fail, type Instant, ok, type Result } from '../../primitives.ts';
import { boundedFetch, type Fetch } from './bounded-fetch.ts';
import { ask, type GitHubClient } from './client.ts';
import { gitHubForge } from './forge.ts';
import { repositoryOf } from './repository.ts';

/** The part of a forge that reads. */
export type ReadingForge = Pick<
  Forge,
  'repository' | 'gitUrl' | 'pull' | 'checkRuns' | 'workflowRuns' | 'openPulls' | 'branchTip'
>;

/** A request that would have changed something at the forge. It was not sent. */
class WriteRefused extends Error {
  constructor(method: string) {
    super(`${method} is not sent: this connection only reads`);
  }
}

/** Sends nothing but GET and HEAD, to the forge's own API alone: what it is asked to do changes nothing. */
export function readOnlyFetch(apiUrl: string): Fetch {
  const bounded = boundedFetch(apiUrl);
  return async (url, options) => {
    const method = (options?.method ?? 'GET').toUpperCase();
    if (method !== 'GET' && method !== 'HEAD') throw new WriteRefused(method);
    return bounded(url, options);
  };
}

/** A client whose transport only reads. @param token null: as anybody. */
export function readOnlyClient(apiUrl: string, token: string | null): GitHubClient {
  const silent = () => undefined;
  return new Octokit({
    baseUrl: apiUrl,
    ...(token === null ? {} : { auth: token }),
    request: { fetch: readOnlyFetch(apiUrl) },
    log: { debug: silent, info: silent, warn: silent, error: silent },
  });
}

/** One repository at the forge, to look at. */
export async function readOnlyForge(options: {
  readonly client: GitHubClient;
  readonly webUrl: string;
  readonly owner: string;
  readonly name: string;
  readonly now: () => Instant;
}): Promise<Result<ReadingForge, ForgeFault>> {
  const { client, webUrl, now } = options;
  const found = await ask('reading the repository', now, () => repositoryOf(client, options));
  if (!found.ok) return found;
  return ok(
    gitHubForge({
      ...{ client, webUrl, now },
      repository: found.value,
      // No check is ours: nobody writes any here.
      appId: 0,
      token: () => Promise.reject(new WriteRefused('a token')),
    }),
  );
}

/** Where a forge's API and pages are, and who asks. */
export interface ForgeAccess {
  /** Without a slash behind. */
  readonly apiUrl: string;
  readonly webUrl: string;
  readonly token: string | null;
}

export type AccessFault =
  | { readonly kind: 'api-url-malformed'; readonly url: string }
  | { readonly kind: 'forge-unnamed'; readonly host: string };

const GITHUB = { apiUrl: 'https://api.github.com', webUrl: 'https://github.com' };

/**
 * Finds the forge by the address of its API. The token of the environment is its user's at that forge: a
 * pull request's address that somebody sent does not choose where it goes.
 *
 * @param host of a pull request's address, or null.
 */
export function forgeAccess(
  named: string | null,
  host: string | null,
  env: Readonly<Record<string, string | undefined>>,
): Result<ForgeAccess, AccessFault> {
  const token = [env['GITHUB_TOKEN'], env['GH_TOKEN']].find((text) => (text ?? '') !== '') ?? null;
  const text = (named ?? env['GITHUB_API_URL'] ?? GITHUB.apiUrl).replace(/\/+$/, '');
  const url = URL.parse(text);
  const local = url !== null && /^(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(url.hostname);
  const plain = url?.protocol === 'http:' && !local;
  const odd = url === null || url.username !== '' || url.search !== '' || url.hash !== '';
  if (odd || plain || !/^https?:$/.test(url.protocol))
    return fail({ kind: 'api-url-malformed', url: text });
  const webUrl = text === GITHUB.apiUrl ? GITHUB.webUrl : url.origin;
  if (host !== null && host !== new URL(webUrl).host) return fail({ kind: 'forge-unnamed', host });
  return ok({ apiUrl: text, webUrl, token });
}
