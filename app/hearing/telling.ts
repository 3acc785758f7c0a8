import type { UnsaidReply } from '../../src/5-publication/check/state.ts';
import type { ForgeFault } from '../../src/forge.ts';
import { ok, type Result } from '../../src/primitives.ts';
import type { HeardPull } from './heard-pull.ts';

/** Answers that the check keeps where comments are refused; older ones make room. */
const REPLIES_KEPT = 5;

/**
 * A comment or reaction that is being written. What the forge refuses for good is said by the check instead,
 * until a comment is taken again; any other fault is the caller's, who says it later.
 *
 * @param reply the answer that the comment is, where it is one.
 * @returns null where the forge refused it.
 */
export async function told<Value>(
  pull: HeardPull,
  what: 'comment' | 'reaction',
  asked: Promise<Result<Value, ForgeFault>>,
  reply: UnsaidReply | null = null,
): Promise<Result<Value | null, ForgeFault>> {
  const { deps, job } = pull;
  const written = await asked;
  const before = pull.unsaid;
  if (written.ok) {
    if (before !== null && (what === 'comment' || before.what === what)) pull.unsaid = null;
  } else {
    if (written.fault.kind !== 'forge-refused') return written;
    const { status, permission } = written.fault;
    const replies = [...(before?.replies ?? []), ...(reply === null ? [] : [reply])];
    pull.unsaid = { what, status, permission, replies: replies.slice(-REPLIES_KEPT) };
  }
  if (pull.unsaid !== before) deps.docket.keepUnsaid(job, pull.unsaid);
  return written.ok ? written : ok(null);
}
