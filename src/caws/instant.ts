import type { Instant } from '../primitives.ts';

const written =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,9}))?)?(Z|[+-]\d\d:?\d\d)?)?$/;

const dayMs = 24 * 60 * 60 * 1000;

/**
 * The instant that a document writes as ISO 8601.
 *
 * @param dateMeans what a date without a time stands for: its first instant, or the first instant
 * after it, which is the exclusive end of that day. A time without a zone is UTC.
 * @returns undefined for anything else, dates that no calendar has and years before 1970 included.
 */
export function writtenInstant(text: string, dateMeans: 'start' | 'end'): Instant | undefined {
  const parts = written.exec(text);
  if (parts === null) return undefined;
  const [, year, month, day, hour, minute, second, fraction, zone] = parts;
  const midnight = Date.UTC(Number(year), Number(month) - 1, Number(day));
  if (new Date(midnight).toISOString().slice(0, 10) !== `${year}-${month}-${day}`) return undefined;
  if (hour === undefined) return after1970(midnight + (dateMeans === 'end' ? dayMs : 0));
  const seconds = Number(second ?? 0);
  if (Number(hour) > 23 || Number(minute) > 59 || seconds > 59) return undefined;
  const timeMs = ((Number(hour) * 60 + Number(minute)) * 60 + seconds) * 1000;
  const offsetMs = zoneOffsetMs(zone ?? 'Z');
  if (offsetMs === undefined) return undefined;
  const milliseconds = Number((fraction ?? '').slice(0, 3).padEnd(3, '0'));
  return after1970(midnight + timeMs + milliseconds - offsetMs);
}

function after1970(instant: number): Instant | undefined {
  return instant >= 0 ? (instant as Instant) : undefined;
}

function zoneOffsetMs(zone: string): number | undefined {
  if (zone === 'Z') return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(-2));
  // No zone is further than 14 hours from UTC.
  if (hours > 14 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes) * 60 * 1000;
}
