import { unreachable } from '../primitives.ts';
import { type FaultWords, misused, roomOr, stopped } from './ending.ts';
import { visible } from './escape.ts';

/** A file that was named on the command line. */
export interface FileUnreadable {
  readonly kind: 'file-unreadable';
  readonly file: string;
  /** `--policy`; the name of an argument where it is none. */
  readonly option: string;
  /** Where relative names start. */
  readonly folder: string;
  /** Why a file that is there was not read; left out where nothing is known but that it was not. */
  readonly reason?: string;
}

/** What a person named is not there, cannot be used, or cannot be made. */
export type NamedFault =
  | FileUnreadable
  | { readonly kind: 'trusted-keys-unreadable'; readonly file: string; readonly reason: string }
  | { readonly kind: 'file-unwritable'; readonly file: string; readonly reason: string }
  | { readonly kind: 'out-exists'; readonly file: string; readonly reason: string }
  /** What `verdict export` wrote, or should have. */
  | {
      readonly kind: 'bundle-unreadable';
      readonly folder: string;
      readonly file: string;
      readonly reason: string;
    }
  | { readonly kind: 'verdict-unknown'; readonly id: string }
  | { readonly kind: 'verdict-ambiguous'; readonly id: string; readonly found: readonly string[] }
  | { readonly kind: 'no-verdict-yet' }
  | { readonly kind: 'branch-unnamed'; readonly revision: string }
  | { readonly kind: 'repository-malformed'; readonly name: string }
  | { readonly kind: 'repository-unheard'; readonly name: string; readonly folder: string };

const shown = (text: string): string => visible(text, 300);

/** What was named, what became of it, and what can be named instead. */
export function namedWords(fault: NamedFault): FaultWords {
  switch (fault.kind) {
    case 'file-unreadable':
      return unreadableWords(fault);
    case 'trusted-keys-unreadable':
      return stopped(
        `${shown(fault.file)} cannot be read (${shown(fault.reason)}), so it is not known whose signatures count.`,
        'Take the list from the branch that has it: git show BRANCH:.caws/trusted-keys.yaml > FILE, then: arbiter ledger verify --trust FILE',
        'Nothing was checked.',
      );
    case 'file-unwritable':
      if (fault.reason === 'EEXIST')
        return misused(
          `${shown(fault.file)} exists already, and nothing is overwritten.`,
          'Take it away, or name another folder.',
        );
      return stopped(
        `${shown(fault.file)} was not written (${shown(fault.reason)}).`,
        roomOr(fault.reason, 'Look at its folder, or name another file.'),
        'The ledger is untouched.',
      );
    case 'out-exists':
      return misused(
        `${shown(fault.file)} ${fault.reason === 'EEXIST' ? 'exists already, and nothing is overwritten' : `cannot be made (${shown(fault.reason)})`}.`,
        'Name a folder that does not exist yet: arbiter verdict export ID --out DIR',
      );
    case 'bundle-unreadable':
      return misused(
        `${shown(fault.folder)} holds no verdict that can be decided again: ${shown(fault.file)}: ${shown(fault.reason)}.`,
        'Name a folder that was written by: arbiter verdict export ID --out DIR',
      );
    case 'verdict-unknown':
      return misused(
        `There is no verdict ${shown(fault.id)} in this ledger.`,
        'See them: arbiter verdict list',
      );
    case 'verdict-ambiguous':
      return misused(
        `${shown(fault.id)} is the beginning of ${fault.found.length} verdicts.`,
        `Type more of it: ${fault.found.slice(0, 5).join(', ')}`,
      );
    case 'no-verdict-yet':
      return misused('The ledger holds no verdict yet.', 'Judge a change: arbiter verify');
    case 'branch-unnamed':
      return misused(
        `${shown(fault.revision)} is no branch, so it cannot be said whose verdicts count.`,
        'Name the branch: --ref refs/heads/main',
      );
    case 'repository-malformed':
      return misused(`${shown(fault.name)} names no repository.`, 'Write it as OWNER/REPO.');
    case 'repository-unheard':
      return misused(
        `No ledger under ${shown(fault.folder)} tells of ${shown(fault.name)}.`,
        "Name the app's data folder: --data DIR; or the ledger: --ledger FILE",
      );
    default:
      return unreachable(fault);
  }
}

/** An option is named with its file; an argument is the file itself. */
function unreadableWords({ file, option, folder, reason }: FileUnreadable): FaultWords {
  const isOption = option.startsWith('--');
  const named = isOption ? `${shown(file)}, which ${option} names,` : shown(file);
  const wanted =
    reason === undefined ? 'file that is there' : 'plain file that is small enough and may be read';
  return misused(
    `${named} cannot be read${reason === undefined ? '' : ` (${shown(reason)})`}.`,
    `Name a ${wanted}${isOption ? `: ${option} FILE` : ''}; a relative name starts at ${shown(folder)}`,
  );
}
