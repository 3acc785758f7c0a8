import { unreachable } from '../primitives.ts';
import { type FaultWords, misused, roomOr, stopped } from './ending.ts';
import { shellWord, visible } from './escape.ts';
import type { KeyFault } from './faults.ts';

const nothingSigned = 'Nothing was signed, and nothing is lost.';

/** What is wrong with a key, and what to do; never a character of the key. */
export function keyWords(fault: KeyFault): FaultWords {
  const where = visible(fault.where, 300);
  switch (fault.kind) {
    case 'key-missing':
      return stopped(
        `There is no signing key at ${where}.`,
        'Make one: arbiter keys create',
        nothingSigned,
      );
    case 'key-unsafe':
      return stopped(
        `The key ${where} is not used: ${visible(fault.reason)}.`,
        makeSafe(fault.what, shellWord(where)),
        nothingSigned,
      );
    case 'key-unreadable':
      return stopped(
        `The key ${where} cannot be read or written (${visible(fault.reason)}).`,
        roomOr(fault.reason, 'Look at the file and its folder.'),
        nothingSigned,
      );
    case 'key-malformed':
      return stopped(
        `${where} holds no private key in PKCS#8 PEM (found: ${visible(fault.found)}).`,
        'Make one: arbiter keys create; an OpenSSL key works as well: openssl genpkey -algorithm ed25519',
        nothingSigned,
      );
    case 'key-wrong-type':
      return stopped(
        `The key in ${where} is ${visible(fault.found)}; verdicts are signed with Ed25519.`,
        'Make one: arbiter keys create',
        nothingSigned,
      );
    case 'passphrase-missing':
      return stopped(
        `The key in ${where} is encrypted.`,
        'Put its passphrase into CAWS_ARBITER_KEY_PASSPHRASE.',
        nothingSigned,
      );
    case 'passphrase-wrong':
      return stopped(
        `CAWS_ARBITER_KEY_PASSPHRASE does not open the key in ${where}.`,
        'Set the right one and run the command again.',
        nothingSigned,
      );
    case 'two-keys-named':
      return misused(
        `${where} and ${visible(fault.other)} are both set.`,
        'Unset one of them.',
        nothingSigned,
      );
    case 'key-exists':
      return misused(
        `There is a current key already: ${visible(fault.keyId)}.`,
        'Use it, or change to a new one: arbiter keys rotate',
        'It is not replaced.',
      );
    default:
      return unreachable(fault);
  }
}

type Unsafe = Extract<KeyFault, { readonly kind: 'key-unsafe' }>['what'];

function makeSafe(what: Unsafe, where: string): string {
  switch (what) {
    case 'file-mode':
      return `Make it yours alone: chmod 600 ${where}`;
    case 'folder-mode':
      return `Make it yours alone: chmod 700 ${where}`;
    case 'owner':
      return `Run the command as its owner: ls -l ${where}`;
    case 'link':
      return `Name the file that it leads to: CAWS_ARBITER_KEY_FILE="$(readlink -f ${where})"`;
    case 'no-file':
      return 'Name a plain file of your own in CAWS_ARBITER_KEY_FILE, or make a key: arbiter keys create';
    default:
      return unreachable(what);
  }
}
