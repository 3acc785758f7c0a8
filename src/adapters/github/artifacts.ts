import { OddAnswer } from './answer.ts';
import { boundedFetch, type Fetch, type FetchBounds } from './bounded-fetch.ts';
import type { GitHubClient } from './client.ts';
import { countedPage, everyPage, PER_PAGE } from './pages.ts';

interface RepositoryName {
  readonly owner: string;
  readonly repo: string;
}

/**
 * What a run left under a name, as the archive it is kept in.
 *
 * @returns null where it left nothing of that name, or it is gone.
 * @throws OddAnswer where it left two: nobody can say which is meant.
 */
export async function artifactOf(
  client: GitHubClient,
  at: RepositoryName,
  { runId, name, download }: { runId: number; name: string; download: Fetch },
): Promise<Uint8Array | null> {
  const found = await everyPage('artifacts', async (page) =>
    countedPage(
      await client.request('GET /repos/{owner}/{repo}/actions/runs/{run_id}/artifacts', {
        ...at,
        run_id: runId,
        name,
        per_page: PER_PAGE,
        page,
      }),
      'artifacts',
    ),
  );
  const named = found.filter((each) => each.text('name') === name && !each.flag('expired'));
  const [artifact, other] = named;
  if (artifact === undefined) return null;
  if (other !== undefined) throw new OddAnswer('two artifacts of one name');
  const { data } = await client.request(
    'GET /repos/{owner}/{repo}/actions/artifacts/{artifact_id}/{archive_format}',
    {
      ...at,
      artifact_id: artifact.id('id'),
      archive_format: 'zip',
      request: { fetch: download },
    },
  );
  if (!(data instanceof ArrayBuffer)) throw new OddAnswer(`no archive, but ${typeof data}`);
  return new Uint8Array(data);
}

/**
 * Follows the one way that leads to another server: archives are kept elsewhere, at an address that is itself
 * the right to read them. The app's token does not go there.
 */
export function archiveFetch(
  apiUrl: string,
  bounds: FetchBounds,
  send: Fetch = (url, options) => fetch(url, options),
): Fetch {
  const { origin } = new URL(apiUrl);
  return async (first, options) => {
    const signal = AbortSignal.timeout(bounds.limitMs);
    const asked = await send(String(first), { ...options, redirect: 'manual', signal });
    const location = asked.headers.get('location');
    if (asked.status !== 302 || location === null) return asked;
    await asked.body?.cancel();
    const next = URL.parse(location, String(first));
    if (next === null || (next.protocol !== 'https:' && next.origin !== origin))
      throw new OddAnswer('an archive that is kept nowhere');
    return boundedFetch(next.href, bounds, send)(next.href);
  };
}
