/** What is known of a worker or judge model before it has done anything, and where it stands on the roster. */

import { type ModelProfileDocument, validate } from '../caws/generated/model-profile.js';
import type { LawText, Read } from '../caws/law.ts';
import { schemaProblems } from '../caws/schema-problems.ts';
import { readYaml } from '../caws/yaml.ts';
import { fail, ok } from '../primitives.ts';

/** A model's declaration; policies/schema/model-profile.schema.json says what each field means. */
export type ModelProfile = Frozen<ModelProfileDocument>;

type Frozen<Value> = Value extends object
  ? { readonly [Key in keyof Value]: Frozen<Value[Key]> }
  : Value;

/** A model that does both stands on the roster twice, under two ids: its records have nothing in common. */
export type Role = ModelProfile['role'];

/** The kind of work that a record is kept for; one record a surface. */
export type Surface = ModelProfile['capabilities']['surfaces'][number];

export const surfaces = [
  'code-editing',
  'research-assistant',
  'data-analysis',
] as const satisfies readonly Surface[];

/** How far a model is let in; only `canary`, `active` and `degraded` ones are given work. */
export type Status = 'candidate' | 'canary' | 'active' | 'degraded' | 'retired';

export const statuses = [
  'candidate',
  'canary',
  'active',
  'degraded',
  'retired',
] as const satisfies readonly Status[];

/** Tasks that a model works on now, and how many it takes at one time. */
export interface Load {
  readonly running: number;
  readonly runningMax: number;
}

/** Tasks at one time of a model whose profile does not say. */
const RUNNING_MAX_DEFAULT = 1;

export function runningMaxOf(profile: ModelProfile): number {
  return profile.concurrentMax ?? RUNNING_MAX_DEFAULT;
}

/** Reads a model profile from YAML or JSON; unknown keys, NaN and everything out of bounds are refused with their place. */
export function readModelProfile({ file, text }: LawText): Read<ModelProfile> {
  const yaml = readYaml(text, file);
  if (!yaml.ok) return yaml;
  const { placeOf, value } = yaml.value;
  const problems = schemaProblems(validate, { family: 'model-profile', placeOf, value });
  // The schema has just accepted it, so it is what its generated type says.
  return problems.length > 0 ? fail({ file, problems }) : ok(value as ModelProfile);
}
