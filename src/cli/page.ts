import { stripVTControlCharacters } from 'node:util';
import { folded } from './demo/fold.ts';
import type { World } from './world.ts';

/** A line that holds a command to copy stays whole: a terminal breaks it without putting anything in. */
const holdsCommand = /(?:^| {2,})(?:arbiter|git) \S/;

/** Prints text for a person, broken between words where their terminal is narrower. */
export function page(world: World, text: string): void {
  const columns = world.columns ?? Number.POSITIVE_INFINITY;
  const lines = text
    .split('\n')
    .map((line) =>
      holdsCommand.test(stripVTControlCharacters(line)) ? line : folded(line, columns),
    );
  world.out(lines.join('\n'));
}
