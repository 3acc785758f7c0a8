import { acceptanceAbout } from '../../src/4-verdict/acceptance.ts';
import {
  type Answer,
  type CommandContext,
  commandKey,
  type Effect,
  editedKey,
  saidAt,
} from '../../src/4-verdict/commands/answer.ts';
import { isDenial, type Verb } from '../../src/4-verdict/commands/verbs.ts';
import { signHosted } from '../../src/4-verdict/waivers/open-hosted.ts';
import type { Adjudicated } from '../../src/cycle/world.ts';
import type { ForgeFault } from '../../src/forge.ts';
import type { LedgerFault, LedgerStore, Signer } from '../../src/ports.ts';
import { fail, type Instant, ok, type Result } from '../../src/primitives.ts';
import { mayWrite } from '../runs/runners.ts';
import { hearRivals, record } from './acceptances.ts';
import {
  type AnswerFault,
  contextBeforeVerdict,
  contextsOf,
  newestVerdict,
} from './command-context.ts';
import type { Saying } from './docket.ts';
import type { HeardPull } from './heard-pull.ts';
import { type Said, unansweredOf } from './said.ts';
import { inTurn } from './turns.ts';

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
  /** What could not be decided now; null: nothing. A denial among it may be the one that ends a pass. */
  readonly undecided: { readonly fault: ForgeFault; readonly denial: boolean } | null;
}

type Outcome = { -readonly [Key in keyof Answered]: Answered[Key] };

const nothingYet = (): Outcome => ({
  judgeAgain: false,
  fresh: false,
  merge: null,
  undecided: null,
});

/**
 * Decides every command of a pull request that was not decided yet: comments as they stand now, and buttons
 * as they were pressed. What each comes to is recorded, and what is to be said of it kept; nobody is told
 * here, so that nothing the forge does not take keeps a later word from counting.
 *
 * Denials come first. Wishes to merge come last, one at a time, and wait for the next hearing where something was granted or
 * taken away, or could not be decided: they are decided by the verdict that then stands.
 */
export async function answerCommands(
  pull: HeardPull,
  adjudicated: Adjudicated,
): Promise<Result<Answered, AnswerFault>> {
  const outcome = nothingYet();
  const said = unansweredOf(pull);
  if (said.length === 0) return ok(outcome);
  const contexts = contextsOf(pull, adjudicated, said);
  const known = await contexts.speakers();
  if (!known.ok) return known;
  const { now, later } = inTurn(said, known.value);
  if (later > 0) pull.deps.again(pull.job);
  for (const each of now) {
    const { judgeAgain, merge, undecided } = outcome;
    if (each.verb === 'merge' && (judgeAgain || merge !== null || undecided !== null)) {
      pull.deps.again(pull.job);
      break;
    }
    const context = await contexts.of(each);
    if (!context.ok && !isForgeFault(context.fault)) return context;
    const done = await decide(pull, each, context as Result<CommandContext, ForgeFault>, outcome);
    if (!done.ok) return done;
    if (done.value) contexts.recorded();
  }
  return ok(outcome);
}

/**
 * While gates run, or nobody could run them, there is no verdict to speak about, but what only narrows counts at
 * once: that nobody is to wait or to merge, and that a waiver ends, by the newest verdict that was given. A merge
 * queue may rest on it.
 *
 * @param more what else can be said.
 * @returns whether the case is another one now, and what could not be decided.
 */
export async function answerWithoutVerdict(
  pull: HeardPull,
  more: readonly Verb[],
): Promise<Result<Pick<Answered, 'judgeAgain' | 'undecided'>, LedgerFault>> {
  const outcome = nothingYet();
  const unanswered = unansweredOf(pull);
  const said = unanswered.filter(
    ({ verb }) => isDenial(verb) || more.some((each) => each === verb),
  );
  const { now, later } = inTurn(said, new Set());
  if (later > 0) pull.deps.again(pull.job);
  const known = now.some(ofWaiver) ? await newestVerdict(pull) : ok(null);
  if (!known.ok) return known;
  const before = contextBeforeVerdict(pull, unanswered);
  const contexts = known.value === null ? null : contextsOf(pull, known.value, said);
  for (const each of now) {
    const context = await (ofWaiver(each) ? contexts : before)?.of(each);
    // Nothing was judged yet, or nobody has its case any more: it waits for the verdict.
    const fault = context === undefined || context.ok ? null : context.fault;
    if (context === undefined || fault?.kind === 'case-gone') continue;
    if (fault !== null && !isForgeFault(fault)) return fail(fault);
    const asked = context as Result<CommandContext, ForgeFault>;
    // What does not end a waiver by the law of then may end it by the law of now.
    if (ofWaiver(each) && asked.ok && !isRecorded(each.say(asked.value))) continue;
    const done = await decide(pull, each, asked, outcome);
    if (!done.ok) return done;
    if (!done.value) continue;
    contexts?.recorded();
    before.recorded();
  }
  return ok(outcome);
}

const ofWaiver = ({ verb }: Said): boolean => verb === 'revoke' || verb === 'reject';

const isRecorded = (answer: Answer): boolean =>
  answer.kind === 'retry' ||
  (answer.kind === 'answered' && answer.effects.some(({ kind }) => kind === 'record'));

/**
 * Decides one line or button. Effects stand before it counts as answered: a crash in between is made good by
 * the next look. A word that cannot be decided now keeps no other waiting.
 *
 * @returns whether the ledger holds something new.
 */
async function decide(
  pull: HeardPull,
  said: Said,
  context: Result<CommandContext, ForgeFault>,
  outcome: Outcome,
): Promise<Result<boolean, LedgerFault>> {
  if (!context.ok) return postpone(context.fault, said, outcome);
  const key = commandKey(said.heard, said.line, said.by);
  const answer = inTime(said.say(context.value), said, pull.deps.now());
  if (answer.kind === 'silent') {
    answered(pull, said, answer);
    return ok(false);
  }
  const doing = 'looking up who spoke';
  if (answer.kind === 'retry')
    return postpone({ kind: 'forge-incomplete', doing, what: said.by.login }, said, outcome);
  for (const effect of answer.effects) {
    const done = await take(pull, effect, outcome, said);
    if (done.ok) continue;
    // Somebody's word on the same spec came first: the next hearing reads it, and answers by it.
    if (done.fault.kind === 'head-moved') {
      pull.deps.again(pull.job);
      return ok(false);
    }
    return isForgeFault(done.fault) ? postpone(done.fault, said, outcome) : fail(done.fault);
  }
  if (outcome.merge?.key !== key) answered(pull, said, answer);
  return ok(answer.effects.some(({ kind }) => entryKinds.has(kind)));
}

/** Effects by which the ledger holds something new. */
const entryKinds: ReadonlySet<Effect['kind']> = new Set(['record', 'note', 'acceptance']);

/**
 * So long the forge is asked again who somebody is. After that it has told what it will ever tell, as where a fork is
 * gone or its author's account, and whoever waits for an answer is given one.
 */
const ASKED_AGAIN_MS = 2 * 60_000;

/** A denial is asked about until it is decided: nothing passes meanwhile. */
function inTime(answer: Answer, { heard, verb }: Said, now: Instant): Answer {
  const waits = answer.kind !== 'retry' || isDenial(verb);
  if (waits || now - saidAt({ heard, now }) < ASKED_AGAIN_MS) return answer;
  return { kind: 'answered', effects: [], reaction: 'confused', reply: answer.reply };
}

/** What was typed is not kept once it was decided; the ledger holds what came of it. */
function answered(
  { deps, job }: HeardPull,
  said: Said,
  answer: Exclude<Answer, { readonly kind: 'retry' }>,
): void {
  const { heard, line, by } = said;
  const reply = answer.kind === 'answered' ? answer.reply : null;
  const isEdited = heard.kind === 'comment' && reply?.kind === 'comment-edited';
  const key = isEdited ? editedKey(heard, line) : commandKey(heard, line, by);
  const saying = answer.kind === 'answered' ? sayingOf(said, answer, key) : undefined;
  deps.docket.answered(job, key, saying);
  if (heard.kind !== 'denial') return;
  deps.records.dropDenial(job.repositoryId, { pull: job.pull, comment: heard.id, line });
}

function postpone(fault: ForgeFault, said: Said, outcome: Outcome): Result<boolean, never> {
  const denial = ofWaiver(said);
  outcome.undecided = {
    fault: outcome.undecided?.fault ?? fault,
    denial: denial || outcome.undecided?.denial === true,
  };
  return ok(false);
}

const isForgeFault = (fault: AnswerFault): fault is ForgeFault => fault.kind.startsWith('forge-');

function sayingOf(
  { heard, by, text }: Said,
  { reaction, reply }: Extract<Answer, { readonly kind: 'answered' }>,
  key: string,
): Saying {
  const stands = heard.kind === 'comment' || (heard.kind === 'denial' && heard.stands);
  const comment = stands ? heard.id : null;
  return {
    key,
    reaction: comment === null ? null : { comment, content: reaction },
    says: reply === null ? null : { reply, asker: by.login, line: text, comment },
  };
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
      outcome.judgeAgain = true;
      outcome.fresh = true;
      return judgeAnew(pull, heard, by);
    case 'merge':
      outcome.merge = {
        wish: effect,
        commentId: heard.kind === 'comment' ? heard.id : null,
        key: commandKey(heard, line, by),
      };
      return ok(undefined);
    case 'propose': {
      const { repositoryId, pull: number } = pull.job;
      const wanted = { repositoryId, pull: number, head: effect.head, asker: by.login };
      deps.proposing.proposals.ask({ ...wanted, command: commandKey(heard, line, by) });
      deps.proposing.wake(pull.job);
      return ok(undefined);
    }
    case 'debate':
      deps.debating?.wake(pull.job);
      return ok(undefined);
    case 'acceptance': {
      const { body } = effect;
      // First: what stands in the ledger alone, nobody would end.
      if (body.state === 'accepted') deps.docket.keepAccepted(pull.job, acceptanceAbout(body));
      return record(effect, pull);
    }
    case 'hear-rivals': {
      const baseRef = `refs/heads/${pull.live.base.branch}`;
      return hearRivals(pull, { spec: effect.spec, baseRef }, effect.all);
    }
    case 'cancel':
      return cancel(pull, outcome);
    case 'stop-merging':
      return stopMerging(pull);
  }
}

/** From the beginning: gates of runners, too. */
async function judgeAnew(
  pull: HeardPull,
  heard: Said['heard'],
  by: Said['by'],
): Promise<Result<void, ForgeFault>> {
  const { deps, job, forge, live, seenAt } = pull;
  deps.docket.cancel(job, null);
  // Who spoke before this head was there spoke of another one.
  const spokenAt = heard.kind === 'comment' ? (heard.live?.createdAt ?? 0) : heard.at;
  const isStrange = live.head.repositoryId !== forge.repository.id && spokenAt > seenAt;
  const role = isStrange ? await forge.role(by) : ok('none' as const);
  if (!role.ok) return role;
  await deps.runners.again({ name: job, forge }, mayWrite(role.value) ? live.head.sha : null);
  deps.bench?.again(job);
  return ok(undefined);
}

/** Gates that have answered keep their answer; those that have not are waited for no longer. */
async function cancel(
  pull: HeardPull,
  outcome: Outcome,
): Promise<Result<void, ForgeFault | LedgerFault>> {
  const { deps, job, live, adjudicated } = pull;
  if (adjudicated === null) {
    deps.docket.cancel(job, live.head.sha);
    outcome.judgeAgain = true;
  }
  return stopMerging(pull);
}

/** First what would put it into a queue, then out of the queue itself. */
async function stopMerging({
  live,
  forge,
  job,
  rules,
}: HeardPull): Promise<Result<void, ForgeFault>> {
  const stopped = live.autoMerge !== null ? await forge.stopMerging(job.pull) : ok(false);
  if (!stopped.ok) return stopped;
  if (rules.queue === null) return ok(undefined);
  const queued = await forge.isQueued(job.pull);
  if (!queued.ok) return queued;
  return queued.value ? forge.dequeue(job.pull) : ok(undefined);
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
