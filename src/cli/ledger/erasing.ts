import type { Command } from 'commander';
import {
  blobsOlderThan,
  type Erased,
  eraseSealed,
  pruneBlobs,
} from '../../adapters/store-sqlite/erase.ts';
import { readAttached } from '../../ledger/entry.ts';
import { type Digest, digest, type Instant } from '../../primitives.ts';
import { plainJson } from '../plain-json.ts';
import { stop } from '../stop.ts';
import { exits, type World } from '../world.ts';
import {
  type LedgerOptions,
  ledgerCommand,
  reasonOrSay,
  signerOrSay,
  withLedger,
} from './session.ts';

const DAY_MS = 86_400_000;

interface ErasingOptions extends LedgerOptions {
  readonly yes?: boolean;
  readonly key?: string;
}

/** `ledger prune`: drops case files and evidence by age. */
export function pruneCommand(world: World): Command {
  return ledgerCommand('prune', 'drop case files and evidence older than some days')
    .requiredOption('--older-than <days>', 'e.g. 400d')
    .option('--yes', 'do it; without it, only say what would go')
    .option('--key <file>', 'sign with this key file')
    .action(async (options: ErasingOptions & { olderThan: string }) => {
      const days = /^([1-9]\d{0,4})d$/.exec(options.olderThan)?.[1];
      if (days === undefined) {
        world.err('--older-than takes whole days from 1d to 99999d, e.g. 400d.\n');
        return world.finish(exits.usage);
      }
      const before = Math.max(0, world.now() - Number(days) * DAY_MS) as Instant;
      await withLedger(world, options, options.yes ? 'write' : 'read', async (ledger) => {
        const blobs = blobsOlderThan(ledger, before);
        if (!blobs.ok) return stop(world, blobs.fault, options.json === true);
        if (!options.yes || blobs.value.length === 0) {
          world.out(
            options.json
              ? `${plainJson({ schema: 'caws-arbiter/ledger-prune@1', done: false, blobs: blobs.value })}\n`
              : `${blobs.value.length} blobs are older than ${days} days. ${blobs.value.length === 0 ? 'Nothing to do.' : 'To drop them: --yes'}\nVerdicts and the chain stay; a dropped case can no longer be replayed.\n`,
          );
          return world.finish(exits.pass);
        }
        const signer = await signerOrSay(world, options.key);
        if (signer === undefined) return;
        const order = { at: world.now(), reason: `retention: older than ${days} days`, signer };
        const erased = await pruneBlobs(ledger, blobs.value, order);
        if (!erased.ok) return stop(world, erased.fault, options.json === true);
        sayErased(world, options, 'blobs', erased.value);
      });
    });
}

/** `ledger erase`: takes personal values away. */
export function eraseCommand(world: World): Command {
  return ledgerCommand('erase', 'erase personal values; the chain stays verifiable')
    .option('--entry <number>', 'everything sealed beside this entry')
    .option('--sealed <digest...>', 'single values, by the commitments that entries name')
    .option('--reason <text>', 'why; it stands in the ledger for good, so it names nobody')
    .option('--yes', 'do it')
    .option('--key <file>', 'sign with this key file')
    .action(
      async (
        options: ErasingOptions & { entry?: string; sealed?: readonly string[]; reason?: string },
      ) => {
        const named = (options.sealed ?? []).map((text) => digest(text));
        const sequence = options.entry === undefined ? null : Number(options.entry);
        const understood =
          named.every((each) => each !== undefined) &&
          (sequence === null || (Number.isSafeInteger(sequence) && sequence >= 1)) &&
          (sequence !== null || named.length > 0);
        if (!understood) {
          world.err('Name what to erase: --entry NUMBER or --sealed sha256:…\n');
          return world.finish(exits.usage);
        }
        const reason = reasonOrSay(world, options.reason);
        if (reason === undefined) return;
        if (options.yes !== true) {
          world.err('Erased values cannot be brought back. To erase them: --yes\n');
          return world.finish(exits.usage);
        }
        const signer = await signerOrSay(world, options.key);
        if (signer === undefined) return;
        await withLedger(world, options, 'write', async (ledger) => {
          const entry = sequence === null ? null : await ledger.entry(sequence);
          if (entry !== null && !entry.ok) return stop(world, entry.fault, options.json === true);
          const beside = readAttached(entry?.value?.attached ?? '')?.sealed ?? [];
          const order = { at: world.now(), reason, signer };
          const erased = await eraseSealed(ledger, [...beside, ...(named as Digest[])], order);
          if (!erased.ok) return stop(world, erased.fault, options.json === true);
          sayErased(world, options, 'sealed values', erased.value);
        });
      },
    );
}

function sayErased(world: World, options: LedgerOptions, what: string, erased: Erased): void {
  const remains = erased.rewritten
    ? ''
    : 'Another process kept the file from being rewritten: free pages may still hold them. Run it again later.\n';
  world.out(
    options.json
      ? `${plainJson({ schema: 'caws-arbiter/ledger-erasure@1', done: true, ...erased })}\n`
      : `${erased.count} ${what} are gone${erased.entries.length === 0 ? '' : `; entry ${erased.entries.join(', ')} says so`}.\n${remains}Backups made before keep theirs.\n`,
  );
  world.finish(exits.pass);
}
