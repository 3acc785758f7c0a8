import type { Role } from '../../forge.ts';
import { type PersonFacts, personNow } from '../waivers/hosted-facts.ts';
import {
  type Answer,
  type Asking,
  commandKey,
  forNothing,
  groundsOf,
  notDone,
  type SilentBecause,
} from './answer.ts';
import { type CommentStanding, commentStanding } from './comment-standing.ts';
import type { Circle } from './reply.ts';
import { isDenial, type Verb, verbs } from './verbs.ts';

/** Whom each verb is for. What a verb needs beyond that is asked where it is done. */
export const circles: Readonly<Record<Verb, Circle>> = {
  waive: 'author-or-writers',
  approve: 'approvers',
  reject: 'approvers',
  revoke: 'approvers-or-requester',
  recheck: 'author-or-writers',
  cancel: 'author-or-writers',
  explain: 'readers',
  debate: 'writers',
  accept: 'writers',
  unaccept: 'writers',
  propose: 'author-or-writers',
  merge: 'writers',
  hold: 'writers',
  unhold: 'writers',
  status: 'readers',
  help: 'readers',
  'break-glass': 'break-glass',
};

/** What an automaton on the list may say: it asks, people decide. */
const botVerbs: ReadonlySet<Verb> = new Set<Verb>([
  'waive',
  'recheck',
  'propose',
  'explain',
  'status',
  'help',
]);

export type Speaker =
  | { readonly kind: 'answer'; readonly answer: Answer }
  | { readonly kind: 'person'; readonly person: PersonFacts };

/** Who speaks, or the answer where nobody is to be heard. */
export function speakerOf(asking: Asking): Speaker {
  const { heard, by, pull, answered, spoken } = asking;
  if (answered.has(commandKey(heard, spoken.line, by))) return silent('answered');
  if (pull.state !== 'open') return silent('closed');
  const standing = standingOf(asking);
  if (standing === 'deleted') return silent('deleted');
  if (standing === 'by-an-app') return silent('automaton');
  const isOwn = heard.kind !== 'comment' || heard.live?.author.id === by.id;
  if (standing === 'edited' || !isOwn) return says(editedAnswer(asking));
  const person = personNow(by.id, groundsOf(asking));
  if (person === undefined || person.role === null)
    return says({
      kind: 'retry',
      reply: { kind: 'could-not-check', verb: spoken.command.verb },
    });
  if (person.kind === 'person') return { kind: 'person', person };
  return asking.botsAllowed.includes(person.id) ? { kind: 'person', person } : silent('automaton');
}

/** A button and a recorded denial are what they were; the record of a comment vouches for nothing that grants. */
function standingOf({ heard, spoken }: Asking): CommentStanding {
  if (heard.kind === 'comment') return commentStanding(heard.recorded, heard.live);
  return heard.kind === 'button' || isDenial(spoken.command.verb) ? 'as-created' : 'edited';
}

/** Why the verb is not for this person at all; undefined where it may be. */
export function circleFault(
  verb: Verb,
  { id, kind, role }: PersonFacts,
  { facts }: Pick<Asking, 'facts'>,
): 'role' | 'not-a-person' | undefined {
  if (kind !== 'person' && !botVerbs.has(verb)) return 'not-a-person';
  const isAuthor = facts.author?.id === id;
  switch (circles[verb]) {
    case 'readers':
      return role === null || role === 'none' ? 'role' : undefined;
    case 'writers':
      return mayWrite(role) ? undefined : 'role';
    case 'author-or-writers':
      return mayWrite(role) || (isAuthor && role !== null) ? undefined : 'role';
    case 'approvers':
    case 'approvers-or-requester':
    case 'break-glass':
      // The policy says who; it is asked with the waiver in hand.
      return undefined;
  }
}

/** The verbs that are for this person; with approvals the waiver in hand decides. */
export function verbsFor(person: PersonFacts, asking: Pick<Asking, 'facts'>): readonly Verb[] {
  return verbs.filter((verb) => circleFault(verb, person, asking) === undefined);
}

export function mayWrite(role: Role | null): boolean {
  return role === 'write' || role === 'maintain' || role === 'admin';
}

/** An edited comment grants nothing: whoever may write may edit what others wrote. */
function editedAnswer(asking: Asking): Answer {
  const reply = { kind: 'comment-edited', lines: [asking.spoken.line] } as const;
  return notDone(reply, forNothing(asking, 'edited', ''));
}

const says = (answer: Answer): Speaker => ({ kind: 'answer', answer });
const silent = (because: SilentBecause): Speaker => says({ kind: 'silent', because });
