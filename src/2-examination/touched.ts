import type { FileChange } from '../1-pleading/change.ts';
import { pathLeft } from '../1-pleading/spec-scope.ts';
import type { Spot } from './finding.ts';
import { type TouchedPath, touchedPath, type Yardsticks } from './yardsticks.ts';

/** A path that the change touches, as a place and as what lists are held against. */
export interface TouchedSpot extends Spot, TouchedPath {}

/** Every path that the change touches, and those of them that are part of the law. */
export interface TouchedSpots {
  readonly touched: readonly TouchedSpot[];
  readonly governed: ReadonlySet<TouchedSpot>;
  /** Of those the ones that each policy counts as law, and the ones that all of them do. */
  readonly governedBy: readonly ReadonlySet<TouchedSpot>[];
  readonly governedByAll: ReadonlySet<TouchedSpot>;
}

/** Reads every path once: each is held against the scope and all lists that guard. */
export function touchedSpots(
  files: readonly FileChange[],
  {
    governed,
    governedBy,
    governedByAll,
  }: Pick<Yardsticks, 'governed' | 'governedBy' | 'governedByAll'>,
): TouchedSpots {
  const touched: TouchedSpot[] = [];
  const add = (path: string, file: FileChange) => {
    const { read, folded } = touchedPath(path);
    touched.push({ path, file, line: null, column: null, read, folded });
  };
  for (const file of files) {
    add(file.path, file);
    const left = pathLeft(file);
    if (left !== null) add(left, file);
  }
  const all = new Set(touched.filter(governed.names));
  const among = (guard: typeof governed) =>
    guard === governed ? all : new Set([...all].filter(guard.names));
  return {
    touched,
    governed: all,
    governedBy: governedBy.map(among),
    governedByAll: among(governedByAll),
  };
}
