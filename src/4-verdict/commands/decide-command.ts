import { unreachable } from '../../primitives.ts';
import { sourceKey } from '../waivers/hosted-event.ts';
import type { PersonFacts } from '../waivers/hosted-facts.ts';
import { openHosted } from '../waivers/open-hosted.ts';
import {
  type Answer,
  type Asking,
  type CommandContext,
  denied,
  done,
  notDone,
  sourceOf,
} from './answer.ts';
import { accept, unaccept } from './decide-acceptance.ts';
import { breakGlass } from './decide-glass.ts';
import { cancel, debate, hold, merge, propose, recheck, talk } from './decide-other.ts';
import { approve, deny, waive } from './decide-waiver.ts';
import type { SpokenCommand, SpokenRefusal } from './read-comment.ts';
import { circleFault, circles, speakerOf } from './speaker.ts';
import type { Command } from './verbs.ts';

/**
 * Everything that is needed to answer one command. Pure: what it rests on is in the context, and what is
 * to be done comes back as data.
 *
 * Nothing is granted by doubt: a look-up that failed gives `retry`, and an edited comment nothing.
 */
export function decideCommand(spoken: SpokenCommand, context: CommandContext): Answer {
  const asking: Asking = { ...context, spoken };
  const speaker = speakerOf(asking);
  if (speaker.kind === 'answer') return speaker.answer;
  const { verb } = spoken.command;
  const because = circleFault(verb, speaker.person, asking);
  if (because === undefined)
    return earlierAnswer(asking) ?? notedOnce(carryOut(asking, speaker.person), asking);
  const refused: Answer = denied(asking, {
    kind: 'not-allowed',
    verb,
    because,
    circle: circles[verb],
    named: [],
  });
  return notedOnce(refused, asking);
}

/** The answer to a line that looks like a command and is none, under the same conditions. */
export function decideRefusal(refusal: SpokenRefusal, context: CommandContext): Answer {
  const { fault, ...place } = refusal;
  const speaker = speakerOf({ ...context, spoken: { ...place, command: noCommand } });
  return speaker.kind === 'answer' ? speaker.answer : notDone({ kind: 'not-understood', fault });
}

/** A crash after the entry and before the answer: what stands in the ledger is not recorded twice. */
function earlierAnswer(asking: Asking): Answer | undefined {
  const place = sourceKey({ source: sourceOf(asking), by: asking.by });
  const recorded = [...asking.waiverEvents, ...asking.breakGlassEvents].flatMap((envelope) => {
    const opened = openHosted(envelope);
    return opened.ok && sourceKey(opened.value.event) === place ? [opened.value.event] : [];
  });
  // Acknowledged as if nothing had been in between: the check shows what came of it.
  return recorded.length === 0 ? undefined : done([], null);
}

/** What was noted of this very line before a crash is not noted again. */
function notedOnce(answer: Answer, asking: Asking): Answer {
  if (answer.kind !== 'answered') return answer;
  const place = sourceKey({ source: sourceOf(asking), by: asking.by });
  const noted = asking.notes.filter((note) => sourceKey(note) === place);
  const effects = answer.effects.filter(
    (effect) => effect.kind !== 'note' || noted.every(({ event }) => event !== effect.note.event),
  );
  return { ...answer, effects };
}

const noCommand: Command = {
  verb: 'help',
  target: null,
  reason: null,
  expires: null,
  scope: null,
  sha: null,
  model: null,
};

function carryOut(asking: Asking, person: PersonFacts): Answer {
  const { verb } = asking.spoken.command;
  switch (verb) {
    case 'waive':
      return waive(asking);
    case 'approve':
      return approve(asking);
    case 'reject':
      return deny(asking, 'rejected');
    case 'revoke':
      return deny(asking, 'revoked');
    case 'break-glass':
      return breakGlass(asking);
    case 'merge':
      return merge(asking);
    case 'hold':
      return hold(asking, 'held');
    case 'unhold':
      return hold(asking, 'released');
    case 'recheck':
      return recheck(asking);
    case 'debate':
      return debate(asking);
    case 'accept':
      return accept(asking);
    case 'unaccept':
      return unaccept(asking);
    case 'propose':
      return propose(asking);
    case 'cancel':
      return cancel(asking);
    case 'explain':
    case 'status':
    case 'help':
      return talk(asking, person);
    default:
      return unreachable(verb);
  }
}
