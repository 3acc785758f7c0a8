import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Layer, loadedWith, tidy } from './tidy.ts';

const root = join(import.meta.dirname, '..');
const stages = ['1-pleading', '2-examination', '3-deliberation', '4-verdict', '5-publication'];
const stagePackages: Record<string, readonly string[]> = {
  '1-pleading': ['node:crypto', 'diff'],
  '3-deliberation': ['diff', 'fast-xml-parser', '@friedemannsommer/lcov-parser'],
  '4-verdict': ['mdast-util-from-markdown'],
  // Scales and paths of charts: arithmetic alone, without a document.
  '5-publication': ['d3-scale', 'd3-shape'],
};
/** Every stage may speak in the forge's own shapes: types alone. */
const base = ['primitives', 'caws', 'ledger', 'models', 'data', 'forge'];

/** What an entry point may name: all of src but another entry point. */
const entryPoint = [...base, ...stages, 'ports', 'cycle', 'adapters', 'caws/conformance'];

/** design.md section 2, as data. */
const layers: readonly Layer[] = [
  { name: 'data', pure: false, mayImport: [], packages: [] },
  { name: 'primitives', pure: true, mayImport: [], packages: [] },
  // Types alone: what a code forge shows and is asked for.
  { name: 'forge', pure: true, mayImport: ['primitives'], packages: [] },
  {
    name: 'caws',
    pure: true,
    mayImport: ['primitives', 'data'],
    packages: ['yaml', 'ajv', 'picomatch', 'node:crypto'],
  },
  {
    name: 'caws/conformance',
    pure: true,
    mayImport: ['primitives', 'caws', 'data'],
    packages: ['js-yaml', 'yaml', 'ajv', 'picomatch', 'node:crypto'],
  },
  {
    name: 'ledger',
    pure: true,
    mayImport: ['primitives'],
    packages: ['node:crypto', 'canonicalize'],
  },
  { name: 'models', pure: true, mayImport: ['primitives', 'caws'], packages: [] },
  ...stages.map((name, at) => ({
    name,
    pure: true,
    mayImport: [
      ...base,
      ...stages.slice(0, at),
      // Faces are written in the forge's own shapes, so that their limits are kept where they are made.
      ...(name === '5-publication' ? ['forge'] : []),
    ],
    packages: stagePackages[name] ?? [],
  })),
  { name: 'ports', pure: true, mayImport: [...base, ...stages], packages: [] },
  { name: 'cycle', pure: false, mayImport: [...base, ...stages, 'ports'], packages: [] },
  {
    name: 'adapters',
    pure: false,
    mayImport: [...base, ...stages, 'ports', 'forge', 'caws/conformance'],
    packages: ['*'],
  },
  {
    name: 'cli',
    pure: false,
    mayImport: [...entryPoint, 'app'],
    packages: ['*'],
  },
  // What a delivery is about is decided without the world, so that every payload can be tried.
  {
    name: 'app/concerns',
    pure: true,
    mayImport: ['primitives', 'forge'],
    packages: ['node:crypto'],
  },
  { name: 'app', pure: false, mayImport: [...entryPoint, 'app/concerns'], packages: ['*'] },
  { name: 'action', pure: false, mayImport: entryPoint, packages: ['*'] },
];

const concernFiles = ['concerns', 'concern-types', 'payload'].map(
  (name) => `app/intake/${name}.ts`,
);

function layerOf(path: string): string | undefined {
  if (path.startsWith('policies/') && path.endsWith('.json')) return 'data';
  if (path === 'package.json' || path === 'runner-setup/models.lock.json') return 'data';
  if (path === 'src/primitives.ts') return 'primitives';
  if (path === 'src/ports.ts') return 'ports';
  if (path === 'src/forge.ts') return 'forge';
  if (path === 'src/cycle.ts' || /^src\/(?:cycle|arbitration)\//.test(path)) return 'cycle';
  if (concernFiles.includes(path)) return 'app/concerns';
  if (/^(?:app|action)\//.test(path)) return path.slice(0, path.indexOf('/'));
  if (path.startsWith('src/caws/conformance/')) return 'caws/conformance';
  const folder = /^src\/([^/]+)\//.exec(path)?.[1];
  return layers.some((layer) => layer.name === folder) ? folder : undefined;
}

function sourcesOf(folder: string): Map<string, string> {
  const paths = readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((path) => `${folder}/${path}`)
    .filter((path) => path.endsWith('.ts') && !path.endsWith('.d.ts'));
  return new Map(paths.map((path) => [path, readFileSync(join(root, path), 'utf8')]));
}

test('every source keeps to its layer, and what lies below the cycle is pure', () => {
  const folders = ['src', 'app', 'action'].filter((folder) => existsSync(join(root, folder)));
  const sources = new Map(folders.flatMap((folder) => [...sourcesOf(folder)]));
  expect(sources.size).toBeGreaterThan(10);
  expect(tidy(sources, layers, layerOf)).toEqual([]);
});

test('a verdict without a fault or a judge loads what neither of them needs', () => {
  const sources = sourcesOf('src');
  const loaded = ['run', 'verify', 'verify-hearing'].flatMap((name) =>
    loadedWith(sources, `src/cli/${name}.ts`),
  );
  expect(loaded).toContain('src/4-verdict/judge.ts');
  const needless =
    /fault-words|^src\/models\/|^src\/adapters\/(?:judge|llama|roster|orchestra|github)\//;
  expect(loaded.filter((path) => needless.test(path))).toEqual([]);
});

describe('the checker', () => {
  const found = (files: Record<string, string>) =>
    tidy(new Map(Object.entries(files)), layers, layerOf);

  test.each([
    ['a stage that reads a higher one', `import { x } from '../3-deliberation/y.ts';`],
    ['a type-only import upwards', `import type { X } from '../3-deliberation/y.ts';`],
    ['a re-export upwards', `export * from '../3-deliberation/y.ts';`],
    ['an import over several lines', `import {\n  x,\n  y,\n} from\n  '../3-deliberation/y.ts';`],
    ['a dynamic import', `export const f = () => import('../1-pleading/z.ts');`],
    ['a package that the layer does not list', `import { z } from 'zod';`],
    ['a node module', `import { readFileSync } from 'node:fs';`],
    ['await', `export async function f() { await g(); }`],
    ['an async arrow', `export const f = async () => 1;`],
    ['the clock', `export const now = () => Date.now();`],
    ['a Date of now', `export const now = () => new Date();`],
    ['chance', `export const r = () => Math.random();`],
    ['the process', `export const e = process.env;`],
    ['the console', `console.log(1);`],
    ['a process reached through globalThis', `export const e = globalThis['process'];`],
    ['the world behind a computed name', `export const t = globalThis[name];`],
    ['a default export', `export default 1;`],
  ])('finds %s', (_, text) => {
    expect(found({ 'src/2-examination/x.ts': text })).not.toEqual([]);
  });

  test.each([
    ['src that names the app', 'src/adapters/x.ts', `import { y } from '../../app/y.ts';`],
    ['the app that names the command', 'app/x.ts', `import { y } from '../src/cli/y.ts';`],
    ['the action that names the app', 'action/x.ts', `import { y } from '../app/y.ts';`],
    [
      'an event that is read by the clock',
      'app/intake/concerns.ts',
      'export const n = () => Date.now();',
    ],
    ['a port that does something', 'src/forge.ts', `import { x } from './adapters/x.ts';`],
  ])('finds %s', (_, path, text) => {
    expect(found({ [path]: text })).not.toEqual([]);
  });

  test('finds a file that belongs to no layer', () => {
    expect(found({ 'src/utils/x.ts': '' })).toEqual(['src/utils/x.ts: belongs to no layer']);
  });

  test('finds a cycle inside one layer', () => {
    expect(
      found({
        'src/ledger/a.ts': `import './b.ts';`,
        'src/ledger/b.ts': `import './c.ts';`,
        'src/ledger/c.ts': `import './a.ts';`,
      }),
    ).toEqual([
      'import cycle: src/ledger/a.ts -> src/ledger/b.ts -> src/ledger/c.ts -> src/ledger/a.ts',
    ]);
  });

  test('follows what a source imports at once, and neither types nor what is loaded later', () => {
    const sources = new Map(
      Object.entries({
        'src/cli/a.ts': `import type { B } from './b.ts'; import { type C } from './c.ts';
          import { type D, d } from './d.ts'; export type { F } from './f.ts';
          export const g = () => import('./g.ts');`,
        'src/cli/b.ts': '',
        'src/cli/c.ts': '',
        'src/cli/d.ts': `export * from './e.ts';`,
        'src/cli/e.ts': `import './a.ts';`,
        'src/cli/f.ts': '',
        'src/cli/g.ts': '',
      }),
    );
    expect(loadedWith(sources, 'src/cli/a.ts')).toEqual([
      'src/cli/a.ts',
      'src/cli/d.ts',
      'src/cli/e.ts',
    ]);
  });

  test('passes what the layers allow', () => {
    expect(
      found({
        'src/2-examination/x.ts': `import type { A } from '../1-pleading/a.ts';
          import { b } from '../caws/b.ts';
          export const at = (ms: number) => new Date(ms).toISOString();
          export const of = (o: { process: string }) => o.process;`,
        'src/caws/b.ts': `import { parse } from 'yaml'; export const b = parse;`,
        'src/cli/c.ts': `import { readFileSync } from 'node:fs'; export const t = await 1;`,
      }),
    ).toEqual([]);
  });
});
