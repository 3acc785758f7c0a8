import type { MakeHands } from './hands.ts';
import type { Outcome } from './work/task.ts';

const put: Outcome = { kind: 'park', because: 'this program hears nothing' };

/** Takes deliveries in and works on none: all that they ask for is parked, and kept. */
export const noHands: MakeHands = () => ({
  work: async () => put,
  lookUp: async () => ({ ok: true, value: [] }),
  audit: async () => put,
  mergeGroup: async () => put,
  searches: [],
  page: () => null,
});
