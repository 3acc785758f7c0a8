/** What one call of an API may cost, and where it may lead. */
export interface FetchBounds {
  /** From the first byte that is sent to the last that comes. Longer than GitHub takes for anything. */
  readonly limitMs: number;
  /** Of one answer: a page of a hundred checks with the longest texts has some 15 MB. */
  readonly bytesMax: number;
}

const FETCH_BOUNDS: FetchBounds = { limitMs: 30_000, bytesMax: 64 * 1024 * 1024 };

/** GitHub sends on once, from a former name to the number. */
const REDIRECTS_MAX = 3;

export type Fetch = (url: string | URL, options?: RequestInit) => Promise<Response>;

/** Why an answer was not taken. The request may have been carried out. */
class AnswerRefused extends Error {}

/**
 * A fetch for one API: it ends in time, takes whole answers of a bounded size, and goes to no other server,
 * wherever an answer sends it.
 */
export function boundedFetch(
  apiUrl: string,
  given: Partial<FetchBounds> = {},
  send: Fetch = (url, options) => fetch(url, options),
): Fetch {
  const bounds = { ...FETCH_BOUNDS, ...given };
  const { origin } = new URL(apiUrl);
  return async (first, options) => {
    const late = AbortSignal.timeout(bounds.limitMs);
    const signal = options?.signal ? AbortSignal.any([options.signal, late]) : late;
    let url = new URL(first);
    for (let hops = 0; hops <= REDIRECTS_MAX; hops += 1) {
      if (url.origin !== origin) throw new AnswerRefused('sent on to another server');
      const response = await send(url.href, { ...options, signal, redirect: 'manual' });
      const next = await redirectOf(response, url, options?.method ?? 'GET');
      if (next === null) return wholeOf(response, bounds.bytesMax);
      url = next;
    }
    throw new AnswerRefused(`sent on more than ${REDIRECTS_MAX} times`);
  };
}

/** Where an answer sends its reader, or null. What writes is sent again only where it stays what it is. */
async function redirectOf(response: Response, url: URL, method: string): Promise<URL | null> {
  const { status } = response;
  const location = response.headers.get('location');
  if (![301, 302, 303, 307, 308].includes(status) || location === null) return null;
  await response.body?.cancel();
  const reads = ['GET', 'HEAD'].includes(method.toUpperCase());
  if (!reads && status !== 307 && status !== 308)
    throw new AnswerRefused(`a write sent on with status ${status}`);
  const next = URL.parse(location, url.href);
  if (next === null) throw new AnswerRefused('sent on to nowhere');
  return next;
}

/** octokit takes what came before a connection broke for the whole answer; here it is none. */
async function wholeOf(response: Response, bytesMax: number): Promise<Response> {
  if (response.body === null) return response;
  const parts: Uint8Array[] = [];
  let bytes = 0;
  for await (const part of response.body) {
    bytes += part.length;
    if (bytes > bytesMax) throw new AnswerRefused(`an answer of more than ${bytesMax} bytes`);
    parts.push(part);
  }
  const { status, statusText, headers } = response;
  // With some statuses even an empty body is refused.
  return new Response(bytes === 0 ? null : Buffer.concat(parts), { status, statusText, headers });
}
