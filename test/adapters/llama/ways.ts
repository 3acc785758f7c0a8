import { type Library, loadLibrary, PROVIDERS } from '../../../src/adapters/llama/library.ts';
import type { SharedLibrary } from '../../../src/adapters/llama/shared-library.ts';

/**
 * What computes in these tests: the processor, or the graphics processor that whoever starts them names in
 * `ARBITER_TEST_PROVIDER`. Vulkan without one: Mesa's driver, with `GGML_VK_VISIBLE_DEVICES=0` since processors are
 * left alone otherwise, and minutes for each test.
 */
export const provider =
  PROVIDERS.find((each) => each === process.env['ARBITER_TEST_PROVIDER']) ?? 'cpu';

/** Mesa's Vulkan on a processor dies of flash attention (22.3.6): whoever runs the tests by it says `false`. */
export const flashAttention =
  process.env['ARBITER_TEST_FLASH_ATTENTION'] === 'false' ? false : ('auto' as const);

/** The library as these tests use it; one that fell back to the processor would prove nothing. */
export async function libraryOfTests(): Promise<Library> {
  const library = await loadLibrary([provider], 1);
  if (library.provider !== provider) throw new Error(`${provider} is not here`);
  return library;
}

type Way = readonly [string, () => Library];

/** What is true of one is true of the other: words are had both ways. */
export function waysOf(library: () => Library): readonly Way[] {
  return [
    ['by the shared library itself', () => directly(library())],
    ["by the package's addon", () => ({ ...library(), shared: null })],
  ];
}

export function directly(library: Library): Library & { readonly shared: SharedLibrary } {
  const { shared, ...rest } = library;
  if (shared === null) throw new Error('koffi is a development dependency: it is here');
  return { ...rest, shared };
}
