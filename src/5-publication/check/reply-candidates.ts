/** The score table of all that is open for one spec. */
import type { Candidate } from '../../4-verdict/arbitration.ts';
import type { CommitSha } from '../../primitives.ts';
import { verdictWords } from '../report.ts';
import { paragraph, table } from './fit.ts';
import { code, link, md } from './markdown.ts';
import { type Answer, says, short, tryThis } from './reply-pieces.ts';
import type { CheckContext } from './state.ts';
import { recordUrl } from './verdict-summary.ts';

/** Changes for one spec onto one target, each with the verdict that stands. */
export interface Rivals {
  readonly spec: string;
  /** The best first; the one that asks is among them. */
  readonly candidates: readonly Candidate[];
  /** Open pull requests that were not looked at, because there are too many. */
  readonly leftOut: number;
}

/** What is to be compared, `unreadable` where the ledger does not give it now, null where there is nothing to compare by. */
export function debated(
  head: CommitSha,
  context: CheckContext & { readonly rivals: Rivals | 'unreadable' | null },
): Answer {
  const { rivals } = context;
  if (rivals === null)
    return says(
      md`${short(head)} has no verdict under a spec yet, so there is nothing to compare it by.`,
      tryThis('/caws status'),
    );
  if (rivals === 'unreadable')
    return says(md`the table cannot be made now.`, tryThis('/caws debate'));
  const { spec, candidates, leftOut } = rivals;
  const [best] = candidates;
  const first =
    candidates.length < 2
      ? md`no other open pull request that has a verdict is for ${code(spec)}.`
      : best?.outcome === 'PASS'
        ? md`of ${candidates.length} open pull requests for ${code(spec)} ${code(best.name)} is the best that passes.`
        : md`of ${candidates.length} open pull requests for ${code(spec)} none passes yet.`;
  const rest =
    leftOut === 0 ? [] : [paragraph(md`${leftOut} more are open and were not looked at.`)];
  return {
    first,
    rest: [scores(candidates, head, context), paragraph(basis(candidates)), ...rest],
  };
}

function scores(candidates: readonly Candidate[], head: CommitSha, context: CheckContext) {
  const header = ['Change', 'Verdict', 'E', 'B', 'G', 'P', 'S', 'Lines'];
  return table(header, candidates, (each) => {
    const { e, b, g, p, s } = each.score;
    const shares = [e, b, g, p, s].map((share) => md`${share.toFixed(3)}`);
    const { word } = verdictWords[each.outcome];
    return [
      md`${code(each.name)} at ${short(each.head)}${each.head === head ? ' (this one)' : ''}`,
      md`${link(word, recordUrl(context, each.verdict))}`,
      ...shares,
      md`${each.lines}`,
    ];
  });
}

function basis(candidates: readonly Candidate[]) {
  const near = candidates.filter(({ isInBand }) => isInBand);
  const order = md`S = 0.4E + 0.3B + 0.2G + 0.1P puts changes that pass in order, and lets none pass.`;
  return near.length < 2
    ? order
    : md`${order} ${near.length} lie within 0.05 of the best: among equals the smaller change comes first, then the earlier.`;
}
