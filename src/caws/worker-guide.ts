/** Reads what a worker is shown with its task: shipped data, versioned. */

import { fail, ok } from '../primitives.ts';
import { validate, type WorkerGuideDocument } from './generated/worker-guide.js';
import type { LawText, Read } from './law.ts';
import { schemaProblems } from './schema-problems.ts';
import { readYaml } from './yaml.ts';

export type WorkerGuide = Readonly<WorkerGuideDocument>;

export function readWorkerGuide({ file, text }: LawText): Read<WorkerGuide> {
  const yaml = readYaml(text, file);
  if (!yaml.ok) return yaml;
  const { placeOf, value } = yaml.value;
  const problems = schemaProblems(validate, { family: 'worker-guide', placeOf, value });
  // The schema has just accepted it, so it is what its generated type says.
  return problems.length > 0 ? fail({ file, problems }) : ok(value as WorkerGuideDocument);
}
