import { Command } from 'commander';
import { explainCommand } from './bench/explaining.ts';
import { reportCommand } from './bench/reporting.ts';
import { withdrawCommand } from './bench/withdrawing.ts';
import { registerCommand, retireCommand } from './models/changing.ts';
import { evaluateCommand } from './models/evaluating.ts';
import { exportCommand } from './models/exporting.ts';
import { learnCommand } from './models/learning.ts';
import { historyCommand, rosterCommand, showCommand } from './models/reading.ts';
import { routeCommand } from './models/routing.ts';
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
  return new Command('models')
    .description('the models that work and judge, and their record')
    .addCommand(rosterCommand(world))
    .addCommand(showCommand(world))
    .addCommand(registerCommand(world))
    .addCommand(retireCommand(world))
    .addCommand(historyCommand(world))
    .addCommand(learnCommand(world))
    .addCommand(routeCommand(world))
    .addCommand(evaluateCommand(world))
    .addCommand(exportCommand(world))
    .addCommand(listCommand(world))
    .addCommand(addCommand(world))
    .addCommand(verifyCommand(world))
    .addCommand(removeCommand(world))
    .addCommand(benchCommand(world))
    .addCommand(explainCommand(world))
    .addCommand(reportCommand(world))
    .addCommand(withdrawCommand(world));
}
