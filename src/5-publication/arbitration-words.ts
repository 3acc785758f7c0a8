/** What is said of several changes for one spec. */
import type { ArbitrationRecord, Candidate } from '../4-verdict/arbitration.ts';
import { shellWord, visible } from './escape.ts';
import { type Paint, verdictWords } from './report.ts';

const NAME_WIDTH_MAX = 32;
const WORD_WIDTH = 'WAIVER REQUIRED'.length;
const STANDING_WIDTH = 'superseded'.length;

/** The score table, who was accepted and why, and what to do. Ends with a line break. */
export function arbitrationText(record: ArbitrationRecord, paint: Paint): string {
  const { candidates, spec } = record;
  const winner = winnerOf(record);
  const head =
    winner === null
      ? `${paint('bad', 'Nobody is accepted')} for ${visible(spec)}: no candidate passes.`
      : `${paint('good', 'Accepted')} for ${visible(spec)}: ${nameOf(winner)}, S = ${winner.score.s}.`;
  return [
    head,
    '',
    ...tableOf(candidates, paint),
    '',
    whyText(record),
    ...nextSteps(record).map(({ action, command }) =>
      command === null ? `Next: ${action}` : `Next: ${action}\n      ${command}`,
    ),
    '',
  ].join('\n');
}

export function winnerOf({
  candidates,
  winner,
}: Pick<ArbitrationRecord, 'candidates' | 'winner'>): Candidate | null {
  return candidates.find(({ verdict }) => verdict === winner) ?? null;
}

/** Of a long name the end, where a file's own name stands. */
export function nameOf({ name }: Pick<Candidate, 'name'>): string {
  const whole = visible(name, 4_096);
  return whole.length <= NAME_WIDTH_MAX ? whole : `…${whole.slice(1 - NAME_WIDTH_MAX)}`;
}

const partOf = (share: number): string => share.toFixed(3);

function tableOf(candidates: readonly Candidate[], paint: Paint): readonly string[] {
  const width = Math.max('candidate'.length, ...candidates.map((each) => nameOf(each).length));
  const head = [
    'candidate'.padEnd(width),
    'verdict'.padEnd(WORD_WIDTH),
    ...['E', 'B', 'G', 'P', 'S'].map((part) => part.padStart(5)),
    'lines'.padStart(7),
    'standing',
  ];
  const rows = candidates.map((each) => {
    const { word, tone } = verdictWords[each.outcome];
    const { e, b, g, p, s } = each.score;
    return [
      nameOf(each).padEnd(width),
      paint(tone, word.padEnd(WORD_WIDTH)),
      ...[e, b, g, p, s].map(partOf),
      String(each.lines).padStart(7),
      each.standing.padEnd(STANDING_WIDTH),
    ].join('  ');
  });
  return [paint('faint', head.join('  ')), ...rows.map((row) => row.trimEnd())];
}

/** By what the first one was put before the next. */
function whyText({ candidates, compared, winner }: ArbitrationRecord): string {
  const near = candidates.filter(({ isInBand }) => isInBand);
  if (winner === null) return 'S ranks candidates; it lets none pass.';
  if (near.length < 2) return 'No other that passes lies within 0.05 of its score.';
  const heard = compared.filter(({ preferred }) => preferred !== null).length;
  const spoken = compared.some(({ debate }) => debate !== null) ? ' after a debate' : '';
  const names = near.map(nameOf).join(', ');
  return heard > 0
    ? `${names} lie within 0.05 of the best score: a judge put them in order${spoken} (${heard} of ${compared.length} comparisons decided).`
    : `${names} lie within 0.05 of the best score, and no judge told them apart${spoken}: the score, then the smaller change, the earlier one and the digest decided.`;
}

/** What to do next, for people and for programs. */
export function nextSteps(
  record: ArbitrationRecord,
): readonly { readonly action: string; readonly command: string | null }[] {
  const winner = winnerOf(record);
  if (winner !== null)
    return [
      {
        action: `Land ${nameOf(winner)} as it was judged, on ${visible(record.baseRef)}.`,
        command: `git merge --no-ff ${shellWord(winner.head)} -m ${shellWord(`Land ${visible(record.spec)}`)} -m 'CAWS-VERDICT-ID: ${winner.verdict}'`,
      },
    ];
  return record.candidates.slice(0, 1).map((best) => ({
    action: `See what stands against ${nameOf(best)}.`,
    command: `arbiter verdict show ${best.verdict}`,
  }));
}
