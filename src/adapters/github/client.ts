import { RequestError } from '@octokit/request-error';
import type { Octokit } from '@octokit/rest';
import type { ForgeFault } from '../../forge.ts';
import { fail, type Instant, ok, type Result } from '../../primitives.ts';

/** The part of octokit that is used here; Probot's own has it too. */
export type GitHubClient = Pick<Octokit, 'request' | 'graphql'>;

/** Where GitHub names no time to come back, a minute is its own advice. */
const BUSY_MS = 60_000;

/**
 * Asks once and turns every failure into what it means for us. Nothing is tried again here: the queue
 * knows when to come back, and a part of an answer is none.
 */
export async function ask<Value>(
  doing: string,
  now: () => Instant,
  question: () => Promise<Value>,
): Promise<Result<Value, ForgeFault>> {
  try {
    return ok(await question());
  } catch (error) {
    return fail(faultOf(error, doing, now()));
  }
}

/** What an error of octokit's means. */
export function faultOf(error: unknown, doing: string, now: Instant): ForgeFault {
  if (error instanceof PartOfAnAnswer)
    return { kind: 'forge-incomplete', doing, what: error.message };
  const refusal = refusalIn(error);
  if (refusal !== null) return { kind: 'forge-refused', doing, status: refusal, permission: null };
  if (!(error instanceof RequestError)) {
    // A bug of ours is none of the forge's failures.
    if (error instanceof TypeError && !isNetworkError(error)) throw error;
    return { kind: 'forge-unreachable', doing, detail: textOf(error) };
  }
  const retryAt = retryInstant(error, now);
  if (retryAt !== null) return { kind: 'forge-busy', doing, retryAt };
  if (error.status >= 500) return { kind: 'forge-unreachable', doing, detail: textOf(error) };
  const permission = error.response?.headers['x-accepted-github-permissions'];
  return {
    kind: 'forge-refused',
    doing,
    status: error.status,
    permission: typeof permission === 'string' && permission !== '' ? permission : null,
  };
}

/** Errors of a GraphQL call come with 200 and a type in words; the status that they stand for, or null. */
function refusalIn(error: unknown): number | null {
  if (!(error instanceof Error) || error.name !== 'GraphqlResponseError') return null;
  const { errors } = error as { readonly errors?: readonly { readonly type?: unknown }[] };
  const types = new Set((errors ?? []).map(({ type }) => type));
  if (types.has('FORBIDDEN')) return 403;
  return types.has('NOT_FOUND') ? 404 : null;
}

/** Thrown where a list is shorter than GitHub says it is, or a field that must be there is not. */
export class PartOfAnAnswer extends Error {}

/** fetch reports every failure of the network as a TypeError with a cause. */
const isNetworkError = (error: TypeError) =>
  error.cause !== undefined || error.message === 'fetch failed';

function retryInstant(error: RequestError, now: Instant): Instant | null {
  if (error.status !== 403 && error.status !== 429) return null;
  const headers = error.response?.headers ?? {};
  const after = Number(headers['retry-after']);
  if (Number.isFinite(after) && after > 0) return (now + after * 1000) as Instant;
  const reset = Number(headers['x-ratelimit-reset']);
  if (headers['x-ratelimit-remaining'] === '0' && Number.isFinite(reset))
    return Math.max(now + 1000, reset * 1000) as Instant;
  const secondary = error.status === 429 || /rate limit|abuse/i.test(error.message);
  return secondary ? ((now + BUSY_MS) as Instant) : null;
}

/** One line, bounded: an error page is nobody's message. */
function textOf(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replaceAll(/\s+/g, ' ').slice(0, 300);
}

/** The HTTP status of what octokit threw, or null. */
export function statusOf(error: unknown): number | null {
  const status = (error as { readonly status?: unknown } | null)?.status;
  return typeof status === 'number' ? status : null;
}
