import { byText } from '../../2-examination/finding.ts';
import type { ForgeIdentity, HostedSource } from '../waivers/hosted-event.ts';

/** What a comment came to where no waiver is concerned; a ledger entry of its own kind. */
export interface CommandNote {
  readonly schema: 'caws-arbiter/command-note@1';
  readonly event:
    | 'held'
    | 'released'
    /** What was asked to be merged before is not to be. */
    | 'cancelled'
    /** Somebody asked for what they may not have. */
    | 'refused'
    /** The text is not the one that its writer sent. */
    | 'edited';
  /** ISO 8601 in UTC, by the forge's clock. */
  readonly at: string;
  readonly by: ForgeIdentity;
  readonly source: HostedSource;
  readonly pull: number;
  /** The verb, and the code of why; `''` where nothing more is to say. */
  readonly verb: string;
  readonly because: string;
  /** Of an edited comment: who edited it, where that is known; `by` is its writer. */
  readonly editor?: ForgeIdentity;
}

/** Where and when something was said; `at` is ISO 8601 in UTC. */
type SaidWhere = Pick<CommandNote, 'source' | 'at' | 'pull'>;

/**
 * Whether somebody took back, afterwards, what was asked to be merged here: by cancelling it, or by holding the pull
 * request, whatever was released since. It is told by the place of two comments, else by time; at one instant it was.
 */
export function isTakenBack(wish: SaidWhere, notes: readonly CommandNote[]): boolean {
  return notes.some(
    (note) =>
      note.pull === wish.pull &&
      (note.event === 'held' || note.event === 'cancelled') &&
      isAfter(note, wish),
  );
}

/** Whether something was said after another word: by the place of two comments, else by time; at one instant it was. */
export function isAfter(note: SaidWhere, wish: SaidWhere): boolean {
  if (note.source.kind === 'comment' && wish.source.kind === 'comment')
    return note.source.comment === wish.source.comment
      ? note.source.line > wish.source.line
      : note.source.comment > wish.source.comment;
  return note.at >= wish.at;
}

/** Whether `/caws merge` is blocked by hand. The last word holds; of two at one instant the blocking one. */
export function isHeld(notes: readonly CommandNote[], pull: number): boolean {
  const words = notes
    .filter((note) => note.pull === pull && (note.event === 'held' || note.event === 'released'))
    .toSorted((one, other) => byText(one.at, other.at) || byText(other.event, one.event));
  return words.at(-1)?.event === 'held';
}
