import type { KeyFault } from '../adapters/keys/private-key.ts';
import type { CopyFault } from '../adapters/store-sqlite/backup.ts';
import { unreachable } from '../primitives.ts';
import { type ExitCode, exits } from './world.ts';

/** What happened, what was lost, what to do: for a ledger that did not do what was asked. */
export function ledgerFaultWords(fault: CopyFault): string {
  switch (fault.kind) {
    case 'ledger-missing':
      return `There is no ledger at ${plain(fault.file)}.\nNothing is lost: the first verdict makes one.\nRun: arbiter verify\n`;
    case 'ledger-unreadable':
      return `The ledger ${plain(fault.file)} cannot be read: ${plain(fault.reason)}.\nNothing was announced that it does not hold. Look at the file and its folder, then run: arbiter ledger verify\n`;
    case 'ledger-locked':
      return `Another process holds the ledger ${plain(fault.file)}; gave up after ${fault.waitedMs} ms.\nNothing was written. Try again when the other process has ended.\n`;
    case 'ledger-broken':
      return `The ledger ${plain(fault.file)} is broken at ${fault.sequence === 0 ? 'no single entry' : `entry ${fault.sequence}`}: ${plain(fault.reason)}.\nNo verdict is taken from it or added to it. See all of it with: arbiter ledger verify\nThen put back a copy you trust: arbiter ledger restore FILE\n`;
    case 'ledger-rolled-back':
      return `The ledger ${plain(fault.file)} ends at entry ${fault.has}, but ${plain(fault.where)} remembers entry ${fault.anchor}.\nIt is an older copy, or it was removed: ${fault.anchor - fault.has} entries are missing, and nothing is added to it.\nPut back the newest copy: arbiter ledger restore FILE\nIf the entries were given up on purpose, restore says so in the ledger: --yes --reason TEXT\n`;
    case 'ledger-full':
      return `There is no room for the ledger ${plain(fault.file)} (${plain(fault.reason)}).\nThe entry was not written and nothing was announced. Make room, or run: arbiter ledger prune --older-than 400d\n`;
    case 'ledger-unsafe':
      return `The ledger ${plain(fault.file)} is not used: ${plain(fault.reason)}.\nNothing was written. It must be a plain file that only its owner may write.\n`;
    case 'ledger-not-writable':
      return `The ledger ${plain(fault.file)} cannot be written: ${plain(fault.reason)}.\nNothing was written. Give its owner write permission, on the folder as well.\n`;
    case 'ledger-newer':
      return `The ledger ${plain(fault.file)} has version ${fault.version}; this program knows ${fault.supported}.\nNothing was changed. Use the newer arbiter that wrote it.\n`;
    case 'draft-refused':
      return `The entry was not written: ${plain(fault.reason)}.\nNothing was announced.\n`;
    case 'head-moved':
      return `The ledger moved from entry ${fault.expected} to ${fault.found} meanwhile.\nNothing was written. Try again.\n`;
    case 'file-exists':
      return `${plain(fault.file)} exists already and is not overwritten.\nName another file.\n`;
    case 'backup-is-older':
      return `The backup ends at entry ${fault.backup}; ${plain(fault.where)} knows entry ${fault.present}.\nNothing was changed. To give up the entries after ${fault.backup} and have the ledger say so: --yes --reason TEXT\n`;
    case 'backup-of-other-ledger':
      return `The backup is of ledger ${fault.backup}, not of ${fault.present}.\nNothing was changed. To put it in place all the same and have the ledger say so: --yes --reason TEXT\n`;
    case 'backup-diverges':
      return `The backup tells another story from entry ${fault.sequence} on.\nNothing was changed. One of the two was rewritten: verify both, and keep the one whose signers you trust.\n`;
    default:
      return unreachable(fault);
  }
}

/** 6 where the ledger's word cannot be taken, 4 where the machine stood in the way. */
export function exitOfLedgerFault(fault: CopyFault): ExitCode {
  switch (fault.kind) {
    case 'ledger-broken':
    case 'ledger-rolled-back':
    case 'ledger-unsafe':
    case 'backup-diverges':
      return exits.ledgerBroken;
    case 'file-exists':
    case 'backup-is-older':
    case 'backup-of-other-ledger':
      return exits.usage;
    case 'ledger-missing':
    case 'ledger-unreadable':
    case 'ledger-locked':
    case 'ledger-full':
    case 'ledger-not-writable':
    case 'ledger-newer':
    case 'draft-refused':
    case 'head-moved':
      return exits.couldNotFinish;
    default:
      return unreachable(fault);
  }
}

/** What is wrong with a key, and what to do; never a character of the key. */
export function keyFaultWords(fault: KeyFault): string {
  const where = plain(fault.where);
  switch (fault.kind) {
    case 'key-missing':
      return `There is no signing key at ${where}.\nNothing was signed. Make one: arbiter keys create\n`;
    case 'key-unsafe':
      return `The key ${where} is not used: ${plain(fault.reason)}.\nNothing was signed. A key file is a plain file of your own: chmod 600\n`;
    case 'key-unreadable':
      return `The key ${where} cannot be read or written: ${plain(fault.reason)}.\nNothing was signed.\n`;
    case 'key-malformed':
      return `${where} holds no private key in PKCS#8 PEM (found: ${plain(fault.found)}).\nNothing was signed. An OpenSSL key works: openssl genpkey -algorithm ed25519\n`;
    case 'key-wrong-type':
      return `The key in ${where} is ${plain(fault.found)}; verdicts are signed with Ed25519.\nNothing was signed. Make one: arbiter keys create\n`;
    case 'passphrase-missing':
      return `The key in ${where} is encrypted.\nNothing was signed. Put its passphrase into CAWS_ARBITER_KEY_PASSPHRASE.\n`;
    case 'passphrase-wrong':
      return `CAWS_ARBITER_KEY_PASSPHRASE does not open the key in ${where}.\nNothing was signed.\n`;
    case 'two-keys-named':
      return `${where} and ${plain(fault.other)} are both set.\nNothing was signed. Unset one of them.\n`;
    case 'key-exists':
      return `There is a current key already: ${fault.keyId}.\nIt is not replaced. To change keys: arbiter keys rotate\n`;
    default:
      return unreachable(fault);
  }
}

/** Text from outside, safe on a terminal: control and non-ASCII characters as escapes, at most 500. */
export function plain(text: string): string {
  const escaped = text.replaceAll(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
  return escaped.length > 500 ? `${escaped.slice(0, 500)}…` : escaped;
}

/** JSON for people, with every character outside ASCII escaped: still JSON, and it cannot turn text. */
export function plainJson(value: unknown): string {
  const text = JSON.stringify(value, null, 2);
  return text.replaceAll(
    /[^\n\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
