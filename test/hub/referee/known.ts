/**
 * Mismatches that are the description's own, each with its reason. Everything else fails the test.
 */
import type { Mismatch } from './referee.ts';

interface Known {
  readonly side: Mismatch['side'];
  readonly of: RegExp;
  readonly why: RegExp;
  readonly reason: string;
}

export const knownMismatches: readonly Known[] = [
  {
    side: 'webhook',
    of: /^(?:push|check_suite|merge_group)/,
    why: /email must match format "email"/,
    reason: 'a bot commits as ID+slug[bot]@users.noreply.github.com; the format knows no brackets',
  },
  {
    side: 'answer',
    of: /commits|compare|check-suites/,
    why: /email must match format "email"/,
    reason: 'the same address of a bot',
  },
  {
    side: 'answer',
    of: / 4\d\d$/,
    why: /^an answer without a body is described$/,
    reason: 'GitHub words every refusal; the description leaves the words of some out',
  },
  {
    side: 'answer',
    of: /^GET \/app\/installations 200$/,
    why: /^\/\d+\/account must /,
    reason: 'the list wants an account that is a user and an enterprise at once (allOf for anyOf)',
  },
  {
    side: 'request',
    of: /^GET \/repos\/\{owner\}\/\{repo\}\/actions\/runs$/,
    why: /^parameter created: .*date-time/,
    reason:
      'it takes a range in the syntax of searches, as its text says; the format is of one instant',
  },
  {
    side: 'webhook',
    of: /^check_suite\./,
    why: /^\/check_suite\/app\/events\/\d+ must be equal to one of the allowed values/,
    reason: 'its list of events that an app can subscribe to is older than merge_group',
  },
];

export function knownMismatch(side: Mismatch['side'], of: string, why: string): boolean {
  return knownMismatches.some(
    (known) => known.side === side && known.of.test(of) && known.why.test(why),
  );
}
