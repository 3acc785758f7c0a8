/** The hourly limit that GitHub tells of on every answer. */
import type { World } from './world.ts';

const hourMs = 3_600_000;

interface Window {
  used: number;
  readonly resetAt: number;
}

function windowOf(world: World, authorization: string | undefined): Window {
  const key = authorization ?? '';
  const now = world.now();
  const known = world.limits.get(key);
  if (known !== undefined && known.resetAt > now) return known;
  const fresh = { used: 0, resetAt: now + hourMs };
  world.limits.set(key, fresh);
  return fresh;
}

/** Whether whoever asks has used this hour's requests up. */
export const overLimit = (world: World, authorization: string | undefined): boolean =>
  windowOf(world, authorization).used >= world.hourlyLimit;

/** Counts this answer against whoever asked, and tells what is left. */
export function limitHeaders(
  world: World,
  authorization: string | undefined,
): Record<string, string> {
  const window = windowOf(world, authorization);
  window.used += 1;
  return {
    'x-ratelimit-limit': String(world.hourlyLimit),
    'x-ratelimit-remaining': String(Math.max(0, world.hourlyLimit - window.used)),
    'x-ratelimit-used': String(window.used),
    'x-ratelimit-reset': String(Math.ceil(window.resetAt / 1000)),
    'x-ratelimit-resource': 'core',
  };
}
