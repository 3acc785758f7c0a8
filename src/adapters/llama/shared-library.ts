import { basename, dirname } from 'node:path';
import type { KoffiFunc, TypeObject } from 'koffi';
import {
  functions,
  HEADER_OF,
  type LlamaHeader,
  type Pointer,
  type ProcessorHeader,
  processorFunctions,
  shapes,
} from './llama-header.ts';

type Koffi = typeof import('koffi');
type Waiting = Pick<
  LlamaHeader,
  'llama_decode' | 'llama_synchronize' | 'llama_model_load_from_file'
>;

/**
 * The shared library of llama.cpp that node-llama-cpp brings and has loaded, called from the thread that asks.
 *
 * The package's own addon does each call in another thread. To wake that one and be woken by it takes 50 to 290 us:
 * a tenth of a word of a small model, and more of it where the machine has little else to do.
 */
export interface SharedLibrary extends LlamaHeader, ProcessorHeader {
  /** Memory at an address; it is the library's, and stands there as long as the library leaves it. */
  view(at: Pointer, bytes: number): ArrayBuffer;
  /** Zeroed, until it is freed. */
  allocate(bytes: number): Pointer;
  free(at: Pointer): void;
  /** The same calls in another thread, for what takes long enough that this one should hear meanwhile. */
  readonly elsewhere: { readonly [Name in keyof Waiting]: Elsewhere<Waiting[Name]> };
}
type Elsewhere<Called extends (...given: never) => unknown> = (
  ...given: Parameters<Called>
) => Promise<ReturnType<Called>>;

/** What the builds are called that were called so and said the same: for a processor, and for Vulkan. */
const builds: Readonly<Record<string, RegExp>> = {
  cpu: /^(?:lib)?llama(?:\.v[\d.]+)?\.(?:so|dylib|dll)$/,
  vulkan: /^(?:lib)?llama\.vulkan(?:\.v[\d.]+)?\.(?:so|dylib|dll)$/,
};

/** One for each kind of processor; of those that were tried, the one that computes is still loaded. */
const processorBuild = /^(?:lib)?ggml-cpu(?:-\w+)?(?:\.v[\d.]+)?\.(?:so|dylib|dll)$/;

/**
 * Once the package has loaded its addon.
 *
 * @param loaded of it, as `Library` has both.
 * @param caller what calls functions of a shared library: beside the command where it is installed, as the package is.
 * @returns null where it cannot be called so: `koffi` is not installed or has no build for this machine, the version is
 *   another than the one that was looked at, or the build is. The package's addon does the same then.
 */
export async function openSharedLibrary(
  { version, provider }: { readonly version: string; readonly provider: string },
  caller: () => Promise<Koffi> = async () => await import('koffi'),
): Promise<SharedLibrary | null> {
  const named = builds[provider];
  if (version !== HEADER_OF || named === undefined) return null;
  const all = sharedObjects();
  const path = onlyOne(all, named);
  if (path === null) return null;
  const processor = onlyOne(
    all.filter((each) => dirname(each) === dirname(path)),
    processorBuild,
  );
  if (processor === null) return null;
  try {
    return bound(await caller(), path, processor);
  } catch {
    return null;
  }
}

/** Of this process. A processor's build may lie beside another, which was loaded and found nothing to compute on. */
function sharedObjects(): readonly string[] {
  // Names of the machine's neighbours would be asked for.
  const report = Object.assign(process.report, { excludeNetwork: true });
  const { sharedObjects: all } = report.getReport() as {
    readonly sharedObjects?: readonly string[];
  };
  return all ?? [];
}

function onlyOne(paths: readonly string[], named: RegExp): string | null {
  const [path = null, ...others] = paths.filter((each) => named.test(basename(each)));
  return others.length > 0 ? null : path;
}

function bound(koffi: Koffi, path: string, processor: string): SharedLibrary {
  const structures = new Map<string, TypeObject>();
  for (const [name, members] of Object.entries(shapes)) {
    const structure = koffi.struct({ ...members });
    structures.set(name, structure).set(`${name} *`, koffi.pointer(structure));
  }
  const type = (name: string) => structures.get(name) ?? name;
  const declared = (file: string, table: typeof functions | typeof processorFunctions) => {
    const library = koffi.load(file);
    return Object.entries(table).map(([name, [result, ...takes]]) => [
      name,
      library.func(name, type(result), takes.map(type)),
    ]);
  };
  // Each is what its name declares: the library has them all, or it would have thrown.
  const header: LlamaHeader & ProcessorHeader = Object.fromEntries([
    ...declared(path, functions),
    ...declared(processor, processorFunctions),
  ]);
  const elsewhere = <Name extends keyof Waiting>(name: Name) =>
    promised(header[name] as unknown as KoffiFunc<(...given: never) => unknown>) as Elsewhere<
      Waiting[Name]
    >;
  return {
    ...header,
    view: koffi.view,
    allocate: (bytes) => koffi.alloc('uint8_t', bytes),
    free: koffi.free,
    elsewhere: {
      llama_decode: elsewhere('llama_decode'),
      llama_synchronize: elsewhere('llama_synchronize'),
      llama_model_load_from_file: elsewhere('llama_model_load_from_file'),
    },
  };
}

function promised(called: KoffiFunc<(...given: never) => unknown>) {
  return async (...given: readonly unknown[]) => {
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    const done = (error: unknown, result: unknown) =>
      error === null ? resolve(result) : reject(error);
    (called.async as (...all: readonly unknown[]) => void)(...given, done);
    return await promise;
  };
}
