/** What a witness outside the store saw of tasks, held against what the store says. */
import { once } from 'node:events';
import { existsSync, readFileSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import type { Roster } from '../../../src/adapters/roster/roster.ts';

export interface Witnessed {
  readonly tasks: number;
  /** Tasks that are not done, whatever else became of them. */
  readonly lost: readonly string[];
  /** Tasks of which more than one attempt was acknowledged as done, or by the wrong one, or that roster and queue count otherwise. */
  readonly twice: readonly string[];
  /** Attempts that a kill cut off. */
  readonly cutOff: number;
}

/**
 * Compares. The witness is written around the store: `began` before an attempt's work, `done` after the
 * store has acknowledged it. A kill can cut off the second line, never add one.
 */
export function witnessed(roster: Roster, witness: string): Witnessed {
  const began = new Map<string, number[]>();
  const done = new Map<string, number[]>();
  for (const line of readFileSync(witness, 'utf8').split('\n')) {
    const [what, id = '', fence] = line.split(' ');
    const to = what === 'began' ? began : what === 'done' ? done : null;
    if (to !== null) to.set(id, [...(to.get(id) ?? []), Number(fence)]);
  }
  const tasks = roster.database.prepare('SELECT id, state, fence, lost FROM queue_tasks').all();
  const executions = new Map(
    roster.database
      .prepare(
        "SELECT substr(decision, 1, instr(decision, '.') - 1) AS id, count(*) AS n FROM tasks WHERE state = 'done' GROUP BY 1",
      )
      .all()
      .map((row) => [String(row['id']), Number(row['n'])]),
  );
  const lostOf = (row: (typeof tasks)[number]) => JSON.parse(String(row['lost'])) as unknown[];
  const isTwice = (row: (typeof tasks)[number]): boolean => {
    const id = String(row['id']);
    const fences = began.get(id) ?? [];
    const acknowledged = done.get(id) ?? [];
    return (
      new Set(fences).size !== fences.length ||
      acknowledged.length > 1 ||
      acknowledged.some((fence) => fence !== Number(row['fence'])) ||
      // Whoever began it again had lost it before: once for each attempt but the last.
      fences.length > lostOf(row).length + 1 ||
      (row['state'] === 'done' && (executions.get(id) ?? 0) !== 1)
    );
  };
  const cutOff = tasks.reduce((sum, row) => sum + lostOf(row).length, 0);
  return {
    tasks: tasks.length,
    lost: tasks.filter(({ state }) => state !== 'done').map(({ id }) => String(id)),
    twice: tasks.filter(isTwice).map(({ id }) => String(id)),
    cutOff,
  };
}

/** Resolves once the file has so many lines that begin with a word. */
export async function written(file: string, word: string, count = 1): Promise<void> {
  const lines = () => (existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []);
  const watching = watch(dirname(file));
  while (lines().filter((line) => line.startsWith(word)).length < count)
    await once(watching, 'change');
  watching.close();
}
