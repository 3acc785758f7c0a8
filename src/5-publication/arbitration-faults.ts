import type { PatchFault } from '../1-pleading/candidate-patch.ts';
import type { Candidate } from '../4-verdict/arbitration.ts';
import { unreachable } from '../primitives.ts';
import { type FaultWords, misused, stopped } from './ending.ts';
import { shellWord, visible } from './escape.ts';
import type { RepositoryFault } from './faults.ts';
import { groupDigits } from './quantity.ts';
import { timeText } from './waiver-words.ts';

/** Of a candidate and the target. */
export type NoRange = Extract<
  RepositoryFault,
  { readonly kind: 'empty-range' | 'several-merge-bases' | 'unrelated-histories' }
>;

/** Why nobody was accepted, beside what stops any verdict. */
export type ArbitrationRefused =
  | {
      readonly kind: 'candidates-counted';
      readonly count: number;
      readonly max: number;
      /** Why workers are fewer candidates than there are workers; left out where none was asked. */
      readonly workers?: 'one-by-strategy' | 'left-out';
    }
  | { readonly kind: 'beside-absent'; readonly folder: string }
  | { readonly kind: 'candidate-twice'; readonly one: string; readonly other: string }
  /** What it would land as cannot be told. */
  | { readonly kind: 'candidate-without-range'; readonly name: string; readonly fault: NoRange }
  | { readonly kind: 'target-moved'; readonly target: string }
  | { readonly kind: 'candidate-patch-refused'; readonly file: string; readonly fault: PatchFault }
  | {
      readonly kind: 'arbitration-running';
      readonly spec: string;
      readonly entry: number;
      readonly since: string;
      readonly until: string;
    }
  | {
      readonly kind: 'arbitration-decided';
      readonly spec: string;
      readonly entry: number;
      readonly winner: Pick<Candidate, 'name' | 'head' | 'verdict'>;
    }
  /** @param entry null: the newest was asked for. */
  | { readonly kind: 'arbitration-unknown'; readonly spec: string; readonly entry: string | null }
  /** Somebody else took the spec over meanwhile; what was judged stands, and nobody was accepted. */
  | { readonly kind: 'arbitration-overtaken'; readonly spec: string; readonly entry: number };

const shown = (text: string): string => visible(text, 120);

/** Why an arbitration was not begun, or came to nothing. */
export function arbitrationFaultWords(fault: ArbitrationRefused): FaultWords {
  switch (fault.kind) {
    case 'candidates-counted':
      return misused(
        `An arbitration is among 2 to ${fault.max} candidates; ${countedWords(fault)}.`,
        fault.workers === undefined
          ? 'Name them after the spec: arbiter arbitrate SPEC A B'
          : 'Name another one beside the workers: arbiter arbitrate SPEC A --worker COMMAND',
      );
    case 'beside-absent':
      return misused(
        `There is no folder ${shown(fault.folder)}, so no candidate would bring its plea and its reports.`,
        'Name the one that holds 1, 2, …, or leave it out: arbiter arbitrate SPEC A B --beside DIR',
      );
    case 'candidate-twice':
      return misused(
        `${shown(fault.one)} and ${shown(fault.other)} are the same commit.`,
        'Name each candidate once.',
      );
    case 'candidate-without-range':
      return misused(
        `${shown(fault.name)} is no change that could land: ${rangeReason(fault.fault)}.`,
        'Name a branch that was made from the target and holds a change, or leave it out.',
      );
    case 'target-moved':
      return stopped(
        `${shown(fault.target)} moved while the candidates were looked up, so they would be judged against different bases.`,
        'Run the command again.',
      );
    case 'candidate-patch-refused':
      return misused(
        `${shown(fault.file)} is not tried: ${patchReason(fault.fault)}.`,
        'Mend the patch (git diff or git format-patch write one), or name a branch that holds the change.',
        'Nothing was applied, and nothing was judged.',
      );
    case 'arbitration-running':
      return stopped(
        `${shown(fault.spec)} is being arbitrated since ${timeText(fault.since)} (entry ${fault.entry}).`,
        `Wait for it; it lapses at ${timeText(fault.until)}. If nothing runs any more, take it over: arbiter arbitrate ${shellWord(fault.spec)} … --take-over`,
      );
    case 'arbitration-decided':
      return misused(
        `${shown(fault.spec)} was won against this base by ${shown(fault.winner.name)} at ${fault.winner.head.slice(0, 12)} (entry ${fault.entry}).`,
        `Land that one; once the target has moved, the spec can be arbitrated again. See it: arbiter ledger show ${fault.entry}`,
        'Nothing was decided again: a spec has one winner.',
      );
    case 'arbitration-unknown':
      return misused(
        `${fault.entry === null ? 'This ledger holds' : `Entry ${fault.entry} of this ledger is`} no decision for ${shown(fault.spec)}.`,
        'See which there are: arbiter ledger log --kind arbitration',
      );
    case 'arbitration-overtaken':
      return stopped(
        `Another arbitration of ${shown(fault.spec)} took over (entry ${fault.entry}).`,
        `See what it came to: arbiter ledger show ${fault.entry}`,
        'Verdicts that were given stand; nobody was accepted here.',
      );
    default:
      return unreachable(fault);
  }
}

function countedWords({
  count,
  workers,
}: Extract<ArbitrationRefused, { readonly kind: 'candidates-counted' }>): string {
  const are = `${count} ${count === 1 ? 'is' : 'are'}`;
  switch (workers) {
    case 'one-by-strategy':
      return `${are} named, for by this strategy all workers together give one`;
    case 'left-out':
      return `${are} left of those that were named and written`;
    default:
      return `${are} named`;
  }
}

function rangeReason(fault: NoRange): string {
  switch (fault.kind) {
    case 'empty-range':
      return `there is nothing in ${fault.head.slice(0, 12)} that the target (${fault.base.slice(0, 12)}) does not have`;
    case 'several-merge-bases':
      return `it has several merge bases with the target (${fault.bases.map((base) => base.slice(0, 12)).join(', ')})`;
    case 'unrelated-histories':
      return `${fault.head.slice(0, 12)} has no common history with the target (${fault.base.slice(0, 12)})`;
    default:
      return unreachable(fault);
  }
}

const patchWords: Readonly<Record<PatchFault['what'], string>> = {
  'too-large': 'it is too large',
  'too-many-files': 'it changes too many files',
  'not-utf-8': 'it is not UTF-8',
  file: 'its file cannot be read',
  unreadable: 'it cannot be read as a diff',
  empty: 'it is empty',
  path: 'it names a path that is not taken',
  mode: 'it makes something other than a plain file',
  binary: 'it holds binary contents',
  'does-not-apply': 'it does not apply to the target',
  differs: 'git makes something else of it than it says',
};

function patchReason({ what, path, detail }: PatchFault): string {
  const at = path === null ? '' : ` (${visible(path, 100)})`;
  // A mode is a name of six digits, and no amount.
  const number =
    what === 'mode'
      ? detail
      : detail.replaceAll(/\d{5,}/g, (digits) => groupDigits(Number(digits)));
  return `${patchWords[what]}${at}${detail === '' ? '' : `: ${visible(number, 160)}`}`;
}
