import { readdirSync, readFileSync } from 'node:fs';

/** O_CLOEXEC as /proc shows it: a program that is started does not get the file. */
const closedOnStart = 0o2000000;
/** A shell hands on some with high numbers, never one above this. */
const numberMax = 1_023;

/**
 * Numbers of the files that programs started here would find open, because whoever started this process
 * left them so: Node shuts the first sixteen alone.
 *
 * @returns none of the three that every program has; empty where the system does not tell.
 */
export function inheritedFiles(): readonly number[] {
  try {
    return readdirSync('/proc/self/fdinfo')
      .map(Number)
      .filter((number) => number > 2 && number <= numberMax && isHandedOn(number));
  } catch {
    // No /proc on this system.
    return [];
  }
}

function isHandedOn(number: number): boolean {
  try {
    const text = readFileSync(`/proc/self/fdinfo/${number}`, 'utf8');
    const flags = /^flags:\s+([0-7]+)$/m.exec(text)?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & closedOnStart) === 0;
  } catch {
    // Closed meanwhile, as that of the listing itself.
    return false;
  }
}
