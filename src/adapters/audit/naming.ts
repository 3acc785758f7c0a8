import { claimedValues } from '../../1-pleading/trailers.ts';
import type { Landing, NamedBy } from '../../4-verdict/landing.ts';
import { VERDICT_TRAILER, verdictNamedBy } from '../../5-publication/merge-message.ts';

/** The verdict that a commit names: one, several, or none. */
export interface Named {
  readonly id: string | null;
  readonly by: NamedBy | null;
  readonly several: boolean;
  readonly noteSays: string | null;
}

/** The message counts before the note: whoever may push notes can write any, at any time. */
export function namedBy({ message, note }: Landing): Named {
  const inMessage = verdictNamedBy(message);
  const inNote = note === null ? [] : [...new Set(claimedValues(note, VERDICT_TRAILER))];
  const noteSays = inNote.length === 0 ? null : inNote.join(' ');
  const nothing = { id: null, by: null, several: false, noteSays: null };
  switch (inMessage.by) {
    case 'several':
      return { ...nothing, several: true };
    case 'none': {
      const [id, ...more] = inNote;
      if (id === undefined) return nothing;
      return more.length > 0
        ? { ...nothing, several: true, noteSays }
        : { ...nothing, id, by: 'note' };
    }
    case 'trailer':
    case 'line': {
      const { id, by } = inMessage;
      return { id, by, several: false, noteSays: noteSays === id ? null : noteSays };
    }
  }
}
