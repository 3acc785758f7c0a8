import type { Profile } from './engine.ts';
import type { Gguf } from './gguf.ts';
import { estimatedBytes } from './memory.ts';

/**
 * From the richest to the plainest. A judge's longest prompt has about 12,000 tokens: two candidates of
 * 2,500, what all calls share, its own notes, and room to answer. A larger batch reads prompts faster and
 * takes memory for it. The cache keeps 16 bits: fewer are marked experimental by the library.
 */
const profiles: readonly Profile[] = [
  { contextTokens: 32_768, batchTokens: 2_048, flashAttention: 'auto' },
  { contextTokens: 16_384, batchTokens: 2_048, flashAttention: 'auto' },
  { contextTokens: 16_384, batchTokens: 512, flashAttention: 'auto' },
  { contextTokens: 8_192, batchTokens: 512, flashAttention: false },
];

export interface FittingProfile {
  readonly profile: Profile;
  readonly bytes: number;
}

/** What a model could be run with in so much memory, the best first; none where not even the plainest fits. */
export function profilesFor(gguf: Gguf, memoryBytes: number): readonly FittingProfile[] {
  const cut = profiles.map((profile) => ({
    ...profile,
    contextTokens: Math.min(profile.contextTokens, gguf.shape.context),
  }));
  return cut
    .map((profile) => ({ profile, bytes: estimatedBytes(gguf, profile) }))
    .filter(({ bytes }) => bytes <= memoryBytes);
}

/** What the plainest profile takes: below that, a model cannot be run at all. */
export function bytesAtLeast(gguf: Gguf): number {
  return Math.min(...profiles.map((profile) => estimatedBytes(gguf, profile)));
}
