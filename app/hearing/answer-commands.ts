import { type Answer, commandKey, type Effect } from '../../src/4-verdict/commands/answer.ts';
import type { Reply } from '../../src/4-verdict/commands/reply.ts';
import { signHosted } from '../../src/4-verdict/waivers/open-hosted.ts';
import { replyText } from '../../src/5-publication/check/replies.ts';
import type { SingleState } from '../../src/5-publication/check/state.ts';
import type { Adjudicated } from '../../src/cycle.ts';
import type { ForgeFault } from '../../src/forge.ts';
import type { LedgerFault, LedgerStore, Signer } from '../../src/ports.ts';
import { fail, type Instant, ok, type Result } from '../../src/primitives.ts';
import { type AnswerFault, contextBeforeVerdict, contextFor } from './command-context.ts';
import { contextOf, type HeardPull } from './heard-pull.ts';
import { type Said, unansweredOf } from './said.ts';
import { decidedState } from './states.ts';
import { told } from './telling.ts';

/** What answering came to: whether the verdict rests on something new, and what else is to be done. */
export interface Answered {
  readonly judgeAgain: boolean;
  readonly fresh: boolean;
  readonly merge: {
    readonly wish: Extract<Effect, { readonly kind: 'merge' }>;
    /** The comment that asked, or null where a button did. */
    readonly commentId: number | null;
    /** Answered once it was carried out: a crash before that must not lose the wish. */
    readonly key: string;
  } | null;
}

/** The rest waits for the next hearing, which sees what was said meanwhile. */
const WORDS_AT_ONCE = 20;

/**
 * Answers every command of a pull request that was not answered yet: comments as they stand now, and
 * buttons as they were pressed. An entry is in the ledger before anyone is told of it.
 *
 * Denials come first. Wishes to merge come last, one at a time, and wait for the next hearing where something was granted or
 * taken away: they are decided by the verdict that then stands.
 */
export async function answerCommands(
  pull: HeardPull,
  adjudicated: Adjudicated,
): Promise<Result<Answered, AnswerFault>> {
  const said = unansweredOf(pull);
  const outcome = { judgeAgain: false, fresh: false, merge: null as Answered['merge'] };
  if (said.length === 0) return ok(outcome);
  const {
    denials = [],
    words = [],
    wishes = [],
  } = Object.groupBy(said, ({ verb }) =>
    verb === 'merge' ? 'wishes' : verb === 'revoke' || verb === 'reject' ? 'denials' : 'words',
  );
  // A denial ends its request for good, whatever else was said: no crowd of questions stands before it.
  for (const [place, each] of [...denials, ...words, ...wishes].entries()) {
    if (place >= denials.length + WORDS_AT_ONCE) {
      pull.deps.again(pull.job);
      break;
    }
    if (each.verb === 'merge' && (outcome.judgeAgain || outcome.merge !== null)) {
      pull.deps.again(pull.job);
      break;
    }
    const context = await contextFor(pull, adjudicated, each);
    if (!context.ok) return context;
    const answer = each.say(context.value);
    const done = await carryOut(pull, each, answer, outcome);
    if (!done.ok) return done;
  }
  return ok(outcome);
}

/**
 * While gates run there is no verdict to speak about; that nobody is to wait any longer is the one thing
 * that can be said then.
 *
 * @returns whether somebody who may said so.
 */
export async function answerCancels(
  pull: HeardPull,
): Promise<Result<boolean, ForgeFault | LedgerFault>> {
  const outcome = { judgeAgain: false, fresh: false, merge: null as Answered['merge'] };
  for (const each of unansweredOf(pull).filter(({ verb }) => verb === 'cancel')) {
    const context = await contextBeforeVerdict(pull, each);
    if (!context.ok) return context;
    const done = await carryOut(pull, each, each.say(context.value), outcome);
    if (!done.ok) return done;
  }
  return ok(outcome.judgeAgain);
}

type Outcome = { judgeAgain: boolean; fresh: boolean; merge: Answered['merge'] };

/** Records, then acknowledges, then says; a crash in between is made good by the next look. */
async function carryOut(
  pull: HeardPull,
  said: Said,
  answer: Answer,
  outcome: Outcome,
): Promise<Result<void, ForgeFault | LedgerFault>> {
  const { deps, job } = pull;
  const key = commandKey(said.heard, said.line, said.by);
  if (answer.kind === 'silent') return ok(deps.docket.answered(job, key));
  if (answer.kind === 'retry')
    return fail({ kind: 'forge-incomplete', doing: 'looking up who spoke', what: said.by.login });
  for (const effect of answer.effects) {
    const done = await take(pull, effect, outcome, said);
    if (!done.ok) return done;
  }
  if (said.heard.kind === 'comment') {
    const reacting = pull.forge.replaceReaction(said.heard.id, answer.reaction);
    const reacted = await told(pull, 'reaction', reacting);
    if (!reacted.ok) return reacted;
  }
  const text = answer.reply === null ? null : await replyTo(answer.reply, pull, said);
  if (answer.reply !== null && text !== null) {
    const unsaid = { reply: answer.reply, asker: said.by.login, line: said.text };
    const written = await told(pull, 'comment', pull.forge.comment(job.pull, text), unsaid);
    if (!written.ok) return written;
  }
  return outcome.merge?.key === key ? ok(undefined) : ok(deps.docket.answered(job, key));
}

/** In the words of a pull request; null where the check shows what came of it. */
async function replyTo(reply: Reply, pull: HeardPull, said: Said): Promise<string | null> {
  const { live, forge, ledger, adjudicated } = pull;
  const { heard, by, text } = said;
  const decided = adjudicated === null ? null : await decidedState(adjudicated, ledger);
  const state: SingleState =
    decided?.ok === true
      ? decided.value
      : { kind: 'queued', ahead: null, runner: null, since: pull.seenAt };
  const address = `${forge.gitUrl.replace(/\.git$/, '')}/pull/${live.number}`;
  return replyText(reply, {
    ...contextOf(pull, 'enforce'),
    asker: by.login,
    line: text,
    commentUrl: heard.kind === 'comment' ? `${address}#issuecomment-${heard.id}` : address,
    reference: pull.id.slice(0, 13),
    state,
    pending: state.kind === 'decided' ? state.pending : [],
  });
}

async function take(
  pull: HeardPull,
  effect: Effect,
  outcome: Outcome,
  { heard, line, by }: Said,
): Promise<Result<void, ForgeFault | LedgerFault>> {
  const { deps, ledger } = pull;
  switch (effect.kind) {
    case 'record': {
      const body = signHosted(effect.event, deps.signer);
      const draft = { kind: effect.ledger, about: effect.about, body } as const;
      outcome.judgeAgain = true;
      return append(ledger, deps, draft);
    }
    case 'note':
      return append(ledger, deps, {
        kind: 'command',
        about: String(effect.note.pull),
        body: effect.note,
      });
    case 'judge-again':
      deps.docket.cancel(pull.job, null);
      outcome.judgeAgain = true;
      outcome.fresh = true;
      return ok(undefined);
    case 'merge':
      outcome.merge = {
        wish: effect,
        commentId: heard.kind === 'comment' ? heard.id : null,
        key: commandKey(heard, line, by),
      };
      return ok(undefined);
    case 'cancel':
      return cancel(pull, outcome);
  }
}

/** Gates that have answered keep their answer; those that have not are waited for no longer. */
async function cancel(
  pull: HeardPull,
  outcome: Outcome,
): Promise<Result<void, ForgeFault | LedgerFault>> {
  const { deps, job, live, forge, adjudicated } = pull;
  if (adjudicated === null) {
    deps.docket.cancel(job, live.head.sha);
    outcome.judgeAgain = true;
  }
  return live.autoMerge ? forge.stopMerging(job.pull) : ok(undefined);
}

async function append(
  ledger: LedgerStore,
  { now, signer }: { readonly now: () => Instant; readonly signer: Signer },
  draft: {
    readonly kind: 'waiver' | 'break-glass' | 'command';
    readonly about: string;
    readonly body: unknown;
  },
): Promise<Result<void, LedgerFault>> {
  const entry = await ledger.append({ ...draft, at: now(), blobs: [] }, signer);
  return entry.ok ? ok(undefined) : entry;
}
