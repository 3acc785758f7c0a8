/** What is known when a command is answered, and the shape of the answer. */
import type { CommitMeasure } from '../../1-pleading/change.ts';
import type { Policy } from '../../caws/policy.ts';
import type { Waiver } from '../../caws/waiver.ts';
import type { LiveComment, MergeMethod, PullMove, Reaction } from '../../forge.ts';
import {
  type CommitSha,
  type Digest,
  type Instant,
  isoOf,
  type VerdictId,
} from '../../primitives.ts';
import type { AcceptanceBody, AcceptanceEntry } from '../acceptance.ts';
import type { Candidate, Compared } from '../arbitration.ts';
import type { VerdictRecord } from '../verdict.ts';
import type { HostedGrounds } from '../waivers/heard.ts';
import {
  type ForgeIdentity,
  HOSTED_EVENT_SCHEMA,
  type HostedBase,
  type HostedEvent,
  type HostedSource,
} from '../waivers/hosted-event.ts';
import type { HostedFacts } from '../waivers/hosted-facts.ts';
import type { TrustedSigners } from '../waivers/signers.ts';
import { bindHead, type SeenHead } from './bind-head.ts';
import type { RecordedComment } from './comment-standing.ts';
import type { CommandNote } from './note.ts';
import type { SpokenCommand } from './read-comment.ts';
import type { NotAllowedBecause, Reply } from './reply.ts';

/** Where a command was heard. */
export type Heard =
  | {
      readonly kind: 'comment';
      readonly id: number;
      /** What vouches for its text: word of its creation, or the forge. null: nothing. */
      readonly recorded: RecordedComment | 'never-edited' | null;
      readonly live: LiveComment | null;
      /** Who edited it last, where word of that came. */
      readonly editor?: ForgeIdentity;
    }
  /**
   * A denial as the comment's `created` delivery brought it: whoever may write may edit or delete what others
   * wrote, so for what only narrows it does not matter what became of the comment.
   */
  | {
      readonly kind: 'denial';
      /** The comment's number. */
      readonly id: number;
      /** When it was created, by the forge's clock. */
      readonly at: Instant;
      /** Whether the comment is still there to be acknowledged. */
      readonly stands: boolean;
    }
  | {
      readonly kind: 'button';
      readonly checkRun: number;
      readonly action: string;
      /** The head that the check stands on. */
      readonly head: CommitSha;
      /** The verdict beside which it was pressed. */
      readonly verdict: VerdictId;
      /** When word of it was received and recorded. */
      readonly at: Instant;
    };

/** Everything that an answer rests on. Live facts, and what was recorded; nothing of a payload but the identity. */
export interface CommandContext {
  readonly now: Instant;
  readonly heard: Heard;
  /** Who speaks, with the login of that time. */
  readonly by: ForgeIdentity;
  readonly pull: {
    readonly number: number;
    readonly state: 'open' | 'closed' | 'merged';
    readonly head: CommitSha;
    /** `refs/heads/…` */
    readonly baseRef: string;
    /** What became of it as a whole, oldest first; asked for wishes to merge or to accept alone. */
    readonly moves: readonly PullMove[];
  };
  readonly heads: readonly SeenHead[];
  /** Asked for this answer; the people hold whoever speaks, and whoever spoke on this pull request's waivers. */
  readonly facts: HostedFacts;
  /** The live head's own commits, as measured. */
  readonly commits: readonly CommitMeasure[];
  readonly policy: Policy;
  readonly policyDigest: Digest;
  readonly trusted: TrustedSigners | null;
  /** Of this pull request, newest first. */
  readonly verdicts: readonly VerdictRecord[];
  /** Of documents on the base. */
  readonly filedWaivers: readonly Waiver[];
  /** Envelopes of the ledger. */
  readonly waiverEvents: readonly string[];
  readonly breakGlassEvents: readonly string[];
  readonly notes: readonly CommandNote[];
  /** `commandKey` of all that was answered. */
  readonly answered: ReadonlySet<string>;
  /** Accounts of automata that may ask for things. */
  readonly botsAllowed: readonly number[];
  /** What goes on for this pull request and could be stopped. */
  readonly waiting: {
    /** A merge that the forge carries out as soon as its rules allow, or that waits in its queue. */
    readonly merge: boolean;
    /** Gates that have not answered yet. */
    readonly gates: boolean;
  };
  /** Who else is open for the spec, and whom people accepted; `unreadable` where that cannot be told; null: not asked, or nothing was judged under a spec. */
  readonly contest: Contest | 'unreadable' | null;
  /** Patches of workers. */
  readonly proposals: {
    /** Whether there is a worker at all. */
    readonly canBeWritten: boolean;
    /** One is asked for, or being written, for this pull request. */
    readonly isWaiting: boolean;
    /** How many were asked for on this pull request, that one included. */
    readonly asked: number;
  };
}

/** All that is open for the spec of a pull request onto one branch. */
export interface Contest {
  readonly spec: string;
  /** More than one only where the policy allows several a change. */
  readonly specsBound: number;
  /** The newest word on the spec; null: nobody ever accepted one. */
  readonly newest: AcceptanceEntry | null;
  /** Each as it was judged last, the best first, the one that asks among them. */
  readonly candidates: readonly Candidate[];
  /** By whom those that are nearly equal were put in order. */
  readonly compared: readonly Compared[];
  /** Open pull requests into the branch that were not looked at. */
  readonly leftOut: number;
}

/** What is to be done, in order; an entry is appended before anything is said. */
export type Effect =
  | {
      readonly kind: 'record';
      readonly ledger: 'waiver' | 'break-glass';
      readonly about: string;
      /** To be signed with `signHosted`. */
      readonly event: HostedEvent;
    }
  | { readonly kind: 'note'; readonly note: CommandNote }
  | { readonly kind: 'judge-again'; readonly gate: string | null }
  | { readonly kind: 'cancel' }
  /** A worker is asked for a patch that betters what stands at this head. */
  | { readonly kind: 'propose'; readonly head: CommitSha }
  /** The judge is to be asked about the nearly equal ones, where there is one. */
  | { readonly kind: 'debate' }
  /** Appended only while the newest entry about it is that one; 0: while there is none. */
  | { readonly kind: 'acceptance'; readonly body: AcceptanceBody; readonly after: number }
  /** Whoever is superseded by then, or is so no longer, is heard. */
  | {
      readonly kind: 'hear-rivals';
      readonly spec: string;
      /** Also those whose first spec is another: several may bind one change here. */
      readonly all: boolean;
    }
  /** A merge that the forge was to carry out as soon as its rules allow, or that waits in its queue. */
  | { readonly kind: 'stop-merging' }
  | { readonly kind: 'merge'; readonly head: CommitSha; readonly method: MergeMethod | null };

export type SilentBecause = 'answered' | 'closed' | 'automaton' | 'deleted';

export type Answer =
  /** Nothing is done or said. */
  | { readonly kind: 'silent'; readonly because: SilentBecause }
  /** The forge has to be asked again; after a while the reply is given. Nothing was granted. */
  | { readonly kind: 'retry'; readonly reply: Reply }
  | {
      readonly kind: 'answered';
      readonly effects: readonly Effect[];
      readonly reaction: Reaction;
      /** null: the check shows the result. */
      readonly reply: Reply | null;
    };

/** A command with everything it rests on. */
export interface Asking extends CommandContext {
  readonly spoken: SpokenCommand;
}

/** One answer a line, and one a press of a button: what a redelivery or a second look finds answered. */
export function commandKey(heard: Heard, line: number, by: Pick<ForgeIdentity, 'id'>): string {
  return heard.kind === 'button'
    ? `button ${heard.checkRun} ${heard.action} ${by.id} ${heard.at}`
    : `comment ${heard.id} ${line}`;
}

/**
 * What a line is known by that was answered with being edited, and with nothing else: what stood there before
 * somebody edited it may still come to be heard.
 */
export function editedKey(
  { id }: Extract<Heard, { readonly kind: 'comment' }>,
  line: number,
): string {
  return `edited ${id} ${line}`;
}

/** When it was said, by the forge's clock where there is one. */
export function saidAt({ heard, now }: Pick<CommandContext, 'heard' | 'now'>): Instant {
  return heard.kind === 'comment' ? (heard.live?.createdAt ?? now) : heard.at;
}

export function sourceOf({ heard, spoken }: Asking): HostedSource {
  return heard.kind === 'button'
    ? { kind: 'button', checkRun: heard.checkRun, action: heard.action }
    : { kind: 'comment', comment: heard.id, line: spoken.line, text: spoken.digest };
}

export function baseOf(asking: Asking): HostedBase {
  const { by, facts, pull } = asking;
  return {
    schema: HOSTED_EVENT_SCHEMA,
    at: isoOf(saidAt(asking)),
    by,
    source: sourceOf(asking),
    repositoryId: facts.repositoryId,
    pull: pull.number,
  };
}

export function groundsOf(asking: CommandContext): HostedGrounds {
  const { facts, commits, now, trusted, pull } = asking;
  return { facts, commits, now, trusted, baseRef: pull.baseRef };
}

/** The head that the command is about: a button stands on its own. */
export function headOf(asking: Asking): ReturnType<typeof bindHead> {
  const { heard, heads, spoken } = asking;
  const named = heard.kind === 'button' ? heard.head : spoken.command.sha;
  return bindHead(heads, saidAt(asking), named);
}

/** The newest verdict on a head into the base of now. */
export function verdictOn(
  { verdicts, pull }: CommandContext,
  head: CommitSha,
): VerdictRecord | undefined {
  return verdicts.find(({ subject }) => subject.head === head && subject.baseRef === pull.baseRef);
}

/** Whether a verdict lets its head be merged now. */
export function passesNow(
  verdict: VerdictRecord | undefined,
  { now }: Pick<CommandContext, 'now'>,
): boolean {
  if (verdict?.verdict !== 'PASS' || verdict.mode !== 'enforce') return false;
  return verdict.validUntil === null || now < Date.parse(verdict.validUntil);
}

export function done(effects: readonly Effect[], reply: Reply | null): Answer {
  return { kind: 'answered', effects, reaction: '+1', reply };
}

export function notDone(reply: Reply, effects: readonly Effect[] = []): Answer {
  const reaction = reply.kind === 'not-allowed' ? '-1' : 'confused';
  return { kind: 'answered', effects, reaction, reply };
}

/**
 * Words of one pull request that counted for nothing and that the ledger keeps: enough to see a pattern, and no
 * more can be heaped up. Whoever may comment says them, and only so many notes are read: a hold stays among them.
 */
const NOTES_MAX = 50;

/** A refusal of a person, which the ledger keeps. */
export function denied(
  asking: Asking,
  reply: Extract<Reply, { readonly kind: 'not-allowed' }>,
): Answer {
  return notDone(reply, forNothing(asking, 'refused', reply.because));
}

/** The note on a word that counted for nothing, while there is room. */
export function forNothing(
  asking: Asking,
  event: 'refused' | 'edited',
  because: NotAllowedBecause | '',
): readonly Effect[] {
  const kept = asking.notes.filter(
    (note) =>
      note.pull === asking.pull.number && (note.event === 'refused' || note.event === 'edited'),
  );
  return kept.length < NOTES_MAX ? [noteOf(asking, event, because)] : [];
}

export function noteOf(
  asking: Asking,
  event: CommandNote['event'],
  because: NotAllowedBecause | '',
): Effect {
  const { by, pull, spoken, heard } = asking;
  const editor = heard.kind === 'comment' && event === 'edited' ? heard.editor : undefined;
  const note: CommandNote = {
    schema: 'caws-arbiter/command-note@1',
    event,
    at: isoOf(saidAt(asking)),
    by,
    source: sourceOf(asking),
    pull: pull.number,
    verb: spoken.command.verb,
    because,
    ...(editor === undefined ? {} : { editor }),
  };
  return { kind: 'note', note };
}
