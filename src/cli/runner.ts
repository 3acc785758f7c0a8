import { Command } from 'commander';
import { sandboxTestCommand } from './runner/sandbox-test.ts';
import type { World } from './world.ts';

/** `arbiter runner …`: the machine that runs what a policy's gates name. */
export function command(world: World): Command {
  return new Command('runner')
    .description('look at the machine that runs gates')
    .addCommand(sandboxTestCommand(world));
}
