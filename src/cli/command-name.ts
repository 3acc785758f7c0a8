/** The first word of a command line that is no option and no option's value. */
export function commandName(argv: readonly string[]): string | undefined {
  for (let at = 0; at < argv.length; at += 1) {
    if (argv[at] === '-C') at += 1;
    else if (argv[at] === 'help') continue;
    else if (!argv[at]?.startsWith('-')) return argv[at];
  }
  return undefined;
}
