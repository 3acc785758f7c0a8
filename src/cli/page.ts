import { stripVTControlCharacters } from 'node:util';
import { asCalled } from '../5-publication/as-called.ts';
import { folded } from './demo/fold.ts';
import type { World } from './world.ts';

/** A line that holds a command to copy stays whole: a terminal breaks it without putting anything in. */
const holdsCommand = /(?:^| {2,}|^(?:Next|Try): )(?:arbiter|git) \S/;
/** Where a list goes when nobody says how wide it may be: a mail, a log, a terminal of old. */
export const LIST_COLUMNS = 80;

/** Prints text for a person, broken between words where their terminal is narrower. */
export function page(world: World, text: string): void {
  world.out(broken(world, text, world.columns ?? Number.POSITIVE_INFINITY));
}

/** The same for a list, whose lines are kept short also where no terminal is. */
export function pageList(world: World, text: string): void {
  world.out(broken(world, text, world.columns ?? LIST_COLUMNS));
}

function broken({ call }: World, text: string, columns: number): string {
  return text
    .split('\n')
    .map((line) => {
      const said = asCalled(line, call);
      return holdsCommand.test(stripVTControlCharacters(line)) ? said : folded(said, columns);
    })
    .join('\n');
}
