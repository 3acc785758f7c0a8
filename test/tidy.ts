import { parseAst } from 'rolldown/parseAst';

/** A place in the tree that may import only some layers and packages. `pure` forbids the world. */
export interface Layer {
  readonly name: string;
  readonly pure: boolean;
  readonly mayImport: readonly string[];
  /** Packages and node: modules; '*' is any. */
  readonly packages: readonly string[];
}

/** One sentence per breach: `file: what`. */
export type Breach = string;

interface Import {
  readonly from: string;
}

const noLayer: Layer = { name: '', pure: false, mayImport: [], packages: [] };

/** What may not be named below the cycle: time, chance, the process and everything asynchronous. */
const worldNames = new Set([
  'process',
  'console',
  'performance',
  'setTimeout',
  'setInterval',
  'setImmediate',
  'queueMicrotask',
  'fetch',
  'globalThis',
  'crypto',
  'require',
  'eval',
]);
const worldMembers = new Set(['Date.now', 'Math.random', 'Promise.all', 'Promise.resolve']);
const worldCrypto = new Set([
  'randomBytes',
  'randomUUID',
  'randomInt',
  'randomFillSync',
  'generateKeyPairSync',
  'webcrypto',
  'getRandomValues',
]);

/**
 * Checks sources against layers: imports that point up, packages a layer may not use, cycles,
 * and, in pure layers, anything that reads the world.
 *
 * @param sources path from the repository's root, with `/`, to text.
 * @param layerOf the layer's name for a path; undefined means that the file has no place.
 */
export function tidy(
  sources: ReadonlyMap<string, string>,
  layers: readonly Layer[],
  layerOf: (path: string) => string | undefined,
): readonly Breach[] {
  const breaches: Breach[] = [];
  const edges = new Map<string, string[]>();
  for (const [path, text] of sources) {
    const name = layerOf(path);
    const layer = layers.find((candidate) => candidate.name === name) ?? noLayer;
    if (layer === noLayer) breaches.push(`${path}: belongs to no layer`);
    const seen = survey(parseAst(text, { lang: 'ts' }));
    const targets = seen.imports.map(({ from }) => resolveImport(path, from));
    edges.set(
      path,
      targets.filter((target) => sources.has(target)),
    );
    for (const target of targets) breaches.push(...importBreaches(path, layer, target, layerOf));
    if (layer.pure)
      breaches.push(...seen.world.map((what) => `${path}: a pure layer uses ${what}`));
    if (seen.defaultExport) breaches.push(`${path}: has a default export`);
  }
  return [...breaches, ...cycles(edges)];
}

/** What is loaded with a source: all that it imports at once, and that imports; types load nothing. */
export function loadedWith(sources: ReadonlyMap<string, string>, entry: string): readonly string[] {
  const loaded = new Set([entry]);
  for (const path of loaded) {
    const program = parseAst(sources.get(path) ?? '', { lang: 'ts' });
    for (const from of valueImports(program as unknown as { readonly body: readonly AstNode[] })) {
      const target = resolveImport(path, from);
      if (sources.has(target)) loaded.add(target);
    }
  }
  return [...loaded];
}

function valueImports(program: { readonly body: readonly AstNode[] }): readonly string[] {
  return program.body.flatMap((statement) => {
    const source = statement['source'];
    const named = (statement['specifiers'] ?? []) as readonly AstNode[];
    const isType =
      statement['importKind'] === 'type' ||
      statement['exportKind'] === 'type' ||
      (named.length > 0 && named.every((each) => each['importKind'] === 'type'));
    return isNode(source) && !isType ? [String(source['value'])] : [];
  });
}

function importBreaches(
  path: string,
  layer: Layer,
  target: string,
  layerOf: (path: string) => string | undefined,
): Breach[] {
  if (!target.includes('/') || target.startsWith('node:') || !/\.(ts|js|json)$/.test(target)) {
    const allowed = layer.packages.some(
      (name) => name === '*' || target === name || target.startsWith(`${name}/`),
    );
    return allowed ? [] : [`${path}: layer ${layer.name} may not use the package ${target}`];
  }
  const targetLayer = layerOf(target);
  if (targetLayer === undefined) return [`${path}: imports ${target}, which belongs to no layer`];
  const allowed = targetLayer === layer.name || layer.mayImport.includes(targetLayer);
  return allowed ? [] : [`${path}: layer ${layer.name} may not import ${targetLayer} (${target})`];
}

function resolveImport(from: string, specifier: string): string {
  if (!specifier.startsWith('.')) return specifier;
  const parts = from.split('/').slice(0, -1);
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '.') parts.push(part);
  }
  return parts.join('/');
}

interface Survey {
  readonly imports: readonly Import[];
  readonly world: readonly string[];
  readonly defaultExport: boolean;
}

interface AstNode {
  readonly type: string;
  readonly [key: string]: unknown;
}

const isNode = (value: unknown): value is AstNode =>
  typeof value === 'object' && value !== null && typeof (value as AstNode).type === 'string';

function survey(program: unknown): Survey {
  const imports: Import[] = [];
  const world: string[] = [];
  let defaultExport = false;
  const visit = (value: unknown, parent: AstNode | null, key: string): void => {
    if (Array.isArray(value)) {
      for (const item of value) visit(item, parent, key);
      return;
    }
    if (!isNode(value)) return;
    const source = value['source'];
    if (isNode(source) && typeof source['value'] === 'string')
      imports.push({ from: source['value'] });
    if (value.type === 'ImportExpression' && isNode(source) && source.type !== 'Literal')
      world.push('an import whose target is computed');
    if (value.type === 'ExportDefaultDeclaration') defaultExport = true;
    const use = worldUse(value, parent, key);
    if (use !== undefined) world.push(use);
    for (const [childKey, child] of Object.entries(value)) visit(child, value, childKey);
  };
  visit(program, null, '');
  return { imports, world: [...new Set(world)], defaultExport };
}

function worldUse(node: AstNode, parent: AstNode | null, key: string): string | undefined {
  if (node.type === 'AwaitExpression' || node['async'] === true || node['await'] === true)
    return 'async or await';
  if (node.type === 'ImportExpression') return 'a dynamic import';
  if (node.type === 'NewExpression' && nameOf(node['callee']) === 'Date')
    return (node['arguments'] as unknown[]).length === 0 ? 'new Date()' : undefined;
  if (node.type === 'CallExpression' && nameOf(node['callee']) === 'Date') return 'Date()';
  if (node.type === 'MemberExpression') {
    const member = `${nameOf(node['object'])}.${nameOf(node['property'])}`;
    if (worldMembers.has(member)) return member;
  }
  if (node.type === 'MetaProperty') return 'import.meta';
  if (node.type !== 'Identifier' || typeof node['name'] !== 'string') return undefined;
  if (worldCrypto.has(node['name'])) return node['name'];
  const isProperty =
    (parent?.type === 'MemberExpression' && key === 'property' && parent['computed'] !== true) ||
    ((parent?.type === 'Property' || parent?.type === 'TSPropertySignature') && key === 'key');
  return !isProperty && worldNames.has(node['name']) ? node['name'] : undefined;
}

function nameOf(value: unknown): string {
  return isNode(value) && typeof value['name'] === 'string' ? value['name'] : '';
}

function cycles(edges: ReadonlyMap<string, readonly string[]>): Breach[] {
  const done = new Set<string>();
  const found: Breach[] = [];
  const walk = (path: string, trail: readonly string[]): void => {
    const start = trail.indexOf(path);
    if (start >= 0) {
      found.push(`import cycle: ${[...trail.slice(start), path].join(' -> ')}`);
      return;
    }
    if (done.has(path)) return;
    for (const next of edges.get(path) ?? []) walk(next, [...trail, path]);
    done.add(path);
  };
  for (const path of edges.keys()) walk(path, []);
  return found;
}
