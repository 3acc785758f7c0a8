import type { Plan } from '../caws/read-plan.ts';

type PlannedFile = Plan['files'][number];

/**
 * The files of a plan in groups that belong into one change each, those that others need before these: files
 * that need each other are one group. Otherwise the order is the plan's own.
 */
export function inOrderOfNeeds(files: readonly PlannedFile[]): readonly (readonly PlannedFile[])[] {
  const needs = new Map(files.map(({ path, needs: named = [] }) => [path, new Set(named)]));
  const reach = new Map(files.map(({ path }) => [path, reachableFrom(path, needs)]));
  const isMutual = (one: string, other: string) =>
    one === other || (reach.get(one)?.has(other) === true && reach.get(other)?.has(one) === true);
  const left = new Set(files);
  const placed = new Set<string>();
  const groups: PlannedFile[][] = [];
  while (left.size > 0) {
    const ready = [...left].find(({ path }) =>
      [...(reach.get(path) ?? [])].every((need) => placed.has(need) || isMutual(path, need)),
    );
    // Among groups there is no circle left, so one is always ready.
    if (ready === undefined) throw new Error('files that need each other are not one group');
    const group = [...left].filter(({ path }) => isMutual(ready.path, path));
    for (const file of group) {
      left.delete(file);
      placed.add(file.path);
    }
    groups.push(group);
  }
  return groups;
}

function reachableFrom(
  start: string,
  needs: ReadonlyMap<string, ReadonlySet<string>>,
): ReadonlySet<string> {
  const seen = new Set<string>();
  const open = [start];
  for (let next = open.pop(); next !== undefined; next = open.pop())
    for (const need of needs.get(next) ?? []) {
      if (seen.has(need)) continue;
      seen.add(need);
      open.push(need);
    }
  return seen;
}
