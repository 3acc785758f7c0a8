import { resolve } from 'node:path';
import type { Anchor } from '../adapters/anchors/anchor.ts';
import { gitRefAnchor } from '../adapters/anchors/git-ref.ts';
import { anchorFolder, stateFileAnchor } from '../adapters/anchors/state-file.ts';
import { openLedger, type SqliteLedger } from '../adapters/store-sqlite/ledger.ts';
import { commonGitDirectory, ledgerFileIn } from '../adapters/store-sqlite/place.ts';
import type { LedgerFault } from '../ports.ts';
import { fail, ok, type Result } from '../primitives.ts';
import { plain } from './ledger-words.ts';
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
  if (!git.ok) return fail(git.fault);
  return ok({ file: ledgerFileIn(git.value), anchors: [stateFile, gitRefAnchor(git.value)] });
}

/** Opens the ledger at its place. */
export async function openAt(
  place: LedgerPlace,
  access: 'read' | 'write' | 'create',
): Promise<Result<SqliteLedger, LedgerFault>> {
  return openLedger({ file: place.file, anchors: place.anchors, access });
}

export function placeFaultWords(fault: PlaceFault): string {
  return fault.kind === 'git-missing'
    ? 'git is not installed, or not in PATH.\nNothing was done. Install git, or name a ledger: --ledger FILE\n'
    : `${plain(fault.directory)} is not inside a git repository.\nNothing was done. Go there (-C DIR), or name a ledger: --ledger FILE\n`;
}
