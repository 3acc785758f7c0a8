import type { Command, CommanderError, Option } from 'commander';
import { type Mistake, mistakeText, type Needed } from '../5-publication/mistake-words.ts';
import { plainWords, withoutFolder } from './called.ts';
import { EMPTY_VALUE, emptyWords } from './empty-words.ts';

/**
 * What to say of a command line that cannot be meant: what is wrong, and the line as it may have been meant.
 *
 * @param said what commander wrote itself: the whole help where a group was named alone.
 */
export function mistypedText(
  { code, message }: CommanderError,
  said: string,
  argv: readonly string[],
  program: Command,
): string {
  if (code === 'commander.help') return said;
  const [named, word] = plainWords(argv);
  const command = program.commands.find((each) => each.name() === named);
  const inner = command?.commands.find((each) => each.name() === word);
  const names = [command, inner].flatMap((each) => each?.name() ?? []);
  const mistake = mistakeOf(code, message, argv, inner ?? command ?? program);
  return mistakeText(mistake, { typed: withoutFolder(argv), command: names });
}

/** The facts stand in commander's message alone. */
function mistakeOf(
  code: string,
  message: string,
  argv: readonly string[],
  command: Command,
): Mistake {
  const [what = '', ...more] = message.replace(/^error: /, '').split('\n');
  const named = /'([^']*)'/.exec(what)?.[1] ?? '';
  const [bare = ''] = named.split('=');
  const meant = /\(Did you mean (?:one of )?([^,?]*)/.exec(more.join(' '))?.[1] ?? null;
  switch (code) {
    case 'commander.unknownCommand':
      return { kind: 'unknown', of: 'command', named, meant };
    case 'commander.unknownOption':
      return { kind: 'unknown', of: 'option', named: bare, meant };
    case 'commander.missingArgument':
    case 'commander.missingMandatoryOptionValue':
      return { kind: 'lacking', needed: neededBy(command, argv), surplus: surplusOf(command) };
    case 'commander.optionMissingArgument': {
      const option = command.options.find(({ flags }) => flags === named);
      return { kind: 'valueless', option: option === undefined ? null : optionNeeded(option) };
    }
    case EMPTY_VALUE:
      return { kind: 'empty', empty: emptyWords(command).map(emptied) };
    default:
      return { kind: 'other', what };
  }
}

/** Everything that the command needs and that was not typed; commander names the first. */
function neededBy(command: Command, argv: readonly string[]): readonly Needed[] {
  const isTyped = ({ long }: Option) =>
    argv.some((word) => word === long || word.startsWith(`${long}=`));
  const positional = command.registeredArguments.filter(({ required }) => required);
  return [
    ...positional.slice(placedOf(command).length).map(argumentNeeded),
    ...command.options.filter((each) => each.mandatory && !isTyped(each)).map(optionNeeded),
  ];
}

/** The words that the command has no place for; it is asked for what it needs before it says so of them. */
function surplusOf(command: Command): readonly string[] {
  const { args, registeredArguments } = command;
  if (registeredArguments.at(-1)?.variadic === true) return [];
  const kept = new Set(placedOf(command).slice(0, registeredArguments.length));
  return args.flatMap((word, at) => (kept.has(at) ? [] : [word]));
}

/**
 * Where the words stand that fill a place. Commander counts an option that it does not know among
 * the words, and what follows it is taken for its value.
 */
function placedOf({ args }: Command): readonly number[] {
  const isOption = (word: string | undefined): boolean => /^-./.test(word ?? '');
  const isValue = (at: number): boolean =>
    isOption(args[at - 1]) && args[at - 1]?.includes('=') === false;
  return args.flatMap((word, at) => (isOption(word) || isValue(at) ? [] : [at]));
}

function emptied(each: ReturnType<typeof emptyWords>[number]): Needed {
  return 'option' in each ? optionNeeded(each.option) : argumentNeeded(each.argument);
}

function argumentNeeded(argument: Command['registeredArguments'][number]): Needed {
  return { option: null, value: argument.name(), description: argument.description };
}

function optionNeeded({ long, short, flags, description }: Option): Needed {
  return { option: long ?? short ?? flags, value: /<([^>.]*)/.exec(flags)?.[1] ?? '', description };
}
