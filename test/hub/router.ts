/** Finds the route of an address by the templates of GitHub's own description. */
import type { Route } from './http.ts';

/** Parameters that may hold slashes, such as a branch's name. */
const long = new Set(['ref', 'branch', 'basehead']);

interface Compiled {
  readonly route: Route;
  readonly pattern: RegExp;
  readonly names: readonly string[];
  readonly weight: number;
}

export interface Found {
  readonly route: Route;
  readonly params: Readonly<Record<string, string>>;
}

export type Find = (method: string, path: string) => Found | null;

export function routerOf(routes: readonly Route[]): Find {
  const compiled = routes.map(compile).sort((a, b) => b.weight - a.weight);
  return (method, path) => {
    for (const each of compiled) {
      if (each.route.method !== method) continue;
      const match = each.pattern.exec(path);
      if (match !== null) return { route: each.route, params: paramsOf(each, match) };
    }
    return null;
  };
}

function compile(route: Route): Compiled {
  const names: string[] = [];
  const special = /(\/?)\{(\w+)\}|[.*+?^$()|[\]\\]/g;
  const pattern = route.path.replace(special, (found, slash: string, name?: string) => {
    if (name === undefined) return `\\${found}`;
    names.push(name);
    // The root folder is `/contents`, with nothing behind it.
    if (name === 'path') return `(?:${slash}(.*))?`;
    return slash + (long.has(name) ? '(.+)' : '([^/]+)');
  });
  // Literal segments decide first: /branches/{branch}/protection before /branches/{branch}.
  const literal = route.path.split('/').filter((segment) => !segment.includes('{')).length;
  return { route, pattern: new RegExp(`^${pattern}$`), names, weight: literal };
}

function paramsOf(each: Compiled, match: RegExpExecArray): Record<string, string> {
  return Object.fromEntries(
    each.names.map((name, at) => [name, decodeURIComponent(match[at + 1] ?? '')]),
  );
}
