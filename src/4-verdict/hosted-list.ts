import type { Instant } from '../primitives.ts';
import { type HostedCase, judgeHostedWaivers } from './hosted-waivers.ts';
import type { HostedRequested } from './waivers/hosted-event.ts';
import type { IgnoredEvent } from './waivers/ignored.ts';
import { openHosted } from './waivers/open-hosted.ts';

export interface HostedList {
  /** By repository and base branch, then by request time. */
  readonly cases: readonly HostedCase[];
  readonly ignored: readonly IgnoredEvent[];
}

/**
 * Waivers that were asked for at a forge, as a ledger alone shows them: who spoke, where and when. Whether
 * an approver still may is asked of the forge at each verdict, so no approval is weighed here.
 *
 * @param events waiver events of any kind; those that were signed offline are left out.
 * @param arbiterKeys the keys that signed the ledger: what they vouch for was heard.
 */
export function hostedList(
  events: readonly unknown[],
  arbiterKeys: readonly string[],
  now: Instant,
): HostedList {
  const requests = events.flatMap((envelope): readonly HostedRequested[] => {
    const opened = openHosted(envelope);
    return opened.ok && opened.value.event.event === 'requested' ? [opened.value.event] : [];
  });
  const cases: HostedCase[] = [];
  const ignored = new Map<string, IgnoredEvent>();
  for (const { repositoryId, pull, baseRef } of placesOf(requests)) {
    const judged = judgeHostedWaivers(events, {
      facts: {
        ...{ forge: 'github', repositoryId, pull, arbiterKeys, author: null },
        ...{ commits: [], pushes: null, people: [], askedAt: now },
      },
      ...{ commits: [], now, trusted: null, baseRef },
    });
    cases.push(...judged.cases);
    for (const each of judged.ignored)
      if (!elsewhere.has(each.because)) ignored.set(JSON.stringify(each), each);
  }
  return { cases, ignored: [...ignored.values()] };
}

/** What is ignored for standing under another branch or repository is judged there. */
const elsewhere: ReadonlySet<string> = new Set([
  'other-base',
  'other-repository',
  'request-unknown',
  'other-payload-type',
]);

/** One request of each repository and base branch, in one order. */
function placesOf(requests: readonly HostedRequested[]): readonly HostedRequested[] {
  const places = new Map(requests.map((each) => [placeOf(each), each]));
  return [...places].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, each]) => each);
}

/** What lists are in the order of. */
export const placeOf = ({ repositoryId, baseRef }: HostedRequested): string =>
  JSON.stringify([repositoryId, baseRef]);
