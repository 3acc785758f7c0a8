import { Command } from 'commander';
import type { World } from './world.ts';

/** `arbiter models …`: which models may work and judge, and how each has done. */
export function command(_world: World): Command {
  // One line a subcommand: .addCommand(rosterCommand(world))
  return new Command('models').description('the models that work and judge, and their record');
}
