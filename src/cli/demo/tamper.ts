import { DatabaseSync } from 'node:sqlite';

/**
 * Turns one FAIL of a ledger's file into PASS and changes nothing else, as somebody would who knows
 * the tables and has no key.
 *
 * @returns the number of the entry, or null where no entry says FAIL.
 */
export function forgePass(file: string): number | null {
  using database = new DatabaseSync(file);
  const said = '"verdict":"FAIL"';
  const row = database
    .prepare('SELECT sequence, body FROM entries WHERE instr(body, ?) > 0 ORDER BY sequence')
    .get(said);
  if (row === undefined) return null;
  // The guard against accidents goes and comes back, so that only the changed word is left to find.
  const guard = database
    .prepare("SELECT name, sql FROM sqlite_schema WHERE name = 'entries_stay'")
    .get();
  if (guard !== undefined) database.exec(`DROP TRIGGER ${String(guard['name'])}`);
  const body = String(row['body']).replace(said, '"verdict":"PASS"');
  const sequence = Number(row['sequence']);
  database.prepare('UPDATE entries SET body = ? WHERE sequence = ?').run(body, sequence);
  if (guard !== undefined) database.exec(String(guard['sql']));
  return sequence;
}
