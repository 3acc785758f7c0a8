/** Verbs that grant nothing. */
import type { MergeMethod, PullMove } from '../../forge.ts';
import type { PersonFacts } from '../waivers/hosted-facts.ts';
import {
  type Answer,
  type Asking,
  baseOf,
  done,
  headOf,
  notDone,
  noteOf,
  saidAt,
  verdictOn,
} from './answer.ts';
import { isHeld, isTakenBack } from './note.ts';
import type { ProposeRefused, Reply } from './reply.ts';
import { verbsFor } from './speaker.ts';
import { verbs } from './verbs.ts';

/** Asks for the merge of exactly the head that the person can have looked at, while it passes. */
export function merge(asking: Asking): Answer {
  const { pull, notes, now } = asking;
  const bound = headOf(asking);
  if (!bound.ok) return notDone({ kind: 'head-unclear', verb: 'merge', fault: bound.fault });
  const head = bound.value;
  const refuse = (because: Extract<Reply, { readonly kind: 'merge-refused' }>['because']) =>
    notDone({ kind: 'merge-refused', because, head, live: pull.head });
  if (head !== pull.head) return refuse('head-moved');
  const moved = movedSince(asking);
  // Where it led when the word was said cannot be told any more.
  if (moved.some(({ kind }) => kind === 'unlisted')) return refuse('moved-often');
  // Whoever opens it again chooses the moment, and whoever wished for it may have forgotten.
  if (moved.some(({ kind }) => kind !== 'aimed')) return refuse('was-closed');
  const into = targetsLookedAt(asking, moved).find((each) => each !== pull.baseRef);
  if (into !== undefined) return notDone({ kind: 'merge-elsewhere', into, live: pull.baseRef });
  if (isHeld(notes, pull.number)) return refuse('held');
  if (isTakenBack(baseOf(asking), notes)) return refuse('taken-back');
  const verdict = verdictOn(asking, head);
  const isLive = verdict?.validUntil == null || now < Date.parse(verdict.validUntil);
  if (verdict?.verdict !== 'PASS' || verdict.mode !== 'enforce' || !isLive)
    return refuse('no-pass');
  const method = methodOf(asking.spoken.command.target);
  return done([{ kind: 'merge', head, method }], { kind: 'merge-asked', head, method });
}

/** The forge tells times to the second. */
const TICK_MS = 1_000;
/** A button is dated by our own clock: so far it and the forge's may lie apart. */
const CLOCKS_APART_MS = 60_000;

/** What became of the pull request since the word was said, or may have. */
function movedSince(asking: Asking): readonly PullMove[] {
  return asking.pull.moves.filter(({ at }) => at >= earliestOf(asking));
}

const earliestOf = (asking: Asking): number =>
  saidAt(asking) - (asking.heard.kind === 'button' ? CLOCKS_APART_MS : 0);

/**
 * Into which branches the change may have led when the word was said: where it was aimed elsewhere since, and
 * where a button was pressed beside a verdict. Whoever opened the change may aim it elsewhere the moment somebody
 * asks for its merge.
 */
function targetsLookedAt(asking: Asking, moved: readonly PullMove[]): readonly string[] {
  const { heard, verdicts } = asking;
  const until = earliestOf(asking) + TICK_MS;
  const left = moved
    .flatMap((move) => (move.kind === 'aimed' ? [move] : []))
    .filter(({ at }, place) => place === 0 || at < until)
    .map(({ from }) => `refs/heads/${from}`);
  const beside = verdicts.find(({ id }) => heard.kind === 'button' && id === heard.verdict);
  return beside === undefined ? left : [...left, beside.subject.baseRef];
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
