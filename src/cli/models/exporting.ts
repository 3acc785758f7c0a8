import { type Command, InvalidArgumentError } from 'commander';
import { contributionsOf } from '../../adapters/roster/contributions.ts';
import { anonymised, PLACES_MIN } from '../../models/anonymised.ts';
import { plainJson } from '../plain-json.ts';
import { stop } from '../stop.ts';
import { exits, type World } from '../world.ts';
import { type ModelOptions, modelCommand, withRoster } from './session.ts';

interface ExportOptions extends ModelOptions {
  readonly places: number;
  readonly family: readonly string[];
}

const notes = `
What is written holds sums over at least so many repositories and 20 tasks, and nothing else: no code,
no prompt, no ids, no names but those of families that --family says are public.
Whoever sees two exports sees what changed between them: give them away seldom.`;

/** `models export`: the record of all models, for somebody else. */
export function exportCommand(world: World): Command {
  return modelCommand('export', 'the record of all models without anything that names anybody')
    .option('--places <k>', 'fewest repositories behind a row', placesOf, PLACES_MIN)
    .option('--family <name>', 'a family whose name is public; repeatable', also, [])
    .addHelpText('after', notes)
    .action((options: ExportOptions) =>
      withRoster(world, options, 'open', (roster) => {
        const models = roster.all();
        if (!models.ok) return stop(world, models.fault, options.json === true);
        const contributions = contributionsOf(roster, models.value);
        if (!contributions.ok) return stop(world, contributions.fault, options.json === true);
        const { places, family } = options;
        world.out(`${plainJson(anonymised(contributions.value, family, places))}\n`);
        world.finish(exits.pass);
      }),
    );
}

function placesOf(text: string): number {
  const count = Number(text);
  if (!/^\d{1,6}$/.test(text) || count < PLACES_MIN)
    throw new InvalidArgumentError(`a whole number from ${PLACES_MIN} to 999999.`);
  return count;
}

const also = (value: string, before: readonly string[]): readonly string[] => [...before, value];
