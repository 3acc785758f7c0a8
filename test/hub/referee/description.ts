/** Reads an OpenAPI description and compiles single schemas of it, each once and only when asked for. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { Ajv, type ValidateFunction } from 'ajv';
import formatsPlugin from 'ajv-formats';

export type Node = Readonly<Record<string, unknown>>;

export const asNode = (value: unknown): Node =>
  typeof value === 'object' && value !== null ? (value as Node) : {};

export interface Description {
  readonly root: Node;
  /** @returns what does not fit, in words; empty where all does. */
  judge(name: string, schema: () => unknown, value: unknown): readonly string[];
  /** Follows one `$ref`, or gives the node itself. */
  follow(node: unknown): Node;
}

const require = createRequire(import.meta.url);

export function readDescription(file: string): Description {
  const root = asNode(JSON.parse(readFileSync(require.resolve(file), 'utf8')));
  // Inlined, a user's account would be compiled anew in each of the twenty places of a pull request.
  const ajv = new Ajv({
    strict: false,
    allErrors: true,
    inlineRefs: false,
    code: { optimize: false },
    logger: false,
  });
  formatsPlugin.default(ajv);
  for (const format of ['repo.nwo', 'timestamp', 'uri-template-or-empty'])
    ajv.addFormat(format, true);
  const compiled = new Map<string, ValidateFunction>();
  const converted = new Set<string>();
  const follow = (node: unknown): Node => {
    const ref = asNode(node)['$ref'];
    return typeof ref === 'string' ? at(root, ref) : asNode(node);
  };
  return {
    root,
    follow,
    judge(name, schema, value) {
      let validate = compiled.get(name);
      if (validate === undefined) {
        validate = compile(ajv, root, converted, schema());
        compiled.set(name, validate);
      }
      if (validate(value)) return [];
      return (validate.errors ?? [])
        .slice(0, 8)
        .map((error) => `${error.instancePath || '/'} ${error.message} ${detail(error.params)}`);
    },
  };
}

const detail = (params: unknown): string => JSON.stringify(params).slice(0, 120);

function at(root: Node, ref: string): Node {
  let node: unknown = root;
  for (const step of ref.slice(2).split('/'))
    node = asNode(node)[step.replaceAll('~1', '/').replaceAll('~0', '~')];
  return asNode(node);
}

/** Compiles one schema with the components it reaches; the rest of 13 MB stays untouched. */
function compile(ajv: Ajv, root: Node, converted: Set<string>, schema: unknown): ValidateFunction {
  const wanted: string[] = [];
  const own = convert(schema, wanted);
  for (let ref = wanted.pop(); ref !== undefined; ref = wanted.pop()) {
    if (converted.has(ref)) continue;
    converted.add(ref);
    ajv.addSchema(asNode(convert(at(root, ref), wanted)), keyOf(ref));
  }
  return ajv.compile(asNode(own));
}

const keyOf = (ref: string): string => `component:${ref.split('/').slice(2).join(':')}`;

/**
 * OpenAPI 3.0 to JSON Schema: `nullable` becomes a type of its own, refs point to single components, and
 * words that describe nothing to a validator (`example`, `discriminator`) are left out.
 */
function convert(value: unknown, wanted: string[]): unknown {
  if (Array.isArray(value)) return value.map((each: unknown) => convert(each, wanted));
  if (typeof value !== 'object' || value === null) return value;
  const node = asNode(value);
  if (typeof node['$ref'] === 'string') {
    wanted.push(node['$ref']);
    return { $ref: keyOf(node['$ref']) };
  }
  const out: Record<string, unknown> = {};
  for (const [key, each] of Object.entries(node)) {
    if (skipped.has(key)) continue;
    out[key] = key === 'properties' ? convertProperties(each, wanted) : convert(each, wanted);
  }
  return node['nullable'] === true ? { anyOf: [{ type: 'null' }, out] } : out;
}

const skipped = new Set([
  'example',
  'examples',
  'discriminator',
  'externalDocs',
  'nullable',
  'xml',
]);

/** A property may be called `example` or `nullable` itself. */
function convertProperties(value: unknown, wanted: string[]): unknown {
  return Object.fromEntries(
    Object.entries(asNode(value)).map(([name, schema]) => [name, convert(schema, wanted)]),
  );
}
