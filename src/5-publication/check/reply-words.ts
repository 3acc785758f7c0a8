/** Short phrases of replies: why somebody may not, what an argument has to be, why no glass breaks. */
import type { NotAllowedBecause } from '../../4-verdict/commands/reply.ts';
import type { GlassRequestFault } from '../../4-verdict/waivers/break-glass-request.ts';

/** Goes on after "is limited to …, and". */
export function notAllowedWords(because: NotAllowedBecause): string {
  return phrases[because] ?? 'you are not among them';
}

const phrases: Partial<Readonly<Record<NotAllowedBecause, string>>> = {
  role: 'your role here is too low',
  'not-a-person': 'a bot may ask, and people decide',
  'approver-not-a-person': 'a bot may ask, and people decide',
  'approver-is-author': 'you took part in this change',
  'approver-is-requester': 'you asked for this waiver yourself',
  'approver-unknown-now':
    'GitHub did not say enough about you now, so nothing is granted; try again in a minute',
  'approver-unverified':
    'GitHub did not say enough about you now, so nothing is granted; try again in a minute',
  'not-named': 'the policy does not name you for emergencies',
  'policy-has-none': 'this policy names nobody for emergencies',
  'own-review': 'you broke the glass yourself',
  'reviewed-already': 'it was reviewed already',
};

/** What a value of this argument has to be. */
export function unfitWords(argument: string): string {
  return unfit[argument] ?? 'see the usage';
}

const unfit: Readonly<Record<string, string>> = {
  expires: 'write 12h, 7d, 2w or a date such as 2027-05-31',
  sha: 'write 7 to 64 digits of a commit, 0 to 9 and a to f',
  id: 'write the id that the check names, such as W-3ea4045480258614',
  method: 'write merge, squash or rebase',
  reason: 'write a sentence in quotes, 20 characters or more',
};

/** Why the glass is not broken, names in backticks. */
export function glassWords(fault: GlassRequestFault): string {
  switch (fault.kind) {
    case 'verdict-passes':
      return 'this head passes already: there is nothing to let through.';
    case 'fails':
      return 'this head fails by what nobody may waive, and an emergency changes nothing about that.';
    case 'nothing-to-let-through':
      return 'what holds this head up lasts beyond any emergency; its usual approvers decide.';
    case 'reason-length':
      return `the reason has ${fault.length} characters; ${fault.min} to ${fault.max} are needed.`;
    case 'reason-unreadable':
      return 'the reason holds characters that a reader does not see.';
    case 'expiry-unreadable':
      return 'the time is not readable; write minutes or hours, such as `expires:60m`.';
    case 'expiry-too-late':
      return `the policy allows ${fault.longestMinutes} minutes at most.`;
    case 'not-bindable':
      return 'this verdict names something that cannot be bound to.';
  }
}
