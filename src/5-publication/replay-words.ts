import type { Verdict, VerdictRecord } from '../4-verdict/verdict.ts';
import { flips, type Replayed } from '../4-verdict/what-if.ts';
import { visible } from './escape.ts';
import { groupDigits } from './quantity.ts';
import { findingsOf, headline, type Paint, verdictWords } from './report.ts';

const COLUMNS = { verdict: 13, pull: 22, was: 15, wouldBe: 22 } as const;

/** What a past verdict would be, and why, for people: 80 columns wide but for reasons. */
export function replayText(replayed: readonly Replayed[], paint: Paint): string {
  const lines = [
    paint('faint', row('  ', ['VERDICT', 'PULL OR BRANCH', 'WAS', 'WOULD BE'])),
    ...replayed.flatMap((each) => linesOf(each, paint)),
    '',
    summary(replayed),
  ];
  return `${lines.join('\n')}\n`;
}

function linesOf(each: Replayed, paint: Paint): readonly string[] {
  const { was } = each;
  const flipped = flips(each);
  const cells = [was.id.slice(0, COLUMNS.verdict), nameOf(was), wordOf(was), wouldBeText(each)];
  const line = row(flipped ? '≠ ' : '  ', cells);
  if (each.outcome.kind !== 'judged') return [paint('faint', line)];
  const { record } = each.outcome.wouldBe;
  const tone = flipped ? verdictWords[record.verdict].tone : 'faint';
  return flipped ? [paint(tone, line), `    ${whyText(each)}`] : [line];
}

function wouldBeText({ was, outcome }: Replayed): string {
  switch (outcome.kind) {
    case 'judged':
      return flips({ was, outcome }) ? wordOf(outcome.wouldBe.record) : 'the same';
    case 'case-gone':
      return '? (case dropped)';
    case 'case-differs':
      return '? (case was changed)';
    case 'other-rules':
      return `? (rule set ${outcome.needed})`;
  }
}

/** The one thing that decides, under the policy that decides more strictly. */
function whyText({ was, outcome }: Replayed): string {
  if (outcome.kind !== 'judged') return '';
  const { record, unasked } = outcome.wouldBe;
  if (record.verdict === was.verdict)
    return record.mode === 'observe' ? 'It would only observe.' : 'It would bind.';
  const rank: Readonly<Record<Verdict, number>> = { FAIL: 0, WAIVER_REQUIRED: 1, PASS: 2 };
  const stricter = rank[record.verdict] < rank[was.verdict] ? record : was;
  const why = headline(stricter, findingsOf(stricter));
  const asked =
    unasked.length === 0 || stricter === was
      ? ''
      : ` Nobody was asked then: ${visible(unasked.join(', '), 120)}.`;
  return `${stricter === was ? 'No more: ' : ''}${why}${asked}`;
}

const nameOf = ({ subject }: VerdictRecord): string => {
  const [name] = subject.branches;
  if (name === undefined) return subject.head.slice(0, 12);
  return visible(/^\d+$/.test(name) ? `#${name}` : name, COLUMNS.pull - 1);
};

const wordOf = ({ verdict, mode }: VerdictRecord): string =>
  `${verdictWords[verdict].word}${mode === 'observe' ? ' (seen)' : ''}`;

function row(mark: string, cells: readonly string[]): string {
  const widths = Object.values(COLUMNS);
  const padded = cells.map((cell, at) => {
    const width = widths[at] ?? 0;
    return Array.from(cell).slice(0, width).join('').padEnd(width);
  });
  return `${mark}${padded.join('  ')}`.trimEnd();
}

function summary(replayed: readonly Replayed[]): string {
  const judged = replayed.filter(({ outcome }) => outcome.kind === 'judged');
  const flipped = judged.filter(flips);
  if (replayed.length === 0) return 'There is no verdict yet. Judge a change: arbiter verify';
  const unanswered = replayed.length - judged.length;
  const rest = unanswered === 0 ? '' : `; ${groupDigits(unanswered)} cannot be said`;
  const count = judged.length === 1 ? '1 verdict' : `${groupDigits(judged.length)} verdicts`;
  if (flipped.length === 0) return `Nothing changes in ${count}${rest}.`;
  return `${groupDigits(flipped.length)} of ${count} would be another${rest}.`;
}

/** The same for programs, as policies/schema/replay.schema.json says. */
export function replayJson(replayed: readonly Replayed[], policy: string) {
  return {
    schema: 'caws-arbiter/replay-policy@1',
    policy,
    flipped: replayed.filter(flips).length,
    verdicts: replayed.map((each) => ({
      id: each.was.id,
      decidedAt: each.was.decidedAt,
      head: each.was.subject.head,
      branches: each.was.subject.branches,
      was: { verdict: each.was.verdict, mode: each.was.mode },
      outcome: each.outcome.kind,
      wouldBe:
        each.outcome.kind === 'judged'
          ? { verdict: each.outcome.wouldBe.record.verdict, mode: each.outcome.wouldBe.record.mode }
          : null,
      flips: flips(each),
      why: flips(each) ? whyText(each) : null,
      unasked: each.outcome.kind === 'judged' ? each.outcome.wouldBe.unasked : [],
    })),
  };
}
