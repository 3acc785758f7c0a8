import { StringDecoder } from 'node:string_decoder';
import {
  checkExport,
  EXPORT_LINE_CHARACTERS_MAX,
  type ExportReport,
  exportLine,
} from '../../ledger/export.ts';
import type { LedgerFault } from '../../ports.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import { openPlain } from '../plain-file.ts';
import { ledgerFaultOf } from './faults.ts';
import type { Storage } from './open.ts';
import { entriesAfter } from './rows.ts';

/**
 * The ledger as lines of JSON, each with its line end: everything that a verifier without this
 * program needs. Blobs and sealed values stay behind: they can be erased, and an export cannot.
 *
 * Read it to its end or close it: it holds one state of the ledger open.
 */
export function* exportLedger(ledger: {
  readonly id: string;
  readonly storage: Storage;
}): Generator<string> {
  const { database } = ledger.storage;
  database.exec('BEGIN');
  try {
    const schema = 'caws-arbiter/ledger-export@1';
    yield `${exportLine({ type: 'ledger', schema, id: ledger.id })}\n`;
    for (const key of database.prepare('SELECT id, public_key FROM keys ORDER BY id').all()) {
      const [id, publicKey] = [String(key['id']), String(key['public_key'])];
      yield `${exportLine({ type: 'key', id, publicKey })}\n`;
    }
    const noteAt = database.prepare('SELECT note FROM checkpoints WHERE sequence = ?');
    for (const entry of entriesAfter(database, 0)) {
      yield `${exportLine({ type: 'entry', ...entry })}\n`;
      const note = noteAt.get(entry.sequence)?.['note'];
      if (note !== undefined) {
        const { sequence } = entry;
        yield `${exportLine({ type: 'checkpoint', sequence, note: String(note) })}\n`;
      }
    }
    const head = database.prepare('SELECT note FROM head').get()?.['note'];
    if (head !== undefined) yield `${exportLine({ type: 'head', note: String(head) })}\n`;
  } finally {
    if (database.isTransaction) database.exec('COMMIT');
  }
}

/** Checks an exported file without any ledger; streamed, so that its size does not matter. */
export async function verifyExportFile(file: string): Promise<Result<ExportReport, LedgerFault>> {
  const check = checkExport();
  const decoder = new StringDecoder('utf8');
  let rest = '';
  try {
    const opened = await openPlain(file, 'or link');
    for await (const chunk of opened.createReadStream({ highWaterMark: 1 << 20 })) {
      const text = rest + decoder.write(chunk as Buffer);
      const lines = text.split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) check.line(line);
      if (rest.length > EXPORT_LINE_CHARACTERS_MAX) {
        return fail({ kind: 'ledger-unreadable', file, reason: 'a line without end' });
      }
    }
  } catch (error) {
    const fault = ledgerFaultOf(error, file, 0);
    if (fault === undefined) throw error;
    return fail(fault);
  }
  rest += decoder.end();
  // A cut line is fed as it is, and named; a whole export ends with a line end.
  if (rest !== '') check.line(rest);
  return ok(check.finish());
}
