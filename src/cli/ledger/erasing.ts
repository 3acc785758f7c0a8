import type { Command } from 'commander';
import type { UsageFault } from '../../5-publication/faults.ts';
import { erasedText, namingText, prunableText } from '../../5-publication/ledger-words.ts';
import { blobsOlderThan, type Erased, eraseBeside } from '../../adapters/store-sqlite/erase.ts';
import type { SqliteLedger } from '../../adapters/store-sqlite/ledger.ts';
import { entriesNaming, foldedName, type Naming } from '../../adapters/store-sqlite/naming.ts';
import { type Attachments, readAttached } from '../../ledger/entry.ts';
import type { LedgerFault } from '../../ports.ts';
import { type Digest, digest, fail, type Instant, ok, type Result } from '../../primitives.ts';
import { LIST_COLUMNS, page, pageList } from '../page.ts';
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
        const erased = await eraseBeside(ledger, { blobs: blobs.value, sealed: [] }, order);
        if (!erased.ok) return stop(world, erased.fault, options.json === true);
        sayErased(world, options, erased.value);
      });
    });
}

interface ErasureOptions extends ErasingOptions {
  readonly naming?: string;
  readonly entry?: string;
  readonly sealed?: readonly string[];
  readonly reason?: string;
}

/** `ledger erase`: takes away what names a person, or what stands beside one entry. */
export function eraseCommand(world: World): Command {
  return ledgerCommand('erase', 'erase what names a person; the chain stays verifiable')
    .option(
      '--naming <text>',
      'case files, reports and sealed values that hold this name or address',
    )
    .option('--entry <number>', 'everything beside this entry')
    .option('--sealed <digest...>', 'single values, by the commitments that entries name')
    .option('--reason <text>', 'why; it stands in the ledger for good, so it names nobody')
    .option('--yes', 'do it; --naming without it only says what would go')
    .option('--key <file>', 'sign with this key file')
    .action(async (options: ErasureOptions) => {
      const named = namedIn(options);
      if (named === undefined) return stop(world, { kind: 'nothing-to-erase-named' }, options.json);
      if (named.text !== null && options.yes !== true) return look(world, named.text, options);
      const reason = reasonOrSay(world, options);
      if (reason === undefined) return;
      if (named.text !== null && foldedName(reason).includes(foldedName(named.text)))
        return stop(world, { kind: 'reason-names-person' }, options.json);
      if (options.yes !== true) return stop(world, { kind: 'erasing-unconfirmed' }, options.json);
      const signer = await signerOrSay(world, options);
      if (signer === undefined) return;
      await withLedger(world, options, 'write', async (ledger) => {
        const beside = await besideOf(ledger, named);
        if (!beside.ok) return stop(world, beside.fault, options.json === true);
        const order = { at: world.now(), reason, signer };
        const erased = await eraseBeside(ledger, beside.value, order);
        if (!erased.ok) return stop(world, erased.fault, options.json === true);
        sayErased(world, options, erased.value, beside.value.inChain);
      });
    });
}

interface Named {
  readonly text: string | null;
  readonly entry: number | null;
  readonly sealed: readonly Digest[];
}

/** What the options name, or undefined where that is nothing or cannot be read. */
function namedIn({ naming, entry, sealed }: ErasureOptions): Named | undefined {
  const text = naming?.trim() ?? null;
  if (text === '' || text?.isWellFormed() === false) return undefined;
  if (entry !== undefined && !/^[1-9]\d{0,14}$/.test(entry)) return undefined;
  const digests = (sealed ?? []).map((each) => digest(each));
  if (!digests.every((each) => each !== undefined)) return undefined;
  if (text === null && entry === undefined && digests.length === 0) return undefined;
  return { text, entry: entry === undefined ? null : Number(entry), sealed: digests };
}

interface Beside extends Attachments {
  /** Entries that name the person themselves, and stay. */
  readonly inChain: readonly number[];
}

/** Everything beside the chain that is named. */
async function besideOf(
  ledger: SqliteLedger,
  { text, entry, sealed }: Named,
): Promise<Result<Beside, LedgerFault | UsageFault>> {
  const naming = text === null ? ok([]) : entriesNaming(ledger, text);
  if (!naming.ok) return naming;
  const read = entry === null ? ok(null) : await ledger.entry(entry);
  if (!read.ok) return read;
  if (entry !== null && read.value === null)
    return fail({ kind: 'entry-unknown', entry, last: ledger.head?.sequence ?? 0 });
  const found = naming.value;
  const beside = readAttached(read.value?.attached ?? '') ?? { blobs: [], sealed: [] };
  return ok({
    blobs: [...beside.blobs, ...found.flatMap(({ blobs }) => blobs)],
    sealed: [...sealed, ...beside.sealed, ...found.flatMap((each) => each.sealed)],
    inChain: found.filter(({ inChain }) => inChain).map((each) => each.entry),
  });
}

/** Says which entries name the text, and takes nothing away. */
async function look(world: World, text: string, options: ErasureOptions): Promise<void> {
  await withLedger(world, options, 'read', async (ledger) => {
    const naming = entriesNaming(ledger, text);
    if (!naming.ok) return stop(world, naming.fault, options.json === true);
    const entries: readonly Naming[] = naming.value;
    if (options.json) world.out(`${plainJson({ schema: ERASURE_SCHEMA, done: false, entries })}\n`);
    else pageList(world, namingText(entries, world.columns ?? LIST_COLUMNS));
    world.finish(exits.pass);
  });
}

const ERASURE_SCHEMA = 'caws-arbiter/ledger-erasure@1';

/** Not finished where the file still holds what was erased: who asked for it has to come again. */
function sayErased(
  world: World,
  options: LedgerOptions,
  erased: Erased,
  inChain: readonly number[] = [],
): void {
  const count = erased.blobs + erased.sealed;
  const said = { schema: ERASURE_SCHEMA, done: true, count, ...erased, inChain };
  if (options.json) world.out(`${plainJson(said)}\n`);
  else page(world, erasedText(erased, inChain));
  world.finish(erased.rewritten ? exits.pass : exits.couldNotFinish);
}
