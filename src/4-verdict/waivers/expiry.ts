import { fail, type Instant, isoOf, ok, type Result } from '../../primitives.ts';
import { DAY_MS, instantOf } from './event.ts';

export type ExpiryFault =
  | { readonly kind: 'expiry-unreadable'; readonly text: string }
  | { readonly kind: 'expiry-in-the-past'; readonly text: string; readonly now: string }
  | {
      readonly kind: 'expiry-too-late';
      readonly text: string;
      readonly longestDays: number;
      /** The last date that may be given, `YYYY-MM-DD`; null where not even today's end is near enough. */
      readonly lastDay: string | null;
    };

const unitMs = { h: DAY_MS / 24, d: DAY_MS, w: 7 * DAY_MS } as const;

/**
 * When a waiver ends: `12h`, `7d` and `2w` count from now; `YYYY-MM-DD` is the end of that day in UTC.
 *
 * @param longestDays what the policy allows for this gate; exactly as long is allowed.
 * @returns the exclusive end.
 */
export function expiryOf(
  text: string,
  now: Instant,
  longestDays: number,
): Result<Instant, ExpiryFault> {
  const end = lengthEnd(text, now) ?? dayEnd(text);
  if (end === undefined) return fail({ kind: 'expiry-unreadable', text: text.slice(0, 40) });
  if (end <= now) return fail({ kind: 'expiry-in-the-past', text, now: isoOf(now) });
  if (end - now > longestDays * DAY_MS)
    return fail({ kind: 'expiry-too-late', text, longestDays, lastDay: lastDay(now, longestDays) });
  return ok(end as Instant);
}

function lengthEnd(text: string, now: Instant): number | undefined {
  const found = /^([1-9]\d{0,2})([hdw])$/.exec(text);
  if (found === null) return undefined;
  return now + Number(found[1]) * unitMs[found[2] as keyof typeof unitMs];
}

function dayEnd(text: string): number | undefined {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return undefined;
  const start = instantOf(`${text}T00:00:00Z`);
  return start === undefined ? undefined : start + DAY_MS;
}

/** The last day whose end still lies within the limit. */
function lastDay(now: Instant, longestDays: number): string | null {
  const dayAfter = Math.floor((now + longestDays * DAY_MS) / DAY_MS) * DAY_MS;
  return dayAfter <= now ? null : isoOf((dayAfter - DAY_MS) as Instant).slice(0, 10);
}
