import { prepareQueueTables } from '../../adapters/orchestra/tables.ts';
import type { Roster } from '../../adapters/roster/roster.ts';
import { type ModelOptions, withRoster } from '../models/session.ts';
import { stop } from '../stop.ts';
import type { World } from '../world.ts';

/** Opens the roster with its queue, hands it to the work, and closes it. */
export function withQueue(
  world: World,
  options: ModelOptions,
  work: (roster: Roster) => Promise<void> | void,
): Promise<void> {
  return withRoster(world, options, 'open', async (roster) => {
    const prepared = prepareQueueTables(roster);
    if (!prepared.ok) return stop(world, prepared.fault, options.json === true);
    await work(roster);
  });
}
