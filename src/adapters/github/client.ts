import { GraphqlResponseError } from '@octokit/graphql';
import { RequestError } from '@octokit/request-error';
import type { Octokit } from '@octokit/rest';
import type { ForgeFault } from '../../forge.ts';
import { fail, type Instant, ok, type Result } from '../../primitives.ts';
import { type Fields, fieldsOf, OddAnswer } from './answer.ts';

/** The part of octokit that is used here; Probot's own has it too. */
export type GitHubClient = Pick<Octokit, 'request' | 'graphql'>;

/** Where GitHub names no time to come back, a minute is its own advice. */
const BUSY_MS = 60_000;
/** GitHub's longest window is an hour: who names a later time is not believed. */
const BUSY_MS_MAX = 65 * 60_000;

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
  if (error instanceof OddAnswer) return { kind: 'forge-unexpected', doing, detail: textOf(error) };
  if (error instanceof GraphqlResponseError) return graphqlFault(error, doing, now);
  if (!(error instanceof RequestError)) {
    // A bug of ours is none of the forge's failures.
    if (error instanceof TypeError && !isNetworkError(error)) throw error;
    return { kind: 'forge-unreachable', doing, detail: textOf(error) };
  }
  const retryAt = retryInstant(error, now);
  if (retryAt !== null) return { kind: 'forge-busy', doing, retryAt };
  if (error.status >= 500 || error.status === REQUEST_TIMEOUT)
    return { kind: 'forge-unreachable', doing, detail: textOf(error) };
  // No condition was sent that could make "not modified" an answer.
  if (error.status < 400)
    return { kind: 'forge-unexpected', doing, detail: `status ${error.status}` };
  return {
    kind: 'forge-refused',
    doing,
    status: error.status,
    permission: error.status === FORBIDDEN ? permissionOf(error) : null,
  };
}

const FORBIDDEN = 403;
const NOT_FOUND = 404;
const REQUEST_TIMEOUT = 408;

/** GitHub names what a route asks for in every answer; only with 403 is it what was missing. */
function permissionOf(error: RequestError): string | null {
  const permission = error.response?.headers['x-accepted-github-permissions'];
  return typeof permission === 'string' && permission !== '' ? permission : null;
}

/** Errors of GraphQL come with 200; their type says what they are. */
function graphqlFault(
  { errors, headers, message }: GraphqlError,
  doing: string,
  now: Instant,
): ForgeFault {
  const types = errorTypes(errors);
  if (types.includes('RATE_LIMITED'))
    return { kind: 'forge-busy', doing, retryAt: resetInstant(headers, now) ?? later(now) };
  if (types.some((type) => type === 'FORBIDDEN' || type === 'INSUFFICIENT_SCOPES'))
    return { kind: 'forge-refused', doing, status: FORBIDDEN, permission: null };
  if (types.includes('NOT_FOUND'))
    return { kind: 'forge-refused', doing, status: NOT_FOUND, permission: null };
  return { kind: 'forge-unreachable', doing, detail: shown(message) };
}

type GraphqlError = InstanceType<typeof GraphqlResponseError>;

/** GitHub's words for the kinds of errors, '' where it gives none. */
const errorTypes = (errors: GraphqlError['errors']): readonly string[] =>
  (errors ?? []).map(({ type }) => type ?? '');

/** What GitHub says in words when it will not do what a mutation asks; null for any other error. */
export function unprocessable(error: unknown): string | null {
  if (!(error instanceof GraphqlResponseError)) return null;
  const types = errorTypes(error.errors);
  return types.length > 0 && types.every((type) => type === 'UNPROCESSABLE')
    ? shown(error.message)
    : null;
}

/**
 * Sends one mutation.
 *
 * @param field what it is called; an answer that does not name it did not do it.
 */
export async function mutate(
  client: GitHubClient,
  field: string,
  document: string,
  variables: Readonly<Record<string, unknown>>,
): Promise<void> {
  (await inGraphql(client, document, variables)).fields(field);
}

/** Sends one GraphQL document. @returns what stands under `data`. */
export async function inGraphql(
  client: GitHubClient,
  document: string,
  variables: Readonly<Record<string, unknown>>,
): Promise<Fields> {
  let answer: unknown;
  try {
    answer = await client.graphql(document, variables);
  } catch (error) {
    // octokit reads the errors of an answer before it looks whether there is one.
    if (error instanceof TypeError && !isNetworkError(error)) throw new OddAnswer('no data');
    throw error;
  }
  return fieldsOf(answer, 'data');
}

/** What is not there is an answer; what may not be seen looks the same, and counts the same. */
export async function orNull<Value>(question: () => Promise<Value>): Promise<Value | null> {
  try {
    return await question();
  } catch (error) {
    if (statusOf(error) === 404) return null;
    throw error;
  }
}

/** Thrown where a list is shorter than GitHub says it is. */
export class PartOfAnAnswer extends Error {}

/** fetch reports every failure of the network as a TypeError with a cause. */
const isNetworkError = (error: TypeError) =>
  error.cause !== undefined || error.message === 'fetch failed';

function retryInstant(error: RequestError, now: Instant): Instant | null {
  if (error.status !== FORBIDDEN && error.status !== 429) return null;
  const headers = error.response?.headers ?? {};
  const after = afterMs(headers['retry-after'], now);
  if (after !== null) return later(now, after);
  const reset = resetInstant(headers, now);
  if (reset !== null) return reset;
  const secondary = error.status === 429 || /rate limit|abuse/i.test(error.message);
  return secondary ? later(now) : null;
}

type Headers = Readonly<Record<string, string | number | undefined>>;

/** Seconds, or a date. */
function afterMs(header: string | number | undefined, now: Instant): number | null {
  if (header === undefined || header === '') return null;
  const seconds = Number(header);
  const ms = Number.isNaN(seconds) ? Date.parse(String(header)) - now : seconds * 1000;
  return ms > 0 ? ms : null;
}

function resetInstant(headers: Headers, now: Instant): Instant | null {
  const reset = Number(headers['x-ratelimit-reset']);
  if (String(headers['x-ratelimit-remaining']) !== '0' || Number.isNaN(reset)) return null;
  return later(now, Math.max(1000, reset * 1000 - now));
}

const later = (now: Instant, ms = BUSY_MS): Instant =>
  (now + Math.ceil(Math.min(ms, BUSY_MS_MAX))) as Instant;

/** One line, bounded: an error page is nobody's message. */
const textOf = (error: unknown): string =>
  shown(error instanceof Error ? error.message : String(error));

const shown = (text: string): string => text.replaceAll(/\s+/g, ' ').slice(0, 300);

/** The HTTP status of what octokit threw, or null. */
export function statusOf(error: unknown): number | null {
  const status = (error as { readonly status?: unknown } | null)?.status;
  return typeof status === 'number' ? status : null;
}

/** Whether GitHub refused for good with one of these statuses; a limit is none. */
export function isRefusal(error: unknown, statuses: readonly number[]): boolean {
  const status = statusOf(error);
  if (status === null || !statuses.includes(status)) return false;
  return !(error instanceof RequestError) || retryInstant(error, 0 as Instant) === null;
}
