import { InvalidArgumentError } from 'commander';

const unitMs = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

/** Reads a length of time, `30s`, `20m`, `2h` or `1d`, as milliseconds. */
export function span(given: string): number {
  const [, count, unit] = /^([1-9]\d{0,3})([smhd])$/.exec(given) ?? [];
  if (count === undefined) throw new InvalidArgumentError('a length of time, e.g. 30s, 20m or 2h.');
  return Number(count) * unitMs[unit as keyof typeof unitMs];
}
