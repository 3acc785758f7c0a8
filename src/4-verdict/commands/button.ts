import { type Command, type Verb, verbs } from './verbs.ts';

/** Buttons that say all there is to say. */
const BUTTON_VERBS: ReadonlySet<Verb> = new Set<Verb>(['recheck', 'explain', 'merge', 'waive']);
/** An identifier has 20 characters and a waiver's id 18: one letter is what is left for the verb. */
const DECISIONS: Readonly<Record<string, Verb>> = { a: 'approve', r: 'reject' };

/**
 * What a button of the check asks for: `VERB`, or `a:ID` and `r:ID` with the whole id of a waiver.
 *
 * @returns null for what is no button of ours.
 */
export function commandOfButton(identifier: string): Command | null {
  const [, letter = '', target = null] = /^([ar]):(W-[0-9a-f]{16})$/.exec(identifier) ?? [];
  const verb =
    target === null ? verbs.find((each) => each === identifier) : (DECISIONS[letter] ?? undefined);
  if (verb === undefined || (target === null && !BUTTON_VERBS.has(verb))) return null;
  return { verb, target, reason: null, expires: null, scope: null, sha: null, model: null };
}
