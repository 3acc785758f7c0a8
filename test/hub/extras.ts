/** Addresses beside the API: the issuer of identity tokens, and downloads that need no token. */

import type { Answer } from './http.ts';
import { oidcDocument, tokenForJob } from './oidc.ts';
import type { World } from './world.ts';

/** null where the address is none of these. */
export async function serveExtra(
  world: World,
  { pathname: path, searchParams }: URL,
  authorization: string | undefined,
): Promise<Answer | null> {
  const avatar = /^\/avatars\/(\d+)$/.exec(path)?.[1];
  if (avatar !== undefined)
    return { status: 200, raw: { type: 'image/svg+xml', bytes: face(avatar) } };
  if (!path.startsWith('/_actions/')) return null;
  const job = /^\/_actions\/token\/(\d+)$/.exec(path)?.[1];
  if (job !== undefined) {
    const audience = searchParams.get('audience') ?? '';
    const value = await tokenForJob(world, Number(job), authorization, audience);
    return value === null
      ? { status: 401, body: { message: 'Unauthorized' } }
      : { status: 200, body: { value } };
  }
  const document = await oidcDocument(world, path);
  if (document !== null) return { status: 200, body: document };
  const key = /^\/_actions\/archives\/(\w+)$/.exec(path)?.[1];
  const archive = world.archives.get(key ?? '');
  if (archive === undefined || archive.until <= world.now())
    return { status: 404, body: { message: 'Not Found' } };
  return { status: 200, raw: { type: 'application/zip', bytes: archive.zip } };
}

/** A coloured disc, another for each account. */
const face = (id: string): string =>
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 2 2"><circle cx="1" cy="1" r="1" fill="hsl(${(Number(id) * 47) % 360} 55% 55%)"/></svg>`;
