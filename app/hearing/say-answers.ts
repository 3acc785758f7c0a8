import { replyMark, replyText } from '../../src/5-publication/check/replies.ts';
import type { SingleState } from '../../src/5-publication/check/state.ts';
import type { ForgeFault } from '../../src/forge.ts';
import { type Instant, ok, type Result } from '../../src/primitives.ts';
import type { Outcome } from '../work/task.ts';
import type { Saying } from './docket.ts';
import { contextOf, type HeardPull, readsOf, showUnsaid } from './heard-pull.ts';
import type { HearingDeps } from './hearing-deps.ts';
import { rivalsOf } from './rivals.ts';
import { decidedState } from './states.ts';
import { postSticky } from './sticky-post.ts';
import { told } from './telling.ts';
import { retry } from './waiting.ts';

/** Three or four calls each: the rest waits for the next hearing, and its words count all the same. */
const SAYINGS_AT_ONCE = 20;

/** What could not be said waits so long: the check says what counts. */
const TELL_AGAIN_MS = 120_000;
/** What is said in the conversation: answers, the one comment that follows the check; and in the check what was not said. */
export async function tell(pull: HeardPull, outcome: Outcome & { kind: 'done' }): Promise<Outcome> {
  const { adjudicated, ledger } = pull;
  const answered = await sayAnswers(pull);
  if (!answered.ok) return tellLater(answered.fault, outcome, pull.deps);
  if (adjudicated !== null) {
    const decided = await decidedState(adjudicated, ledger, readsOf(pull));
    if (!decided.ok) return retry(decided.fault);
    const commented = await postSticky(pull, decided.value);
    if (!commented.ok) return tellLater(commented.fault, outcome, pull.deps);
  }
  const shown = await showUnsaid(pull);
  return shown.ok ? outcome : retry(shown.fault);
}

/** Not a try that failed: until the words are said again, whatever else happens is heard at once. */
function tellLater(
  fault: ForgeFault,
  { againAt }: Outcome & { kind: 'done' },
  { now }: HearingDeps,
): Outcome {
  const at = fault.kind === 'forge-busy' ? fault.retryAt : now() + TELL_AGAIN_MS;
  return { kind: 'done', againAt: Math.min(at, againAt ?? at) as Instant };
}

/**
 * Acknowledges and answers what counted, now or in a hearing that was cut short. What the forge took and could
 * not tell us of is found by its mark among the comments, so nothing is said twice.
 */
async function sayAnswers(pull: HeardPull): Promise<Result<void, ForgeFault>> {
  const { deps, job, lease } = pull;
  const sayings = deps.docket.sayings(job, SAYINGS_AT_ONCE + 1);
  for (const saying of sayings.slice(0, SAYINGS_AT_ONCE)) {
    if (!lease.stillHeld()) return ok(undefined);
    const said = await say(pull, saying);
    if (!said.ok) return said;
    deps.docket.said(job, saying.key);
  }
  if (sayings.length > SAYINGS_AT_ONCE) deps.again(job);
  return ok(undefined);
}

async function say(pull: HeardPull, saying: Saying): Promise<Result<void, ForgeFault>> {
  const { forge, job } = pull;
  const { reaction, says, key } = saying;
  if (isSaid(pull, key)) return ok(undefined);
  if (reaction !== null) {
    const reacting = forge.replaceReaction(reaction.comment, reaction.content);
    const reacted = await told(pull, 'reaction', reacting);
    if (!reacted.ok) return reacted;
  }
  const text = await textOf(pull, says);
  if (text === null) return ok(undefined);
  const unsaid = typeof says === 'string' ? null : says;
  const writing = forge.comment(job.pull, `${text}\n\n${replyMark(key)}`);
  const written = await told(pull, 'comment', writing, unsaid);
  if (!written.ok) return written;
  if (written.value !== null) pull.comments = [...pull.comments, written.value];
  return ok(undefined);
}

/** The mark can be copied by anyone, the app's number by nobody. */
function isSaid({ comments, forge }: HeardPull, key: string): boolean {
  const mark = replyMark(key);
  return comments.some(({ appId, body }) => appId === forge.appId && body.trimEnd().endsWith(mark));
}

/** In the words of a pull request; null where the check shows what came of it. */
async function textOf(pull: HeardPull, says: Saying['says']): Promise<string | null> {
  if (says === null || typeof says === 'string') return says;
  const { live, forge, ledger, adjudicated } = pull;
  const { reply, asker, line, comment } = says;
  const rivals = reply.kind === 'debate' ? await rivalsOf(pull) : ok(null);
  const decided =
    adjudicated === null ? null : await decidedState(adjudicated, ledger, readsOf(pull));
  const state: SingleState =
    decided?.ok === true
      ? decided.value
      : { kind: 'queued', ahead: null, runner: null, since: pull.seenAt };
  const address = `${forge.gitUrl.replace(/\.git$/, '')}/pull/${live.number}`;
  return replyText(reply, {
    ...contextOf(pull, 'enforce'),
    asker,
    line,
    commentUrl: comment === null ? address : `${address}#issuecomment-${comment}`,
    reference: pull.id.slice(0, 13),
    state,
    pending: state.kind === 'decided' ? state.pending : [],
    rivals: rivals.ok ? rivals.value : 'unreadable',
  });
}
