import {
  type Answer,
  type CommandContext,
  commandKey,
  type Effect,
  type Heard,
} from '../../src/4-verdict/commands/answer.ts';
import type { SeenHead } from '../../src/4-verdict/commands/bind-head.ts';
import { commandOfButton } from '../../src/4-verdict/commands/button.ts';
import { decideCommand, decideRefusal } from '../../src/4-verdict/commands/decide-command.ts';
import type { CommandNote } from '../../src/4-verdict/commands/note.ts';
import {
  readComment,
  type SpokenCommand,
  type SpokenRefusal,
} from '../../src/4-verdict/commands/read-comment.ts';
import type { Reply } from '../../src/4-verdict/commands/reply.ts';
import { hear } from '../../src/4-verdict/hearing.ts';
import type { VerdictRecord } from '../../src/4-verdict/verdict.ts';
import { signHosted } from '../../src/4-verdict/waivers/open-hosted.ts';
import { teamsNamed, whomToAsk } from '../../src/4-verdict/waivers/whom-to-ask.ts';
import { replyText } from '../../src/5-publication/check/replies.ts';
import type { SingleState } from '../../src/5-publication/check/state.ts';
import { allGlassEvents } from '../../src/adapters/break-glass-events.ts';
import { loadWaiverEvents } from '../../src/adapters/waiver-events.ts';
import { boundPolicyOf } from '../../src/caws/bound-policy.ts';
import { textDigest } from '../../src/caws/text-digest.ts';
import type { Adjudicated } from '../../src/cycle.ts';
import type { ForgeFault, LiveComment } from '../../src/forge.ts';
import type { LedgerFault, LedgerStore, Signer } from '../../src/ports.ts';
import { fail, type Instant, ok, type Result } from '../../src/primitives.ts';
import type { RecordedButton, RecordedComment } from '../intake/records.ts';
import { contextOf, type HeardPull } from './heard-pull.ts';
import { peopleFacts } from './people-facts.ts';
import type { Said } from './said.ts';
import { caseFileOf, decidedState } from './states.ts';

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

export type AnswerFault = ForgeFault | LedgerFault | { readonly kind: 'case-gone' };

/** The verdicts of one pull request that a command may be about. */
const VERDICTS_READ_MAX = 500;
const NOTES_READ_MAX = 2_000;
const GLASS_READ_MAX = 1_000;

/**
 * Answers every command of a pull request that was not answered yet: comments as they stand now, and
 * buttons as they were pressed. An entry is in the ledger before anyone is told of it.
 *
 * Wishes to merge come last, one at a time, and wait for the next hearing where something was granted or
 * taken away: they are decided by the verdict that then stands.
 */
export async function answerCommands(
  pull: HeardPull,
  adjudicated: Adjudicated,
): Promise<Result<Answered, AnswerFault>> {
  const said = unansweredOf(pull);
  const outcome = { judgeAgain: false, fresh: false, merge: null as Answered['merge'] };
  if (said.length === 0) return ok(outcome);
  const { words = [], wishes = [] } = Object.groupBy(said, ({ wishesMerge }) =>
    wishesMerge ? 'wishes' : 'words',
  );
  for (const each of [...words, ...wishes]) {
    if (each.wishesMerge && (outcome.judgeAgain || outcome.merge !== null)) {
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

/** What stands there to be answered, in the order in which it was said. */
function unansweredOf({ deps, job, live, comments }: HeardPull): readonly Said[] {
  const recorded = new Map(
    deps.records.comments(job.repositoryId, job.pull).map((each) => [each.comment, each]),
  );
  const spoken = comments.flatMap((comment) =>
    saidInComment(comment, recorded.get(comment.id) ?? null),
  );
  const pressed = deps.records.buttons(job.repositoryId, live.head.sha).flatMap(saidByButton);
  return [...spoken, ...pressed].filter(
    ({ heard, line, by }) => !deps.docket.isAnswered(job, commandKey(heard, line, by)),
  );
}

function saidInComment(comment: LiveComment, recorded: RecordedComment | null): readonly Said[] {
  const heard: Heard = {
    kind: 'comment',
    id: comment.id,
    recorded: recorded === null ? null : { authorId: recorded.author.id, digest: recorded.digest },
    live: comment,
  };
  const { commands, refusals } = readComment(comment.body);
  const both: readonly (SpokenCommand | SpokenRefusal)[] = [...commands, ...refusals];
  return both
    .toSorted((one, other) => one.line - other.line)
    .map((each) => ({
      heard,
      by: comment.author,
      line: each.line,
      text: each.text,
      wishesMerge: 'command' in each && each.command.verb === 'merge',
      say: (context: CommandContext) =>
        'command' in each ? decideCommand(each, context) : decideRefusal(each, context),
    }));
}

function saidByButton(button: RecordedButton): readonly Said[] {
  const command = commandOfButton(button.identifier);
  if (command === null) return [];
  const text = button.identifier;
  const spoken: SpokenCommand = { line: 1, text, digest: textDigest(text), command };
  return [
    {
      heard: {
        kind: 'button',
        checkRun: button.checkRun,
        action: button.identifier,
        head: button.head,
        at: button.receivedAt,
      },
      by: button.actor,
      line: 1,
      text,
      wishesMerge: command.verb === 'merge',
      say: (context) => decideCommand(spoken, context),
    },
  ];
}

/** Everything that an answer rests on, asked for this answer. */
async function contextFor(
  pull: HeardPull,
  adjudicated: Adjudicated,
  { heard, by }: Said,
): Promise<Result<CommandContext, AnswerFault>> {
  const { deps, live, ledger, forge } = pull;
  const read = await caseFileOf(adjudicated.record, ledger);
  if (!read.ok) return read;
  const file = read.value;
  const hearing = file === null ? null : hear(file);
  if (file === null || hearing?.ok !== true) return fail({ kind: 'case-gone' });
  const waiverEvents = await loadWaiverEvents(ledger);
  if (!waiverEvents.ok)
    return waiverEvents.fault.kind === 'waiver-events-too-many'
      ? fail({ kind: 'case-gone' })
      : fail(waiverEvents.fault);
  const glass = await allGlassEvents(ledger, GLASS_READ_MAX);
  if (!glass.ok) return glass;
  const breakGlassEvents = glass.value.events;
  const { policy } = hearing.value.reading;
  const facts = await peopleFacts({
    forge,
    pull: live,
    arbiterKeys: deps.arbiterKeys,
    people: [
      by,
      ...whomToAsk([...waiverEvents.value, ...breakGlassEvents], {
        repositoryId: forge.repository.id,
        pull: live.number,
      }),
    ],
    teams: teamsNamed(policy),
    now: deps.now,
  });
  if (!facts.ok) return facts;
  const verdicts = await verdictsOf(ledger, live.number);
  if (!verdicts.ok) return verdicts;
  const notes = await notesOf(ledger);
  if (!notes.ok) return notes;
  return ok({
    now: deps.now(),
    heard,
    by: { forge: 'github', id: by.id, login: by.login },
    pull: {
      number: live.number,
      state: live.state,
      head: live.head.sha,
      baseRef: `refs/heads/${live.base.branch}`,
    },
    heads: headsSeen(pull),
    facts: facts.value,
    commits: file.change.commits,
    policy,
    policyDigest: boundPolicyOf(adjudicated.record.law),
    trusted: hearing.value.trusted,
    verdicts: verdicts.value,
    waiverEvents: waiverEvents.value,
    breakGlassEvents,
    notes: notes.value,
    answered: new Set(),
    botsAllowed: [],
  });
}

function headsSeen({ deps, job, live, seenAt }: HeardPull): readonly SeenHead[] {
  const recorded = deps.records.heads(job.repositoryId, job.pull);
  // The live head stands there too, so that a head of which no delivery came is one all the same.
  return [...recorded, { sha: live.head.sha, seenAt, pushedAt: null }];
}

async function verdictsOf(
  ledger: LedgerStore,
  pull: number,
): Promise<Result<readonly VerdictRecord[], LedgerFault>> {
  const entries = await ledger.recent(VERDICTS_READ_MAX, 'verdict');
  if (!entries.ok) return entries;
  const records = entries.value.map(
    ({ body }) => (JSON.parse(body) as { readonly record: VerdictRecord }).record,
  );
  return ok(records.filter(({ subject }) => subject.branches[0] === String(pull)));
}

async function notesOf(ledger: LedgerStore): Promise<Result<readonly CommandNote[], LedgerFault>> {
  const entries = await ledger.recent(NOTES_READ_MAX, 'command');
  return entries.ok
    ? ok(entries.value.map(({ body }) => JSON.parse(body) as CommandNote))
    : entries;
}

type Outcome = { judgeAgain: boolean; fresh: boolean; merge: Answered['merge'] };

/** Records, then acknowledges, then says; a crash in between is made good by the next look. */
async function carryOut(
  pull: HeardPull,
  said: Said,
  answer: Answer,
  outcome: Outcome,
): Promise<Result<void, AnswerFault>> {
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
    const reacted = await pull.forge.replaceReaction(said.heard.id, answer.reaction);
    if (!reacted.ok && reacted.fault.kind !== 'forge-refused') return reacted;
  }
  const text = answer.reply === null ? null : await replyTo(answer.reply, pull, said);
  if (text !== null) {
    const written = await pull.forge.comment(job.pull, text);
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
  { deps, ledger }: HeardPull,
  effect: Effect,
  outcome: Outcome,
  { heard, line, by }: Said,
): Promise<Result<void, LedgerFault>> {
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
      return ok(undefined);
    case 'merge':
      outcome.merge = {
        wish: effect,
        commentId: heard.kind === 'comment' ? heard.id : null,
        key: commandKey(heard, line, by),
      };
      return ok(undefined);
    case 'cancel':
    case 'debate':
      return ok(undefined);
  }
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
