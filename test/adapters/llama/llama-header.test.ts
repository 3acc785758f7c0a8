import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import {
  functions,
  HEADER_OF,
  processorFunctions,
  shapes,
} from '../../../src/adapters/llama/llama-header.ts';

const folder = mkdtempSync(join(tmpdir(), 'header-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Of the sources that the package brings. */
const package_ = join(dirname(fileURLToPath(import.meta.resolve('node-llama-cpp'))), '..');
const git = (...args: readonly string[]) =>
  execFileSync('git', ['-C', folder, ...args], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'ignore'],
  });
git('init', '-q');
git('fetch', '-q', join(package_, 'llama', 'gitRelease.bundle'), 'HEAD');
const header = ['include/llama.h', 'ggml/include/ggml.h', 'ggml/include/ggml-cpu.h']
  .map((path) => git('show', `FETCH_HEAD:${path}`))
  .join('\n')
  .replaceAll(/\/\/.*/g, '');
/** A number that a header gives a name. */
const defined = (name: string) => new RegExp(`#define ${name}\\s+(\\d+)`).exec(header)?.[1] ?? name;

/** As the shapes call them: addresses of whatever are pointers, and enumerations integers. */
function typeOf(declared: string): string {
  if (/\*|_callback\b/.test(declared)) return 'void *';
  return /^enum\b|^int$|^llama_(?:token|pos|seq_id)$/.test(declared) ? 'int32_t' : declared;
}
const spaced = (text: string) => text.replaceAll(/\s+/g, ' ').trim();

function membersOf(structure: string): readonly (readonly [string, string])[] {
  const [, body = ''] = new RegExp(`struct ${structure} \\{([^}]*)\\}`).exec(header) ?? [];
  return body
    .split(';')
    .filter((each) => each.trim() !== '')
    .map((each) => {
      const [, type = '', name = '', many] = /^(.*?)(\w+)(?:\[(\w+)\])?$/.exec(spaced(each)) ?? [];
      const one = typeOf(type.trim());
      return [name, many === undefined ? one : `${one} [${defined(many)}]`] as const;
    });
}

test.each(Object.entries(shapes))('the header has %s as it is written here', (structure, shape) => {
  expect(membersOf(structure)).toEqual(Object.entries(shape));
});

/** What a function returns, and what it takes. */
function typesOf(name: string): readonly string[] {
  const [, result = '', taken = ''] =
    new RegExp(`(?:LLAMA|GGML|GGML_BACKEND)_API ([^;(]*?)\\b${name}\\s*\\(([^)]*)\\);`).exec(
      header,
    ) ?? [];
  const takes = spaced(taken)
    .split(', ')
    .filter((each) => each !== '' && each !== 'void');
  return [result, ...takes.map((each) => each.replace(/\w+$/, ''))].map((each) => {
    const declared = spaced(each);
    if (declared === 'const char *') return 'str';
    if (/^(?:llama_memory_t|ggml_threadpool_t)$/.test(declared)) return 'void *';
    if (/^struct ggml_threadpool_params\b/.test(declared))
      return declared.replace(/^struct (\S+)\s*/, '$1 ').trim();
    if (declared === 'llama_state_seq_flags') return 'uint32_t';
    return typeOf(declared.replace(/^struct (?!.*\*)/, ''));
  });
}

test.each(Object.entries({ ...functions, ...processorFunctions }))(
  'the header has %s as it is written here',
  (name, types) => {
    expect(typesOf(name)).toEqual(types);
  },
);

test('the header is that of the version which is pinned', () => {
  expect(HEADER_OF).toBe(
    `llama.cpp v0.5.0 by node-llama-cpp ${manifest.peerDependencies['node-llama-cpp']}`,
  );
});
