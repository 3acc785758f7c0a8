/** The commands of a comment as people are told of them. */
import type { Verb } from '../../4-verdict/commands/verbs.ts';

export interface CommandWords {
  readonly usage: string;
  /** One that can be typed as it stands, but for names. */
  readonly example: string;
  readonly who: string;
  readonly does: string;
}

const writers = 'the author, or anyone with write access';
const readers = 'anyone who can read the repository';
const approvers = 'the approvers of the policy, never the author or the one who asked';

export const commandWords: Readonly<Record<Verb, CommandWords>> = {
  waive: {
    usage: '/caws waive GATE reason:"…" expires:7d',
    example: '/caws waive coverage reason:"legacy adapter, removed in May" expires:7d',
    who: writers,
    does: 'asks for a waiver; nothing is allowed until somebody approves it',
  },
  approve: {
    usage: '/caws approve W-ID',
    example: '/caws approve W-31',
    who: approvers,
    does: 'allows exactly what the request names, until it ends',
  },
  reject: {
    usage: '/caws reject W-ID reason:"…"',
    example: '/caws reject W-31 reason:"the test is missing, please add it"',
    who: 'the approvers of the policy',
    does: 'refuses a request; a new one can be made',
  },
  revoke: {
    usage: '/caws revoke W-ID reason:"…"',
    example: '/caws revoke W-31 reason:"the adapter is needed no longer"',
    who: 'the approvers of the policy, and the one who asked',
    does: 'ends a waiver at once; the verdict is given anew without it',
  },
  recheck: {
    usage: '/caws recheck',
    example: '/caws recheck',
    who: writers,
    does: 'judges this head again',
  },
  cancel: {
    usage: '/caws cancel',
    example: '/caws cancel',
    who: writers,
    does: 'stops what goes on: a merge that waits, and the waiting for gates, which then count as not answered',
  },
  explain: {
    usage: '/caws explain [GATE]',
    example: '/caws explain coverage',
    who: readers,
    does: 'tells every finding, its rule and the way out',
  },
  debate: {
    usage: '/caws debate [sha:SHA]',
    example: '/caws debate',
    who: 'anyone with write access',
    does: 'posts the scores of all open pull requests for the same spec, the best first',
  },
  accept: {
    usage: '/caws accept [scope:SPEC] [sha:SHA]',
    example: '/caws accept scope:CART-1',
    who: 'anyone with write access who had no part in the change',
    does: 'accepts this head for its spec while it passes; every other open pull request for that spec into the same branch is superseded as long as that stands',
  },
  unaccept: {
    usage: '/caws unaccept',
    example: '/caws unaccept',
    who: 'anyone with write access',
    does: 'takes that back; those that were superseded are heard again',
  },
  propose: {
    usage: '/caws propose [sha:SHA]',
    example: '/caws propose',
    who: writers,
    does: 'asks a worker of the app for a patch under the same spec; it is judged, and offered here',
  },
  merge: {
    usage: '/caws merge [METHOD]',
    example: '/caws merge squash',
    who: 'anyone with write access',
    does: "merges exactly this head when it passes, with the verdict's trailer; METHOD is merge, squash or rebase",
  },
  hold: {
    usage: '/caws hold',
    example: '/caws hold',
    who: 'anyone with write access',
    does: 'keeps /caws merge from merging, and takes back a merge that waits',
  },
  unhold: {
    usage: '/caws unhold',
    example: '/caws unhold',
    who: 'anyone with write access',
    does: 'lets /caws merge merge again',
  },
  status: {
    usage: '/caws status',
    example: '/caws status',
    who: readers,
    does: 'tells the verdict and the waivers of this pull request',
  },
  help: {
    usage: '/caws help',
    example: '/caws help',
    who: readers,
    does: 'lists what you may use now',
  },
  'break-glass': {
    usage: '/caws break-glass reason:"…" expires:60m',
    example: '/caws break-glass reason:"production is down, see incident 12" expires:60m',
    who: 'the people whom the policy names for emergencies',
    does: 'lets exactly this head through for minutes, alone and loudly; somebody else reviews it afterwards',
  },
};
