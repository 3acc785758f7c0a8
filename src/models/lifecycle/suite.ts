/** Reads a suite: tasks as data, by which models are measured. */

import { type SuiteDocument, validate } from '../../caws/generated/suite.js';
import { compileGlobs, globHint } from '../../caws/glob.ts';
import type { DocumentProblem, LawText, Read } from '../../caws/law.ts';
import { type CheckedDocument, problemAt, schemaProblems } from '../../caws/schema-problems.ts';
import { textDigest } from '../../caws/text-digest.ts';
import { readYaml } from '../../caws/yaml.ts';
import { type Digest, fail, ok } from '../../primitives.ts';

export interface Suite extends Readonly<SuiteDocument> {
  /** Of the file's text: what prompts and checks stood in it. */
  readonly digest: Digest;
}

export type SuiteTask = SuiteDocument['tasks'][number];

/** A suite that breaks its schema, names a task twice or checks what no worker may write is refused. */
export function readSuite({ file, text }: LawText): Read<Suite> {
  const yaml = readYaml(text, file);
  if (!yaml.ok) return yaml;
  const { placeOf, value } = yaml.value;
  const checked = { family: 'suite', placeOf, value };
  const malformed = schemaProblems(validate, checked);
  if (malformed.length > 0) return fail({ file, problems: malformed });
  // The schema has just accepted it, so it is what its generated type says.
  const document = value as SuiteDocument;
  const problems = document.tasks.flatMap((task, at) => taskProblems(checked, document, task, at));
  if (problems.length > 0) return fail({ file, problems });
  return ok({ ...document, digest: textDigest(text) });
}

function taskProblems(
  checked: CheckedDocument,
  { tasks }: SuiteDocument,
  task: SuiteTask,
  at: number,
): readonly DocumentProblem[] {
  const problems: DocumentProblem[] = [];
  const add = (rule: string, key: string, message: string, hint: string) =>
    problems.push(problemAt(checked, { rule, path: ['tasks', at, key], message, hint }));
  if (tasks.findIndex(({ id }) => id === task.id) !== at)
    add('repeated-id', 'id', `two tasks are called ${task.id}`, 'Give each its own id.');
  const globs = compileGlobs(task.mayChange);
  if (!globs.ok) {
    add(
      'malformed-glob',
      'mayChange',
      `${globs.fault.pattern} is no glob`,
      globHint(globs.fault.kind),
    );
    return problems;
  }
  if (task.check.by !== 'hidden-run' && !globs.value.matches(ANSWER_FILE))
    add(
      'nothing-to-check',
      'mayChange',
      `${ANSWER_FILE} may not be written`,
      `Add ${ANSWER_FILE}.`,
    );
  if (task.check.by === 'sources')
    for (const { source, holds } of task.check.points)
      if (task.files[source]?.includes(holds) !== true)
        add(
          'source-lacks-words',
          'check',
          `${source} does not hold "${holds}"`,
          'Quote its words.',
        );
  return problems;
}

/** Where a worker puts an answer that is no code. */
export const ANSWER_FILE = 'answer.json';
