/** Reads what an advocate is told: shipped data, versioned, named in every debate by its digest. */

import { type Digest, fail, ok } from '../primitives.ts';
import { type DebatePromptsDocument, validate } from './generated/debate-prompts.js';
import type { LawText, Read } from './law.ts';
import { schemaProblems } from './schema-problems.ts';
import { textDigest } from './text-digest.ts';
import { readYaml } from './yaml.ts';

export interface DebatePrompts extends Readonly<DebatePromptsDocument> {
  /** Of the file's text. */
  readonly digest: Digest;
}

export function readDebatePrompts({ file, text }: LawText): Read<DebatePrompts> {
  const yaml = readYaml(text, file);
  if (!yaml.ok) return yaml;
  const { placeOf, value } = yaml.value;
  const problems = schemaProblems(validate, { family: 'debate-prompts', placeOf, value });
  if (problems.length > 0) return fail({ file, problems });
  // The schema has just accepted it, so it is what its generated type says.
  return ok({ ...(value as DebatePromptsDocument), digest: textDigest(text) });
}
