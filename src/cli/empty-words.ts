import { type Command, CommanderError, type Option } from 'commander';

/** An argument or an option that was given a word with nothing in it. */
type Emptied =
  | { readonly argument: Command['registeredArguments'][number] }
  | { readonly option: Option };

/** How such a mistake is called among those of commander. */
export const EMPTY_VALUE = 'emptyValue';

/**
 * Refuses words with nothing in them before a command begins. A variable of the shell that is not set gives
 * one, and a command that took it for "none" would judge, sign or write something else than was meant.
 */
export function refuseEmptyWords(program: Command): void {
  program.hook('preAction', (_, command) => {
    if (emptyWords(command).length > 0)
      throw new CommanderError(2, EMPTY_VALUE, 'error: a word with nothing in it');
  });
}

/**
 * The arguments and options of a command that was parsed, and of those above it, that hold an empty word.
 * What follows the first word of a program to start is that program's own affair.
 */
export function emptyWords(command: Command): readonly Emptied[] {
  const found: Emptied[] = [];
  for (const [at, argument] of command.registeredArguments.entries()) {
    const given: unknown = command.processedArgs[at];
    const words = Array.isArray(given) ? given : [given];
    const ours = argument.name() === 'program' ? words.slice(0, 1) : words;
    if (ours.includes('')) found.push({ argument });
  }
  for (let each: Command | null = command; each !== null; each = each.parent)
    for (const option of each.options)
      if (option.defaultValue !== '' && isEmpty(each, option)) found.push({ option });
  return found;
}

function isEmpty(command: Command, option: Option): boolean {
  const name = option.attributeName();
  const given: unknown = command.getOptionValue(name);
  const fromPerson = command.getOptionValueSource(name) === 'cli';
  return fromPerson && (Array.isArray(given) ? given.includes('') : given === '');
}
