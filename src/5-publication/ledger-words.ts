/** What the ledger's commands say of what they found and did. */
import { shellWord, visible } from './escape.ts';
import { counted } from './quantity.ts';

const shown = (file: string): string => visible(file, 500);

export function exportedText(file: string, entries: number): string {
  return `${counted(entries, 'entry is', 'entries are')} written to ${shown(file)}.\nCheck it with: arbiter ledger verify --file ${shellWord(shown(file))}\n`;
}

export function copiedText(file: string, entries: number): string {
  return `${counted(entries, 'entry is', 'entries are')} copied to ${shown(file)}.\nIt holds sealed values and case files: erasing them later does not reach it.\nCheck it with: arbiter ledger verify --ledger ${shellWord(shown(file))}\n`;
}

/** @param kept where the replaced file now stands, or null where there was none. */
export function restoredText(entries: number, kept: string | null): string {
  return `The ledger is restored and holds ${counted(entries, 'entry', 'entries')}; the last one says so.\n${kept === null ? '' : `What stood there is kept as ${shown(kept)}\n`}`;
}

/** What pruning would drop. */
export function prunableText(blobs: number, days: string): string {
  const next =
    blobs === 0
      ? 'Nothing to do.'
      : `To drop them: arbiter ledger prune --older-than ${days}d --yes`;
  return `${counted(blobs, 'blob is', 'blobs are')} older than ${counted(Number(days), 'day')}. ${next}\nVerdicts and the chain stay; a dropped case can no longer be replayed.\n`;
}

export function erasedText(
  noun: 'blob' | 'sealed value',
  {
    count,
    entries,
    rewritten,
  }: {
    readonly count: number;
    readonly entries: readonly number[];
    readonly rewritten: boolean;
  },
): string {
  const told = entries.length === 0 ? '' : `; entry ${entries.join(', ')} says so`;
  const remains = rewritten
    ? ''
    : 'Another process kept the file from being rewritten: free pages may still hold them. Run it again later.\n';
  return `${counted(count, `${noun} is`, `${noun}s are`)} gone${told}.\n${remains}Backups made before keep theirs.\n`;
}

/** The verdicts that a lost key makes doubtful, and the lines that say so for good. */
export function doubtText(
  doubtful: readonly { readonly sequence: number; readonly at: string; readonly about: string }[],
  {
    keyId,
    since,
    reason,
  }: {
    readonly keyId: string;
    readonly since: string;
    readonly reason: string;
  },
): string {
  const lines = doubtful.map(
    ({ sequence, at, about }) => `#${sequence}  ${at.slice(0, 19)}Z  ${visible(about, 60)}\n`,
  );
  const count = doubtful.length;
  const again = count === 0 ? '' : `: judge ${count === 1 ? 'it' : 'them'} again`;
  return `${lines.join('')}${counted(count, 'verdict')} of key ${keyId.slice(0, 16)} since ${since} ${count === 1 ? 'is' : 'are'} doubtful${again}.\nIn .caws/trusted-keys.yaml, at this key:\n    revoked:\n      at: ${JSON.stringify(since)}\n      reason: ${JSON.stringify(reason)}\n`;
}

/** Ids of verdicts and waivers are told apart by so many characters, and found by them. */
const ID_CHARACTERS = 18;
const KEY_DIGITS = { least: 8, most: 16 };

/** Entries, one a line, within so many columns. */
export function logText(
  entries: readonly {
    readonly sequence: number;
    readonly at: string;
    readonly kind: string;
    readonly about: string;
    readonly signer: string;
  }[],
  columns: number,
): string {
  if (entries.length === 0) return 'No entries.\n';
  const digits = Math.max(...entries.map(({ sequence }) => String(sequence).length));
  const longest = Math.max(...entries.map(({ about }) => visible(about, 500).length));
  // `#12  2026-11-23T12:00:03Z  verdict      …  key …`
  const room = columns - (1 + digits + 2 + 20 + 2 + 11 + 2 + 2 + 4);
  const wide = room >= longest + KEY_DIGITS.most;
  const about = wide ? longest : Math.min(longest, ID_CHARACTERS);
  const key = Math.max(KEY_DIGITS.least, Math.min(KEY_DIGITS.most, room - about));
  return entries
    .map((entry) =>
      [
        `#${String(entry.sequence).padEnd(digits)}`,
        `${entry.at.slice(0, 19)}Z`,
        entry.kind.padEnd(11),
        visible(entry.about, 500).slice(0, about).padEnd(about),
        `key ${entry.signer.slice(0, key)}`,
      ].join('  '),
    )
    .join('\n')
    .concat('\n');
}
