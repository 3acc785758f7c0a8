/** Writes models of random weights: real files for the real library, that say nothing of sense. */
import { writeFileSync } from 'node:fs';

type Field =
  | readonly ['u32' | 'f32', number]
  | readonly ['bool', boolean]
  | readonly ['text', string]
  | readonly ['texts', readonly string[]]
  | readonly ['i32s', readonly number[]];

export interface TinyModel {
  readonly layers: number;
  readonly width: number;
  readonly feedForward: number;
  readonly heads: number;
  readonly context: number;
  readonly seed: number;
  /** Jinja; null: none is written. */
  readonly template: string | null;
}

const tiny: TinyModel = {
  layers: 2,
  width: 64,
  feedForward: 128,
  heads: 4,
  context: 8192,
  seed: 7,
  template:
    "{% for message in messages %}{{ '<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>\\n' }}{% endfor %}{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}",
};

/** ASCII as GPT-2 writes it, so that every text that is made here has tokens, one for each character. */
const byteWords = Array.from({ length: 128 }, (_, byte) =>
  String.fromCodePoint(byte > 32 && byte < 127 ? byte : 256 + Math.min(byte, 33)),
);
const specials = ['<|endoftext|>', '<|im_start|>', '<|im_end|>'];
/** Words beside the bytes, as merges make them. */
const merged = ['tie', 'in', 'ti'];
const tokens = [...byteWords, ...specials, ...merged];
const merges = ['t i', 'ti e', 'i n'];

/** A small generator of numbers, the same everywhere. */
function numbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32 - 0.5;
  };
}

/**
 * The bytes of a model.
 *
 * @param change takes keys out or changes them, for files that are not as they should be.
 */
export function tinyGguf(
  facts: Partial<TinyModel> = {},
  change: (keys: Map<string, Field>) => void = () => undefined,
): Buffer {
  const model = { ...tiny, ...facts };
  const keys = keysOf(model);
  change(keys);
  const tensors = tensorsOf(model);
  const random = numbers(model.seed);
  let offset = 0;
  const placed = tensors.map(([name, dimensions]) => {
    const count = dimensions.reduce((product, each) => product * each, 1);
    const at = offset;
    offset += Math.ceil((count * 4) / 32) * 32;
    return { name, dimensions, count, at };
  });
  const header = Buffer.concat([
    Buffer.from('GGUF'),
    u32(3),
    u64(placed.length),
    u64(keys.size),
    ...[...keys].map(([key, field]) => Buffer.concat([string(key), fieldBytes(field)])),
    ...placed.map(({ name, dimensions, at }) =>
      Buffer.concat([
        string(name),
        u32(dimensions.length),
        ...dimensions.map(u64),
        u32(0),
        u64(at),
      ]),
    ),
  ]);
  const start = Math.ceil(header.length / 32) * 32;
  const bytes = Buffer.alloc(start + offset);
  header.copy(bytes);
  for (const { name, count, at } of placed) {
    const weights = new Float32Array(bytes.buffer, bytes.byteOffset + start + at, count);
    const norm = name.includes('norm');
    for (let each = 0; each < count; each += 1) weights[each] = norm ? 1 : random() * 0.35;
  }
  return bytes;
}

export function writeTinyGguf(path: string, facts: Partial<TinyModel> = {}): string {
  writeFileSync(path, tinyGguf(facts));
  return path;
}

function keysOf({ layers, width, feedForward, heads, context, template }: TinyModel) {
  return new Map<string, Field>([
    ['general.architecture', ['text', 'llama']],
    ['general.name', ['text', 'tiny']],
    ['llama.context_length', ['u32', context]],
    ['llama.embedding_length', ['u32', width]],
    ['llama.block_count', ['u32', layers]],
    ['llama.feed_forward_length', ['u32', feedForward]],
    ['llama.attention.head_count', ['u32', heads]],
    ['llama.attention.head_count_kv', ['u32', heads]],
    ['llama.attention.layer_norm_rms_epsilon', ['f32', 1e-5]],
    ['llama.rope.dimension_count', ['u32', width / heads]],
    ['tokenizer.ggml.model', ['text', 'gpt2']],
    ['tokenizer.ggml.pre', ['text', 'gpt-2']],
    ['tokenizer.ggml.tokens', ['texts', tokens]],
    ['tokenizer.ggml.merges', ['texts', merges]],
    [
      'tokenizer.ggml.token_type',
      ['i32s', tokens.map((word) => (specials.includes(word) ? 3 : 1))],
    ],
    ['tokenizer.ggml.bos_token_id', ['u32', tokens.indexOf('<|endoftext|>')]],
    ['tokenizer.ggml.eos_token_id', ['u32', tokens.indexOf('<|im_end|>')]],
    ['tokenizer.ggml.add_bos_token', ['bool', false]],
    ...(template === null
      ? []
      : ([['tokenizer.chat_template', ['text', template]]] as [string, Field][])),
  ]);
}

function tensorsOf({ layers, width, feedForward }: TinyModel) {
  const layer = (at: number): [string, number[]][] => [
    [`blk.${at}.attn_norm.weight`, [width]],
    [`blk.${at}.attn_q.weight`, [width, width]],
    [`blk.${at}.attn_k.weight`, [width, width]],
    [`blk.${at}.attn_v.weight`, [width, width]],
    [`blk.${at}.attn_output.weight`, [width, width]],
    [`blk.${at}.ffn_norm.weight`, [width]],
    [`blk.${at}.ffn_gate.weight`, [width, feedForward]],
    [`blk.${at}.ffn_up.weight`, [width, feedForward]],
    [`blk.${at}.ffn_down.weight`, [feedForward, width]],
  ];
  return [
    ['token_embd.weight', [width, tokens.length]] as [string, number[]],
    ...Array.from({ length: layers }, (_, at) => layer(at)).flat(),
    ['output_norm.weight', [width]] as [string, number[]],
    ['output.weight', [width, tokens.length]] as [string, number[]],
  ];
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}

function u64(value: number | bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64LE(BigInt(value));
  return bytes;
}

const string = (text: string): Buffer =>
  Buffer.concat([u64(Buffer.byteLength(text)), Buffer.from(text)]);

function f32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeFloatLE(value);
  return bytes;
}

function fieldBytes(field: Field): Buffer {
  switch (field[0]) {
    case 'u32':
      return Buffer.concat([u32(4), u32(field[1])]);
    case 'f32':
      return Buffer.concat([u32(6), f32(field[1])]);
    case 'bool':
      return Buffer.concat([u32(7), Buffer.from([field[1] ? 1 : 0])]);
    case 'text':
      return Buffer.concat([u32(8), string(field[1])]);
    case 'texts':
      return Buffer.concat([u32(9), u32(8), u64(field[1].length), ...field[1].map(string)]);
    case 'i32s':
      return Buffer.concat([u32(9), u32(5), u64(field[1].length), ...field[1].map(u32)]);
  }
}
