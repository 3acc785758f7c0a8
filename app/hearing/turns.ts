import { isDenial } from '../../src/4-verdict/commands/verbs.ts';
import type { Said } from './said.ts';

/** A forge takes 2,500 comments on a pull request: of so many speakers everybody's first line counts at once. */
const WORDS_AT_ONCE = 2_500;
/** Two calls and more for each who was not asked about anyway. */
const SPEAKERS_AT_ONCE = 100;

/**
 * In which order words are decided, and which of them now. Denials come first: one ends its request for good,
 * whatever else was said. Among them everybody's first line comes before anybody's second, so that no crowd of
 * lines stands before whoever takes a waiver back.
 *
 * @param known accounts that the forge is asked about in any case: of strangers only so many are heard at once.
 * @returns how many words wait for the next hearing, which sees what was said meanwhile. Pure.
 */
export function inTurn(
  said: readonly Said[],
  known: ReadonlySet<number>,
): { readonly now: readonly Said[]; readonly later: number } {
  const {
    denials = [],
    words = [],
    wishes = [],
  } = Object.groupBy(said, ({ verb }) =>
    verb === 'merge' ? 'wishes' : isDenial(verb) ? 'denials' : 'words',
  );
  const speakers = new Set<number>();
  const now: Said[] = [];
  for (const each of [...byTurns(denials), ...words, ...wishes]) {
    if (now.length === WORDS_AT_ONCE) break;
    const isNew = !known.has(each.by.id) && !speakers.has(each.by.id);
    if (isNew && speakers.size === SPEAKERS_AT_ONCE) continue;
    if (isNew) speakers.add(each.by.id);
    now.push(each);
  }
  return { now, later: said.length - now.length };
}

/** Everybody's first line, then everybody's second. */
function byTurns(said: readonly Said[]): readonly Said[] {
  const spoken = new Map<number, number>();
  const turns = said.map((each) => {
    const turn = spoken.get(each.by.id) ?? 0;
    spoken.set(each.by.id, turn + 1);
    return { each, turn };
  });
  return turns.toSorted((one, other) => one.turn - other.turn).map(({ each }) => each);
}
