import type { VerdictRecord } from '../4-verdict/verdict.ts';
import { shellWord, visible } from './escape.ts';
import { timeText } from './waiver-words.ts';

/** That nothing was judged of what is checked out, though something else was. */
export interface Elsewhere {
  /** A branch, or the beginning of a commit. */
  readonly checkedOut: string;
  /** The newest verdict of anything else. */
  readonly newest: VerdictRecord;
}

const nameOf = ({ subject }: VerdictRecord): string =>
  `${subject.branches[0] === undefined ? '' : `${visible(subject.branches[0])}, `}${subject.head.slice(0, 12)}`;

/**
 * Which verdict a request starts from that named none.
 *
 * @param branch the branch that it is of, where that has another head by now; null: it is of the very commit.
 */
export function groundText(record: VerdictRecord, branch: string | null): string {
  const { id, verdict, decidedAt, subject } = record;
  const [own] = subject.branches;
  const of = branch ?? own;
  const text = `From the newest verdict of ${of === undefined ? 'this commit' : visible(of)}, ${id} (${verdict.replace('_', ' ')}, ${timeText(decidedAt)}).\n`;
  return branch === null
    ? text
    : `${text}It was given at ${subject.head.slice(0, 12)}; the branch is elsewhere by now. To ask about that instead, judge it first: arbiter verify\n`;
}

/** Why a request has to name its verdict, or have one made. */
export function elsewhereText({ checkedOut, newest }: Elsewhere, gate: string): string {
  return `the ledger holds no verdict of ${visible(checkedOut)}, which is checked out.\nJudge it: arbiter verify\nThe newest is of ${nameOf(newest)}: arbiter waiver request ${shellWord(gate)} --verdict ${newest.id} --reason "…" --expires 7d`;
}
