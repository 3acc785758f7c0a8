import type { Command } from 'commander';
import { erasedText, prunableText } from '../../5-publication/ledger-words.ts';
import {
  blobsOlderThan,
  type Erased,
  eraseSealed,
  pruneBlobs,
} from '../../adapters/store-sqlite/erase.ts';
import { readAttached } from '../../ledger/entry.ts';
import { type Digest, digest, type Instant } from '../../primitives.ts';
import { page } from '../page.ts';
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
      if (days === undefined)
        return stop(world, { kind: 'age-unreadable', given: options.olderThan }, options.json);
      const before = Math.max(0, world.now() - Number(days) * DAY_MS) as Instant;
      await withLedger(world, options, options.yes ? 'write' : 'read', async (ledger) => {
        const blobs = blobsOlderThan(ledger, before);
        if (!blobs.ok) return stop(world, blobs.fault, options.json === true);
        if (!options.yes || blobs.value.length === 0) {
          const schema = 'caws-arbiter/ledger-prune@1';
          if (options.json)
            world.out(`${plainJson({ schema, done: false, blobs: blobs.value })}\n`);
          else page(world, prunableText(blobs.value.length, days));
          return world.finish(exits.pass);
        }
        const signer = await signerOrSay(world, options);
        if (signer === undefined) return;
        const order = { at: world.now(), reason: `retention: older than ${days} days`, signer };
        const erased = await pruneBlobs(ledger, blobs.value, order);
        if (!erased.ok) return stop(world, erased.fault, options.json === true);
        sayErased(world, options, 'blob', erased.value);
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
        if (!understood) return stop(world, { kind: 'nothing-to-erase-named' }, options.json);
        const reason = reasonOrSay(world, options);
        if (reason === undefined) return;
        if (options.yes !== true) return stop(world, { kind: 'erasing-unconfirmed' }, options.json);
        const signer = await signerOrSay(world, options);
        if (signer === undefined) return;
        await withLedger(world, options, 'write', async (ledger) => {
          const entry = sequence === null ? null : await ledger.entry(sequence);
          if (entry !== null && !entry.ok) return stop(world, entry.fault, options.json === true);
          const beside = readAttached(entry?.value?.attached ?? '')?.sealed ?? [];
          const order = { at: world.now(), reason, signer };
          const erased = await eraseSealed(ledger, [...beside, ...(named as Digest[])], order);
          if (!erased.ok) return stop(world, erased.fault, options.json === true);
          sayErased(world, options, 'sealed value', erased.value);
        });
      },
    );
}

function sayErased(
  world: World,
  options: LedgerOptions,
  noun: 'blob' | 'sealed value',
  erased: Erased,
): void {
  const schema = 'caws-arbiter/ledger-erasure@1';
  world.out(
    options.json ? `${plainJson({ schema, done: true, ...erased })}\n` : erasedText(noun, erased),
  );
  world.finish(exits.pass);
}
