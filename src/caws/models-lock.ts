/** Reads which files of weights may be loaded: the shipped suggestions, and what a machine has pinned. */

import { fail, ok } from '../primitives.ts';
import {
  type Model as LockedModel,
  type ModelsLockDocument,
  validate,
} from './generated/models-lock.js';
import type { DocumentProblem, LawText, Read } from './law.ts';
import { schemaProblems } from './schema-problems.ts';
import { readYaml } from './yaml.ts';

export type { LockedModel };
export type ModelsLock = Readonly<ModelsLockDocument>;

export function readModelsLock({ file, text }: LawText): Read<ModelsLock> {
  // JSON is YAML; the reader names the place of what is wrong, and takes no key twice.
  const yaml = readYaml(text, file);
  if (!yaml.ok) return fail({ file, problems: inJson(yaml.fault.problems) });
  const { placeOf, value } = yaml.value;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return fail({ file, problems: [noObject] });
  const problems = schemaProblems(validate, { family: 'models-lock', placeOf, value });
  if (problems.length > 0) return fail({ file, problems });
  // The schema has just accepted it, so it is what its generated type says.
  return ok(value as ModelsLockDocument);
}

const noObject: DocumentProblem = {
  rule: 'models-lock.wrong-type',
  severity: 'error',
  message: 'the document is no JSON object',
  hint: 'It begins with {"schema": "caws-arbiter/models-lock@1", "models": {',
  line: 1,
  column: 1,
};

/** Whoever wrote JSON is told of JSON, and of the first place alone: what follows it is read amiss. */
function inJson(problems: readonly DocumentProblem[]): readonly DocumentProblem[] {
  const first = problems
    .filter(({ rule }) => rule === 'yaml.syntax')
    .toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0) || (a.column ?? 0) - (b.column ?? 0))[0];
  if (first === undefined) return problems;
  const message = 'the document is no JSON from here on';
  const hint = 'Look for a comma, a quote or a bracket that is missing or too many.';
  return [{ ...first, message, hint }];
}
