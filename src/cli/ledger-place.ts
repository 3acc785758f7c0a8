import { resolve } from 'node:path';
import type { Anchor } from '../adapters/anchors/anchor.ts';
import { gitRefAnchor } from '../adapters/anchors/git-ref.ts';
import { anchorFolder, stateFileAnchor } from '../adapters/anchors/state-file.ts';
import { openLedger, type SqliteLedger } from '../adapters/store-sqlite/ledger.ts';
import { commonGitDirectory, ledgerFileIn } from '../adapters/store-sqlite/place.ts';
import type { LedgerFault } from '../ports.ts';
import { fail, ok, type Result } from '../primitives.ts';
import type { World } from './world.ts';

/** Which ledger a command works on, and who remembers its head. */
export interface LedgerPlace {
  readonly file: string;
  readonly anchors: readonly Anchor[];
}

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
  const stateFile = stateFileAnchor(anchorFolder(world.env));
  if (named !== undefined) {
    return ok({ file: resolve(world.directory, named), anchors: [stateFile] });
  }
  const git = await commonGitDirectory(world.directory);
  return git.ok ? ok(ledgerPlaceIn(world, git.value)) : fail(git.fault);
}

/** The ledger of the repository with this common git folder: for whoever knows the folder already. */
export function ledgerPlaceIn(world: World, commonDirectory: string): LedgerPlace {
  return {
    file: ledgerFileIn(commonDirectory),
    anchors: [stateFileAnchor(anchorFolder(world.env)), gitRefAnchor(commonDirectory)],
  };
}

/** Opens the ledger at its place. */
export async function openAt(
  place: LedgerPlace,
  access: 'read' | 'write' | 'create',
): Promise<Result<SqliteLedger, LedgerFault>> {
  return openLedger({ file: place.file, anchors: place.anchors, access });
}
