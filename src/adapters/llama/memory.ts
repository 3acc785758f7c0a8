import { totalmem } from 'node:os';
import type { RunProfile } from '../../5-publication/model-faults.ts';
import type { Gguf } from './gguf.ts';

/** Of the whole machine's memory: the rest is the system's, and the runner's gates'. */
const SHARE = 0.7;
/** Buffers that the library needs for any model. */
const BASE_BYTES = 64 * 1024 * 1024;
/** Of a key or a value; in fewer bits, 32 of them share a scale. */
const cachedBytes = { f16: 2, q8_0: 34 / 32, q4_0: 18 / 32 } as const;
const NUMBER_BYTES = 4;
/** States that are kept of a model whose own cannot be cut: a prompt has three, and two cuts leave one each. */
export const CHECKPOINTS_MAX = 5;

/**
 * Bytes that a model takes once it is loaded: its weights, what every token of its context leaves behind,
 * and room for one batch of results. An estimate from its header alone, and rather too high.
 */
export function estimatedBytes(
  { weightBytes, shape }: Pick<Gguf, 'weightBytes' | 'shape'>,
  { contextTokens, batchTokens, cache }: RunProfile,
): number {
  const context = Math.ceil(contextTokens * shape.cached * cachedBytes[cache]);
  const widest = shape.vocabulary + 2 * shape.feedForward + 8 * shape.embedding;
  const states = shape.state * NUMBER_BYTES * (1 + CHECKPOINTS_MAX);
  return weightBytes + context + states + batchTokens * widest * NUMBER_BYTES + BASE_BYTES;
}

/** Bytes that models may take together here, whatever else runs: a container's limit counts, too. */
export function memoryForModels(
  total: number = totalmem(),
  limit: number = process.constrainedMemory(),
): number {
  const bound = limit > 0 ? Math.min(total, limit) : total;
  return Math.floor(bound * SHARE);
}
