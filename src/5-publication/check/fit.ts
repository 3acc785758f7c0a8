import { fold, isEmpty, type Markdown, md } from './markdown.ts';

/**
 * Bytes of one field of a check. A forge takes 65,535 characters and answers 422 one past it; in
 * UTF-8 a text has at least as many bytes as characters, and the rest is room for what a forge adds.
 */
const FIELD_BYTES_MAX = 60_000;

/** A part of a text that can lose rows at its end and is still well-formed. */
export interface Block {
  readonly open: Markdown | null;
  /** Made one by one and only while there is room: of 10,000 findings most are never written. */
  readonly rows: Iterable<Markdown | Block>;
  /** What stands between two rows. */
  readonly seam: '\n' | '\n\n';
  readonly close: Markdown | null;
}

/** The items as rows, each made when it is asked for. */
export function each<Item, Row>(
  items: readonly Item[],
  make: (item: Item, at: number) => Row,
): Iterable<Row> {
  return {
    *[Symbol.iterator]() {
      for (const [at, item] of items.entries()) yield make(item, at);
    },
  };
}

export function paragraph(text: Markdown): Block {
  return { open: null, rows: isEmpty(text) ? [] : [text], seam: '\n\n', close: null };
}

/** A table; of a long one the first rows stay. Without rows it is not there at all. */
export function table<Item>(
  header: readonly string[],
  items: readonly Item[],
  cells: (item: Item) => readonly Markdown[],
): Block {
  const line = (parts: readonly (string | Markdown)[]) =>
    md`| ${parts.map((cell, at) => (at === 0 ? md`${cell}` : md` | ${cell}`))} |`;
  return {
    open: md`${line(header)}
${line(header.map(() => md`---`))}`,
    rows: each(items, (item) => line(cells(item))),
    seam: '\n',
    close: null,
  };
}

export function numbered<Item>(items: readonly Item[], make: (item: Item) => Markdown): Block {
  const rows = each(items, (item, at) => md`${at + 1}. ${make(item)}`);
  return { open: null, rows, seam: '\n', close: null };
}

export function bullets<Item>(items: readonly Item[], make: (item: Item) => Markdown): Block {
  return { open: null, rows: each(items, (item) => md`- ${make(item)}`), seam: '\n', close: null };
}

/**
 * Folded away until a reader asks for it.
 *
 * @param summary our own plain words: a forge reads no Markdown inside that line, so no escape helps there.
 */
export function details(summary: string, rows: Iterable<Block>): Block {
  return {
    open: fold(summary),
    rows,
    seam: '\n\n',
    close: md`
</details>`,
  };
}

/** The text of blocks within a field, cut between rows, and always with its tail. */
export function fitted(blocks: Iterable<Block>, tail: Markdown | null, recordUrl: string): string {
  const notice = `… truncated, full record: ${recordUrl}`;
  const end = tail === null || isEmpty(tail) ? '' : `\n\n${tail.toString()}`;
  const room = FIELD_BYTES_MAX - Buffer.byteLength(end) - Buffer.byteLength(notice) - 2;
  const { text, whole } = within({ open: null, rows: blocks, seam: '\n\n', close: null }, room);
  return `${text}${whole ? '' : `\n\n${notice}`}${end}`.trimStart();
}

function within(block: Block, room: number): { readonly text: string; readonly whole: boolean } {
  const open = block.open === null ? '' : `${block.open.toString()}\n`;
  const close = block.close === null ? '' : `\n${block.close.toString()}`;
  let left = room - Buffer.byteLength(open) - Buffer.byteLength(close);
  const kept: string[] = [];
  let whole = true;
  for (const row of block.rows) {
    const part = 'rows' in row ? within(row, left) : rowWithin(row, left);
    whole = part.whole;
    if (part.text !== '') {
      kept.push(part.text);
      left -= Buffer.byteLength(part.text) + block.seam.length;
    }
    if (!whole) break;
  }
  return { text: kept.length === 0 ? '' : `${open}${kept.join(block.seam)}${close}`, whole };
}

function rowWithin(row: Markdown, room: number) {
  const text = row.toString();
  const whole = Buffer.byteLength(text) <= room;
  return { text: whole ? text : '', whole };
}

/** The text cut to so many characters and bytes, between code points, with `…` where it was cut. */
export function clipped(text: string, max: number, unit: 'characters' | 'bytes' = 'characters') {
  const size = (part: string) => (unit === 'bytes' ? Buffer.byteLength(part) : part.length);
  if (size(text) <= max) return text;
  const characters = Array.from(text);
  let used = size('…');
  let end = 0;
  while (end < characters.length && used + size(characters[end] ?? '') <= max) {
    used += size(characters[end] ?? '');
    end += 1;
  }
  return `${characters.slice(0, end).join('').trimEnd()}…`;
}
