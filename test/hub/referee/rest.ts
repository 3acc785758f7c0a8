/** REST requests and answers against `@octokit/openapi`. */
import { createRequire } from 'node:module';
import { asNode, type Description, type Node, readDescription } from './description.ts';
import type { Asked } from './referee.ts';

const require = createRequire(import.meta.url);
let loaded: Description | null = null;

function description(): Description {
  loaded ??= readDescription(require.resolve('@octokit/openapi/generated/api.github.com.json'));
  return loaded;
}

function operation(method: string, route: string): Node | null {
  const found = asNode(asNode(description().root['paths'])[route])[method.toLowerCase()];
  return found === undefined ? null : asNode(found);
}

export function judgeRequest(method: string, route: string, asked: Asked): readonly string[] {
  const found = operation(method, route);
  if (found === null) return ['the description has no such operation'];
  return [
    ...judgeParameters(`${method} ${route}`, found, asked),
    ...judgeBody(`${method} ${route}`, found, asked.body),
  ];
}

function judgeParameters(name: string, found: Node, asked: Asked): readonly string[] {
  const declared = list(found['parameters']).map((each) => description().follow(each));
  const why: string[] = [];
  for (const parameter of declared) {
    const called = String(parameter['name']);
    const given =
      parameter['in'] === 'path' ? asked.params[called] : (asked.query.get(called) ?? undefined);
    if (given === undefined) {
      if (parameter['required'] === true) why.push(`parameter ${called} is missing`);
      continue;
    }
    const value = coerced(given, description().follow(parameter['schema']));
    const judged = description().judge(`${name} ${called}`, () => parameter['schema'], value);
    why.push(...judged.map((each) => `parameter ${called}: ${each}`));
  }
  const known = new Set(declared.map((each) => each['name']));
  for (const called of asked.query.keys()) {
    if (!known.has(called)) why.push(`parameter ${called} is not in the description`);
  }
  return why;
}

function coerced(given: string, schema: Node): unknown {
  if (schema['type'] === 'integer' || schema['type'] === 'number')
    return given.trim() === '' ? given : Number(given);
  if (schema['type'] === 'boolean')
    return given === 'true' ? true : given === 'false' ? false : given;
  if (schema['type'] === 'array') return given.split(',');
  return given;
}

function judgeBody(name: string, found: Node, body: unknown): readonly string[] {
  if (found['requestBody'] === undefined) return [];
  const declared = description().follow(found['requestBody']);
  const schema = asNode(asNode(declared['content'])['application/json'])['schema'];
  if (schema === undefined) return [];
  if (body === undefined) return declared['required'] === true ? ['the body is missing'] : [];
  return description().judge(`${name} body`, () => schema, body);
}

export function judgeAnswer(
  method: string,
  route: string,
  status: number,
  type: string,
  body: unknown,
): readonly string[] {
  const found = operation(method, route);
  if (found === null) return ['the description has no such operation'];
  const declared = asNode(found['responses'])[String(status)];
  if (declared === undefined)
    return general.has(status) ? [] : [`${status} is not in the description`];
  const content = asNode(description().follow(declared)['content']);
  if (Object.keys(content).length === 0)
    return body === undefined ? [] : ['an answer without a body is described'];
  const schema = asNode(content[type] ?? content['application/json'])['schema'];
  if (schema === undefined || !type.includes('json')) return [];
  return description().judge(`${method} ${route} ${status}`, () => schema, body);
}

/** Answers that any route may give, described nowhere for most: credentials, limits, moved, outage. */
const general = new Set([301, 304, 307, 401, 403, 404, 422, 429, 500, 502, 503]);

const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
