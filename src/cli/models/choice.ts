import { InvalidArgumentError } from 'commander';

/** Reads an option that takes one of a few words. */
export function choice<Word extends string>(words: readonly Word[]): (given: string) => Word {
  return (given) => {
    const word = words.find((each) => each === given);
    if (word === undefined) throw new InvalidArgumentError(`one of ${words.join(', ')}.`);
    return word;
  };
}
