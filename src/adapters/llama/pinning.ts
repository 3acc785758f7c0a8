import { rm } from 'node:fs/promises';
import type { ModelFault } from '../../5-publication/model-faults.ts';
import type { ModelsLock } from '../../caws/models-lock.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import type { Gguf } from './gguf.ts';
import { memoryForModels } from './memory.ts';
import { ModelHost } from './model-host.ts';
import { bytesAtLeast, type Profiles, profilesFor, SURFACES } from './profiles.ts';
import { lockOf, type NewModel, type PinnedModel, pin, takeIn, weightsFile } from './weights.ts';

export interface Pinning {
  readonly folder: string;
  readonly name: string;
  /** As it was fetched. */
  readonly file: string;
  readonly said: NewModel;
  readonly profiles: Profiles;
  /** Starts a process that calls `serveModel`. */
  readonly program: readonly [string, ...string[]];
}

/**
 * Takes a file of weights into a folder under its digest, opens it once, and pins it with what it says to
 * the self-test. The processor computes that: what a graphics processor reads wrongly shows against it.
 *
 * @returns the pinned model. On a fault the folder is as it was.
 */
export async function pinModel({
  folder,
  name,
  file,
  said,
  profiles,
  program,
}: Pinning): Promise<Result<PinnedModel, ModelFault>> {
  const lock = await lockOf(folder);
  if (!lock.ok) return lock;
  if (Object.hasOwn(lock.value.models, name)) return fail({ kind: 'model-known', name, folder });
  const standing = standsIn(said, lock.value, folder);
  if (standing !== null) return fail(standing);
  const taken = await takeIn(folder, file, said, async (copy, model, gguf) => {
    const { models } = lock.value;
    const known = Object.entries(models).find(([, { sha256 }]) => sha256 === model.sha256);
    return known === undefined
      ? await selfTested({ copy, name, profiles, program }, model, gguf)
      : fail({ kind: 'weights-twice', names: [known[0], name], folder });
  });
  if (!taken.ok) return taken;
  const pinned = await pin(folder, (models) => {
    models[name] = taken.value;
  });
  if (pinned.ok) return taken;
  await rm(weightsFile(folder, taken.value), { force: true });
  return pinned;
}

/** Why a model cannot stand in for the one that is named; null: it can, or is to stand in for none. */
function standsIn(
  { insteadOf }: NewModel,
  { models }: ModelsLock,
  folder: string,
): ModelFault | null {
  if (insteadOf === undefined) return null;
  const dearer = Object.hasOwn(models, insteadOf) ? models[insteadOf] : undefined;
  if (dearer === undefined)
    return { kind: 'model-not-pinned', name: insteadOf, known: Object.keys(models), folder };
  return dearer.insteadOf === undefined
    ? null
    : { kind: 'stands-in-itself', name: insteadOf, insteadOf: dearer.insteadOf };
}

async function selfTested(
  {
    copy,
    name,
    profiles,
    program,
  }: Pick<Pinning, 'name' | 'profiles' | 'program'> & { readonly copy: string },
  model: PinnedModel,
  gguf: Gguf,
): Promise<Result<PinnedModel, ModelFault>> {
  const availableBytes = memoryForModels();
  // What memory was bought with by fewer bits is held against this, so it is no measure itself.
  const order = SURFACES.flatMap((surface) => profiles[surface].profiles);
  const unbought = order.filter(({ cache }) => cache === 'f16');
  const whole = unbought.length === 0 ? order : unbought;
  const { fitting } = profilesFor(gguf, whole, availableBytes);
  const [best, plainest] = [fitting[0], fitting.at(-1)];
  if (best === undefined || plainest === undefined)
    return fail({
      kind: 'memory-short',
      name,
      surface: null,
      neededBytes: bytesAtLeast(gguf, whole),
      availableBytes,
    });
  const opened = await ModelHost.open(program, {
    file: copy,
    providers: ['cpu'],
    profile: plainest.profile,
    expected: [],
  });
  if (!opened.ok) return fail({ kind: 'model-not-opened', name, ...opened.fault });
  const { host, opened: said } = opened.value;
  await host[Symbol.asyncDispose]();
  return ok({
    ...model,
    memoryMb: Math.ceil(best.bytes / 1024 ** 2),
    selfTest: { tokens: [...said.tokens], by: `${said.version} on ${said.provider}` },
  });
}
