import type { LockedModel } from '../../caws/models-lock.ts';
import { readGguf } from './gguf.ts';
import {
  type Profiles,
  profilesFor,
  type SizedProfile,
  SURFACES,
  type Surface,
} from './profiles.ts';
import { isPinned, weightsFile } from './weights.ts';

/** What each surface of a model would be run with, were nothing else loaded; null: nothing fits. */
export type Planned = Readonly<Record<string, Readonly<Record<Surface, SizedProfile | null>>>>;

/** From the files' headers alone; a model whose file cannot be read is left out, which `verify` says more of. */
export function plannedProfiles(
  folder: string,
  pinned: Readonly<Record<string, LockedModel>>,
  profiles: Profiles,
  memoryBytes: number,
): Planned {
  const planned = Object.entries(pinned).flatMap(([name, model]) => {
    const gguf = isPinned(model) ? readGguf(weightsFile(folder, model)) : null;
    if (gguf?.ok !== true) return [];
    const first = SURFACES.map((surface) => {
      const order = profiles[surface].profiles;
      return [surface, profilesFor(gguf.value, order, memoryBytes).fitting[0] ?? null] as const;
    });
    return [[name, Object.fromEntries(first)] as const];
  });
  return Object.fromEntries(planned) as Planned;
}
