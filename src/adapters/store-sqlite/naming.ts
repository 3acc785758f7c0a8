import type { Attachments } from '../../ledger/entry.ts';
import { readAttached } from '../../ledger/entry.ts';
import type { LedgerFault } from '../../ports.ts';
import { type Digest, ok, type Result } from '../../primitives.ts';
import { type StoredBlob, unpacked } from './draft.ts';
import { orFault } from './faults.ts';
import type { SqliteLedger } from './ledger.ts';
import { entriesAfter } from './rows.ts';

/** An entry that names a text, or beside which something names it. */
export interface Naming extends Attachments {
  readonly entry: number;
  readonly at: string;
  readonly kind: string;
  readonly about: string;
  /** The entry's own body names it: that is the chain, which nobody can take a word out of. */
  readonly inChain: boolean;
}

/**
 * Every entry that names the text itself, or in a case file, a report or a sealed value beside it.
 *
 * Upper and lower case are the same, and so are composed and decomposed letters. Found as it is, as JSON
 * and XML write it, and in what somebody signed; not in what is packed or encoded otherwise. Memory is
 * bounded by one page of entries, one blob, and what is found.
 */
export function entriesNaming(
  ledger: SqliteLedger,
  text: string,
): Result<readonly Naming[], LedgerFault> {
  const { database, file, waitMs } = ledger.storage;
  return orFault(file, waitMs, () => {
    const names = namesOneOf(spellingsOf(text));
    const blob = database.prepare(
      'SELECT digest, encoding, size, bytes FROM blobs WHERE digest = ?',
    );
    const value = database.prepare('SELECT value FROM sealed WHERE commitment = ?');
    const inBlob = remembered((digest) => {
      const row = blob.get(digest);
      const bytes = row === undefined ? undefined : unpacked(row as unknown as StoredBlob);
      return bytes !== undefined && names(Buffer.from(bytes).toString());
    });
    const inSealed = remembered((digest) => names(String(value.get(digest)?.['value'] ?? '')));
    const found: Naming[] = [];
    for (const { sequence, at, kind, about, body, attached } of entriesAfter(database, 0)) {
      const beside = readAttached(attached) ?? { blobs: [], sealed: [] };
      const blobs = beside.blobs.filter(inBlob);
      const sealed = beside.sealed.filter(inSealed);
      const inChain = names(body);
      if (inChain || blobs.length > 0 || sealed.length > 0)
        found.push({ entry: sequence, at, kind, about, blobs, sealed, inChain });
    }
    return ok(found);
  });
}

/** One answer for each digest: a report may stand beside many entries. */
function remembered(look: (digest: Digest) => boolean): (digest: Digest) => boolean {
  const known = new Map<Digest, boolean>();
  return (digest) => {
    const answer = known.get(digest) ?? look(digest);
    known.set(digest, answer);
    return answer;
  };
}

/** What an envelope holds: a request or an approval of a waiver, with who said it. */
const signedPayload = /"payload":"([\w+/=-]+)"/g;

/** Upper and lower case are the same, and so are composed and decomposed letters. */
export const foldedName = (text: string): string => text.normalize('NFC').toLowerCase();

function namesOneOf(spellings: readonly string[]): (text: string) => boolean {
  return (text) => {
    const signed = Array.from(text.matchAll(signedPayload), ([, packed]) =>
      Buffer.from(packed ?? '', 'base64').toString(),
    );
    return [text, ...signed]
      .map(foldedName)
      .some((searched) => spellings.some((spelling) => searched.includes(spelling)));
  };
}

function spellingsOf(text: string): readonly string[] {
  const json = JSON.stringify(text).slice(1, -1);
  const ascii = json.replace(
    /[^ -~]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  const xml = text.replace(/[&<>"']/g, (sign) => xmlNames[sign] ?? sign);
  return [...new Set([text, json, ascii, xml].map(foldedName))];
}

const xmlNames: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&apos;',
};
