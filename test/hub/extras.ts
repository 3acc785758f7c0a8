/** Addresses beside the API: the issuer of identity tokens, and downloads that need no token. */

import type { Answer } from './http.ts';
import { oidcDocument } from './oidc.ts';
import type { World } from './world.ts';

/** null where the address is none of these. */
export async function serveExtra(world: World, path: string): Promise<Answer | null> {
  if (!path.startsWith('/_actions/')) return null;
  const document = await oidcDocument(world, path);
  if (document !== null) return { status: 200, body: document };
  const key = /^\/_actions\/archives\/(\w+)$/.exec(path)?.[1];
  const archive = world.archives.get(key ?? '');
  if (archive === undefined || archive.until <= world.now())
    return { status: 404, body: { message: 'Not Found' } };
  return { status: 200, raw: { type: 'application/zip', bytes: archive.zip } };
}
