import { fail, ok, type Result } from '../../primitives.ts';
import type { GgufFault, GgufValue } from './gguf-values.ts';

/** What memory and speed of a model follow from. */
export interface ModelShape {
  readonly architecture: string;
  /** Tokens that it was trained for. */
  readonly context: number;
  readonly layers: number;
  readonly embedding: number;
  readonly feedForward: number;
  readonly vocabulary: number;
  /** Numbers that every token leaves in the cache, over all layers. */
  readonly cached: number;
  /** Numbers of the state that layers of another kind keep instead, however long the text is. */
  readonly state: number;
}

/** Larger than any published model by an order of magnitude; beyond, a size is an attack on arithmetic. */
const CONTEXT_MAX = 16 * 1024 * 1024;
const LAYERS_MAX = 1_024;
const WIDTH_MAX = 1024 * 1024;
const HEADS_MAX = 4_096;

type Keys = ReadonlyMap<string, GgufValue>;

/**
 * The keys that the library needs, each within its limits. It ends its process where the lengths of the
 * feed-forward layers or the number of heads are missing, so none of these has a default here.
 */
export function shapeOf(keys: Keys): Result<ModelShape, GgufFault> {
  const architecture = keys.get('general.architecture');
  if (typeof architecture !== 'string' || !/^[a-z0-9][a-z0-9_.-]{0,63}$/.test(architecture))
    return fail({ kind: 'incomplete', place: 'general.architecture' });
  try {
    const of = (name: string) => `${architecture}.${name}`;
    const layers = whole(keys, of('block_count'), LAYERS_MAX);
    const embedding = whole(keys, of('embedding_length'), WIDTH_MAX);
    const heads = perLayer(keys, of('attention.head_count'), layers, HEADS_MAX);
    const shape = {
      architecture,
      context: whole(keys, of('context_length'), CONTEXT_MAX),
      layers,
      embedding,
      feedForward: Math.max(...perLayer(keys, of('feed_forward_length'), layers, WIDTH_MAX)),
      vocabulary: vocabularyOf(keys),
      cached: cachedOf(keys, of, { layers, embedding, heads }),
      state: stateOf(keys, of, layers),
    };
    const norms = ['layer_norm_rms_epsilon', 'layer_norm_epsilon'].map((name) =>
      of(`attention.${name}`),
    );
    if (!norms.some((key) => typeof keys.get(key) === 'number')) throw new Unfit(norms[0] ?? '');
    if (typeof keys.get('tokenizer.ggml.model') !== 'string')
      throw new Unfit('tokenizer.ggml.model');
    return ok(shape);
  } catch (error) {
    if (!(error instanceof Unfit)) throw error;
    return fail({ kind: error.absurd ? 'absurd' : 'incomplete', place: error.message });
  }
}

class Unfit extends Error {
  readonly absurd: boolean;
  constructor(key: string, absurd = false) {
    super(key);
    this.absurd = absurd;
  }
}

function whole(keys: Keys, key: string, max: number): number {
  const value = keys.get(key);
  if (value === undefined) throw new Unfit(key);
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1 || value > max)
    throw new Unfit(key, true);
  return value;
}

/** One number for all layers, or one for each. A layer of another kind has no heads; all of them: no model. */
function perLayer(keys: Keys, key: string, layers: number, max: number): readonly number[] {
  const value = keys.get(key);
  if (typeof value !== 'object') return Array.from({ length: layers }, () => whole(keys, key, max));
  const { numbers } = value;
  const fits = numbers?.every((each) => Number.isInteger(each) && each >= 0 && each <= max);
  if (numbers?.length !== layers || fits !== true || !numbers.some((each) => each > 0))
    throw new Unfit(key, true);
  return numbers;
}

function vocabularyOf(keys: Keys): number {
  const tokens = keys.get('tokenizer.ggml.tokens');
  if (tokens === undefined) throw new Unfit('tokenizer.ggml.tokens');
  if (typeof tokens !== 'object' || tokens.length === 0)
    throw new Unfit('tokenizer.ggml.tokens', true);
  return tokens.length;
}

interface Layers {
  readonly layers: number;
  readonly embedding: number;
  readonly heads: readonly number[];
}

/** As of Mamba: for each channel its state, and the last tokens that are folded. Every layer may be one of them. */
function stateOf(keys: Keys, of: (name: string) => string, layers: number): number {
  const inner = of('ssm.inner_size');
  if (!keys.has(inner)) return 0;
  const numbers = ['ssm.state_size', 'ssm.conv_kernel'].map((name) =>
    whole(keys, of(name), WIDTH_MAX),
  );
  const shared = keys.get(of('attention.head_count_kv'));
  const attending =
    typeof shared === 'object' ? (shared.numbers ?? []).filter((each) => each > 0).length : 0;
  return (
    (layers - attending) *
    whole(keys, inner, WIDTH_MAX) *
    numbers.reduce((sum, each) => sum + each, 0)
  );
}

/** Keys and values of all layers that attend. */
function cachedOf(
  keys: Keys,
  of: (name: string) => string,
  { layers, embedding, heads }: Layers,
): number {
  const most = Math.max(...heads);
  const optional = (name: string) =>
    keys.has(of(name)) ? whole(keys, of(name), WIDTH_MAX) : Math.ceil(embedding / most);
  const width = optional('attention.key_length') + optional('attention.value_length');
  const shared = keys.has(of('attention.head_count_kv'))
    ? perLayer(keys, of('attention.head_count_kv'), layers, HEADS_MAX)
    : heads;
  return shared.reduce((sum, each) => sum + each * width, 0);
}
