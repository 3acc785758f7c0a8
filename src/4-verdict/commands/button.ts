import { type Command, type Verb, verbs } from './verbs.ts';

const BUTTON_VERBS: ReadonlySet<Verb> = new Set<Verb>([
  'recheck',
  'explain',
  'merge',
  'waive',
  'approve',
  'reject',
]);

/**
 * What a button of the check asks for: `VERB`, or `VERB:ID` with the beginning of a waiver's id.
 *
 * @returns null for what is no button of ours.
 */
export function commandOfButton(identifier: string): Command | null {
  const [, word, target = null] = /^([a-z]+)(?::(W-[0-9a-f]{4,16}))?$/.exec(identifier) ?? [];
  const verb = verbs.find((each) => each === word);
  if (verb === undefined || !BUTTON_VERBS.has(verb)) return null;
  const needsId = verb === 'approve' || verb === 'reject';
  if (needsId !== (target !== null)) return null;
  return { verb, target, reason: null, expires: null, scope: null, sha: null, model: null };
}
