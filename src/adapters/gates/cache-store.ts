import { spawn } from 'node:child_process';
import { createHash, type Hash, randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import {
  type FileHandle,
  lstat,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  unlink,
  utimes,
} from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Digest, digest } from '../../primitives.ts';

/** Where a host keeps folders between runs. */
export interface CacheFolder {
  /** It is there, is owned by whoever runs gates, and nobody else writes there. */
  readonly folder: string;
  /** Of everything in it. One cache has a quarter of it at most. */
  readonly bytesMax: number;
}

/** What is kept was made by a state of the target that may be long gone. */
const daysMax = 14;
/** A writer that is still at work has touched its file since. */
const cutWriteMs = 60 * 60_000;
/** Packing or unpacking some gigabytes takes less; what takes longer is given up. */
const tarMs = 120_000;
const chunkBytes = 256 * 1024;
const tarEnvironment = { PATH: '/usr/bin:/bin', LC_ALL: 'C' };

/** `KEY.SHA256.tar`: what it is, and what its bytes have to be. */
const nameForm = /^([0-9a-f]{64})\.([0-9a-f]{64})\.tar$/;

/**
 * Unpacks what is kept under a key into a new folder, and removes what is not what its name says.
 *
 * @param room of the repository alone.
 * @param into must not be there; it is there afterwards only where the whole content was in order.
 * @returns whether it is there: a cache that is gone, cut, changed, or anybody else's is none.
 */
export async function unpackCache(
  { folder, bytesMax }: CacheFolder,
  room: string,
  kept: { readonly key: Digest; readonly digest: Digest },
  into: string,
): Promise<boolean> {
  const own = join(folder, room);
  if (!(await isOurs(folder)) || !(await isOurs(own))) return false;
  const at = join(own, nameOf(kept));
  await using file = await open(at, constants.O_RDONLY | constants.O_NOFOLLOW).catch(() => null);
  const opened = await file?.stat();
  if (file === null || opened === undefined) return false;
  const isWhole = isOwnFile(opened) && opened.size <= bytesMax && !isOld(opened);
  const found = isWhole ? await unpacked(file, into) : null;
  if (found === kept.digest) {
    await utimes(at, new Date(), opened.mtime);
    return true;
  }
  await Promise.all([unlink(at), rm(into, { recursive: true, force: true })]);
  return false;
}

/** @returns the digest of the bytes, once tar took them all; null where it did not. */
async function unpacked(file: FileHandle, into: string): Promise<Digest | null> {
  await mkdir(into, { mode: 0o700 });
  const sum = createHash('sha256');
  const tar = tarring(['-x', '-f', '-', '-C', into, '--no-same-owner'], 'in');
  // Where tar ended before it had all of it, its exit code says so.
  const sent = pipeline(chunksOf(file, sum), tar.stdin).catch(() => undefined);
  const [code] = await Promise.all([tar.ended, sent]);
  return code === 0 ? asDigest(sum.digest('hex')) : null;
}

async function* chunksOf(file: FileHandle, sum: Hash): AsyncGenerator<Buffer> {
  for (;;) {
    const { buffer, bytesRead } = await file.read(Buffer.allocUnsafe(chunkBytes));
    if (bytesRead === 0) return;
    const chunk = buffer.subarray(0, bytesRead);
    sum.update(chunk);
    yield chunk;
  }
}

/**
 * Keeps what is in a folder under a key, whole or not at all: a write that is cut leaves no cache.
 *
 * @returns whether it is kept now.
 */
export async function packCache(
  { folder, bytesMax }: CacheFolder,
  room: string,
  key: Digest,
  from: string,
): Promise<boolean> {
  const own = join(folder, room);
  if (!(await isOurs(folder))) return false;
  await mkdir(own, { mode: 0o700 }).catch(() => undefined);
  if (!(await isOurs(own))) return false;
  const part = join(own, `${randomBytes(12).toString('hex')}.part`);
  try {
    const digest = await packed(part, Math.floor(bytesMax / 4), from);
    if (digest === null) return false;
    await rename(part, join(own, nameOf({ key, digest })));
    await evict({ folder, bytesMax });
    return true;
  } finally {
    await rm(part, { force: true });
  }
}

/** @returns the digest of what lies on the disk now; null where it would be too much, or tar failed. */
async function packed(part: string, bytesMax: number, from: string): Promise<Digest | null> {
  await using file = await open(part, 'wx', 0o600);
  const tar = tarring(['-c', '-f', '-', '-C', from, '.'], 'out');
  const sum = createHash('sha256');
  let bytes = 0;
  for await (const chunk of tar.stdout as AsyncIterable<Buffer>) {
    bytes += chunk.length;
    if (bytes > bytesMax) break;
    sum.update(chunk);
    await file.appendFile(chunk);
  }
  if (bytes > bytesMax) tar.kill();
  if ((await tar.ended) !== 0) return null;
  await file.sync();
  return asDigest(sum.digest('hex'));
}

/** What is kept under a key, however whole it is: the digest that its bytes have to have. */
export async function keptUnder(
  { folder }: CacheFolder,
  room: string,
  key: Digest,
): Promise<Digest | null> {
  const names = await readdir(join(folder, room)).catch(() => []);
  const forms = names.map((name) => nameForm.exec(name));
  return digest(`sha256:${forms.find((form) => form?.[1] === hexOf(key))?.[2]}`) ?? null;
}

interface Kept {
  readonly at: string;
  readonly stats: Stats;
}

/** Removes what is old or was cut, then what was not used for longest, until the rest fits. */
async function evict({ folder, bytesMax }: CacheFolder): Promise<void> {
  const kept = (await allKept(folder)).toSorted((one, other) => used(other) - used(one));
  let bytes = 0;
  for (const { at, stats } of kept) {
    const isCut = at.endsWith('.part') && Date.now() - stats.mtimeMs > cutWriteMs;
    bytes += stats.size;
    if (isCut || isOld(stats) || bytes > bytesMax) await rm(at, { force: true });
  }
}

const used = ({ stats }: Kept): number => stats.atimeMs;

async function allKept(folder: string): Promise<readonly Kept[]> {
  const kept: Kept[] = [];
  for (const room of await readdir(folder)) {
    if (!(await isOurs(join(folder, room)))) continue;
    for (const name of await readdir(join(folder, room))) {
      const at = join(folder, room, name);
      const stats = await lstat(at).catch(() => null);
      if (stats !== null) kept.push({ at, stats });
    }
  }
  return kept;
}

/** Writing for others is what would let another user in. */
const othersWrite = 0o022;

/** A folder that nobody else can put anything into, and no link to one. */
async function isOurs(folder: string): Promise<boolean> {
  const found = await lstat(folder).catch(() => null);
  return found?.isDirectory() === true && isOwn(found);
}

const isOwn = ({ uid, mode }: Stats): boolean =>
  uid === process.geteuid?.() && (mode & othersWrite) === 0;

const isOwnFile = (found: Stats): boolean => found.isFile() && found.nlink === 1 && isOwn(found);

const isOld = ({ mtimeMs }: Stats): boolean => Date.now() - mtimeMs > daysMax * 86_400_000;

const asDigest = (hex: string): Digest => `sha256:${hex}` as Digest;
const nameOf = ({ key, digest }: { readonly key: Digest; readonly digest: Digest }): string =>
  `${hexOf(key)}.${hexOf(digest)}.tar`;
const hexOf = (digest: Digest): string => digest.slice('sha256:'.length);

/** The system's own tar, which never follows a link that it unpacked itself. */
function tarring(words: readonly string[], way: 'in' | 'out') {
  const child = spawn('tar', words, {
    env: tarEnvironment,
    stdio: [way === 'in' ? 'pipe' : 'ignore', way === 'out' ? 'pipe' : 'ignore', 'ignore'],
    timeout: tarMs,
    killSignal: 'SIGKILL',
  });
  const ended = new Promise<number | null>((resolve) => {
    child.on('error', () => resolve(null));
    child.on('close', resolve);
  });
  return {
    stdin: child.stdin as NonNullable<typeof child.stdin>,
    stdout: child.stdout ?? Readable.from([]),
    ended,
    kill: () => child.kill('SIGKILL'),
  };
}
