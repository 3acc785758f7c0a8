import { readFileSync } from 'node:fs';
import { registerHooks } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Defence } from './attacks/row.ts';

const root = pathToFileURL(join(import.meta.dirname, '..', '/')).href;
const switchedOff = new Map<string, readonly Defence[]>();

/** Modules that were loaded without a defence load theirs without it as well, and share none with others. */
registerHooks({
  resolve(specifier, context, next) {
    const found = next(specifier, context);
    const { search } = new URL(context.parentURL ?? root);
    const isOurs = found.url.startsWith(root) && !found.url.includes('/node_modules/');
    return switchedOff.has(search) && isOurs && !found.url.includes('?')
      ? { ...found, url: found.url + search }
      : found;
  },
  load(url, context, next) {
    const loaded = next(url, context);
    const defences = switchedOff.get(new URL(url).search) ?? [];
    const defence = defences.find(({ file }) => url.startsWith(root + file));
    if (defence === undefined) return loaded;
    const text = readFileSync(join(import.meta.dirname, '..', defence.file), 'utf8');
    if (text.split(defence.from).length !== 2)
      throw new Error(`${defence.file} has no ${defence.from}`);
    return { ...loaded, source: text.replace(defence.from, () => defence.to) };
  },
});

/**
 * A module of this tree as it is with some defences switched off, in node itself and not in a test runner.
 *
 * @param file from the root of the tree. @throws where what is to be replaced does not stand exactly once.
 */
export async function importWithout<Module>(
  file: string,
  ...defences: readonly Defence[]
): Promise<Module> {
  const search = `?without=${switchedOff.size}`;
  switchedOff.set(search, defences);
  return (await import(root + file + search)) as Module;
}
