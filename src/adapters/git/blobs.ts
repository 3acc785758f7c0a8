import { measureBounds } from '../../1-pleading/bounds.ts';
import type { RepositoryFault } from '../../ports.ts';
import { type ObjectId, objectId, ok, type Result } from '../../primitives.ts';
import type { Workplace } from './workplace.ts';

/** Blobs by id, as far as they are here; those that `blobsBytesMax` no longer holds are left out. */
export async function readBlobs(
  ids: readonly ObjectId[],
  place: Workplace,
): Promise<Result<ReadonlyMap<ObjectId, Uint8Array>, RepositoryFault>> {
  const blobs = new Map<ObjectId, Uint8Array>();
  let bytesLeft: number = measureBounds.blobsBytesMax;
  for (const id of new Set(ids)) {
    const info = objectId(id) === undefined ? 'missing' : await place.objects.info(id);
    if (typeof info === 'string' || info.type !== 'blob' || info.bytes > bytesLeft) continue;
    const body = await place.objects.contents(id, info.bytes);
    if (typeof body === 'string') continue;
    bytesLeft -= body.length;
    // A copy: the answer may be a small part of a chunk that it would keep alive.
    blobs.set(id, Uint8Array.from(body));
  }
  return ok(blobs);
}
