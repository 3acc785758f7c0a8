import { totalmem } from 'node:os';
import type { Gguf } from './gguf.ts';

/** Of the whole machine's memory: the rest is the system's, and the runner's gates'. */
const SHARE = 0.7;
/** Buffers that the library needs for any model. */
const BASE_BYTES = 64 * 1024 * 1024;
/** Keys and values are kept as 16-bit numbers. */
const CACHED_NUMBER_BYTES = 2;
const NUMBER_BYTES = 4;
/** States that are kept of a model whose own cannot be cut: a prompt has three, and two cuts leave one each. */
export const CHECKPOINTS_MAX = 5;

/**
 * Bytes that a model takes once it is loaded: its weights, what every token of its context leaves behind,
 * and room for one batch of results. An estimate from its header alone, and rather too high.
 */
export function estimatedBytes(
  { weightBytes, shape }: Pick<Gguf, 'weightBytes' | 'shape'>,
  { contextTokens, batchTokens }: { readonly contextTokens: number; readonly batchTokens: number },
): number {
  const cache = contextTokens * shape.cached * CACHED_NUMBER_BYTES;
  const widest = shape.vocabulary + 2 * shape.feedForward + 8 * shape.embedding;
  const states = shape.state * NUMBER_BYTES * (1 + CHECKPOINTS_MAX);
  return weightBytes + cache + states + batchTokens * widest * NUMBER_BYTES + BASE_BYTES;
}

/** Bytes that models may take together here, whatever else runs: a container's limit counts, too. */
export function memoryForModels(
  total: number = totalmem(),
  limit: number = process.constrainedMemory(),
): number {
  const bound = limit > 0 ? Math.min(total, limit) : total;
  return Math.floor(bound * SHARE);
}
