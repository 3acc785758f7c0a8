import { Command } from 'commander';
import {
  addCommand,
  benchCommand,
  listCommand,
  removeCommand,
  verifyCommand,
} from './models/weights.ts';
import type { World } from './world.ts';

/** `arbiter models …`: which models may work and judge, and how each has done. */
export function command(world: World): Command {
  // One line a subcommand: .addCommand(rosterCommand(world))
  return new Command('models')
    .description('the models that work and judge, and their record')
    .addCommand(listCommand(world))
    .addCommand(addCommand(world))
    .addCommand(verifyCommand(world))
    .addCommand(removeCommand(world))
    .addCommand(benchCommand(world));
}
