/** The floor of everything that goes through the library's addon, for bench/llama.ts. */
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Token } from 'node-llama-cpp';
import type { ModelCall } from '../src/3-deliberation/judge/prompt.ts';
import { promptTokens, wrapperOf } from '../src/adapters/llama/engine.ts';
import type { Library } from '../src/adapters/llama/library.ts';

/** What the package keeps to itself, as far as it is called here. */
interface Internals {
  readonly _ctx: {
    initBatch(size: number): void;
    addToBatch(sequence: number, at: number, tokens: Uint32Array, logits: Uint32Array): void;
    decodeBatch(): Promise<void>;
    sampleToken(at: number, sampler: unknown): Promise<number>;
  };
  readonly _sampler: unknown;
  applyConfig(config: object): void;
}

/** The addon called as the package calls it for each word, and nothing else between two calls. */
export async function openAddon(
  library: Library,
  file: string,
  sizes: { readonly contextSize: number; readonly batchSize: number },
) {
  const model = await library.llama.loadModel({ modelPath: file, gpuLayers: 0 });
  const context = await model.createContext({
    ...{ ...sizes, flashAttention: 'auto', threads: library.threads },
  });
  const sequence = context.getSequence();
  const package_ = dirname(fileURLToPath(import.meta.resolve('node-llama-cpp')));
  const { LlamaSampler } = await import(
    join(package_, 'evaluator', 'LlamaContext', 'LlamaSampler.js')
  );
  const sampler: Internals = new LlamaSampler(model);
  sampler.applyConfig({ temperature: 0, minP: 0, topK: 40, topP: 0.95 });
  const { _ctx: addon } = context as unknown as Internals;
  const wrapper = wrapperOf(library, model);
  return {
    /** @returns milliseconds. */
    tokenise(call: ModelCall): number {
      const started = performance.now();
      promptTokens(model, wrapper, call);
      return performance.now() - started;
    },
    /** @returns milliseconds of the answer, behind a prompt of so many tokens. */
    async says(prompt: number, answer: number): Promise<number> {
      await sequence.clearHistory();
      const ids = Array.from({ length: prompt }, (_, at) => (1 + (at % 100)) as Token);
      await sequence.evaluateWithoutGeneratingNewTokens(ids.slice(0, -1));
      let next = Number(ids.at(-1));
      const started = performance.now();
      for (let said = 0; said < answer; said += 1) {
        addon.initBatch(1);
        addon.addToBatch(0, prompt - 1 + said, Uint32Array.of(next), Uint32Array.of(0));
        await addon.decodeBatch();
        next = await addon.sampleToken(0, sampler._sampler);
      }
      return performance.now() - started;
    },
    /** @returns milliseconds of a visit in which next to nothing is done: the likeliest of few words. */
    async visits(count: number): Promise<number> {
      const started = performance.now();
      for (let made = 0; made < count; made += 1) await addon.sampleToken(0, sampler._sampler);
      return performance.now() - started;
    },
    [Symbol.asyncDispose]: () => model.dispose(),
  };
}
