import { Command } from 'commander';
import { addCommand } from './tasks/adding.ts';
import {
  beatCommand,
  cancelCommand,
  healthCommand,
  listCommand,
  logCommand,
  showCommand,
} from './tasks/reading.ts';
import { runCommand } from './tasks/running.ts';
import type { World } from './world.ts';

const examples = `
Examples:
  arbiter tasks add CART-1                        put a spec of this repository in line
  arbiter tasks add CART-1 --priority high --deadline 2h
  arbiter tasks run --worker ./write.sh --once    have what waits done and judged, and end
  arbiter tasks list                              what waits and runs
  arbiter tasks log                               past decisions, for arbiter models evaluate
  arbiter tasks health                            breakers, loads and last signs of life

A task waits in the roster's file until a runner takes it. The roster's router chooses a model for it, the
command proposes a patch in a folder of its own (task.json, change.patch; ARBITER_MODEL names the model), and
the patch is judged like anybody's. What goes wrong is tried elsewhere, then with another model, and ends
as an ERROR that says what was tried. Several runners may share one queue.

Exit codes: 0 done, 2 usage, 4 could not finish or no room, 130 interrupted.`;

/** `arbiter tasks …`: a queue of work for the models of the roster. */
export function command(world: World): Command {
  return new Command('tasks')
    .description('queue tasks for models, have them done and judged')
    .addHelpText('after', examples)
    .addCommand(addCommand(world))
    .addCommand(listCommand(world))
    .addCommand(showCommand(world))
    .addCommand(cancelCommand(world))
    .addCommand(runCommand(world))
    .addCommand(healthCommand(world))
    .addCommand(logCommand(world))
    .addCommand(beatCommand(world));
}
