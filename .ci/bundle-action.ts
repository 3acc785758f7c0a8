/**
 * Bundles the action into a folder (default: action/dist, where it is kept in git): a repository that uses it
 * takes it as it stands there. The same sources give the same bytes; a test compares them.
 *
 * Run: node .ci/bundle-action.ts [DIR]
 */
import { rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { rolldown } from 'rolldown';
import { licences } from './licences.ts';

const root = dirname(import.meta.dirname);
const directory = resolve(process.argv[2] ?? join(root, 'action/dist'));
rmSync(directory, { recursive: true, force: true });
const bundle = await rolldown({
  input: { main: join(root, 'action/main.ts') },
  cwd: root,
  platform: 'node',
  plugins: [licences()],
});
// Not minified: whoever pins a commit of it can read what it does.
await bundle.write({
  dir: directory,
  format: 'es',
  entryFileNames: '[name].mjs',
  codeSplitting: false,
});
await bundle.close();
