/** Reads which files of weights may be loaded: the shipped suggestions, and what a machine has pinned. */

import { fail, ok } from '../primitives.ts';
import {
  type Model as LockedModel,
  type ModelsLockDocument,
  validate,
} from './generated/models-lock.js';
import type { LawText, Read } from './law.ts';
import { schemaProblems } from './schema-problems.ts';
import { readYaml } from './yaml.ts';

export type { LockedModel };
export type ModelsLock = Readonly<ModelsLockDocument>;

export function readModelsLock({ file, text }: LawText): Read<ModelsLock> {
  // JSON is YAML; the reader names the place of what is wrong, and takes no key twice.
  const yaml = readYaml(text, file);
  if (!yaml.ok) return yaml;
  const { placeOf, value } = yaml.value;
  const problems = schemaProblems(validate, { family: 'models-lock', placeOf, value });
  if (problems.length > 0) return fail({ file, problems });
  // The schema has just accepted it, so it is what its generated type says.
  return ok(value as ModelsLockDocument);
}
