/** What a schema cannot say of a policy: tiers that grow, globs that compile, gates that someone answers. */

import type { Place } from '../primitives.ts';
import type { Dialect } from './dialect.ts';
import type { Answer, Gate, PolicyDocument } from './generated/policy.js';
import { compileGlobs, globHint } from './glob.ts';
import type { DocumentProblem } from './law.ts';
import type { GateMeasure, Policy } from './policy.ts';
import type { CompletedPolicy } from './policy-completion.ts';
import { answerOf, isExamined, mayBeKept, usualAnswer, usualMeasure } from './policy-gates.ts';
import { dotted, problemAt, quoted } from './schema-problems.ts';
import type { YamlPath } from './yaml.ts';

interface Sheet {
  readonly dialect: Dialect;
  readonly document: PolicyDocument;
  readonly placeOf: (path: YamlPath, part?: 'key' | 'value') => Place;
}

/** Checks a completed policy; problems stand where the document in force says something wrong. */
export function checkPolicy(
  { policy }: Pick<CompletedPolicy, 'policy'>,
  sheet: Sheet,
): { readonly problems: readonly DocumentProblem[]; readonly notes: readonly DocumentProblem[] } {
  const tiers = tierProblems(policy, sheet);
  const rest = [
    ...globProblems(sheet),
    ...gateProblems(sheet),
    ...cacheProblems(sheet),
    ...repeatedIds(sheet),
    ...waiverProblems(policy, sheet),
  ];
  const isOurs = sheet.dialect === 'arbiter';
  return { problems: isOurs ? [...tiers, ...rest] : rest, notes: isOurs ? [] : tiers };
}

/** In our own form shrinking tiers are an error; elsewhere they are said and judged as they stand. */
function tierProblems(policy: Policy, sheet: Sheet): readonly DocumentProblem[] {
  const problems: DocumentProblem[] = [];
  const caps = [
    ['max_files', 'files'],
    ['max_loc', 'lines'],
    ['max_bytes', 'bytes'],
    ['max_line_bytes', 'longestLineBytes'],
  ] as const;
  for (const [key, cap] of caps) {
    for (const tier of [2, 3] as const) {
      const stricter = policy.tiers[(tier - 1) as 1 | 2][cap];
      const milder = policy.tiers[tier][cap];
      if (stricter === null || milder === null || stricter <= milder) continue;
      const written = [tier, tier - 1].find(
        (number) => sheet.document.risk_tiers?.[`${number as 1 | 2 | 3}`]?.[key] !== undefined,
      );
      // Bytes that were filled in shrink only where the lines do, which is said already.
      if (written === undefined) continue;
      const problem = {
        rule: 'tiers-shrink',
        path: ['risk_tiers', String(written), key],
        message: `${key} of tier ${tier} is ${milder}, below the ${stricter} of tier ${tier - 1}`,
        hint: 'A riskier tier must not allow more: raise the one or lower the other.',
        severity: sheet.dialect === 'arbiter' ? 'error' : 'warning',
      } as const;
      problems.push(problemAt({ family: 'policy', placeOf: sheet.placeOf }, problem));
    }
  }
  return problems;
}

function globProblems({ document, placeOf }: Sheet): readonly DocumentProblem[] {
  const lists: readonly (readonly [YamlPath, readonly string[] | undefined])[] = [
    [['protected_paths'], document.protected_paths],
    [['control_plane_paths'], document.control_plane_paths],
    [['non_governed_zones'], document.non_governed_zones],
    [['governance', 'paths'], document.governance?.paths],
    [['excluded', 'paths'], document.excluded?.paths],
    ...(document.budgets ?? []).map(
      ({ paths }, index) => [['budgets', index, 'paths'], paths] as const,
    ),
    ...(document.standing_specs ?? []).map(
      ({ paths }, index) => [['standing_specs', index, 'paths'], paths] as const,
    ),
    ...Object.entries(document.gates ?? {}).map(
      ([id, { answer }]) =>
        [
          ['gates', id, 'answer', 'base', 'tests'],
          answer?.by === 'command' ? answer.base?.tests : undefined,
        ] as const,
    ),
  ];
  return lists.flatMap(([path, patterns]) => {
    if (patterns === undefined) return [];
    const compiled = compileGlobs(patterns);
    const open = opensAll(path) ? patterns.findIndex(namesEverything) : -1;
    const at = compiled.ok ? open : compiled.fault.index;
    if (at < 0) return [];
    const rule = compiled.ok ? 'whole-repository' : 'glob';
    const what = compiled.ok ? 'the whole repository' : compiled.fault.kind;
    const message = `${dotted([...path, at])} is ${quoted(patterns[at])}: ${what}`;
    const hint = compiled.ok ? 'Name folders.' : globHint(compiled.fault.kind);
    return [problemAt({ family: 'policy', placeOf }, { rule, path: [...path, at], message, hint })];
  });
}

/** Lists whose entries take files out of budgets or scopes; there the whole repository is never meant. */
function opensAll(path: YamlPath): boolean {
  return ['non_governed_zones', 'excluded', 'governance', 'standing_specs'].includes(
    String(path[0]),
  );
}

/** Paths that share no letter: what names all of one depth was not meant for some folder. */
const strangers = [
  ['q7z', 'XK9'],
  ['q7z/q7z', 'XK9/XK9'],
  ['q7z/q7z/q7z', 'XK9/XK9/XK9'],
] as const;

function namesEverything(pattern: string): boolean {
  const compiled = compileGlobs([pattern]);
  if (!compiled.ok) return false;
  return strangers.some((pair) => pair.every((path) => compiled.value.matches(path)));
}

function gateProblems(sheet: Sheet): readonly DocumentProblem[] {
  if (sheet.dialect !== 'arbiter') return [];
  const problems: DocumentProblem[] = [];
  for (const [id, gate] of Object.entries(sheet.document.gates ?? {})) {
    const at = { family: 'policy', placeOf: sheet.placeOf };
    if (gate.answer === undefined && usualAnswer(id) === null) {
      const message = `nobody answers the gate ${quoted(id)}`;
      const hint = 'Add answer: {by: command | check | evidence, …}.';
      const path = ['gates', id];
      problems.push(problemAt(at, { rule: 'gate-unanswered', path, part: 'key', message, hint }));
    }
    if (gate.answer?.by === 'arbiter' && !isExamined(id)) {
      const message = `the arbiter itself has no rule for the gate ${quoted(id)}`;
      const hint = 'Say which command, check or report answers it.';
      const path = ['gates', id, 'answer'];
      problems.push(problemAt(at, { rule: 'gate-unanswered', path, message, hint }));
    }
    const asked = gate.measures;
    if (asked !== undefined && gate.answer !== undefined && !canMeasure(gate.answer, asked)) {
      const message = `the answer of the gate ${quoted(id)} cannot measure ${asked}`;
      const hint = 'Leave measures out, or let a report that holds it answer.';
      const path = ['gates', id, 'measures'];
      problems.push(problemAt(at, { rule: 'gate-measures', path, message, hint }));
    }
    if (comparesNothing(gate)) {
      const message = `the gate ${quoted(id)} measures nothing that could be lower than at the target`;
      const hint = 'Compare what a report of tests, coverage or mutants measures.';
      const path = ['gates', id, 'answer', 'base', 'compare'];
      problems.push(problemAt(at, { rule: 'gate-measures', path, message, hint }));
    }
  }
  return problems;
}

function cacheProblems({ document, placeOf }: Sheet): readonly DocumentProblem[] {
  return Object.entries(document.gates ?? {}).flatMap(([id, { answer }]) => {
    if (answer?.by !== 'command') return [];
    const paths = (answer.caches ?? []).map(({ path }) => path);
    return paths.flatMap((path, at) => {
      const isTwice = paths.indexOf(path) !== at;
      if (!isTwice && mayBeKept(path, answer.report ?? null)) return [];
      const problem = {
        rule: 'cache-path',
        path: ['gates', id, 'answer', 'caches', at, 'path'],
        message: `${quoted(path)} is no folder that the gate ${quoted(id)} can have kept`,
        hint: isTwice
          ? 'Name each folder once.'
          : 'Name one that holds neither the report nor a folder of git.',
      };
      return [problemAt({ family: 'policy', placeOf }, problem)];
    });
  });
}

function comparesNothing({ answer, measures }: Gate): boolean {
  if (answer?.by !== 'command' || answer.base?.compare !== true) return false;
  return ['exit-code', 'security'].includes(measures ?? usualMeasure(answerOf(answer)));
}

/** A command always has an exit code beside its report; every other answer measures one thing. */
function canMeasure(written: Answer, asked: GateMeasure): boolean {
  return (
    asked === usualMeasure(answerOf(written)) || (asked === 'exit-code' && written.by === 'command')
  );
}

function repeatedIds({ document, placeOf }: Sheet): readonly DocumentProblem[] {
  const lists = [
    ['budgets', document.budgets],
    ['standing_specs', document.standing_specs],
  ] as const;
  return lists.flatMap(([name, entries]) => {
    const ids = (entries ?? []).map(({ id }) => id);
    return ids.flatMap((id, index) => {
      if (ids.indexOf(id) === index) return [];
      const problem = {
        rule: 'id-twice',
        path: [name, index, 'id'],
        message: `${quoted(id)} is the id of two entries of ${name}`,
        hint: 'Give each its own id.',
      };
      return [problemAt({ family: 'policy', placeOf }, problem)];
    });
  });
}

function waiverProblems(policy: Policy, sheet: Sheet): readonly DocumentProblem[] {
  const asked = sheet.document.waivers?.default_expiry_days;
  if (sheet.dialect !== 'arbiter' || asked === undefined || asked <= policy.waivers.longestDays)
    return [];
  const problem = {
    rule: 'expiry-too-long',
    path: ['waivers', 'default_expiry_days'],
    message: `default_expiry_days is ${asked}, above max_duration_days ${policy.waivers.longestDays}`,
    hint: 'Lower the one or raise the other.',
  };
  return [problemAt({ family: 'policy', placeOf: sheet.placeOf }, problem)];
}
