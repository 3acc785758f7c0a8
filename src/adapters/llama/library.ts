import { availableParallelism, cpus } from 'node:os';
import type { Llama } from 'node-llama-cpp';
import { openSharedLibrary, type SharedLibrary } from './shared-library.ts';

/** What computes: `cpu` everywhere, the others where the machine and the installed build have them. */
export const PROVIDERS = ['metal', 'cuda', 'vulkan', 'cpu'] as const;
export type Provider = (typeof PROVIDERS)[number];

/**
 * Of a process that runs a model: node gives the addon's work to a pool of threads. With one of them it is done
 * in the order it is asked, and on one core, which keeps near what it computed last.
 */
export const oneWorker = { UV_THREADPOOL_SIZE: '1' } as const;

/** One that was asked for before the one that computes. */
export interface PassedOver {
  readonly provider: Provider;
  /** Whether the machine has what it needs: then the library's build for it is what is missing. */
  readonly isHere: boolean;
}

export interface Library {
  readonly llama: Llama;
  readonly provider: Provider;
  readonly passedOver: readonly PassedOver[];
  readonly threads: number;
  /** What is asked of the library is done in that order, without waiting for one another's end. */
  readonly inOrder: boolean;
  /** Null: asked by the package's addon alone. */
  readonly shared: SharedLibrary | null;
  /** e.g. `llama.cpp v0.5.0 by node-llama-cpp 3.22.1`. */
  readonly version: string;
  readonly module: typeof import('node-llama-cpp');
}

/**
 * Loads the library's build for this machine; builds and downloads nothing.
 *
 * @param wanted the first of them that is here computes, and `cpu` where none is. The result tells those that were
 *   passed over; whoever asked says so.
 * @throws where the package, or a build of it for this machine's processor, is not installed.
 */
export async function loadLibrary(
  wanted: readonly Provider[],
  threads: number = usefulThreads(),
): Promise<Library> {
  // Beside the command where that is installed; the bundle holds no native code.
  const module = await import('node-llama-cpp');
  const { getLlama, getLlamaGpuTypes, getModuleVersion, LlamaLogLevel } = module;
  const asked = async (gpu: Exclude<Provider, 'cpu'> | false) =>
    await getLlama({
      gpu,
      build: 'never',
      skipDownload: true,
      progressLogs: false,
      maxThreads: threads,
      logLevel: LlamaLogLevel.error,
      logger: () => undefined,
    });
  const here = new Set<Provider | false>(await getLlamaGpuTypes('supported'));
  const passedOver: PassedOver[] = [];
  let llama: Llama | null = null;
  for (const provider of wanted) {
    if (provider === 'cpu') break;
    const isBuilt = here.has(provider);
    const loaded = isBuilt ? await asked(provider).catch(() => null) : null;
    // A driver without a graphics processor, or of one that is kept from models, loads; the processor would compute.
    const computes = loaded !== null && (await loaded.getGpuDeviceNames()).length > 0;
    if (computes) {
      llama = loaded;
      break;
    }
    await loaded?.dispose();
    passedOver.push({ provider, isHere: isBuilt && loaded === null });
  }
  llama ??= await asked(false);
  const provider = llama.gpu === false ? 'cpu' : llama.gpu;
  const { release } = llama.llamaCppRelease;
  const version = `llama.cpp ${release} by node-llama-cpp ${await getModuleVersion()}`;
  return {
    llama,
    provider,
    passedOver,
    threads,
    inOrder: process.env['UV_THREADPOOL_SIZE'] === oneWorker.UV_THREADPOOL_SIZE,
    shared: await openSharedLibrary({ version, provider }),
    version,
    module,
  };
}

/** Threads that wait for each other spin: one too many of them stalls all. */
const THREADS_MAX = 16;

/**
 * Threads for arithmetic: one for each physical core but one, which stays with everything else of the
 * machine. With as many threads as a busy machine has cores, one waits at every step for a core, and the
 * others wait for it: measured on two cores, one of them busy, two threads took 4.5 ms for a word of a model of
 * 0.4 MB and one took 0.08; with both cores free it was 0.09 and 0.08.
 */
export function usefulThreads(
  available: number = availableParallelism(),
  models: readonly string[] = cpus().map(({ model }) => model),
): number {
  // Apple's cores are whole ones; elsewhere most processors show each core as two.
  const cores = models[0]?.startsWith('Apple') ? available : Math.ceil(available / 2);
  return Math.max(1, Math.min(THREADS_MAX, available > cores ? cores : cores - 1));
}
