import { Command } from 'commander';
import { type LocalSigner, localSigner } from '../../adapters/keys/local-signer.ts';
import type { SqliteLedger } from '../../adapters/store-sqlite/ledger.ts';
import { type LedgerPlace, ledgerPlace, openAt } from '../ledger-place.ts';
import { stop } from '../stop.ts';
import type { World } from '../world.ts';

/** Options that every ledger command takes. */
export interface LedgerOptions {
  readonly ledger?: string;
  readonly json?: boolean;
}

/** A subcommand with the options that all of them share. */
export function ledgerCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--ledger <file>', 'another ledger than the one of this repository')
    .option('--json', 'machine output');
}

/** Finds the place, or says why there is none and sets the exit code. */
export async function placeOrSay(
  world: World,
  options: LedgerOptions,
): Promise<LedgerPlace | undefined> {
  const place = await ledgerPlace(world, options.ledger);
  if (place.ok) return place.value;
  stop(world, place.fault, options.json === true);
  return undefined;
}

/** Opens the ledger, hands it to the work, and closes it; says why where it cannot be opened. */
export async function withLedger(
  world: World,
  options: LedgerOptions,
  access: 'read' | 'write',
  work: (ledger: SqliteLedger) => Promise<void>,
): Promise<void> {
  const place = await placeOrSay(world, options);
  if (place === undefined) return;
  const opened = await openAt(place, access);
  if (!opened.ok) return stop(world, opened.fault, options.json === true);
  await using ledger = opened.value;
  await work(ledger);
}

/** The key that signs what a command adds to the ledger, or undefined after saying why there is none. */
export async function signerOrSay(
  world: World,
  { key: keyFile, json }: { readonly key?: string; readonly json?: boolean },
): Promise<LocalSigner | undefined> {
  const signer = await localSigner({
    env: world.env,
    keyFile: keyFile ?? null,
    directory: world.directory,
    now: world.now(),
    create: false,
  });
  if (signer.ok) return signer.value;
  stop(world, signer.fault, json === true);
  return undefined;
}

const REASON_CHARACTERS_MAX = 500;

/** A reason that will stand in the ledger; undefined after saying what is missing. */
export function reasonOrSay(
  world: World,
  { reason, json }: { readonly reason?: string; readonly json?: boolean },
): string | undefined {
  const text = reason?.trim() ?? '';
  if (text !== '' && text.length <= REASON_CHARACTERS_MAX && text.isWellFormed()) return text;
  stop(world, { kind: 'reason-missing', charactersMax: REASON_CHARACTERS_MAX }, json === true);
  return undefined;
}
