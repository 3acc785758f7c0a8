import { crc32 } from 'node:zlib';
import { fromBufferPromise, type ZipFile } from 'yauzl';
import { fail, ok, type Result } from '../../primitives.ts';

/** Why an archive was not read; for people, and without a word of the archive's own. */
export type ZipFault =
  | 'no zip file'
  | 'more or other files than the one that is looked for'
  | 'a file larger than its bound'
  | 'a file that is not what the archive says of it';

/**
 * Reads the one file of an archive that somebody else packed, in memory: nothing is written anywhere, so no
 * path and no link in it leads anywhere. What it says of sizes is checked before and while it unfolds.
 *
 * @param name of the only entry that it may have.
 * @param bytesMax of that file, unpacked.
 */
export async function readOneFileZip(
  zip: Uint8Array,
  name: string,
  bytesMax: number,
): Promise<Result<Uint8Array, ZipFault>> {
  let archive: ZipFile;
  try {
    archive = await fromBufferPromise(Buffer.from(zip), { strictFileNames: true });
  } catch {
    return fail('no zip file');
  }
  try {
    if (archive.entryCount !== 1)
      return fail('more or other files than the one that is looked for');
    for await (const entry of archive.eachEntry()) {
      if (entry.fileName !== name)
        return fail('more or other files than the one that is looked for');
      if (entry.uncompressedSize > bytesMax) return fail('a file larger than its bound');
      const bytes = await read(archive, entry, bytesMax);
      return bytes !== null && crc32(bytes) === entry.crc32
        ? ok(bytes)
        : fail('a file that is not what the archive says of it');
    }
    return fail('more or other files than the one that is looked for');
  } catch {
    return fail('a file that is not what the archive says of it');
  }
}

/** @returns null where it goes on past its bound. */
async function read(
  archive: ZipFile,
  entry: Parameters<ZipFile['openReadStreamPromise']>[0],
  bytesMax: number,
): Promise<Uint8Array | null> {
  const stream = await archive.openReadStreamPromise(entry);
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of stream as AsyncIterable<Buffer>) {
    bytes += part.length;
    if (bytes > bytesMax) return null;
    parts.push(part);
  }
  return Buffer.concat(parts, bytes);
}
