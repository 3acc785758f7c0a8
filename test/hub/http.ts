/** What a route is given and what it answers; nothing here opens a socket. */
import type { Principal } from './auth.ts';
import type { Repository } from './state.ts';
import type { World } from './world.ts';

export type Method = 'GET' | 'POST' | 'PATCH' | 'PUT' | 'DELETE';

export interface Answer {
  readonly status: number;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** A body that is not JSON. */
  readonly raw?: { readonly type: string; readonly bytes: Buffer | string };
}

export interface Call {
  readonly world: World;
  readonly principal: Principal;
  readonly params: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly body: Fields;
  readonly accept: string;
  /** The address that was asked, without the query; paging builds on it. */
  readonly address: string;
  /** The one that the path names; null for paths that name none. */
  readonly repository: Repository | null;
}

/** Who may ask. A permission is `name:level`, as an installation has it; any one of them is enough. */
export type Needs =
  | 'anyone'
  | 'app'
  | 'installation'
  | 'person'
  | {
      readonly anyOf: readonly string[];
      /** What a person needs instead; without it, read or write as the permission says. */
      readonly role?: 'read' | 'write' | 'admin';
      readonly appsOnly?: boolean;
    };

export interface Route {
  readonly method: Method;
  /** As in GitHub's description, `{parameters}` included. */
  readonly path: string;
  readonly needs: Needs;
  readonly answer: (call: Call) => Answer | Promise<Answer>;
}

/** An answer that is a refusal; thrown, because it ends a handler at any depth as GitHub's own do. */
export class Refusal extends Error {
  readonly status: number;
  readonly extra: Readonly<Record<string, unknown>>;
  readonly headers: Readonly<Record<string, string>>;

  constructor(
    status: number,
    message: string,
    extra: Readonly<Record<string, unknown>> = {},
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message);
    this.status = status;
    this.extra = extra;
    this.headers = headers;
  }
}

export const notFound = (): Refusal => new Refusal(404, 'Not Found');

export function invalid(resource: string, field: string, code: string, message?: string): Refusal {
  const error = { resource, field, code, ...(message === undefined ? {} : { message }) };
  return new Refusal(422, message ?? 'Validation Failed', { errors: [error] });
}

export const json = (body: unknown, status = 200): Answer => ({ status, body });

export const nothing = (): Answer => ({ status: 204 });

export type Fields = Readonly<Record<string, unknown>>;

export const asFields = (value: unknown): Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? { ...value } : {};

export const asList = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export function text(fields: Fields, name: string): string | undefined {
  const value = fields[name];
  return typeof value === 'string' ? value : undefined;
}

export function whole(fields: Fields, name: string): number | undefined {
  const value = fields[name];
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
}

export function flag(fields: Fields, name: string): boolean | undefined {
  const value = fields[name];
  return typeof value === 'boolean' ? value : undefined;
}

/** One of the listed words, or undefined where the field is absent or says something else. */
export function word<const Word extends string>(
  fields: Fields,
  name: string,
  words: readonly Word[],
): Word | undefined {
  return words.find((each) => each === fields[name]);
}

export function param(call: Call, name: string): string {
  const value = call.params[name];
  if (value === undefined) throw new Error(`the path has no {${name}}`);
  return value;
}

export function numberParam(call: Call, name: string): number {
  const value = Number(param(call, name));
  if (!Number.isSafeInteger(value)) throw notFound();
  return value;
}

export function repositoryOf(call: Call): Repository {
  if (call.repository === null) throw notFound();
  return call.repository;
}

interface Page {
  readonly page: number;
  readonly size: number;
}

function pageOf(call: Call): Page {
  const ask = (name: string, otherwise: number, most: number) => {
    const value = Number(call.query.get(name) ?? otherwise);
    return Number.isSafeInteger(value) && value >= 1 ? Math.min(value, most) : otherwise;
  };
  return { page: ask('page', 1, 100_000), size: ask('per_page', 30, 100) };
}

/** One page of a list with its Link header; `named` wraps it as `{total_count, named: […]}`. */
export async function paged<Item>(
  call: Call,
  items: readonly Item[],
  shape: (item: Item) => unknown,
  named?: string,
): Promise<Answer> {
  const { page, size } = pageOf(call);
  const last = Math.max(1, Math.ceil(items.length / size));
  const part = await Promise.all(items.slice((page - 1) * size, page * size).map(shape));
  const links = linksTo(call, page, last);
  const body = named === undefined ? part : { total_count: items.length, [named]: part };
  return { status: 200, body, ...(links === '' ? {} : { headers: { link: links } }) };
}

function linksTo(call: Call, page: number, last: number): string {
  const link = (to: number, rel: string) => {
    const query = new URLSearchParams(call.query);
    query.set('page', String(to));
    return `<${call.address}?${query.toString()}>; rel="${rel}"`;
  };
  const links: string[] = [];
  if (page > 1) links.push(link(page - 1, 'prev'));
  if (page < last) links.push(link(page + 1, 'next'), link(last, 'last'));
  if (page > 1) links.push(link(1, 'first'));
  return links.join(', ');
}
