/** Answers about waivers that were not granted: what stands against it, and what to type instead. */
import type { PlaceHolder } from '../../4-verdict/commands/reply.ts';
import { nearest } from '../../caws/nearest.ts';
import { unreachable } from '../../primitives.ts';
import { timeText } from '../waiver-words.ts';
import { bullets, paragraph } from './fit.ts';
import { code, type Markdown, md } from './markdown.ts';
import { type Answer, type ReplyOf as Of, says, short, tryThis, usageOf } from './reply-pieces.ts';

export type WaiverRefusal = Of<
  | 'already-asked'
  | 'waiver-unknown'
  | 'waiver-elsewhere'
  | 'waiver-over'
  | 'waiver-stale'
  | 'places-taken'
  | 'said-already'
>;

/** Why nothing was done about a waiver, and what would be. */
export function waiverRefusal(reply: WaiverRefusal): Answer {
  switch (reply.kind) {
    case 'already-asked':
      return says(
        md`that was asked for already, as ${code(reply.waiver)}; it waits for an approval.`,
        tryThis(`/caws approve ${reply.waiver}`),
      );
    case 'waiver-unknown':
      return waiverUnknown(reply);
    case 'waiver-elsewhere':
      return says(
        md`${code(reply.waiver)} belongs to another pull request (number ${reply.pull}). Decide about it there.`,
      );
    case 'waiver-over':
      return says(
        md`${code(reply.waiver)} is ${reply.status} already. A new request is the way back.`,
        usageOf('waive'),
      );
    case 'waiver-stale':
      return waiverStale(reply);
    case 'places-taken':
      return placesTaken(reply);
    case 'said-already':
      return says(md`that stands already, as ${code(reply.id)}.`);
    default:
      return unreachable(reply);
  }
}

function waiverUnknown({ id, known }: Of<'waiver-unknown'>): Answer {
  const near = nearest(id, known) ?? known[0];
  return {
    first: md`no waiver ${code(id)} waits on this pull request.`,
    rest: [
      known.length === 0
        ? paragraph(md`None was asked for. ${usageOf('waive')}`)
        : bullets(known, (each) => code(each)),
      ...(near === undefined ? [] : [paragraph(tryThis(`/caws approve ${near}`))]),
    ],
  };
}

function waiverStale({ waiver, because, asked, head }: Of<'waiver-stale'>): Answer {
  const why = {
    'worse-than-floor': md`the change is worse now (${short(head)}) than when it was asked for (${short(asked)})`,
    'spec-changed': md`the spec has changed since it was asked for`,
    'policy-changed': md`the policy has changed since it was asked for`,
    'nothing-to-waive': md`there is nothing left that it would allow`,
  }[because];
  return says(md`${code(waiver)} cannot be approved: ${why}. Ask anew.`, usageOf('waive'));
}

function placesTaken({ waiver, gate, max, by }: Of<'places-taken'>): Answer {
  const runs =
    by.length === 1
      ? md`1 waiver of ${code(gate)} runs`
      : md`${by.length} waivers of ${code(gate)} run`;
  // A waiver is ended where it was asked for.
  const [first] = by.flatMap(({ waiver: id, pull }) =>
    pull === null
      ? []
      : [md`On pull request number ${pull}: ${code(`/caws revoke ${id} reason:"…"`)}`],
  );
  return {
    first: md`nothing was approved: ${runs}, and the policy lets ${max} run at a time (${code('waivers.max_active_waivers_per_gate')}). One more would not count.`,
    rest: [
      bullets(by, placeItem),
      paragraph(
        md`End one that is no longer needed, or wait until one ends; then comment ${code(`/caws approve ${waiver}`)} again.`,
      ),
      ...(first === undefined ? [] : [paragraph(first)]),
    ],
  };
}

function placeItem({ waiver, pull, file, until }: PlaceHolder): Markdown {
  const where =
    pull !== null
      ? md`of pull request number ${pull}`
      : file === null
        ? md`approved with a key`
        : md`in ${code(file)} of the base`;
  return md`${code(waiver)} until ${timeText(until)}, ${where}`;
}
