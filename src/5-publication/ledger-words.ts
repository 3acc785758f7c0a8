/** What the ledger's commands say of what they found and did. */
import { roomOr } from './ending.ts';
import { shellWord, visible } from './escape.ts';
import { counted } from './quantity.ts';

const shown = (file: string): string => visible(file, 500);

/** What is said where an entry is recorded and its place in the chain could not be remembered elsewhere. */
export function anchorFailedText(where: string, reason: string): string {
  return `Note: the newest entry stands in the ledger, and ${shown(where)} could not be told of it (${visible(reason, 100)}):\na ledger that is put back to before it would not be noticed there.\n${roomOr(reason, 'See who may write there, and run the command again.')}\n`;
}

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

/** @param inChain entries that name the person themselves. */
export function erasedText(
  {
    blobs,
    sealed,
    entries,
    rewritten,
  }: {
    readonly blobs: number;
    readonly sealed: number;
    readonly entries: readonly number[];
    readonly rewritten: boolean;
  },
  inChain: readonly number[],
): string {
  const said =
    entries.length === 1 ? `entry ${entries[0]} says` : `entries ${entries.join(', ')} say`;
  const told = entries.length === 0 ? '' : `; ${said} so`;
  const verdicts =
    blobs === 0 ? '' : 'Their verdicts stay proven, and can no longer be replayed.\n';
  const remains = rewritten
    ? ''
    : 'Another process reads the ledger and kept its file from being rewritten: their bytes are still in it. Run the same command again when that one has ended.\n';
  const verb = blobs + sealed === 1 ? 'is' : 'are';
  return `${besideText({ blobs, sealed })} ${verb} gone${told}.\n${verdicts}${chainText(inChain)}${remains}Backups made before keep theirs.\n`;
}

function besideText({
  blobs,
  sealed,
}: {
  readonly blobs: number;
  readonly sealed: number;
}): string {
  const parts = [
    ...(blobs > 0 || sealed === 0
      ? [counted(blobs, 'case file or report', 'case files and reports')]
      : []),
    ...(sealed > 0 ? [counted(sealed, 'sealed value')] : []),
  ];
  return parts.join(' and ');
}

function chainText(entries: readonly number[]): string {
  if (entries.length === 0) return '';
  const shown = entries.slice(0, CHAIN_ENTRIES_SHOWN).map((entry) => `#${entry}`);
  const list = `${shown.join(', ')}${entries.length > shown.length ? ', …' : ''}`;
  const name = counted(entries.length, 'entry itself names', 'entries themselves name');
  return `${name} it (${list}): what people asked and allowed is part of the chain, and stays.\n`;
}

/** More numbers than a person looks up one by one. */
const CHAIN_ENTRIES_SHOWN = 20;

/** The entries that name a text, or beside which something does, and what can be taken away of that. */
export function namingText(
  entries: readonly {
    readonly entry: number;
    readonly at: string;
    readonly kind: string;
    readonly about: string;
    readonly blobs: readonly string[];
    readonly sealed: readonly string[];
    readonly inChain: boolean;
  }[],
  columns: number,
): string {
  if (entries.length === 0) return 'Nothing in this ledger names it.\n';
  const lines = entries.map(({ entry, at, kind, about, blobs, sealed, inChain }) => {
    const where = [
      ...(blobs.length > 0 ? ['case file or report'] : []),
      ...(sealed.length > 0 ? ['sealed value'] : []),
      ...(inChain ? ['the entry itself'] : []),
    ].join(', ');
    const line = `#${entry}  ${at.slice(0, 10)}  ${kind.padEnd(11)}  ${where}`;
    return `${line}  ${visible(about, 500)}`.slice(0, Math.max(columns, line.length));
  });
  const blobs = new Set(entries.flatMap((each) => each.blobs)).size;
  const sealed = new Set(entries.flatMap((each) => each.sealed)).size;
  const inChain = entries.filter((each) => each.inChain).map(({ entry }) => entry);
  const next =
    blobs + sealed === 0
      ? 'Nothing beside the chain names it.\n'
      : `${besideText({ blobs, sealed })} to erase: run the same command with --reason TEXT --yes\nTheir verdicts would stay proven, and could no longer be replayed.\n`;
  return `${lines.join('\n')}\n\n${next}${chainText(inChain)}`;
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
