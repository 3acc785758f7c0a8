import { resolve } from 'node:path';
import { shellWord } from '../5-publication/escape.ts';

/**
 * A worker's command as its shell reads it. It is run in a folder of its own, so a program that is named from where
 * the caller stands (`./write.sh`) is named in full; everything else stays as it was given.
 */
export const commandFrom = (directory: string, command: string): string =>
  command.replace(/^\.{1,2}\/[\w@%+=:,./-]+(?=\s|$)/, (program) =>
    shellWord(resolve(directory, program)),
  );
