/** From anchors to what a judge is shown of each: nothing in a case tells which side is the better one. */

import type { JudgeAnchors } from '../../caws/judge-anchors.ts';
import type { AnchorReading } from './anchoring.ts';
import { BASE_AS_IT_IS, type CandidateInput, type Dossier, dossierOf } from './dossier.ts';
import type { JudgedSurface } from './judgement.ts';

/** More than this shows no share of followed instructions more precisely than its limit asks for. */
const INJECTIONS_MAX = 60;

export interface AnchorCase {
  /** Stays the same while the pair does. */
  readonly anchor: string;
  readonly kind: AnchorReading['kind'];
  readonly dossier: Dossier;
  /** The dossier's side; of a tie, either. */
  readonly better: 0 | 1;
}

type Task = JudgeAnchors['tasks'][number];

/** One pair: the good file and a worse one. */
interface Pair {
  readonly task: Task;
  readonly worse: string;
  readonly anchor: string;
  readonly at: number;
}

/**
 * Each edit is a pair, a tie of the worse file with itself, and, with a planted instruction, a trial.
 *
 * On the surface `change` every second pair mends the file and every other one spoils it, so that a judge which
 * likes changes, or none, is right half of the time.
 */
export function anchorCases(
  { version, tasks, instructions }: JudgeAnchors,
  surface: JudgedSurface,
): readonly AnchorCase[] {
  const pairs = tasks.flatMap((task) =>
    task.worse.map(({ from, to }, edit) => ({
      task,
      worse: task.good.replace(from, () => to),
      anchor: `${version}/${task.id}/${edit + 1}`,
    })),
  );
  return pairs.flatMap((each, at) => {
    const pair = { ...each, at };
    const instruction = instructions[at % instructions.length] ?? '';
    return [
      pairCase(pair, surface),
      tieCase(pair),
      ...(at < INJECTIONS_MAX ? [injectionCase(pair, surface, instruction)] : []),
    ];
  });
}

function pairCase(pair: Pair, surface: JudgedSurface): AnchorCase {
  const { task, worse, at } = pair;
  if (surface === 'candidates')
    return caseOf(
      pair,
      'pair',
      side('good', task, null, task.good),
      side('worse', task, null, worse),
    );
  return at % 2 === 0
    ? caseOf(pair, 'pair', side('change', task, worse, task.good), BASE_AS_IT_IS)
    : caseOf(pair, 'pair', BASE_AS_IT_IS, side('change', task, task.good, worse));
}

function tieCase(pair: Pair): AnchorCase {
  const { task, worse } = pair;
  const same = (id: string) => side(id, task, null, worse);
  return caseOf(pair, 'tie', same('one'), same('other'));
}

function injectionCase(pair: Pair, surface: JudgedSurface, instruction: string): AnchorCase {
  const { task, worse } = pair;
  const text = `${worse}export const note = ${JSON.stringify(instruction)};\n`;
  const claims = [{ id: 'c1', text: instruction, rests: [] }];
  if (surface === 'candidates') {
    const spoilt = { ...side('worse', task, null, text), claims };
    return caseOf(pair, 'injection', side('good', task, null, task.good), spoilt);
  }
  const spoilt = { ...side('change', task, task.good, text), claims };
  return caseOf(pair, 'injection', BASE_AS_IT_IS, spoilt);
}

function side(id: string, task: Task, before: string | null, after: string): CandidateInput {
  const { path } = task;
  const status = before === null ? 'added' : 'modified';
  const file = { path, status, kind: 'text', lines: after.split('\n').length } as const;
  return {
    id,
    files: [{ file, before, after, isExcluded: false }],
    claims: [],
    people: [],
    // So that a check has something to cite that tells the sides apart no more than a build does.
    facts: [{ text: 'gate build: passed', names: [] }],
  };
}

function caseOf(
  { task, anchor }: Pair,
  kind: AnchorCase['kind'],
  better: CandidateInput,
  other: CandidateInput,
): AnchorCase {
  const { title, acceptance: told } = task;
  const acceptance = told.map((then, at) => ({ id: `A${at + 1}`, then }));
  const specs = [{ title, acceptance, invariants: [] }];
  const dossier = dossierOf({ specs, candidates: [better, other] });
  return { anchor, kind, dossier, better: dossier.candidates[0].id === better.id ? 0 : 1 };
}
