import { createHash, randomUUID } from 'node:crypto';
import { constants } from 'node:fs';
import { access, chmod, chown, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import type { ModelFault, WeightsFault } from '../../5-publication/model-faults.ts';
import { type LockedModel, type ModelsLock, readModelsLock } from '../../caws/models-lock.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import { openPlain } from '../plain-file.ts';
import { type Gguf, readGguf } from './gguf.ts';
import { type Standing, standingOf } from './standing.ts';

/** Of a lock file: 64 models take some 40 KiB. */
const LOCK_BYTES_MAX = 1024 * 1024;
/** Of a file of weights. */
const WEIGHT_BYTES_MAX = 1024 ** 4;
/** Read and written at once. */
const COPY_BYTES = 1024 * 1024;

/** A model whose file is known to the byte. */
export type PinnedModel = LockedModel & { readonly sha256: string; readonly bytes: number };

export const isPinned = (model: LockedModel): model is PinnedModel =>
  model.sha256 !== null && model.bytes !== null;

/** Two names of one file: by both of them, one model would be heard as two. */
export function twiceNamed(
  folder: string,
  models: readonly (readonly [string, PinnedModel])[],
): WeightsFault | null {
  const names = new Map<string, string>();
  for (const [name, { sha256 }] of models) {
    const first = names.get(sha256);
    if (first !== undefined) return { kind: 'weights-twice', names: [first, name], folder };
    names.set(sha256, name);
  }
  return null;
}

const lockFile = (folder: string): string => join(folder, 'models.lock.json');
export const weightsFile = (folder: string, { sha256 }: PinnedModel): string =>
  join(folder, `${sha256}.gguf`);

/** What a folder of models has pinned; nothing where it has no lock yet. */
export async function lockOf(folder: string): Promise<Result<ModelsLock, WeightsFault>> {
  const file = lockFile(folder);
  let text: string;
  try {
    await access(folder, constants.R_OK);
    await using lock = await openPlain(file, 'or link');
    const { size } = await lock.stat();
    if (size > LOCK_BYTES_MAX) throw Object.assign(new Error(), { code: 'EFBIG' });
    text = await lock.readFile('utf8');
  } catch (error) {
    const { code = String(error), path } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' && path === file)
      return ok({ schema: 'caws-arbiter/models-lock@1', models: {} });
    return fail({ kind: 'folder-unusable', folder, reason: code });
  }
  const read = readModelsLock({ file, text });
  return read.ok ? read : fail({ kind: 'lock-unreadable', document: read.fault });
}

/** The pinned file itself. */
interface Verified {
  readonly file: string;
  readonly gguf: Gguf;
  readonly standing: Standing;
}

/**
 * One model's file, after every byte of it was read and found to be the pinned one.
 *
 * @returns its path with what its header says, and how it stood there when it was read: whoever opens it by its
 *   path finds out afterwards whether it was this file.
 */
export async function verifiedWeights(
  folder: string,
  model: PinnedModel,
): Promise<Result<Verified, WeightsFault>> {
  const file = weightsFile(folder, model);
  const hash = createHash('sha256');
  let bytes = 0;
  let standing: Standing;
  try {
    const descriptor = await openPlain(file, 'no link');
    await using stream = descriptor.createReadStream({ highWaterMark: 1024 * 1024 });
    standing = await standingOf(file, descriptor);
    const { size } = await descriptor.stat();
    if (size !== model.bytes)
      return fail({
        kind: 'weights-other',
        file,
        what: 'bytes',
        expected: String(model.bytes),
        found: String(size),
      });
    for await (const chunk of stream) {
      hash.update(chunk as Buffer);
      bytes += (chunk as Buffer).length;
      if (bytes > model.bytes) break;
    }
  } catch (error) {
    return fail({ kind: 'weights-unreadable', file, reason: codeOf(error) });
  }
  const found = hash.digest('hex');
  if (found !== model.sha256)
    return fail({ kind: 'weights-other', file, what: 'sha256', expected: model.sha256, found });
  const gguf = readGguf(file);
  return gguf.ok ? ok({ file, gguf: gguf.value, standing }) : unfit(file, gguf.fault);
}

/** What is said of a file that is to be pinned; digest, size and memory are measured. */
export type NewModel = Omit<LockedModel, 'sha256' | 'bytes' | 'memoryMb' | 'selfTest'>;

/** What else a copy has to stand before it gets its name; it says what is pinned. */
export type Trial = (
  copy: string,
  model: PinnedModel,
  gguf: Gguf,
) => Promise<Result<PinnedModel, ModelFault>>;

/**
 * Copies a file into the folder, holds the copy against the format and the trial, and gives it the name of its
 * digest. Whoever is interrupted before leaves a draft, which the next one takes away.
 *
 * @returns the model as it would be pinned; nothing is pinned yet.
 */
export async function takeIn(
  folder: string,
  source: string,
  said: NewModel,
  trial: Trial,
): Promise<Result<PinnedModel, ModelFault>> {
  const draft = join(folder, draftName(process.pid));
  try {
    await access(folder, constants.W_OK);
    await clearDrafts(folder);
  } catch (error) {
    return fail({ kind: 'folder-unusable', folder, reason: codeOf(error) });
  }
  try {
    const copied = await copyOf(source, draft);
    if (!copied.ok)
      return copied.fault.side === 'source'
        ? fail({ kind: 'weights-unreadable', file: source, reason: copied.fault.reason })
        : fail({ kind: 'folder-unusable', folder, reason: copied.fault.reason });
    const gguf = readGguf(draft);
    if (!gguf.ok) return unfit(source, gguf.fault);
    await chmod(draft, 0o440);
    await giveToGroup(draft, folder);
    const tried = await trial(draft, { ...said, ...copied.value, memoryMb: null }, gguf.value);
    if (tried.ok) await rename(draft, weightsFile(folder, tried.value));
    return tried;
  } catch (error) {
    return fail({ kind: 'folder-unusable', folder, reason: codeOf(error) });
  } finally {
    await rm(draft, { force: true });
  }
}

/** Machines may share a folder, and each knows only of its own processes whether they run. */
const draftName = (pid: number): string => `.draft-${pid}@${encodeURIComponent(hostname())}.gguf`;

/** Takes away what copies that were interrupted here left: a file of weights fills a disk. */
async function clearDrafts(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const pid = Number(/^\.draft-([1-9][0-9]{0,9})@/.exec(name)?.[1] ?? Number.NaN);
    if (name !== draftName(pid)) continue;
    if (pid === process.pid || !isRunning(pid)) await rm(join(folder, name), { force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    // Somebody else's runs as well.
    return codeOf(error) !== 'ESRCH';
  }
}

/** Copies a plain file, and says on which side it could not. */
async function copyOf(
  source: string,
  target: string,
): Promise<
  Result<
    { readonly sha256: string; readonly bytes: number },
    { readonly side: 'source' | 'target'; readonly reason: string }
  >
> {
  const hash = createHash('sha256');
  let [bytes, side]: [number, 'source' | 'target'] = [0, 'source'];
  try {
    await using from = await openPlain(source, 'or link');
    side = 'target';
    await using to = await open(target, 'wx', 0o440);
    side = 'source';
    for await (const chunk of from.createReadStream({
      highWaterMark: COPY_BYTES,
      autoClose: false,
    })) {
      bytes += (chunk as Buffer).length;
      if (bytes > WEIGHT_BYTES_MAX) return fail({ side, reason: 'EFBIG' });
      hash.update(chunk as Buffer);
      side = 'target';
      await to.writeFile(chunk as Buffer);
      side = 'source';
    }
    return ok({ sha256: hash.digest('hex'), bytes });
  } catch (error) {
    return fail({ side, reason: codeOf(error) });
  }
}

/** Writes what the folder has pinned: whole, or as it was. */
export async function pin(
  folder: string,
  change: (models: Record<string, LockedModel>) => void,
): Promise<Result<ModelsLock, WeightsFault>> {
  const lock = await lockOf(folder);
  if (!lock.ok) return lock;
  const models = { ...lock.value.models };
  change(models);
  const sorted = Object.fromEntries(Object.entries(models).sort(([a], [b]) => (a < b ? -1 : 1)));
  const changed: ModelsLock = { ...lock.value, models: sorted };
  const text = `${JSON.stringify(changed, null, 2)}\n`;
  const read = readModelsLock({ file: lockFile(folder), text });
  if (!read.ok) return fail({ kind: 'lock-unreadable', document: read.fault });
  const draft = `${lockFile(folder)}.${randomUUID()}`;
  try {
    const file = await open(draft, 'wx', 0o640);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await giveToGroup(draft, folder);
    await rename(draft, lockFile(folder));
    return read;
  } catch (error) {
    return fail({ kind: 'folder-unusable', folder, reason: codeOf(error) });
  } finally {
    await rm(draft, { force: true });
  }
}

/** The judge's user reads what root pins by its group, which is the folder's. */
async function giveToGroup(file: string, folder: string): Promise<void> {
  if (process.getuid?.() === 0) await chown(file, 0, (await stat(folder)).gid);
}

/** Takes weights away that no pinned model names any more. */
export async function dropWeights(folder: string, model: PinnedModel): Promise<boolean> {
  const lock = await lockOf(folder);
  if (!lock.ok) return false;
  if (Object.values(lock.value.models).some(({ sha256 }) => sha256 === model.sha256)) return false;
  await rm(weightsFile(folder, model), { force: true });
  return true;
}

const unfit = (
  file: string,
  {
    kind,
    place,
  }: {
    readonly kind: Extract<WeightsFault, { kind: 'weights-unfit' }>['because'];
    readonly place: string;
  },
): Result<never, WeightsFault> => fail({ kind: 'weights-unfit', file, because: kind, place });

const codeOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? String(error);
