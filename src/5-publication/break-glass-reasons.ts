import type { GlassIgnoredBecause } from '../4-verdict/waivers/break-glass-event.ts';
import { ignoredWords } from './waiver-words.ts';

/** Why a break-glass event counts for nothing, as the rest of a sentence that begins with "it". */
export const glassIgnoredWords: Readonly<Record<GlassIgnoredBecause, string>> = {
  ...ignoredWords,
  'key-revoked': 'is signed by a revoked key, so that it could be back-dated',
  'reason-too-long': 'has a reason longer than a report says whole',
  'longer-than-a-day': 'lasts longer than a day',
  'longer-than-policy-allows': 'lasts longer than break_glass.max_minutes of the policy allows',
  'policy-has-none': 'stands against a policy that names nobody for break_glass',
  'policy-changed': 'was given under another policy than the one in force',
  'not-named': 'is by somebody whom break_glass.people of the policy does not name',
  'not-a-person': 'is not by a person',
  'person-unknown-now': 'is by somebody of whom the forge does not say who they are now',
  'name-differs': 'names another person than the holder of the key that signed it',
  'other-head': 'is for another head; every push asks again',
  ended: 'has ended',
  'another-counts': 'stands beside another one that counts',
  'own-review': 'is by the person who broke the glass',
  'reviewed-already': 'reviews what was reviewed already',
  'event-unknown': 'names an event that is not here',
};

/** The words of a reason that a recorded finding carries as text. */
export function glassIgnoredReason(because: string): string {
  return Object.hasOwn(glassIgnoredWords, because)
    ? glassIgnoredWords[because as GlassIgnoredBecause]
    : 'is not known to count';
}
