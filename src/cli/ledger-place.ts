import { resolve } from 'node:path';
import { anchorFailedText } from '../5-publication/ledger-words.ts';
import type { Anchor } from '../adapters/anchors/anchor.ts';
import { gitRefAnchor } from '../adapters/anchors/git-ref.ts';
import { anchorFolder, stateFileAnchor } from '../adapters/anchors/state-file.ts';
import {
  type LedgerOptions,
  openLedger,
  type SqliteLedger,
} from '../adapters/store-sqlite/ledger.ts';
import { commonGitDirectory, ledgerFileIn } from '../adapters/store-sqlite/place.ts';
import type { LedgerFault } from '../ports.ts';
import { fail, ok, type Result } from '../primitives.ts';
import type { World } from './world.ts';

/** Which ledger a command works on, who remembers its head, and who is told where that fails. */
export type LedgerPlace = Required<Pick<LedgerOptions, 'file' | 'anchors' | 'anchorFailed'>>;

export type PlaceFault = {
  readonly kind: 'not-a-repository' | 'git-missing';
  readonly directory: string;
};

/**
 * The ledger of the repository around the world's folder, or the one named with `--ledger`.
 *
 * A repository's ledger is anchored in the user's state folder and in a ref of the repository; a
 * named file only in the state folder, for nobody knows which repository it belongs to.
 */
export async function ledgerPlace(
  world: World,
  named: string | undefined,
): Promise<Result<LedgerPlace, PlaceFault>> {
  if (named !== undefined) return ok(placeOf(world, resolve(world.directory, named)));
  const git = await commonGitDirectory(world.directory);
  return git.ok ? ok(ledgerPlaceIn(world, git.value)) : fail(git.fault);
}

/** The ledger of the repository with this common git folder: for whoever knows the folder already. */
export function ledgerPlaceIn(world: World, commonDirectory: string): LedgerPlace {
  return placeOf(world, ledgerFileIn(commonDirectory), gitRefAnchor(commonDirectory));
}

/** A ledger that the user's state folder remembers, and what else there is. */
export const placeOf = (world: World, file: string, ...others: readonly Anchor[]): LedgerPlace => ({
  file,
  anchors: [stateFileAnchor(anchorFolder(world.env)), ...others],
  anchorFailed: (where, reason) => world.err(anchorFailedText(where, reason)),
});

/** Opens the ledger at its place. */
export async function openAt(
  place: LedgerPlace,
  access: 'read' | 'write' | 'create',
): Promise<Result<SqliteLedger, LedgerFault>> {
  return openLedger({ ...place, access });
}
