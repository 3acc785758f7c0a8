import type { ModelCall } from '../../3-deliberation/judge/prompt.ts';
import type { RunProfile } from '../../5-publication/model-faults.ts';
import type { ModelsLock } from '../../caws/models-lock.ts';
import type { Gguf } from './gguf.ts';
import { estimatedBytes } from './memory.ts';

/** How models are run, by what they are asked for: data of the folder's lock, or as shipped. */
export type Profiles = NonNullable<ModelsLock['profiles']>;

/** Reasons and the word after them are one surface: they share what was read. */
export const SURFACES = ['judging', 'debate', 'justification'] as const;
export type Surface = (typeof SURFACES)[number];

const surfaces: Readonly<Record<ModelCall['purpose'], Surface>> = {
  think: 'judging',
  decide: 'judging',
  speak: 'debate',
  justification: 'justification',
};
export const surfaceOf = ({ purpose }: Pick<ModelCall, 'purpose'>): Surface => surfaces[purpose];

/** A profile with what a model would take with it. */
export interface SizedProfile {
  readonly profile: RunProfile;
  readonly bytes: number;
}

/**
 * What a model could be run with for a surface, the dearest first; a context ends where the model's own does.
 *
 * @returns those that fit so much memory, and those before the first of them that do not.
 */
export function profilesFor(
  gguf: Gguf,
  order: readonly RunProfile[],
  memoryBytes: number,
): { readonly fitting: readonly SizedProfile[]; readonly dearer: readonly SizedProfile[] } {
  const sized = order.map((each) => {
    const profile = { ...each, contextTokens: Math.min(each.contextTokens, gguf.shape.context) };
    return { profile, bytes: estimatedBytes(gguf, profile) };
  });
  // Two contexts that both end where the model's own does may be one and the same.
  const distinct = [...new Map(sized.map((each) => [JSON.stringify(each.profile), each])).values()];
  const first = distinct.findIndex(({ bytes }) => bytes <= memoryBytes);
  return {
    fitting: distinct.filter(({ bytes }) => bytes <= memoryBytes),
    dearer: first === -1 ? distinct : distinct.slice(0, first),
  };
}

/** What the plainest of them takes: below that, a model cannot be run for the surface. */
export function bytesAtLeast(gguf: Gguf, order: readonly RunProfile[]): number {
  return Math.min(...order.map((profile) => estimatedBytes(gguf, profile)));
}

const bits = { f16: 16, q8_0: 8, q4_0: 4 } as const;

/** Whether a model that is open with one profile gives all that another asks for, so that one of them is enough. */
export function covers(open: RunProfile, asked: RunProfile, contextMax: number): boolean {
  return (
    open.contextTokens >= Math.min(asked.contextTokens, contextMax) &&
    open.batchTokens >= asked.batchTokens &&
    bits[open.cache] >= bits[asked.cache] &&
    [null, open.threads].includes(asked.threads) &&
    ['auto', open.flashAttention].includes(asked.flashAttention)
  );
}
