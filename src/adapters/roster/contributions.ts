import type { Contribution } from '../../models/anonymised.ts';
import type { RosterStorageFault } from '../../models/faults.ts';
import { noPerformance } from '../../models/performance.ts';
import { surfaces } from '../../models/profile.ts';
import type { RosterModel } from '../../models/roster.ts';
import type { Result } from '../../primitives.ts';
import type { Roster } from './roster.ts';

/** What every model has on its record now, and from how many places its tasks came. */
export function contributionsOf(
  roster: Roster,
  models: readonly RosterModel[],
): Result<readonly Contribution[], RosterStorageFault> {
  return roster.read(() => {
    const places = roster.statement(
      `SELECT DISTINCT coalesce(origin, '') AS place FROM tasks
       WHERE model = ? AND surface = ? AND generation = ? AND facts IS NOT NULL`,
    );
    return models.flatMap(({ profile, generation, performance }) =>
      surfaces.map((surface) => ({
        role: profile.role,
        family: profile.family,
        surface,
        record: performance[surface] ?? noPerformance,
        places: new Set(
          places.all(profile.id, surface, generation).map((row) => String(row['place'])),
        ),
      })),
    );
  });
}
