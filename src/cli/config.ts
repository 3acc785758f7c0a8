import { Command } from 'commander';
import { command as show } from './config-show.ts';
import { command as validate } from './config-validate.ts';
import type { World } from './world.ts';

/** `arbiter config …`. */
export function command(world: World): Command {
  return new Command('config')
    .description('check CAWS documents; show the policy in force')
    .addCommand(validate(world))
    .addCommand(show(world));
}
