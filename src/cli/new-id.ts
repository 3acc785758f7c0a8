import { v7 } from 'uuid';
import type { Instant, VerdictId } from '../primitives.ts';
import type { World } from './world.ts';

/** A UUIDv7 of this instant. */
export function newVerdictId(at: Instant, world: World): VerdictId {
  return v7({ msecs: at, random: world.random(16) }) as VerdictId;
}
