/** The score table of all that is open for one spec. */
import type { Candidate } from '../../4-verdict/arbitration.ts';
import type { AcceptedBrief } from '../../4-verdict/commands/reply.ts';
import type { CommitSha } from '../../primitives.ts';
import { shellWord, visible } from '../escape.ts';
import { verdictWords } from '../report.ts';
import { fitted, paragraph, table } from './fit.ts';
import { code, link, type Markdown, md, nothing } from './markdown.ts';
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
  /** Whom people accepted; null: nobody. */
  readonly accepted: AcceptedBrief | null;
  /** Pairs that lie near to the best, how many of them a judge has compared, and whether one is asked here. */
  readonly near: { readonly pairs: number; readonly heard: number; readonly isDebated: boolean };
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
    rest: [
      scores(candidates, head, context, rivals.accepted !== null),
      paragraph(basis(rivals)),
      paragraph(acceptance(rivals)),
      ...rest,
    ],
  };
}

/** The table once more, after those that are nearly equal were debated and compared. */
export function comparedReply(
  head: CommitSha,
  rivals: Rivals,
  { site, entry }: Pick<CheckContext, 'site'> & { readonly entry: number },
): string {
  const { spec, candidates } = rivals;
  const [best] = candidates;
  const first = md`The open pull requests for ${code(spec)} that are nearly equal were compared: ${code(best?.name ?? '')} is the best that passes.`;
  const again = code(
    `arbiter arbitrate ${shellWord(visible(spec))} --replay ${entry} --ledger FILE`,
  );
  const foot = md`<sub>Entry ${entry} of the ledger holds all that was said, and decides it again: ${again} · nothing is won by it</sub>`;
  const blocks = [
    paragraph(first),
    scores(candidates, head, { site }, rivals.accepted !== null),
    paragraph(basis(rivals)),
    paragraph(acceptance(rivals)),
  ];
  return fitted(blocks, foot, site);
}

/** The table of changes as they were compared, each with the verdict that stood; how each stands where people accepted one. */
export function scores(
  candidates: readonly Candidate[],
  head: CommitSha,
  context: Pick<CheckContext, 'site'>,
  isDecided: boolean,
) {
  const header = ['Change', 'Verdict', 'E', 'B', 'G', 'P', 'S', 'Lines'];
  return table([...header, ...(isDecided ? ['Standing'] : [])], candidates, (each) => {
    const { e, b, g, p, s } = each.score;
    const shares = [e, b, g, p, s].map((share) => md`${share.toFixed(3)}`);
    const { word } = verdictWords[each.outcome];
    return [
      md`${code(each.name)} at ${short(each.head)}${each.head === head ? ' (this one)' : ''}`,
      md`${link(word, recordUrl(context, each.verdict))}`,
      ...shares,
      md`${each.lines}`,
      ...(isDecided ? [md`${standings[each.standing]}`] : []),
    ];
  });
}

/** The accepted commit a second time is neither: it is the same change. */
const standings: Readonly<Record<Candidate['standing'], string>> = {
  accepted: 'accepted',
  superseded: 'superseded',
  undecided: 'the same',
};

/** Who stands accepted, or how somebody does. */
function acceptance({ accepted, candidates }: Rivals): Markdown {
  if (accepted !== null)
    return md`#${accepted.pull} at ${short(accepted.head)} stands accepted, by ${code(accepted.by)} (entry ${accepted.entry} of the ledger); the others are superseded until that ends, e.g. by ${code('/caws unaccept')} there.`;
  if (candidates.length < 2 || candidates[0]?.outcome !== 'PASS') return nothing;
  return md`Nobody is accepted by a score. To accept one that passes, whoever may write and had no part in it comments there: ${code('/caws accept')}`;
}

function basis({ candidates, near: { pairs, heard, isDebated } }: Rivals) {
  const near = candidates.filter(({ isInBand }) => isInBand);
  const order = md`S = 0.4E + 0.3B + 0.2G + 0.1P puts changes that pass in order, and lets none pass.`;
  if (near.length < 2) return order;
  const rest =
    heard > 0
      ? md`a judge compared ${heard} of ${pairs} pairs of them after hearing what speaks for each; where it has no opinion the smaller change comes first, then the earlier.`
      : md`among equals the smaller change comes first, then the earlier.`;
  const next =
    isDebated && heard < pairs
      ? md` The judge is asked about them, and the table follows.`
      : nothing;
  return md`${order} ${near.length} lie within 0.05 of the best: ${rest}${next}`;
}
