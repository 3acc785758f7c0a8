import { resolve } from 'node:path';
import type { Command } from 'commander';
import { copiedText, restoredText } from '../../5-publication/ledger-words.ts';
import { backupLedger, restoreLedger } from '../../adapters/store-sqlite/backup.ts';
import { page } from '../page.ts';
import { plainJson } from '../plain-json.ts';
import { stop } from '../stop.ts';
import { exits, type World } from '../world.ts';
import {
  type LedgerOptions,
  ledgerCommand,
  placeOrSay,
  reasonOrSay,
  signerOrSay,
  withLedger,
} from './session.ts';

/** `ledger backup FILE`. */
export function backupCommand(world: World): Command {
  return ledgerCommand('backup', 'copy the ledger to a new file, while it may be in use')
    .argument('<file>', 'a file that does not exist yet')
    .action(async (named: string, options: LedgerOptions) => {
      await withLedger(world, options, 'read', async (ledger) => {
        const file = resolve(world.directory, named);
        const done = backupLedger(ledger, file);
        if (!done.ok) return stop(world, done.fault, options.json === true);
        const entries = ledger.head?.sequence ?? 0;
        if (options.json)
          world.out(`${plainJson({ schema: 'caws-arbiter/ledger-backup@1', file, entries })}\n`);
        else page(world, copiedText(file, entries));
        world.finish(exits.pass);
      });
    });
}

interface RestoreOptions extends LedgerOptions {
  readonly yes?: boolean;
  readonly reason?: string;
  readonly key?: string;
}

/** `ledger restore FILE`. */
export function restoreCommand(world: World): Command {
  return ledgerCommand('restore', 'put a checked backup in place of the ledger')
    .argument('<file>', 'a backup')
    .option('--reason <text>', 'why; it stands in the ledger for good')
    .option('--yes', 'also where entries are given up')
    .option('--key <file>', 'sign with this key file')
    .action(async (named: string, options: RestoreOptions) => {
      const reason = reasonOrSay(world, options);
      if (reason === undefined) return;
      const place = await placeOrSay(world, options);
      if (place === undefined) return;
      const signer = await signerOrSay(world, options);
      if (signer === undefined) return;
      const restored = await restoreLedger({
        ...place,
        backup: resolve(world.directory, named),
        signer,
        at: world.now(),
        reason,
        goBack: options.yes === true,
      });
      if (!restored.ok) return stop(world, restored.fault, options.json === true);
      const { entries, kept } = restored.value;
      world.out(
        options.json
          ? `${plainJson({ schema: 'caws-arbiter/ledger-restore@1', ...restored.value })}\n`
          : restoredText(entries, kept),
      );
      world.finish(exits.pass);
    });
}
