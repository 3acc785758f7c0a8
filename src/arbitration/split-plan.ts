import { inOrderOfNeeds } from '../1-pleading/plan-order.ts';
import type { LawText, LawTexts } from '../caws/law.ts';
import type { Plan } from '../caws/read-plan.ts';
import { readSpec } from '../caws/read-spec.ts';
import type { Spec } from '../caws/spec.ts';
import { subIds, subSpec } from '../caws/sub-spec.ts';
import type { CycleFault } from '../cycle/world.ts';
import { ok, type Result } from '../primitives.ts';
import {
  against,
  examinePlan,
  isWorthWriting,
  namesHold,
  type PlanExamined,
  type PlanWorld,
  rangeAt,
} from './examine-plan.ts';

/** One change of several, with a spec that has to land before it. */
export interface PlanPart {
  readonly spec: LawText;
  readonly plan: Plan;
  readonly files: number;
  readonly lines: number;
}

export type PlanSplit =
  /** In the order in which they are to land. */
  | { readonly kind: 'parts'; readonly parts: readonly PlanPart[] }
  /** It holds as it is. */
  | { readonly kind: 'holds' }
  /** Something else than its size stands against it, which no split clears. */
  | { readonly kind: 'refused'; readonly examined: PlanExamined }
  /** Each part would keep the budgets, and there would be more of them than one task has. */
  | { readonly kind: 'too-many-parts'; readonly max: number; readonly examined: PlanExamined }
  /** Files that belong into one change, and are over a budget alone. */
  | {
      readonly kind: 'over-alone';
      readonly paths: readonly string[];
      readonly examined: PlanExamined;
    };

/** More parts than this are another task. */
const PARTS_MAX = 50;

/**
 * Splits a plan that is over its budget into parts that each keep every budget and the scope, by the same
 * examination as the changes themselves: the law stays what it is, and the parts' specs allow nothing that
 * the parent's does not. Nothing is recorded or written.
 */
export async function splitPlan(
  plan: Plan,
  place: Parameters<typeof rangeAt>[0],
  world: PlanWorld,
): Promise<Result<PlanSplit, CycleFault>> {
  const whole = await examinePlan(plan, place, world);
  if (!whole.ok) return whole;
  if (isWorthWriting(whole.value)) return ok({ kind: 'holds' });
  const refused = { kind: 'refused', examined: whole.value } as const;
  const { unknown } = whole.value;
  const isOfSize = against(whole.value).every(({ rule }) => rule.startsWith('budget.'));
  if (!isOfSize || !namesHold(unknown)) return ok(refused);
  const law = await world.repository.law(rangeAt(place));
  if (!law.ok) return law;
  const parent = parentOf(plan, law.value);
  return parent === null ? ok(refused) : packed(plan, parent, law.value, place, world);
}

interface Parent {
  readonly text: LawText;
  readonly spec: Spec;
}

function parentOf({ spec: id }: Plan, { specs }: LawTexts): Parent | null {
  for (const text of specs) {
    const read = readSpec(text);
    if (read.ok && read.value.id === id) return { text, spec: read.value };
  }
  return null;
}

/** As much into each part as its budgets take, in the order of needs. */
async function packed(
  plan: Plan,
  parent: Parent,
  law: LawTexts,
  place: Parameters<typeof rangeAt>[0],
  world: PlanWorld,
): Promise<Result<PlanSplit, CycleFault>> {
  const read = law.specs.map(readSpec).flatMap((each) => (each.ok ? [each.value.id] : []));
  const idOf = subIds(parent.spec.id, read);
  const parts: Plan['files'][] = [];
  let current: Plan['files'] = [];
  const examined = (files: Plan['files'], part: number) => {
    const made = partOf(plan, parent, files, { id: idOf(part), part, of: PARTS_MAX });
    const bound = { ...law, specs: [...law.specs, made.spec] };
    const repository = {
      ...world.repository,
      law: async () => ok(bound),
    };
    return examinePlan(made.plan, place, { ...world, repository });
  };
  for (const group of inOrderOfNeeds(plan.files)) {
    const more = [...current, ...group];
    const together = await examined(more, parts.length + 1);
    if (!together.ok) return together;
    if (isWorthWriting(together.value)) {
      current = more;
      continue;
    }
    if (current.length > 0) parts.push(current);
    current = [...group];
    const alone = await examined(current, parts.length + 1);
    if (!alone.ok) return alone;
    if (parts.length >= PARTS_MAX)
      return ok({ kind: 'too-many-parts', max: PARTS_MAX, examined: alone.value });
    if (!isWorthWriting(alone.value))
      return ok({
        kind: 'over-alone',
        paths: group.map(({ path }) => path),
        examined: alone.value,
      });
  }
  const all = [...parts, current];
  const made = all.map((files, at) =>
    partOf(plan, parent, files, { id: idOf(at + 1), part: at + 1, of: all.length }),
  );
  return ok({ kind: 'parts', parts: made });
}

function partOf(
  plan: Plan,
  parent: Parent,
  files: Plan['files'],
  wish: { readonly id: string; readonly part: number; readonly of: number },
): PlanPart {
  const paths = files.flatMap(({ path, from }) => (from === undefined ? [path] : [path, from]));
  const spec = subSpec(parent.text, parent.spec, { ...wish, files: [...new Set(paths)] });
  const own = new Set(paths);
  const { acceptance, gates } = plan;
  const isLast = wish.part === wish.of;
  return {
    spec,
    plan: {
      version: 1,
      spec: wish.id,
      ...(plan.summary === undefined ? {} : { summary: plan.summary }),
      files: files.map(({ needs = [], ...file }) => {
        const left = needs.filter((need) => own.has(need));
        return left.length === 0 ? file : { ...file, needs: left };
      }),
      // What the whole is to do is done once its last part has landed.
      ...(isLast && acceptance !== undefined ? { acceptance } : {}),
      ...(isLast && gates !== undefined ? { gates } : {}),
    },
    files: files.length,
    lines: files.reduce((sum, { lines }) => sum + lines, 0),
  };
}
