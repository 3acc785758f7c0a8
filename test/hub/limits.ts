/** The hourly limit that GitHub tells of on every answer. */
import type { World } from './world.ts';

const hourMs = 3_600_000;

/** Counts this answer against whoever asked, and tells what is left. */
export function limitHeaders(
  world: World,
  authorization: string | undefined,
): Record<string, string> {
  const key = authorization ?? '';
  const now = world.now();
  const known = world.limits.get(key);
  const window =
    known !== undefined && known.resetAt > now ? known : { used: 0, resetAt: now + hourMs };
  window.used += 1;
  world.limits.set(key, window);
  return {
    'x-ratelimit-limit': String(world.hourlyLimit),
    'x-ratelimit-remaining': String(Math.max(0, world.hourlyLimit - window.used)),
    'x-ratelimit-used': String(window.used),
    'x-ratelimit-reset': String(Math.ceil(window.resetAt / 1000)),
    'x-ratelimit-resource': 'core',
  };
}
