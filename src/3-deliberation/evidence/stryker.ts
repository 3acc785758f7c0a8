import { ok, type Result } from '../../primitives.ts';
import { asArray, asObject, type JsonObject, own, readJsonObject } from './json.ts';
import {
  type EvidenceFault,
  evidenceBounds,
  type Measured,
  type Report,
  unreadable,
} from './measured.ts';

type Weight = 'detected' | 'undetected' | 'left-out' | 'ignored' | 'pending';

/** States of the mutation-testing report schema; one we do not know makes the report unreadable. */
const weights: ReadonlyMap<unknown, Weight> = new Map<unknown, Weight>([
  ['Killed', 'detected'],
  ['Timeout', 'detected'],
  ['Survived', 'undetected'],
  ['NoCoverage', 'undetected'],
  ['CompileError', 'left-out'],
  ['RuntimeError', 'left-out'],
  ['Ignored', 'ignored'],
  ['Pending', 'pending'],
]);

/**
 * A mutation-testing report (Stryker and others): detected / (detected + undetected), as the schema's
 * own metrics define it. Mutants that could not be compiled or run, or were ignored, are left out of
 * both; pending ones make the report incomplete.
 */
export function readStryker(report: Report): Result<Measured, EvidenceFault> {
  const read = readJsonObject(report);
  if (!read.ok) return read;
  const version = own(read.value, 'schemaVersion');
  if (typeof version !== 'string' || !/^[12](\.|$)/.test(version))
    return unreadable(report, 'wrong-shape', `schemaVersion ${JSON.stringify(version ?? null)}`);
  const files = asObject(own(read.value, 'files'));
  if (files === undefined) return unreadable(report, 'wrong-shape', 'no files');
  const counts = { detected: 0, undetected: 0, 'left-out': 0, ignored: 0, pending: 0 };
  let mutants = 0;
  for (const [file, value] of Object.entries(files)) {
    const states = statesOf(value);
    if (states === undefined)
      return unreadable(report, 'wrong-shape', `${file.slice(0, 100)}: no mutants`);
    mutants += states.length;
    if (mutants > evidenceBounds.entriesMax)
      return unreadable(report, 'too-large', `over ${evidenceBounds.entriesMax} mutants`);
    const seen = new Set<string>();
    for (const { id, weight } of states) {
      if (weight === undefined || id === undefined)
        return unreadable(
          report,
          'wrong-shape',
          `${file.slice(0, 100)}: a mutant without id or known status`,
        );
      if (seen.has(id))
        return unreadable(
          report,
          'contradiction',
          `${file.slice(0, 100)}: mutant ${id.slice(0, 40)} twice`,
        );
      seen.add(id);
      counts[weight] += 1;
    }
  }
  if (counts.pending > 0)
    return unreadable(report, 'incomplete', `${counts.pending} mutants still pending`);
  const total = counts.detected + counts.undetected;
  return total === 0
    ? unreadable(report, 'nothing-measured', 'no mutant was run')
    : ok({ kind: 'mutation', detected: counts.detected, total, ignored: counts.ignored });
}

interface MutantState {
  readonly id: string | undefined;
  readonly weight: Weight | undefined;
}

function statesOf(file: unknown): readonly MutantState[] | undefined {
  const object: JsonObject | undefined = asObject(file);
  const mutants = object && asArray(own(object, 'mutants'));
  return mutants?.map((value) => {
    const mutant = asObject(value) ?? {};
    const id = own(mutant, 'id');
    return {
      id: typeof id === 'string' ? id : undefined,
      weight: weights.get(own(mutant, 'status')),
    };
  });
}
