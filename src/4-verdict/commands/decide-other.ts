/** Verbs that grant nothing. */
import type { MergeMethod } from '../../forge.ts';
import type { PersonFacts } from '../waivers/hosted-facts.ts';
import {
  type Answer,
  type Asking,
  baseOf,
  done,
  headOf,
  notDone,
  noteOf,
  passesNow,
  verdictOn,
} from './answer.ts';
import { movedSinceSaid } from './moved.ts';
import { isHeld, isTakenBack } from './note.ts';
import type { ProposeRefused, Reply } from './reply.ts';
import { verbsFor } from './speaker.ts';
import { verbs } from './verbs.ts';

/** Asks for the merge of exactly the head that the person can have looked at, while it passes. */
export function merge(asking: Asking): Answer {
  const { pull, notes } = asking;
  const bound = headOf(asking);
  if (!bound.ok) return notDone({ kind: 'head-unclear', verb: 'merge', fault: bound.fault });
  const head = bound.value;
  const refuse = (because: Extract<Reply, { readonly kind: 'merge-refused' }>['because']) =>
    notDone({ kind: 'merge-refused', because, head, live: pull.head });
  if (head !== pull.head) return refuse('head-moved');
  const moved = movedSinceSaid(asking);
  if (moved?.because === 'elsewhere')
    return notDone({ kind: 'merge-elsewhere', into: moved.into, live: pull.baseRef });
  if (moved !== null) return refuse(moved.because);
  if (isHeld(notes, pull.number)) return refuse('held');
  if (isTakenBack(baseOf(asking), notes)) return refuse('taken-back');
  if (!passesNow(verdictOn(asking, head), asking)) return refuse('no-pass');
  const method = methodOf(asking.spoken.command.target);
  return done([{ kind: 'merge', head, method }], { kind: 'merge-asked', head, method });
}

/** Blocks `/caws merge`, also one that waits, or lets it go again; the check says the same either way. */
export function hold(asking: Asking, event: 'held' | 'released'): Answer {
  const stops = event === 'held' && asking.waiting.merge;
  const note = noteOf(asking, event, '');
  return done(stops ? [note, { kind: 'stop-merging' }] : [note], { kind: event });
}

/** Another look, from the beginning. */
export function recheck({ spoken }: Asking): Answer {
  const { target } = spoken.command;
  return done([{ kind: 'judge-again', gate: target }], { kind: 'judging-again' });
}

/** Stops what goes on: a merge that waits for the forge's rules, and the waiting for gates. */
export function cancel(asking: Asking): Answer {
  const { waiting } = asking;
  if (!waiting.merge && !waiting.gates) return notDone({ kind: 'nothing-to-cancel' });
  // A wish that nobody has heard yet ends, too, and none comes back with an older copy of what was answered.
  const note = waiting.merge ? [noteOf(asking, 'cancelled', '')] : [];
  return done([...note, { kind: 'cancel' }], { kind: 'cancelled' });
}

/** Shows how all that is open for one spec stands; nothing is won by it. */
export function debate(asking: Asking): Answer {
  const bound = headOf(asking);
  return bound.ok
    ? done([{ kind: 'debate' }], { kind: 'debate', head: bound.value })
    : notDone({ kind: 'head-unclear', verb: 'debate', fault: bound.fault });
}

/** Of one pull request: each costs a model minutes, and whoever opened it may ask. */
export const PROPOSALS_MAX = 10;

/** Asks a worker for a patch under the spec of the change. What it writes is judged like anyone's. */
export function propose(asking: Asking): Answer {
  const { pull, proposals } = asking;
  const bound = headOf(asking);
  if (!bound.ok) return notDone({ kind: 'head-unclear', verb: 'propose', fault: bound.fault });
  const head = bound.value;
  const refuse = (because: ProposeRefused) =>
    notDone({ kind: 'propose-refused', because, head, live: pull.head, max: PROPOSALS_MAX });
  if (!proposals.canBeWritten) return refuse('no-worker');
  if (head !== pull.head) return refuse('head-moved');
  const verdict = verdictOn(asking, head);
  if (verdict === undefined) return notDone({ kind: 'no-verdict-yet', verb: 'propose', head });
  if (verdict.law.spec === null) return refuse('no-spec');
  if (proposals.isWaiting) return refuse('waits-already');
  if (proposals.asked >= PROPOSALS_MAX) return refuse('too-many');
  return done([{ kind: 'propose', head }], null);
}

/** Verbs that are answered by words alone. */
export function talk(asking: Asking, person: PersonFacts): Answer {
  const { verb, target } = asking.spoken.command;
  if (verb === 'status') return done([], { kind: 'status' });
  if (verb === 'explain')
    return done([], { kind: 'explain', gate: target, head: asking.pull.head });
  const about = verbs.find((each) => each === target) ?? null;
  return done([], { kind: 'help', about, mayUse: verbsFor(person, asking) });
}

function methodOf(target: string | null): MergeMethod | null {
  return target === 'merge' || target === 'squash' || target === 'rebase' ? target : null;
}
