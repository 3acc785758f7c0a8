/** Writes models of random weights: real files for the real library, that say nothing of sense. */
import { writeFileSync } from 'node:fs';

type Field =
  | readonly ['u32' | 'f32', number]
  | readonly ['bool', boolean]
  | readonly ['text', string]
  | readonly ['texts', readonly string[]]
  | readonly ['i32s', readonly number[]];

export interface TinyModel {
  /** `jamba`: every second layer keeps a state that cannot be cut, as Mamba does, and the others attend. */
  readonly architecture: 'llama' | 'jamba';
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
  architecture: 'llama',
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
    // A state that did not fade would grow without end.
    const fixed = name.includes('norm') ? 1 : name.endsWith('ssm_a') ? -1 : null;
    for (let each = 0; each < count; each += 1) weights[each] = fixed ?? random() * 0.35;
  }
  return bytes;
}

export function writeTinyGguf(path: string, facts: Partial<TinyModel> = {}): string {
  writeFileSync(path, tinyGguf(facts));
  return path;
}

function keysOf(model: TinyModel) {
  const { architecture, layers, width, feedForward, heads, context, template } = model;
  const shared: Field =
    architecture === 'llama'
      ? ['u32', heads]
      : ['i32s', Array.from({ length: layers }, (_, at) => (isStateful(model, at) ? 0 : heads))];
  const states: [string, Field][] =
    architecture === 'llama'
      ? []
      : [
          ['jamba.ssm.conv_kernel', ['u32', CONVOLVED]],
          ['jamba.ssm.inner_size', ['u32', 2 * width]],
          ['jamba.ssm.state_size', ['u32', STATE]],
          ['jamba.ssm.time_step_rank', ['u32', STEPS]],
        ];
  return new Map<string, Field>([
    ['general.architecture', ['text', architecture]],
    ['general.name', ['text', 'tiny']],
    [`${architecture}.context_length`, ['u32', context]],
    [`${architecture}.embedding_length`, ['u32', width]],
    [`${architecture}.block_count`, ['u32', layers]],
    [`${architecture}.feed_forward_length`, ['u32', feedForward]],
    [`${architecture}.attention.head_count`, ['u32', heads]],
    [`${architecture}.attention.head_count_kv`, shared],
    [`${architecture}.attention.layer_norm_rms_epsilon`, ['f32', 1e-5]],
    [`${architecture}.rope.dimension_count`, ['u32', width / heads]],
    ...states,
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

/** Of the layers that keep a state: tokens that are folded, numbers for each channel, and of its step. */
const [CONVOLVED, STATE, STEPS] = [4, 8, 4];
const isStateful = ({ architecture }: TinyModel, layer: number): boolean =>
  architecture === 'jamba' && layer % 2 === 0;

function tensorsOf(model: TinyModel) {
  const { layers, width, feedForward } = model;
  const attending: [string, number[]][] = [
    ['attn_q.weight', [width, width]],
    ['attn_k.weight', [width, width]],
    ['attn_v.weight', [width, width]],
    ['attn_output.weight', [width, width]],
  ];
  const stateful: [string, number[]][] = [
    ['ssm_in.weight', [width, 4 * width]],
    ['ssm_conv1d.weight', [CONVOLVED, 2 * width]],
    ['ssm_conv1d.bias', [2 * width]],
    ['ssm_x.weight', [2 * width, STEPS + 2 * STATE]],
    ['ssm_dt_norm.weight', [STEPS]],
    ['ssm_dt.weight', [STEPS, 2 * width]],
    ['ssm_dt.bias', [2 * width]],
    ['ssm_b_norm.weight', [STATE]],
    ['ssm_c_norm.weight', [STATE]],
    ['ssm_a', [STATE, 2 * width]],
    ['ssm_d', [2 * width]],
    ['ssm_out.weight', [2 * width, width]],
  ];
  const layer = (at: number): [string, number[]][] =>
    [
      ['attn_norm.weight', [width]] as [string, number[]],
      ...(isStateful(model, at) ? stateful : attending),
      ['ffn_norm.weight', [width]] as [string, number[]],
      ['ffn_gate.weight', [width, feedForward]] as [string, number[]],
      ['ffn_up.weight', [width, feedForward]] as [string, number[]],
      ['ffn_down.weight', [feedForward, width]] as [string, number[]],
    ].map(([name, dimensions]) => [`blk.${at}.${name}`, dimensions]);
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
