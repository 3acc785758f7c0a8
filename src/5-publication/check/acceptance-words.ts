/** What is said where a person accepts one of several pull requests for a spec, or may not. */
import type { AcceptedBrief } from '../../4-verdict/commands/reply.ts';
import { unreachable } from '../../primitives.ts';
import { counted } from '../quantity.ts';
import { commandWord } from './advice.ts';
import { paragraph } from './fit.ts';
import { code, type Markdown, md, nothing } from './markdown.ts';
import { scores } from './reply-candidates.ts';
import { type Answer, type ReplyOf, says, short, tryThis } from './reply-pieces.ts';
import type { CheckContext } from './state.ts';

/** Who is accepted, who is superseded by it, what ends it and what comes next. */
export function acceptedReply(
  { spec, head, candidates, leftOut }: ReplyOf<'accepted'>,
  context: Pick<CheckContext, 'site'>,
): Answer {
  const count = candidates.filter(({ standing }) => standing === 'superseded').length;
  const others = counted(count, 'other open pull request');
  const [best] = candidates;
  const first = md`this head, ${short(head)}, is accepted for ${code(spec)}: ${others} for it ${count === 1 ? 'is' : 'are'} superseded, and so is each that comes.`;
  const order =
    best === undefined || best.head === head
      ? nothing
      : md`By the scores ${code(best.name)} came first; who is accepted is for people to say.`;
  const more =
    leftOut === 0
      ? nothing
      : md`${leftOut} more are open and are not in this table; each for this spec is superseded when it is heard.`;
  const ends = md`It ends when this pull request is merged, closed, changed or aimed elsewhere, names another spec, or does not pass any more; or with ${code('/caws unaccept')} here. Then the others are heard again. **Next:** ${code('/caws merge')}`;
  return {
    first,
    rest: [
      scores(candidates, head, context, true),
      ...(order === nothing ? [] : [paragraph(order)]),
      ...(more === nothing ? [] : [paragraph(more)]),
      paragraph(ends),
    ],
  };
}

const byWhom = ({ by, entry }: AcceptedBrief): Markdown =>
  md`by ${code(by)} (entry ${entry} of the ledger)`;

/** Why nobody was accepted, or nothing taken back; nothing was done. */
export function acceptRefused(reply: ReplyOf<'accept-refused'>): Answer {
  const { verb, spec, head, live } = reply;
  const again = tryThis(`/caws ${verb}`);
  const undone = md`Nobody was accepted.`;
  switch (reply.because) {
    case 'another':
    case 'accepted-there': {
      const { stands } = reply;
      const where = md`#${stands.pull} at ${short(stands.head)} stands accepted for ${code(spec)}, ${byWhom(stands)}.`;
      return verb === 'accept'
        ? says(
            md`${where} ${undone}`,
            md`First comment on #${stands.pull}: ${code('/caws unaccept')}`,
          )
        : says(md`${where} Nothing was taken back.`, md`Say it on #${stands.pull}.`);
    }
    case 'already':
      return says(
        md`this head stands accepted for ${code(spec)} already, ${byWhom(reply.stands)}.`,
        tryThis('/caws merge'),
      );
    case 'nobody':
      return says(md`this pull request does not stand accepted. Nothing was taken back.`);
    case 'over-since':
      return says(
        verb === 'accept'
          ? md`what stood accepted when you said it has ended since, so what you looked at is not what is open now. ${undone}`
          : md`this pull request was accepted anew after you said it. Nothing was taken back.`,
        again,
      );
    case 'no-spec':
      return says(md`head ${short(head)} is bound by no spec, so nobody rivals it. ${undone}`);
    case 'standing-spec':
      return says(
        md`${code(spec)} is a standing spec of the policy: it is for any number of changes, and none of them rivals another. ${undone}`,
      );
    case 'several-specs':
      return says(
        md`this change is bound by several specs, and one change is accepted for one spec. ${undone}`,
        md`Split it, so that each part stands under its own spec.`,
      );
    case 'no-pass':
      return says(
        md`head ${short(head)} has no PASS that holds now; only a PASS is accepted.`,
        md`See the check, or comment ${code('/caws explain')}.`,
      );
    case 'no-rivals':
      return says(
        md`no other open pull request that has a verdict is for ${code(spec)}, so there is nobody to put it before. ${undone}`,
        tryThis('/caws merge'),
      );
    case 'unreadable':
      return says(md`the scores of the others cannot be read now. ${undone}`, again);
    case 'head-moved':
      return says(
        md`your comment was about head ${short(head)}, and the pull request is at ${short(live)}. ${undone}`,
        tryThis(`/caws ${verb} sha:${live.slice(0, 12)}`),
      );
    case 'was-closed':
      return says(md`it was said before this pull request was opened again. ${undone}`, again);
    case 'moved-often':
      return says(
        md`this pull request was closed or aimed elsewhere more often since than the forge lists. ${undone}`,
        again,
      );
    case 'elsewhere':
      return says(
        md`it was said while this pull request led into ${branch(reply.into)}, and it leads into ${branch(reply.now)} now. ${undone}`,
        again,
      );
    case 'not-judged-then':
      return says(
        md`this head had no verdict yet when you said it, so it was not certain for which spec it stands. ${undone}`,
        tryThis(`/caws ${verb} scope:${commandWord(spec)}`),
      );
    case 'spec-moved':
      return says(
        md`around the time of your comment this change went from ${reply.before === '' ? md`no spec` : code(reply.before)} to ${code(spec)}. ${undone}`,
        tryThis(`/caws ${verb} scope:${commandWord(spec)}`),
      );
    default:
      return unreachable(reply);
  }
}

const branch = (ref: string): Markdown => code(ref.replace(/^refs\/heads\//, ''));
