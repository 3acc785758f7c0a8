import type { Refusal } from '../../models/faults.ts';
import type { Instant } from '../../primitives.ts';
import type { Roster } from './roster.ts';

/** A person reads the last few; whoever sends nonsense in a loop must not fill the disk. */
const REFUSALS_MAX = 10_000;

/** Notes what was refused; part of the transaction around it. */
export function recordRefusal(
  roster: Roster,
  {
    about,
    at,
    refusal,
  }: { readonly about: string; readonly at: Instant; readonly refusal: Refusal },
): void {
  const when = Number.isSafeInteger(at) ? at : 0;
  roster
    .statement('INSERT INTO refusals (at, about, body) VALUES (?, ?, ?)')
    .run(when, about.slice(0, 100), JSON.stringify(refusal));
  roster
    .statement('DELETE FROM refusals WHERE sequence <= (SELECT max(sequence) FROM refusals) - ?')
    .run(REFUSALS_MAX);
}
