import { type AnchorReading, anchorsOf } from '../../3-deliberation/judge/anchoring.ts';
import type { JudgedSurface, ModelIdentity } from '../../3-deliberation/judge/judgement.ts';
import type { Anchors } from '../../3-deliberation/judge/licence.ts';
import type { RosterStorageFault } from '../../models/faults.ts';
import type { Digest, Instant, Result } from '../../primitives.ts';
import { openRoster, type Roster } from './roster.ts';

/** Far more than anybody labels; the newest count. */
const READINGS_MAX = 20_000;

/** Whose record it is, and by which prompts it was earned. */
export interface JudgeName {
  readonly model: ModelIdentity;
  readonly surface: JudgedSurface;
  /** Digest of what it was told. */
  readonly prompts: Digest;
}

/** One anchor, by a name that stays the same. */
export interface NamedReading extends AnchorReading {
  readonly anchor: string;
}

/** A judge is its file; one behind a server is known by its name there and nothing else. */
export const judgeKey = ({ file, name, backend }: ModelIdentity): string =>
  file ?? `${name} by ${backend}`;

/** Keeps what a judge said; what it said before on the same anchors is replaced. */
export function keepReadings(
  roster: Roster,
  { model, surface, prompts }: JudgeName,
  readings: readonly NamedReading[],
  at: Instant,
): Result<number, RosterStorageFault> {
  return roster.write(() => {
    const put = roster.statement(
      'INSERT OR REPLACE INTO judge_readings VALUES (?, ?, ?, ?, ?, ?, ?, ?)',
    );
    for (const { anchor, kind, hit, lean } of readings)
      put.run(judgeKey(model), surface, prompts, anchor, kind, hit, lean, at);
    return readings.length;
  });
}

/** What a judge has earned. Nothing on record gives counts of nothing, which license nobody. */
export function anchorsOnRecord(
  roster: Roster,
  { model, surface, prompts }: JudgeName,
): Result<Anchors, RosterStorageFault> {
  return roster.read(() => {
    const rows = roster
      .statement(
        'SELECT kind, hit, lean FROM judge_readings WHERE judge = ? AND surface = ? AND prompts = ? ORDER BY at DESC, anchor LIMIT ?',
      )
      .all(judgeKey(model), surface, prompts, READINGS_MAX);
    return anchorsOf(rows as unknown as readonly AnchorReading[]);
  });
}

/**
 * Reads licences as they are asked for, so that one that was earned a moment ago counts. A roster that is not there, or
 * cannot be read, licenses nobody.
 *
 * @param prompts digest of what judges are told.
 */
export const recordsIn =
  (file: string, prompts: Digest) =>
  (model: ModelIdentity, surface: JudgedSurface): Anchors | null => {
    const opened = openRoster({ file, access: 'open' });
    if (!opened.ok) return null;
    using roster = opened.value;
    const earned = anchorsOnRecord(roster, { model, surface, prompts });
    return earned.ok ? earned.value : null;
  };

/** Which anchors are on record, as `KIND ANCHOR`. */
export function knownAnchors(
  roster: Roster,
  { model, surface, prompts }: JudgeName,
): Result<ReadonlySet<string>, RosterStorageFault> {
  return roster.read(() => {
    const rows = roster
      .statement(
        'SELECT kind, anchor FROM judge_readings WHERE judge = ? AND surface = ? AND prompts = ?',
      )
      .all(judgeKey(model), surface, prompts);
    return new Set(rows.map(({ kind, anchor }) => `${String(kind)} ${String(anchor)}`));
  });
}
