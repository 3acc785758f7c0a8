import { Command } from 'commander';
import { backupCommand, restoreCommand } from './ledger/copies.ts';
import { eraseCommand, pruneCommand } from './ledger/erasing.ts';
import { exportCommand, verifyCommand } from './ledger/proving.ts';
import { logCommand, showCommand } from './ledger/reading.ts';
import type { World } from './world.ts';

/** `arbiter ledger …`: what was recorded, and the proof that it still stands as it was. */
export function command(world: World): Command {
  return new Command('ledger')
    .description('read, prove, copy and prune what was recorded')
    .addCommand(logCommand(world))
    .addCommand(showCommand(world))
    .addCommand(verifyCommand(world))
    .addCommand(exportCommand(world))
    .addCommand(backupCommand(world))
    .addCommand(restoreCommand(world))
    .addCommand(pruneCommand(world))
    .addCommand(eraseCommand(world));
}
