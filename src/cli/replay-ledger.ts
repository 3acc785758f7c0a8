import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { stateFileAnchor } from '../adapters/anchors/state-file.ts';
import { openLedger, type SqliteLedger } from '../adapters/store-sqlite/ledger.ts';
import { verdictBodyOf } from '../adapters/store-sqlite/verdict-proof.ts';
import type { LedgerFault } from '../ports.ts';
import { fail, type Result } from '../primitives.ts';
import { ledgerPlace, openAt, type PlaceFault } from './ledger-place.ts';
import type { World } from './world.ts';

export type ReplayLedgerFault =
  | LedgerFault
  | PlaceFault
  | { readonly kind: 'repository-unheard'; readonly name: string; readonly folder: string };

export interface LedgerChoice {
  /** `OWNER/REPO`, or undefined for the repository around the world's folder. */
  readonly repository: string | undefined;
  readonly ledger: string | undefined;
  /** The data folder of the app, where it is not named by ARBITER_DATA. */
  readonly data: string | undefined;
}

/** The ledger that is meant: a file, the app's of one repository, or the one of the repository here. */
export async function openChosen(
  world: World,
  { repository, ledger, data }: LedgerChoice,
): Promise<Result<SqliteLedger, ReplayLedgerFault>> {
  if (repository !== undefined && ledger === undefined) return ofApp(world, repository, data);
  const place = await ledgerPlace(world, ledger);
  return place.ok ? openAt(place.value, 'read') : place;
}

/** The app names its ledgers by numbers; whose they are is said by the newest verdict in each. */
async function ofApp(
  world: World,
  name: string,
  data: string | undefined,
): Promise<Result<SqliteLedger, ReplayLedgerFault>> {
  const folder = resolve(world.directory, data ?? world.env['ARBITER_DATA'] ?? 'arbiter-data');
  const ledgers = join(folder, 'ledgers');
  for (const id of numbersIn(ledgers)) {
    const file = join(ledgers, id, 'ledger.db');
    const anchors = [stateFileAnchor(join(folder, 'anchors'))];
    const opened = await openLedger({ file, access: 'read', anchors });
    if (!opened.ok) {
      if (opened.fault.kind === 'ledger-missing') continue;
      return opened;
    }
    if (await isOf(opened.value, name)) return opened;
    await opened.value[Symbol.asyncDispose]();
  }
  return fail({ kind: 'repository-unheard', name, folder });
}

function numbersIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder).filter((name) => /^\d{1,16}$/.test(name));
  } catch {
    return [];
  }
}

async function isOf(ledger: SqliteLedger, name: string): Promise<boolean> {
  const newest = await ledger.recent(1, 'verdict');
  const [entry] = newest.ok ? newest.value : [];
  const repository =
    entry === undefined ? undefined : verdictBodyOf(entry)?.record.subject.repository;
  return repository?.toLowerCase().endsWith(`/${name.toLowerCase()}`) === true;
}
