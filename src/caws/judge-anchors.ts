/** Reads anchors: pairs whose better side is known, by which judges earn their licences. */

import { fail, ok } from '../primitives.ts';
import { type JudgeAnchorsDocument, validate } from './generated/judge-anchors.js';
import type { LawText, Read } from './law.ts';
import { problemAt, schemaProblems } from './schema-problems.ts';
import { readYaml } from './yaml.ts';

export type JudgeAnchors = Readonly<JudgeAnchorsDocument>;

/** A task that is named twice, or an edit that does not say where, is refused. */
export function readJudgeAnchors({ file, text }: LawText): Read<JudgeAnchors> {
  const yaml = readYaml(text, file);
  if (!yaml.ok) return yaml;
  const { placeOf, value } = yaml.value;
  const checked = { family: 'judge-anchors', placeOf, value };
  const malformed = schemaProblems(validate, checked);
  if (malformed.length > 0) return fail({ file, problems: malformed });
  // The schema has just accepted it, so it is what its generated type says.
  const anchors = value as JudgeAnchors;
  const problems = anchors.tasks.flatMap(({ id, good, worse }, at) => [
    ...(anchors.tasks.findIndex((other) => other.id === id) === at
      ? []
      : [
          problemAt(checked, {
            rule: 'repeated-id',
            path: ['tasks', at, 'id'],
            message: `two tasks are called ${id}`,
            hint: 'Give each its own id.',
          }),
        ]),
    ...worse.flatMap(({ from, to }, edit) =>
      good.split(from).length === 2 && from !== to
        ? []
        : [
            problemAt(checked, {
              rule: 'edit-unclear',
              path: ['tasks', at, 'worse', edit, 'from'],
              message: 'an edit changes nothing, or stands not exactly once in the good file',
              hint: 'Quote more of the line.',
            }),
          ],
    ),
  ]);
  return problems.length > 0 ? fail({ file, problems }) : ok(anchors);
}
