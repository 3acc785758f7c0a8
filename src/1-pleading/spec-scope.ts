import { compileGlobs, type GlobFault, type PathMatcher } from '../caws/glob.ts';
import { type ReadPath, readPath } from '../caws/glob-index.ts';
import type { Spec } from '../caws/spec.ts';
import { ok, type Result } from '../primitives.ts';
import type { FileChange } from './change.ts';

/** Where a path stands towards one spec. `out` beats everything; `in` beats `support`. */
export type Standpoint = 'out' | 'in' | 'support' | 'outside';

/** A spec's three lists, compiled once for all files of a change. */
export interface SpecScope {
  readonly spec: Spec;
  readonly standpointOf: (path: string | ReadPath) => Standpoint;
  /** `in` alone, for comparing one spec's scope with another's. */
  readonly within: PathMatcher;
}

/** @returns a fault where one of the lists cannot be read as patterns; such a spec binds nothing. */
export function compileScope(spec: Spec): Result<SpecScope, GlobFault> {
  const within = compileGlobs(spec.scopeIn);
  if (!within.ok) return within;
  const out = compileGlobs(spec.scopeOut);
  if (!out.ok) return out;
  const support = compileGlobs(spec.scopeSupport);
  if (!support.ok) return support;
  const standpointOf = (path: string | ReadPath): Standpoint => {
    const read = typeof path === 'string' ? readPath(path) : path;
    if (out.value.matches(read)) return 'out';
    if (within.value.matches(read)) return 'in';
    return support.value.matches(read) ? 'support' : 'outside';
  };
  return ok({ spec, standpointOf, within: within.value });
}

/** The paths that the change of a file touches: both sides of a rename, the new side alone of a copy. */
export function touchedPaths(file: FileChange): readonly string[] {
  const left = pathLeft(file);
  return left === null ? [file.path] : [file.path, left];
}

/** The old side of a rename, which is touched beside `path`; null for everything else. */
export function pathLeft({ path, pathBefore, status }: FileChange): string | null {
  return status === 'copied' || pathBefore === path ? null : pathBefore;
}

/** Whether one of the paths that the change of a file touches is such; no list is made for each file. */
export function touchesSome(file: FileChange, isSuch: (path: string) => boolean): boolean {
  if (isSuch(file.path)) return true;
  const left = pathLeft(file);
  return left !== null && isSuch(left);
}

/** Whether all paths that the change of a file touches are such. */
export function touchesOnly(file: FileChange, isSuch: (path: string) => boolean): boolean {
  const left = pathLeft(file);
  return isSuch(file.path) && (left === null || isSuch(left));
}

/** Whether the change touches what the spec claims as its own work. */
export function touches(scope: SpecScope, files: readonly FileChange[]): boolean {
  const isClaimed = (path: string) => scope.standpointOf(path) === 'in';
  return files.some((file) => touchesSome(file, isClaimed));
}

/**
 * Whether all that one scope claims lies within the other and not the other way round, judged by the
 * fixed beginnings of its patterns.
 */
export function isNarrower(one: SpecScope, other: SpecScope): boolean {
  const liesWithin = (inner: SpecScope, outer: SpecScope) =>
    inner.spec.scopeIn.every((pattern) => {
      const beginning = fixedBeginning(pattern);
      return beginning !== '' && outer.within.matches(beginning);
    });
  return liesWithin(one, other) && !liesWithin(other, one);
}

/** The part of a pattern before its first segment with a wildcard: `src/a` of `src/a/*.ts`. */
export function fixedBeginning(pattern: string): string {
  const segments = pattern.replace(/^(?:\.\/)+/, '').split('/');
  const wild = segments.findIndex((segment) => /[*?[{]/.test(segment));
  return (wild === -1 ? segments : segments.slice(0, wild)).filter(Boolean).join('/');
}
