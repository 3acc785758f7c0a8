import type { VerdictRecord } from '../4-verdict/verdict.ts';
import { visible } from './escape.ts';
import { type Paint, verdictWords } from './report.ts';
import { timeText } from './waiver-words.ts';

/** The time of a UUIDv7 and twelve random bits: what tells verdicts of one ledger apart. */
const ID_CHARACTERS = 18;
/** The longest of the words. */
const WORD_WIDTH = 'WAIVER REQUIRED'.length;
/** `2026-11-25 18:37 UTC`. */
const TIME_WIDTH = 20;
const GLASS = 'BREAK-GLASS';
/** Between two columns. */
const GAP = '  ';

/** Verdicts, one a line, within so many columns; in the order in which they come. */
export function verdictListText(
  records: readonly VerdictRecord[],
  paint: Paint,
  columns: number,
): string {
  if (records.length === 0) return 'No verdict yet. Judge a change: arbiter verify\n';
  const idWidth = idLength(records.map(({ id }) => id));
  const rows = records.map((record) => ({ record, name: nameOf(record), spec: specOf(record) }));
  const room = columns - WORD_WIDTH - TIME_WIDTH - idWidth - 4 * GAP.length;
  const [nameWidth, specWidth] = shared(
    room,
    Math.max(...rows.map(({ name }) => name.length)),
    Math.max(...rows.map(({ spec }) => spec.length)),
  );
  return rows
    .map(({ record, name, spec }) => {
      const { word, tone } = verdictWords[record.verdict];
      const isGlass = record.law.breakGlass !== undefined;
      // The mark of an emergency is never cut: it takes the place of what is.
      const about = isGlass
        ? [cut(name, Math.max(1, room - GLASS.length))]
        : [cut(name, nameWidth).padEnd(nameWidth), cut(spec, specWidth).padEnd(specWidth)];
      const cells = [
        paint(tone, word.padEnd(WORD_WIDTH)),
        timeText(record.decidedAt),
        ...about,
        paint('faint', record.id.slice(0, idWidth)),
        ...(isGlass ? [paint('bad', GLASS)] : []),
      ];
      return `${cells.join(GAP)}\n`;
    })
    .join('');
}

/** So many characters that no two of these begin alike. */
function idLength(ids: readonly string[]): number {
  const longest = Math.max(...ids.map((id) => id.length));
  for (let length = ID_CHARACTERS; length < longest; length += 1)
    if (new Set(ids.map((id) => id.slice(0, length))).size === ids.length) return length;
  return longest;
}

/** Two widths that fit a room, the wider one giving way first. */
function shared(room: number, one: number, other: number): readonly [number, number] {
  if (one + other <= room) return [one, other];
  const half = Math.max(1, Math.floor(room / 2));
  if (one <= half) return [one, Math.max(1, room - one)];
  return other <= half ? [Math.max(1, room - other), other] : [half, Math.max(1, room - half)];
}

const nameOf = ({ subject }: VerdictRecord): string =>
  visible(subject.branches[0] ?? subject.head.slice(0, 12));
const specOf = ({ law }: VerdictRecord): string =>
  law.spec === null ? 'no spec' : visible(law.spec.id);
const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, width - 1)}…`;
