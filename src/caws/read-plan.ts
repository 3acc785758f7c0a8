/** Reads a Plan-of-Edit: what a worker means to change. All of it is the worker's word. */

import { fail, ok } from '../primitives.ts';
import { type PlanDocument, validate } from './generated/plan.js';
import type { DocumentProblem, LawText, Read } from './law.ts';
import { problemAt, quoted, schemaProblems } from './schema-problems.ts';
import { readYaml } from './yaml.ts';

export type Plan = Readonly<PlanDocument>;

/** Of UTF-8, and far more than 500 files take. */
export const PLAN_BYTES_MAX = 1024 * 1024;

/**
 * @param staysInside whether a path names something inside the repository, on any system.
 * @returns a fault as well for a path that leads out of the tree or is named twice, for a rename from nowhere,
 * and for a need that is no other file of the plan.
 */
export function readPlan(
  { file, text }: LawText,
  staysInside: (path: string) => boolean,
): Read<Plan> {
  const yaml = readYaml(text, file);
  if (!yaml.ok) return yaml;
  const { placeOf, value } = yaml.value;
  const at = { family: 'plan', placeOf, value };
  const problems: DocumentProblem[] = [...schemaProblems(validate, at)];
  if (problems.length > 0) return fail({ file, problems });
  // The schema has just accepted it, so it is what its generated type says.
  const plan = value as Plan;
  const seen = new Set<string>();
  const renamed = new Set<string>();
  for (const [index, { path, from, action }] of plan.files.entries()) {
    const wrong = (key: 'path' | 'from', message: string, hint: string) =>
      problems.push(
        problemAt(at, { rule: `plan.${key}`, path: ['files', index, key], message, hint }),
      );
    const hint = 'Write it from the root of the repository, e.g. src/cart/total.ts.';
    if (!staysInside(path)) wrong('path', `${quoted(path)} leads out of the tree`, hint);
    if (from !== undefined && !staysInside(from))
      wrong('from', `${quoted(from)} leads out of the tree`, hint);
    if (from !== undefined && renamed.has(from))
      wrong(
        'from',
        `${quoted(from)} is renamed twice`,
        'Rename each file once, and add the other.',
      );
    if (from !== undefined) renamed.add(from);
    if (seen.has(path)) wrong('path', `${quoted(path)} is named twice`, 'Name each file once.');
    if ((action === 'rename') !== (from !== undefined))
      wrong(
        'path',
        `${quoted(path)} is ${action === 'rename' ? 'renamed from nowhere' : 'not renamed, and has a from'}`,
        'A rename, and nothing else, has a from.',
      );
    seen.add(path);
  }
  for (const [index, { path, action }] of plan.files.entries()) {
    if (!renamed.has(path) || action === 'add' || action === 'rename') continue;
    const message = `${quoted(path)} is renamed away, and there is nothing of it to ${action}`;
    const hint = 'Say what becomes of the file under its new name.';
    const where = ['files', index, 'path'] as const;
    problems.push(problemAt(at, { rule: 'plan.path', path: where, message, hint }));
  }
  for (const [index, { path, needs = [] }] of plan.files.entries())
    for (const need of needs) {
      if (seen.has(need) && need !== path) continue;
      const message = `${quoted(path)} needs ${quoted(need)}, which is no other file of the plan`;
      const hint = 'Name files that this plan touches; what is there already needs no mention.';
      const where = ['files', index, 'needs'] as const;
      problems.push(problemAt(at, { rule: 'plan.needs', path: where, message, hint }));
    }
  return problems.length > 0 ? fail({ file, problems }) : ok(plan);
}
