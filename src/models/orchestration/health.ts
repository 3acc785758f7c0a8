/** Whether a runner, daemon or model that announces itself is still there. */

import type { Instant } from '../../primitives.ts';
import { wentBack } from '../events.ts';

export interface Pulse {
  readonly seenAt: Instant;
  /** How often it said that it would be heard. */
  readonly everyMs: number;
}

export type Vital = 'alive' | 'late' | 'lost';

/** Beats that may be missed: one to a busy machine, three before nobody counts on it. */
const MISSED_LATE = 1;
const MISSED_LOST = 3;

/** How it stands now. A sign of life from the future is none. */
export function vitalOf({ seenAt, everyMs }: Pulse, now: Instant): Vital {
  if (wentBack(seenAt, now)) return 'lost';
  const beats = (now - seenAt) / everyMs;
  if (beats <= 1 + MISSED_LATE) return 'alive';
  return beats <= 1 + MISSED_LOST ? 'late' : 'lost';
}
