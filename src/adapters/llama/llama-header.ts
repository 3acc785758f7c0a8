/** What `llama.h`, `ggml.h` and `ggml-cpu.h` declare, as far as it is called here. A test holds it against them. */

/** Whose header it is: with another, numbers would be read and written where something else stands. */
export const HEADER_OF = 'llama.cpp v0.5.0 by node-llama-cpp 3.22.1';

const [pointer, int, count, real, flag] = [
  'void *',
  'int32_t',
  'uint32_t',
  'float',
  'bool',
] as const;
type Shape = Readonly<Record<string, string>>;

/**
 * The members of the structures in their order. Whatever holds an address is a pointer here, and every enumeration
 * is an integer.
 */
export const shapes = {
  llama_model_params: {
    devices: pointer,
    tensor_buft_overrides: pointer,
    n_gpu_layers: int,
    split_mode: int,
    load_mode: int,
    lazy_mode: int,
    main_gpu: int,
    tensor_split: pointer,
    progress_callback: pointer,
    progress_callback_user_data: pointer,
    kv_overrides: pointer,
    vocab_only: flag,
    check_tensors: flag,
    use_extra_bufts: flag,
    no_host: flag,
    no_alloc: flag,
    load_mtp: flag,
  },
  llama_context_params: {
    n_ctx: count,
    n_batch: count,
    n_ubatch: count,
    n_seq_max: count,
    n_rs_seq: count,
    n_outputs_max: count,
    n_outputs_max_per_seq: count,
    n_threads: int,
    n_threads_batch: int,
    ctx_type: int,
    rope_scaling_type: int,
    pooling_type: int,
    attention_type: int,
    flash_attn_type: int,
    rope_freq_base: real,
    rope_freq_scale: real,
    yarn_ext_factor: real,
    yarn_attn_factor: real,
    yarn_beta_fast: real,
    yarn_beta_slow: real,
    yarn_orig_ctx: count,
    defrag_thold: real,
    cb_eval: pointer,
    cb_eval_user_data: pointer,
    type_k: int,
    type_v: int,
    abort_callback: pointer,
    abort_callback_data: pointer,
    embeddings: flag,
    offload_kqv: flag,
    no_perf: flag,
    op_offload: flag,
    swa_full: flag,
    kv_unified: flag,
    samplers: pointer,
    n_samplers: 'size_t',
    ctx_other: pointer,
  },
  llama_batch: {
    n_tokens: int,
    token: pointer,
    embd: pointer,
    pos: pointer,
    n_seq_id: pointer,
    seq_id: pointer,
    logits: pointer,
  },
  llama_sampler_chain_params: { no_perf: flag },
  ggml_threadpool_params: {
    cpumask: 'bool [512]',
    n_threads: int,
    prio: int,
    poll: count,
    strict_cpu: flag,
    paused: flag,
  },
} as const satisfies Readonly<Record<string, Shape>>;

/** An address; none is null. */
export type Pointer = bigint;

type Shaped<Name extends keyof typeof shapes> = Record<keyof (typeof shapes)[Name], unknown>;
export type ModelParams = Shaped<'llama_model_params'>;
export type ContextParams = Shaped<'llama_context_params'>;
export type Batch = Partial<Shaped<'llama_batch'>>;

/** Each with what it returns, then what it takes. */
export const functions = {
  llama_model_default_params: ['llama_model_params'],
  llama_model_load_from_file: [pointer, 'str', 'llama_model_params'],
  llama_model_free: ['void', pointer],
  llama_model_get_vocab: [pointer, pointer],
  llama_model_is_recurrent: [flag, pointer],
  llama_model_is_hybrid: [flag, pointer],
  llama_model_n_swa: [int, pointer],
  llama_vocab_n_tokens: [int, pointer],
  llama_vocab_is_eog: [flag, pointer, int],
  llama_context_default_params: ['llama_context_params'],
  llama_init_from_model: [pointer, pointer, 'llama_context_params'],
  llama_free: ['void', pointer],
  ggml_threadpool_params_default: ['ggml_threadpool_params', int],
  llama_attach_threadpool: ['void', pointer, pointer, pointer],
  llama_decode: [int, pointer, 'llama_batch'],
  llama_synchronize: ['void', pointer],
  llama_get_logits_ith: [pointer, pointer, int],
  llama_get_memory: [pointer, pointer],
  llama_memory_clear: ['void', pointer, flag],
  llama_memory_seq_rm: [flag, pointer, int, int, int],
  llama_state_seq_get_size_ext: ['size_t', pointer, int, count],
  llama_state_seq_get_data_ext: ['size_t', pointer, pointer, 'size_t', int, count],
  llama_state_seq_set_data_ext: ['size_t', pointer, pointer, 'size_t', int, count],
  llama_sampler_chain_init: [pointer, 'llama_sampler_chain_params'],
  llama_sampler_chain_add: ['void', pointer, pointer],
  llama_sampler_init_greedy: [pointer],
  llama_sampler_init_top_k: [pointer, int],
  llama_sampler_init_top_p: [pointer, real, 'size_t'],
  llama_sampler_init_temp: [pointer, real],
  llama_sampler_init_dist: [pointer, count],
  llama_sampler_init_grammar: [pointer, pointer, 'str', 'str'],
  llama_sampler_sample: [int, pointer, pointer, int],
  llama_sampler_apply: ['void', pointer, pointer],
  llama_sampler_accept: ['void', pointer, int],
  llama_sampler_free: ['void', pointer],
} as const satisfies Readonly<Record<string, readonly [result: string, ...takes: string[]]>>;

/** Of the build for this machine's processor, which is a file of its own. */
export const processorFunctions = {
  ggml_threadpool_new: [pointer, 'ggml_threadpool_params *'],
  ggml_threadpool_free: ['void', pointer],
} as const satisfies Readonly<Record<string, readonly [result: string, ...takes: string[]]>>;

interface Types {
  readonly void: undefined;
  readonly bool: boolean;
  readonly int32_t: number;
  readonly uint32_t: number;
  readonly float: number;
  readonly size_t: number;
  readonly str: string;
  /** Bytes are given by their address. */
  readonly 'void *': Pointer | Uint8Array;
  readonly llama_model_params: ModelParams;
  readonly llama_context_params: ContextParams;
  readonly llama_batch: Batch;
  readonly llama_sampler_chain_params: Shaped<'llama_sampler_chain_params'>;
  readonly ggml_threadpool_params: Shaped<'ggml_threadpool_params'>;
  readonly 'ggml_threadpool_params *': Shaped<'ggml_threadpool_params'>;
}
type Given<Names> = {
  readonly [At in keyof Names]: Names[At] extends keyof Types ? Types[Names[At]] : never;
};
type Returned<Name> = Name extends typeof pointer
  ? Pointer | null
  : Name extends keyof Types
    ? Types[Name]
    : never;
type Called<Of> = Of extends readonly [infer Result, ...infer Takes]
  ? (...given: Given<Takes> extends readonly unknown[] ? Given<Takes> : never) => Returned<Result>
  : never;

/** The functions as they are called from here. */
export type LlamaHeader = Declared<typeof functions>;
export type ProcessorHeader = Declared<typeof processorFunctions>;
type Declared<Functions> = { readonly [Name in keyof Functions]: Called<Functions[Name]> };
