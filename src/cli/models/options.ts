import { resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';
import type { World } from '../world.ts';

/** Where `runner-setup/setup` puts models. */
const usual: Readonly<Partial<Record<NodeJS.Platform, string>>> = {
  darwin: '/Users/Shared/caws/models',
};

/** The folder of models that is meant: the named one, or where the machine's setup has it. */
export function modelsFolder(world: World, named: string | undefined): string {
  if (named !== undefined) return resolve(world.directory, named);
  return usual[process.platform] ?? '/var/lib/caws-judge/models';
}

/** Starts the process of one model: this command, asked to be one. */
export function modelProgram(): readonly [string, ...string[]] {
  return [process.execPath, process.argv[1] ?? '', 'judge', '--model-process'];
}

/** What a folder may pin a model as, by the schema of its lock. */
export function modelName(text: string): string {
  if (!/^[a-z0-9][a-z0-9._-]{0,63}$/.test(text))
    throw new InvalidArgumentError(
      'a to z, 0 to 9, ., _ and -, a letter or a digit first, at most 64',
    );
  return text;
}

/** Of one model, by the schema of a lock. */
const THREADS_MAX = 256;

export function threadCount(text: string): number {
  const count = /^[1-9][0-9]{0,2}$/.test(text) ? Number(text) : Number.NaN;
  if (!(count <= THREADS_MAX))
    throw new InvalidArgumentError(`a whole number, 1 to ${THREADS_MAX}`);
  return count;
}

/** Reads what an entry of a lock is to say, before a file of gigabytes is copied for it. */
export function entryText(form: RegExp, wanted: string): (text: string) => string {
  return (text) => {
    if (!form.test(text)) throw new InvalidArgumentError(wanted);
    return text;
  };
}

export function wholeNumber(text: string): number {
  if (!/^[1-9][0-9]{0,8}$/.test(text)) throw new InvalidArgumentError('a whole number from 1');
  return Number(text);
}
