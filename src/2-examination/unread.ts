import type { Read } from '../caws/law.ts';
import { type Spot, spotAt } from './finding.ts';

/**
 * Where documents of the base cannot be read, and what is wrong with the first of them: the places and words
 * that `arbiter config validate` has for them.
 *
 * @param files the documents; one that no reading has a fault for stands there without a line.
 */
export function unread(
  files: readonly string[],
  readings: readonly Read<unknown>[],
): { readonly spots: readonly Spot[]; readonly detail: Readonly<Record<string, string>> } {
  const faults = new Map(
    readings.flatMap((reading) =>
      reading.ok ? [] : [[reading.fault.file, reading.fault] as const],
    ),
  );
  const sorted = files.toSorted();
  const spots = sorted.map((file): Spot => {
    const [first] = faults.get(file)?.problems ?? [];
    return { ...spotAt(file), line: first?.line ?? null, column: first?.column ?? null };
  });
  const because = faults.get(sorted[0] ?? '')?.problems[0]?.message;
  return { spots, detail: because === undefined ? {} : { because } };
}
