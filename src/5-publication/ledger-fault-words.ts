import { unreachable } from '../primitives.ts';
import { broken, type FaultWords, misused, stopped } from './ending.ts';
import { shellWord, visible } from './escape.ts';
import type { CopyFault, LedgerFault } from './faults.ts';
import { counted, groupDigits } from './quantity.ts';

const brokenAt = (sequence: number): string =>
  sequence === 0 ? 'as a whole' : `at entry ${sequence}`;

const shown = (text: string): string => visible(text, 300);

/** A ledger that did not do what was asked, or a copy of one that was not made. */
export function ledgerWords(fault: LedgerFault | CopyFault): FaultWords {
  const file = 'file' in fault ? shown(fault.file) : '';
  switch (fault.kind) {
    case 'ledger-missing':
      return stopped(
        `There is no ledger at ${file}.`,
        'Judge a change: arbiter verify',
        'Nothing is lost: the first verdict makes one.',
      );
    case 'ledger-unreadable':
      return stopped(
        `The ledger ${file} cannot be read (${shown(fault.reason)}).`,
        'Look at the file, its folder and its disk; or put back a copy: arbiter ledger restore FILE',
        'Nothing was announced that it does not hold, and nothing was written.',
      );
    case 'ledger-locked':
      return stopped(
        `Another process has held the ledger ${file} for ${groupDigits(fault.waitedMs)} ms.`,
        'Run the command again when the other process has ended.',
        'Nothing was written, and nothing was announced.',
      );
    case 'ledger-broken':
      return broken(
        `The ledger ${file} is broken ${brokenAt(fault.sequence)}: ${shown(fault.reason)}.`,
        'See all of it: arbiter ledger verify\nThen put back a copy that you trust: arbiter ledger restore FILE',
        'No verdict is taken from it, and none is added to it.',
      );
    case 'ledger-rolled-back':
      return broken(
        `The ledger ${file} ends at entry ${fault.has}, but ${shown(fault.where)} remembers entry ${fault.anchor}.`,
        'Put back the newest copy: arbiter ledger restore FILE\nIf the entries were given up on purpose, have the ledger say so: arbiter ledger restore FILE --yes --reason TEXT',
        `It is an older copy, or it was removed: ${counted(fault.anchor - fault.has, 'entry is', 'entries are')} missing, and nothing is added to it.`,
      );
    case 'ledger-full':
      return stopped(
        `There is no room for the ledger ${file} (${shown(fault.reason)}).`,
        'Make room and run the command again; or drop old case files: arbiter ledger prune --older-than 400d',
        'The entry was not written, nothing was announced, and what stood there stands.',
      );
    case 'ledger-unsafe':
      return broken(
        `The ledger ${file} is not used: ${shown(fault.reason)}.`,
        'Make it a plain file in a folder that only its owner may write.',
        'Nothing was read from it, and nothing was written.',
      );
    case 'ledger-not-writable':
      if (fault.reason === 'EROFS')
        return stopped(
          `The ledger ${file} cannot be written: its disk is mounted read-only.`,
          'Mount it for writing, or judge in a clone that lies elsewhere: arbiter -C DIR verify',
          'Nothing was written, and nothing was announced. What it holds can be read, unless a log beside it was not merged yet.',
        );
      return stopped(
        `The ledger ${file} cannot be written (${shown(fault.reason)}).`,
        `Give its owner write permission, on the folder as well: chmod u+w ${shellWord(file)}`,
        'Nothing was written, and nothing was announced.',
      );
    case 'ledger-newer':
      return stopped(
        `The ledger ${file} has format ${fault.version}; this program knows ${fault.supported}.`,
        'Use the newer arbiter that wrote it.',
        'Nothing was changed.',
      );
    case 'draft-refused':
      return stopped(
        `The ledger did not take the entry: ${shown(fault.reason)}.`,
        'Please report this with the command you ran.',
        'Nothing was written, and nothing was announced.',
      );
    case 'key-rotated-out':
      return stopped(
        `Key ${shown(fault.key).slice(0, 12)} signs no more: entry ${fault.entry} says that another one took its place.`,
        'Run the same command again, so that the new key signs. If this key is still the current one, that change was cut off: arbiter keys rotate --reason TEXT',
        'Nothing was written, and nothing was announced.',
      );
    case 'head-moved':
      return stopped(
        `Another writer appended meanwhile (expected entry ${fault.expected}, found ${fault.found}).`,
        'Run the command again.',
        'Nothing was written, and nothing was announced.',
      );
    case 'file-exists':
      return misused(
        `${file} exists already and is not overwritten.`,
        'Name another file.',
        'Nothing was changed.',
      );
    case 'backup-unwritable':
      return stopped(
        `The backup ${file} cannot be written (${shown(fault.reason)}).`,
        'Name a new file in a folder that is there, may be written and has room: arbiter ledger backup FILE',
        'No backup was made, and the ledger was left as it is.',
      );
    case 'backup-missing':
      return misused(
        `There is no backup at ${file}.`,
        'Name a file that was written by: arbiter ledger backup FILE',
        'Nothing was changed.',
      );
    case 'backup-unreadable':
      return stopped(
        `The backup ${file} cannot be read (${shown(fault.reason)}).`,
        'Look at the file, its folder and its disk; or name another copy: arbiter ledger restore FILE --reason TEXT',
        'Nothing was changed.',
      );
    case 'backup-broken':
      return broken(
        `The backup ${file} is broken ${brokenAt(fault.sequence)}: ${shown(fault.reason)}.`,
        'Name another copy: arbiter ledger restore FILE --reason TEXT',
        'The ledger was left as it is.',
      );
    case 'backup-is-older':
      return misused(
        `The backup ends at entry ${fault.backup}; ${shown(fault.where)} knows entry ${fault.present}.`,
        `To give up the entries after ${fault.backup} and have the ledger say so: arbiter ledger restore FILE --yes --reason TEXT`,
        'Nothing was changed.',
      );
    case 'backup-of-other-ledger':
      return misused(
        `The backup is of ledger ${shown(fault.backup)}, not of ${shown(fault.present)}.`,
        'To put it in place all the same and have the ledger say so: arbiter ledger restore FILE --yes --reason TEXT',
        'Nothing was changed.',
      );
    case 'backup-diverges':
      return broken(
        `The backup tells another story from entry ${fault.sequence} on.`,
        'One of the two was rewritten: verify both, and keep the one whose signers you trust.',
        'Nothing was changed.',
      );
    default:
      return unreachable(fault);
  }
}
