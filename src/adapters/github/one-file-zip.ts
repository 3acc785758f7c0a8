import { crc32, inflateRaw } from 'node:zlib';
import { fail, ok, type Result } from '../../primitives.ts';
import { type PackedFile, plainFile, type ZipFault } from './plain-zip.ts';

/**
 * Reads the one file of an archive that somebody else packed, in memory: nothing is written anywhere, so no
 * path and no link in it leads anywhere. Where another program might read something else of the same bytes it
 * is refused. What it says of sizes is checked before and while it unfolds.
 *
 * @param name of the only entry that it may have.
 * @param bytesMax of that file, unpacked.
 */
export async function readOneFileZip(
  zip: Uint8Array,
  name: string,
  bytesMax: number,
): Promise<Result<Uint8Array, ZipFault>> {
  const found = plainFile(zip);
  if (!found.ok) return found;
  const { value: file } = found;
  if (file.name !== name) return fail('more or other files than the one that is looked for');
  if (file.bytes > bytesMax) return fail('a file larger than its bound');
  const bytes = file.isDeflated ? await unfolded(file) : file.content;
  return bytes?.length === file.bytes && crc32(bytes) === file.sum
    ? ok(bytes)
    : fail('a file that is not what the archive says of it');
}

/** @returns null where it does not end with its content, or goes on past what it says. */
function unfolded({ content, bytes }: PackedFile): Promise<Uint8Array | null> {
  // 0 is no bound to zlib.
  const options = { maxOutputLength: Math.max(1, bytes), info: true };
  return new Promise((resolve) => {
    inflateRaw(content, options, (error, told) => {
      // With `info` more is told than the types say: the packed bytes that were needed.
      const { buffer, engine } = (told ?? {}) as unknown as Partial<Told>;
      const isWhole = error === null && engine?.bytesWritten === content.length;
      resolve(isWhole ? (buffer ?? null) : null);
    });
  });
}

interface Told {
  readonly buffer: Uint8Array;
  readonly engine: { readonly bytesWritten: number };
}
