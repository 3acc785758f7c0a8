/**
 * Bundles the command into a folder (default: dist), with the licences of what it contains.
 * The same sources give the same bytes, wherever they stand.
 *
 * Run: node .ci/bundle.ts [DIR]
 */
import { existsSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { type OutputChunk, type Plugin, rolldown } from 'rolldown';
import { licences } from './licences.ts';

const root = dirname(import.meta.dirname);

/** What each module imports at once, as it was read. */
const imported = new Map<string, readonly string[]>();
const readImports: Plugin = {
  name: 'read-imports',
  moduleParsed: ({ id, importedIds }) => void imported.set(id, importedIds),
};

/** A module and all that it cannot start without. */
function neededBy(module: string, needed = new Set<string>()): ReadonlySet<string> {
  if (needed.has(module)) return needed;
  needed.add(module);
  for (const each of imported.get(module) ?? []) neededBy(each, needed);
  return needed;
}

/**
 * Modules of functions that few changes need: most bring no waiver, plea or patch, and no report in XML.
 * Evaluating them, and reading back what of them is compiled, took a tenth of what loading the judge takes.
 */
const seldom: ReadonlyMap<string, string> = new Map(
  Object.entries({
    diff: 'node_modules/diff/libesm/index.js',
    'evidence-manifest': 'src/caws/generated/evidence-manifest.js',
    plea: 'src/caws/generated/plea.js',
    waiver: 'src/caws/generated/waiver.js',
    xml: 'src/3-deliberation/evidence/xml.ts',
  }).map(([name, module]) => [join(root, module), name]),
);

/** Whoever imports of a seldom module gets functions that load its chunk once they are called. */
const LATE = '\0late:';
const late: Plugin = {
  name: 'late',
  buildStart() {
    for (const [id, name] of seldom)
      this.emitFile({ type: 'chunk', id, fileName: `seldom-${name}.cjs`, preserveSignature: 'strict' });
  },
  async resolveId(id, importer) {
    if (importer === undefined) return null;
    if (importer.startsWith(LATE)) return { id, external: true };
    const found = await this.resolve(id, importer, { skipSelf: true });
    const name = seldom.get(found?.id ?? '');
    return name === undefined ? null : `${LATE}${name}`;
  },
  load: (id) => (id.startsWith(LATE) ? stubOf(id.slice(LATE.length)) : null),
};

async function stubOf(name: string): Promise<string> {
  const [module = ''] = [...seldom].find(([, each]) => each === name) ?? [];
  const loaded = `require('./seldom-${name}.cjs')`;
  // Whoever imports anything else of it does not build.
  const functions = Object.entries((await import(module)) as object)
    .filter(([, value]) => typeof value === 'function')
    .map(([each]) => `export const ${each} = /* @__PURE__ */ late(() => ${loaded}.${each});`);
  // A validator tells what it found as a property of its own.
  return `const late = (found) => new Proxy(() => undefined, {
    apply: (_, self, given) => Reflect.apply(found(), self, given),
    get: (_, name) => Reflect.get(found(), name),
  });
  ${functions.join('\n')}`;
}

/** Characters that every byte is one of are read without a look at them; others are written as escapes. */
const inAscii: Plugin = {
  name: 'in-ascii',
  generateBundle(_options, bundle) {
    for (const file of Object.values(bundle)) if (file.type === 'chunk') escape(file);
  },
};

function escape(chunk: OutputChunk): void {
  chunk.code = chunk.code.replace(
    /[^\0-\x7f]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** What `packed.ts` compiles is a function: to put it into one there would copy every chunk at every start. */
const asFunctions: Plugin = {
  name: 'as-functions',
  generateBundle(_options, bundle) {
    for (const file of Object.values(bundle)) if (file.type === 'chunk') wrap(file);
  },
};

function wrap(chunk: OutputChunk): void {
  chunk.code = `(function(exports,require,module,__dirname){${chunk.code}\n})`;
}

/** The bundle's command loads `run.ts` and all behind it by `packed.ts`. */
const packed: Plugin = {
  name: 'packed',
  resolveId: (id) => (id === './run.ts' ? join(root, 'src/cli/packed.ts') : null),
};

/** CommonJS: the loader of ES modules takes some ms of a start. */
const COMMAND = 'arbiter.cjs';

/** A process of its own begins with a file of its own, which node loads by itself. */
const READER = 'report-process';

const directory = resolve(process.argv[2] ?? join(root, 'dist'));
// Chunks carry a hash in their names: those of an earlier build would be published with the rest.
if (existsSync(join(directory, COMMAND))) rmSync(directory, { recursive: true });
const first = ['src/cli/run.ts', 'src/cli/verify.ts'].map((module) => join(root, module));
const judge = join(root, 'src/cli/verify-hearing.ts');
await alone(join(root, 'src/cli/main.ts'), COMMAND, [packed]);
await alone(join(root, `src/adapters/reports/${READER}.ts`), `${READER}.cjs`, []);
const bundle = await rolldown({
  input: { run: join(root, 'src/cli/run.ts') },
  cwd: root,
  platform: 'node',
  checks: {
    // bottleneck, which Probot brings, looks for clients of Redis so; nothing of ours reaches that.
    eval: false,
    // What one command loads late another starts with: that is meant, and the chunks are put together below.
    ineffectiveDynamicImport: false,
  },
  // Native code of one machine: installed beside the command where there are local models.
  external: ['koffi', 'node-llama-cpp'],
  plugins: [licences(), late, readImports, inAscii, asFunctions],
});
await bundle.write({
  dir: directory,
  format: 'cjs',
  minify: true,
  entryFileNames: '[name].cjs',
  chunkFileNames: '[name]-[hash].cjs',
  // `verify` starts git before it loads what judges, and loads nothing else. Otherwise one file for what
  // several commands share: twenty small ones cost 6 ms more at every start.
  codeSplitting: {
    groups: [
      { name: 'start', test: (id) => first.some((module) => neededBy(module).has(id)), priority: 2 },
      { name: 'judge', test: (id) => neededBy(judge).has(id), priority: 1 },
      { name: 'core', minShareCount: 2 },
    ],
  },
});
await bundle.close();

/** Puts a module and all that it imports into one file. */
async function alone(module: string, entryFileNames: string, plugins: readonly Plugin[]): Promise<void> {
  const bundled = await rolldown({ input: module, cwd: root, platform: 'node', plugins: [...plugins] });
  const codeSplitting = false;
  await bundled.write({ dir: directory, format: 'cjs', minify: true, entryFileNames, codeSplitting });
  await bundled.close();
}
