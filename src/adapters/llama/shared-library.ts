import { basename } from 'node:path';
import type { KoffiFunc } from 'koffi';
import { functions, HEADER_OF, type LlamaHeader, type Pointer, shapes } from './llama-header.ts';

type Koffi = typeof import('koffi');
type Waiting = Pick<LlamaHeader, 'llama_decode' | 'llama_model_load_from_file'>;

/**
 * The shared library of llama.cpp that node-llama-cpp brings and has loaded, called from the thread that asks.
 *
 * The package's own addon does each call in another thread. To wake that one and be woken by it takes 50 to 290 us:
 * a tenth of a word of a small model, and more of it where the machine has little else to do.
 */
export interface SharedLibrary extends LlamaHeader {
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

/**
 * Once the package has loaded its addon.
 *
 * @param version of what is loaded, as `Library` has it.
 * @param caller what calls functions of a shared library: beside the command where it is installed, as the package is.
 * @returns null where it cannot be called so: `koffi` is not installed or has no build for this machine, the version is
 *   another than the one that was looked at, or several builds are loaded. The package's addon does the same then.
 */
export async function openSharedLibrary(
  version: string,
  caller: () => Promise<Koffi> = async () => await import('koffi'),
): Promise<SharedLibrary | null> {
  const [path, ...others] = loaded();
  if (version !== HEADER_OF || path === undefined || others.length > 0) return null;
  try {
    return bound(await caller(), path);
  } catch {
    return null;
  }
}

/** Builds of the library in this process. */
function loaded(): readonly string[] {
  // Names of the machine's neighbours would be asked for.
  const report = Object.assign(process.report, { excludeNetwork: true });
  const { sharedObjects } = report.getReport() as { readonly sharedObjects?: readonly string[] };
  const all = sharedObjects ?? [];
  return all.filter((path) =>
    /^(?:lib)?llama(?:\.v[\d.]+)?\.(?:so|dylib|dll)$/.test(basename(path)),
  );
}

function bound(koffi: Koffi, path: string): SharedLibrary {
  const library = koffi.load(path);
  const structures = new Map(
    Object.entries(shapes).map(([name, members]) => [name, koffi.struct({ ...members })]),
  );
  const type = (name: string) => structures.get(name) ?? name;
  const entries = Object.entries(functions).map(([name, [result, ...takes]]) => [
    name,
    library.func(name, type(result), takes.map(type)),
  ]);
  // Each is what its name declares: the library has them all, or it would have thrown.
  const header: LlamaHeader = Object.fromEntries(entries);
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
