import { visible } from '../escape.ts';
import { type Block, bullets, paragraph } from './fit.ts';
import { code, md, nothing } from './markdown.ts';
import { type ReplyContext, replyHead } from './replies.ts';
import type { CheckContext, SingleState } from './state.ts';

/** Where comments are refused, the check is the one place that can say what commands came to. */
export function unsaidBlocks(context: CheckContext, state: SingleState): readonly Block[] {
  const { unsaid } = context;
  if (unsaid === null) return [];
  const { what, status, permission, replies } = unsaid;
  const lacks =
    permission === null ? nothing : md`; the app lacks ${code(visible(permission, 60))}`;
  const asked = (asker: string, line: string): ReplyContext => ({
    ...context,
    asker,
    line,
    commentUrl: context.site,
    reference: context.id,
    state,
    pending: state.kind === 'decided' ? state.pending : [],
    rivals: 'unreadable',
  });
  return [
    paragraph(
      md`**GitHub refused a ${what} of the arbiter's** (status ${status}${lacks}). Commands count all the same; what they came to is said here. An owner of the installation grants ${code('Pull requests: write')} to the app, or a maintainer unlocks the conversation.`,
    ),
    ...(replies.length === 0
      ? []
      : [bullets(replies, ({ reply, asker, line }) => replyHead(reply, asked(asker, line)))]),
  ];
}
