import {
  type Answer,
  type CommandContext,
  commandKey,
  editedKey,
  type Heard,
} from '../../src/4-verdict/commands/answer.ts';
import { commandOfButton } from '../../src/4-verdict/commands/button.ts';
import { decideCommand, decideRefusal } from '../../src/4-verdict/commands/decide-command.ts';
import { parseLine } from '../../src/4-verdict/commands/grammar.ts';
import type { SpokenCommand, SpokenRefusal } from '../../src/4-verdict/commands/read-comment.ts';
import type { Verb } from '../../src/4-verdict/commands/verbs.ts';
import { textDigest } from '../../src/caws/text-digest.ts';
import type { Actor, LiveComment } from '../../src/forge.ts';
import type { VerdictId } from '../../src/primitives.ts';
import { readingOf } from '../comment-readings.ts';
import type { RecordedDenial } from '../intake/denials.ts';
import type { RecordedButton, RecordedComment } from '../intake/records.ts';
import type { Docket, PullName } from './docket.ts';
import type { HeardPull } from './heard-pull.ts';

/** One command line or button, and who and where. */
export interface Said {
  readonly heard: Heard;
  readonly by: Actor;
  readonly line: number;
  /** As it was typed. */
  readonly text: string;
  /** null: a line that is no command that is understood. */
  readonly verb: Verb | null;
  /** What the command names, or null. */
  readonly target: string | null;
  readonly say: (context: CommandContext) => Answer;
}

/** What stands there to be answered, in the order in which it was said. */
export function unansweredOf({
  deps,
  job,
  live,
  comments,
}: Pick<HeardPull, 'deps' | 'job' | 'live' | 'comments'>): readonly Said[] {
  const { docket, records } = deps;
  const recorded = new Map(
    records.comments(job.repositoryId, job.pull).map((each) => [each.comment, each]),
  );
  const living = new Map(comments.map((comment) => [comment.id, comment]));
  const denied = records
    .denials(job.repositoryId, job.pull)
    .flatMap((denial) => saidInDenial(denial, living.get(denial.comment) ?? null));
  const keys = new Set(denied.map(({ heard, line, by }) => commandKey(heard, line, by)));
  const spoken = comments
    .flatMap((comment) => saidInComment(comment, recorded.get(comment.id) ?? null))
    .filter(({ heard, line, by }) => !keys.has(commandKey(heard, line, by)));
  const pressed = records
    .buttons(job.repositoryId, live.head.sha)
    .filter((button) => isBesideVerdictOf(job, button, docket))
    .flatMap(saidByButton);
  const isAnswered = ({ heard, line, by }: Said) =>
    docket.isAnswered(job, commandKey(heard, line, by)) ||
    (heard.kind === 'comment' && docket.isAnswered(job, editedKey(heard, line)));
  return [...denied, ...spoken, ...pressed].filter((each) => !isAnswered(each));
}

/** @param live the comment as it is now, or null; it gives nothing but the name that its author has by now. */
function saidInDenial(denial: RecordedDenial, live: LiveComment | null): readonly Said[] {
  const { comment, author, line, text, createdAt } = denial;
  const command = parseLine(text);
  if (!command.ok) return [];
  const spoken: SpokenCommand = { line, text, digest: textDigest(text), command: command.value };
  return [
    {
      heard: { kind: 'denial', id: comment, at: createdAt, stands: live !== null },
      by: live?.author.id === author.id ? live.author : author,
      line,
      text,
      verb: command.value.verb,
      target: command.value.target,
      say: (context) => decideCommand(spoken, context),
    },
  ];
}

function saidInComment(comment: LiveComment, recorded: RecordedComment | null): readonly Said[] {
  const heard: Heard = {
    kind: 'comment',
    id: comment.id,
    recorded: recorded === null ? null : { authorId: recorded.author.id, digest: recorded.digest },
    live: comment,
  };
  const { commands, refusals } = readingOf(comment.body);
  const both: readonly (SpokenCommand | SpokenRefusal)[] = [...commands, ...refusals];
  return both
    .toSorted((one, other) => one.line - other.line)
    .map((each) => ({
      heard,
      by: comment.author,
      line: each.line,
      text: each.text,
      verb: 'command' in each ? each.command.verb : null,
      target: 'command' in each ? each.command.target : null,
      say: (context: CommandContext) =>
        'command' in each ? decideCommand(each, context) : decideRefusal(each, context),
    }));
}

/**
 * Whoever presses a button speaks about the pull request whose verdict it stands beside, and about no other one
 * that has come to its commit, or comes there later.
 */
function isBesideVerdictOf(
  { repositoryId, pull }: PullName,
  { externalId }: RecordedButton,
  docket: Docket,
): boolean {
  const place = docket.placeOf(externalId as VerdictId);
  return place?.repositoryId === repositoryId && place.pull === pull;
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
        verdict: button.externalId as VerdictId,
        at: button.receivedAt,
      },
      by: button.actor,
      line: 1,
      text,
      verb: command.verb,
      target: command.target,
      say: (context) => decideCommand(spoken, context),
    },
  ];
}
