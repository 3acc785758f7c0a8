import { plannedChange } from '../1-pleading/planned-change.ts';
import type { VerdictRecord } from '../4-verdict/verdict.ts';
import type { UnknownNames } from '../5-publication/plan-words.ts';
import type { WeighedFinding } from '../caws/findings.ts';
import type { Plan } from '../caws/read-plan.ts';
import { readLawPolicy } from '../caws/read-policy.ts';
import { readSpec } from '../caws/read-spec.ts';
import type { RuleId } from '../caws/rules.ts';
import type { CycleFault, World } from '../cycle/world.ts';
import { rehearse } from '../cycle.ts';
import type { Repository, RepositoryFault, ResolvedRange } from '../ports.ts';
import { type CommitSha, ok, type Result } from '../primitives.ts';

/** What a plan would be as a change, and what it names that the law does not have. */
export interface PlanExamined {
  readonly record: VerdictRecord;
  readonly unknown: UnknownNames;
}

/** What looking at a plan needs of the world. */
export interface PlanWorld
  extends Pick<World, 'clock' | 'newId' | 'version' | 'shippedPolicy' | 'precedents'> {
  readonly repository: Repository;
}

/** What a change of nothing but a place would be: a plan has no commits of its own. */
export function rangeAt(place: {
  readonly base: CommitSha;
  readonly baseRef: string;
}): ResolvedRange {
  const { base, baseRef } = place;
  const ends = { base, mergeBase: base, head: base };
  return { ...ends, repository: '', baseRef, branches: [], dirty: null };
}

/**
 * Examines what a worker means to change as it would the change: scope, budgets, guarded files, the spec.
 * Nothing is recorded.
 */
export async function examinePlan(
  plan: Plan,
  place: Parameters<typeof rangeAt>[0],
  world: PlanWorld,
): Promise<Result<PlanExamined, CycleFault>> {
  const range = rangeAt(place);
  const planned: Repository = {
    ...world.repository,
    measure: async () => ok(plannedChange(plan, range)),
    messages: async () => ok([]),
  };
  const request = { range, plea: null, pleaFile: async () => null, branches: [] };
  const record = await rehearse(
    { ...request, specNamed: plan.spec },
    { ...world, repository: planned },
    () => {},
  );
  if (!record.ok) return record;
  const law = await world.repository.law(range);
  if (!law.ok) return law;
  const specs = law.value.specs.map(readSpec).flatMap((read) => (read.ok ? [read.value] : []));
  const misplaced = await misplacedFiles(plan, place.base, world.repository);
  if (!misplaced.ok) return misplaced;
  const items = specs.find(({ id }) => id === plan.spec)?.acceptance.map(({ id }) => id) ?? [];
  const reading = readLawPolicy(law.value, world.shippedPolicy);
  const known = reading.ok ? reading.value.policy.gates.map(({ id }) => id) : [];
  const unknown = {
    files: misplaced.value,
    acceptance: (plan.acceptance ?? []).filter((id) => !items.includes(id)),
    gates: (plan.gates ?? []).filter((id) => !known.includes(id)),
  };
  return ok({ record: record.value, unknown });
}

/** The files that cannot be done what the plan means to do, as the target is; in the order of the plan. */
async function misplacedFiles(
  { files }: Plan,
  base: CommitSha,
  repository: Repository,
): Promise<Result<UnknownNames['files'], RepositoryFault>> {
  const named = files.flatMap(({ path, from }) => (from === undefined ? [path] : [from, path]));
  const present = await repository.present(base, [...new Set([...named, ...named.flatMap(above)])]);
  if (!present.ok) return present;
  const there = present.value;
  // What the plan renames away makes room for another file of that name.
  const freed = new Set(files.flatMap(({ from }) => (from === undefined ? [] : [from])));
  const gone = new Set(files.flatMap(({ path, action }) => (action === 'delete' ? [path] : [])));
  const left = new Set(files.map(({ path }) => path).filter((path) => !gone.has(path)));
  const isFileThen = (path: string) =>
    left.has(path) || (there.get(path) === 'file' && !freed.has(path) && !gone.has(path));
  const amiss = (path: string, means: 'new' | 'old'): UnknownNames['files'] => {
    const is = (what: UnknownNames['files'][number]['amiss']) => [{ path, amiss: what }];
    if ([path, ...above(path)].some((each) => there.get(each) === 'submodule'))
      return is('submodule');
    const found = there.get(path);
    if (means === 'old') return found === 'file' ? [] : is(found ?? 'not-there');
    if (above(path).some(isFileThen)) return is('below-a-file');
    return found !== undefined && !freed.has(path) ? is('there-already') : [];
  };
  return ok(
    files.flatMap(({ path, from, action }) => [
      ...(from === undefined ? [] : amiss(from, 'old')),
      ...amiss(path, action === 'add' || action === 'rename' ? 'new' : 'old'),
    ]),
  );
}

/** Of `a/b/c`: `a` and `a/b`. */
const above = (path: string): readonly string[] =>
  path.split('/').flatMap((_, at, segments) => (at === 0 ? [] : [segments.slice(0, at).join('/')]));

/** Whether the law and the target have what the plan names. */
export const namesHold = ({ acceptance, gates, files }: UnknownNames): boolean =>
  acceptance.length + gates.length + files.length === 0;

/** What people decide whatever a plan says: no other plan would spare them. */
const WHATEVER_IS_PLANNED: ReadonlySet<RuleId> = new Set<RuleId>([
  'spec.manual-review',
  'spec.contracts-missing',
]);

/** What stands against a plan that another plan could have spared. */
export function against({ record }: PlanExamined): readonly WeighedFinding[] {
  return [...record.examination.findings, ...record.deliberation.findings].filter(
    ({ standing, rule }) =>
      (standing === 'fails' || standing === 'needs-waiver') && !WHATEVER_IS_PLANNED.has(rule),
  );
}

/** Whether a patch is worth writing: nothing that the plan chose stands against it. */
export function isWorthWriting(examined: PlanExamined): boolean {
  return against(examined).length === 0 && namesHold(examined.unknown);
}
