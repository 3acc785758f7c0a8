/** Reads what a judge model is told: shipped data, versioned, named in every judgement by its digest. */

import { type Digest, fail, ok } from '../primitives.ts';
import { type JudgePromptsDocument, validate } from './generated/judge-prompts.js';
import type { LawText, Read } from './law.ts';
import { schemaProblems } from './schema-problems.ts';
import { textDigest } from './text-digest.ts';
import { readYaml } from './yaml.ts';

export interface JudgePrompts extends Readonly<JudgePromptsDocument> {
  /** Of the file's text. */
  readonly digest: Digest;
}

export function readJudgePrompts({ file, text }: LawText): Read<JudgePrompts> {
  const yaml = readYaml(text, file);
  if (!yaml.ok) return yaml;
  const { placeOf, value } = yaml.value;
  const problems = schemaProblems(validate, { family: 'judge-prompts', placeOf, value });
  if (problems.length > 0) return fail({ file, problems });
  // The schema has just accepted it, so it is what its generated type says.
  return ok({ ...(value as JudgePromptsDocument), digest: textDigest(text) });
}
