import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { LawText } from '../caws/law.ts';

/**
 * The package's own folder: the nearest one upwards that holds the shipped policies, from a
 * checkout (src/adapters) and from the bundle (dist) alike.
 */
export function packageFolder(): string {
  let folder = import.meta.dirname;
  while (!existsSync(join(folder, 'policies', 'default.policy.yaml'))) {
    const parent = dirname(folder);
    if (parent === folder) throw new Error('the shipped policies are missing from this install');
    folder = parent;
  }
  return folder;
}

/** The policy in force where the base has none. */
export function shippedPolicy(): LawText {
  const file = join(packageFolder(), 'policies', 'default.policy.yaml');
  return { file: 'policies/default.policy.yaml', text: readFileSync(file, 'utf8') };
}
