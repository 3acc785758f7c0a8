import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Anchor } from '../../../src/adapters/anchors/anchor.ts';
import { openLedger, type SqliteLedger } from '../../../src/adapters/store-sqlite/ledger.ts';
import { inspectLedger } from '../../../src/adapters/store-sqlite/verify.ts';
import type { LedgerFault, Signer } from '../../../src/ports.ts';
import type { Result } from '../../../src/primitives.ts';
import { newSigner } from '../../ledger/kit.ts';
import { draftOf } from './drafts.ts';

/** A fresh folder for one test. */
export const newFolder = () => mkdtempSync(join(tmpdir(), 'arbiter-ledger-'));

export const signer = newSigner();

export function given<Value>(result: Result<Value, { readonly kind: string }>): Value {
  if (!result.ok) throw new Error(JSON.stringify(result.fault));
  return result.value;
}

export async function open(
  file: string,
  access: 'read' | 'write' | 'create' = 'create',
  anchors: readonly Anchor[] = [],
): Promise<SqliteLedger> {
  return given(await openLedger({ file, access, anchors, waitMs: 5_000 }));
}

export async function faultOfOpening(
  file: string,
  access: 'read' | 'write' | 'create' = 'write',
  anchors: readonly Anchor[] = [],
): Promise<LedgerFault | 'opened'> {
  const opened = await openLedger({ file, access, anchors, waitMs: 50 });
  if (!opened.ok) return opened.fault;
  await opened.value[Symbol.asyncDispose]();
  return 'opened';
}

/** A closed ledger with so many more verdicts; every third brings a blob. */
export async function ledgerWith(
  count: number,
  file = join(newFolder(), 'ledger.db'),
  by: Signer = signer,
  anchors: readonly Anchor[] = [],
): Promise<string> {
  await using ledger = await open(file, 'create', anchors);
  // No verdict stands there twice, also where a ledger is continued.
  const from = (ledger.head?.sequence ?? 0) + 1;
  for (let n = from; n < from + count; n += 1) {
    const draft = draftOf(n, n % 3 === 0 ? `case ${n} `.repeat(200) : undefined);
    given(await ledger.append(draft, by));
  }
  return file;
}

/** Does what only an intruder does: changes the file behind the program's back, guards put back after. */
export function tamper(file: string, ...statements: readonly string[]): void {
  const database = new DatabaseSync(file);
  const guards = database
    .prepare("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
    .all();
  for (const guard of guards) database.exec(`DROP TRIGGER ${String(guard['name'])}`);
  for (const statement of statements) database.exec(statement);
  for (const guard of guards) database.exec(String(guard['sql']));
  database.close();
}

export async function breaksIn(
  file: string,
  anchors: readonly Anchor[] = [],
): Promise<readonly string[]> {
  const inspected = await inspectLedger(file, anchors);
  if (!inspected.ok) return [JSON.stringify(inspected.fault)];
  return inspected.value.report.breaks.map(({ sequence, reason }) => `${sequence} ${reason}`);
}
