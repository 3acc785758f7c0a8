import { byText } from '../2-examination/finding.ts';
import type { Approval, Waiver } from '../caws/waiver.ts';
import type { Digest, Instant } from '../primitives.ts';
import { WAIVER_EVENTS_MAX } from './waiver-events.ts';
import type { IgnoredBecause } from './waivers/event.ts';
import {
  type HostedGrounds,
  handlesOf,
  heardEvents,
  ignoredHosted,
  instantIn,
} from './waivers/heard.ts';
import {
  CLOCK_SKEW_MS,
  type HostedDecision,
  type HostedEvent,
  type HostedRequested,
  pullName,
} from './waivers/hosted-event.ts';
import { approverDoubt, personNow } from './waivers/hosted-facts.ts';
import { type IgnoredEvent, inOneOrder, tooMany } from './waivers/ignored.ts';
import type { OpenedHosted } from './waivers/open-hosted.ts';

/** One request made at a forge and everything that counts for or against it. */
export interface HostedCase {
  readonly request: HostedRequested;
  readonly digest: Digest;
  readonly status: Waiver['status'];
  /** One an account, earliest first; each says itself whether it counts now. */
  readonly approvals: readonly HostedApproval[];
  readonly denials: readonly HostedDecision[];
}

export interface HostedApproval {
  readonly event: HostedDecision;
  readonly approval: Approval;
}

export interface HostedCases {
  /** By request time, then digest. */
  readonly cases: readonly HostedCase[];
  readonly ignored: readonly IgnoredEvent[];
  /** Which accounts each handle was seen with. */
  readonly handles: ReadonlyMap<string, ReadonlySet<number>>;
}

/**
 * What the hosted events among a pile of waiver events amount to. Pure and total: order and repetition
 * make no difference, and an event that cannot be trusted whole is ignored whole.
 *
 * Who approved is weighed with the facts of this evaluation, by the same rules as signed approvals:
 * see `Approval`. A rejection or revocation stays for good, whoever its writer is by now.
 */
export function judgeHostedWaivers(
  events: readonly unknown[],
  grounds: HostedGrounds,
): HostedCases {
  if (events.length > WAIVER_EVENTS_MAX)
    return {
      cases: [],
      ignored: [tooMany(events.length, WAIVER_EVENTS_MAX)],
      handles: new Map(),
    };
  const ignored: IgnoredEvent[] = [];
  const heard = heardEvents(events, grounds, ignored);
  const requests = new Map<Digest, OpenedHosted<HostedRequested>>();
  for (const opened of heard) {
    const { event } = opened;
    if (event.event !== 'requested') continue;
    const because = requestFault(event, grounds);
    if (because !== undefined) ignored.push(ignoredHosted(opened, because));
    else requests.set(opened.digest, { ...opened, event });
  }
  const words = wordsOn(requests, heard, grounds, ignored);
  const handles = handlesOf(heard, grounds);
  const cases = [...requests.values()].map((request) =>
    caseOf(request, words.get(request.digest) ?? [], { ...grounds, handles }, ignored),
  );
  return { cases: cases.sort(byRequestTime), ignored: inOneOrder(ignored), handles };
}

/**
 * The waivers of the cases, for weighing beside all others: those of this pull request, and the active
 * ones of others, which only use up what the policy lets run at once.
 */
export function hostedWaiversOf(
  events: readonly unknown[],
  grounds: HostedGrounds,
): readonly Waiver[] {
  return judgeHostedWaivers(events, grounds)
    .cases.filter(
      ({ request, status }) => request.pull === grounds.facts.pull || status === 'active',
    )
    .map((each) => waiverOf(each, grounds.now));
}

function requestFault(
  { at, baseRef }: HostedRequested,
  grounds: HostedGrounds,
): IgnoredBecause | undefined {
  if (instantIn(at) > grounds.now + CLOCK_SKEW_MS) return 'in-the-future';
  return grounds.baseRef === null || baseRef === grounds.baseRef ? undefined : 'other-base';
}

interface Word {
  readonly opened: OpenedHosted;
  readonly decision: HostedDecision;
}

function wordsOn(
  requests: ReadonlyMap<Digest, OpenedHosted<HostedRequested>>,
  heard: readonly OpenedHosted[],
  grounds: HostedGrounds,
  ignored: IgnoredEvent[],
): ReadonlyMap<Digest, readonly Word[]> {
  const words = new Map<Digest, Word[]>();
  for (const opened of heard) {
    const decision = decisionIn(opened.event);
    if (decision === undefined) continue;
    const request = requests.get(decision.request)?.event;
    const because =
      request === undefined ? 'request-unknown' : wordFault(decision, request, grounds);
    if (because !== undefined) ignored.push(ignoredHosted(opened, because));
    else
      words.set(decision.request, [...(words.get(decision.request) ?? []), { opened, decision }]);
  }
  return words;
}

function decisionIn(event: HostedEvent): HostedDecision | undefined {
  switch (event.event) {
    case 'approved':
    case 'rejected':
    case 'revoked':
      return event;
    case 'requested':
    case 'break-glass':
    case 'reviewed':
      return undefined;
  }
}

function wordFault(
  decision: HostedDecision,
  request: HostedRequested,
  { now }: HostedGrounds,
): IgnoredBecause | undefined {
  if (decision.waiver !== request.waiver || decision.pull !== request.pull) return 'other-request';
  // A clock that runs ahead must not delay a denial.
  if (decision.event !== 'approved') return undefined;
  const at = instantIn(decision.at);
  if (at > now + CLOCK_SKEW_MS) return 'in-the-future';
  if (at < instantIn(request.at)) return 'before-its-request';
  return at < instantIn(request.expiresAt) ? undefined : 'after-its-end';
}

type Moment = HostedGrounds & { readonly handles: ReadonlyMap<string, ReadonlySet<number>> };

function caseOf(
  { event: request, digest }: OpenedHosted<HostedRequested>,
  words: readonly Word[],
  moment: Moment,
  ignored: IgnoredEvent[],
): HostedCase {
  const approvals = new Map<number, HostedApproval>();
  const denials: HostedDecision[] = [];
  for (const { opened, decision } of words) {
    if (decision.event !== 'approved') denials.push(decision);
    else if (approvals.has(decision.by.id)) ignored.push(ignoredHosted(opened, 'same-person'));
    else {
      const approval = hostedApproval(decision, request.by.id, moment);
      approvals.set(decision.by.id, { event: decision, approval });
    }
  }
  const status = statusOf(request, approvals.size, denials, moment.now);
  return { request, digest, status, approvals: [...approvals.values()], denials };
}

/**
 * The word of one account as an approval, weighed with what the forge says now.
 *
 * @param handles which accounts each handle was seen with.
 */
export function hostedApproval(
  { by, at }: Pick<HostedDecision, 'by' | 'at'>,
  requester: number,
  { handles, ...grounds }: Moment,
): Approval {
  const person = personNow(by.id, grounds);
  const against = approverDoubt(by, requester, grounds);
  const login = (person?.login ?? by.login).toLowerCase();
  const isOne = (handles.get(login) ?? new Set([by.id])).size <= 1;
  return {
    by: `@${person?.login ?? by.login}`,
    at: Math.min(instantIn(at), grounds.now) as Instant,
    proof: 'hosted-event',
    teams: person?.teams ?? [],
    rights: rightsOf(person?.role ?? null),
    handleHolds: person !== undefined && by.login.toLowerCase() === login && isOne,
    ...(against === undefined ? {} : { against }),
  };
}

function rightsOf(role: string | null): NonNullable<Approval['rights']> {
  if (role === 'maintain' || role === 'admin') return 'maintains';
  return role === 'write' ? 'writes' : 'reads';
}

function statusOf(
  request: HostedRequested,
  approvals: number,
  denials: readonly HostedDecision[],
  now: Instant,
): Waiver['status'] {
  if (denials.some(({ event }) => event === 'revoked')) return 'revoked';
  if (denials.length > 0) return 'rejected';
  if (now >= instantIn(request.expiresAt)) return 'expired';
  return approvals > 0 ? 'active' : 'proposed';
}

/** Exactly the bound of the request, whoever approved. */
export function waiverOf({ request, digest, status, approvals }: HostedCase, now: Instant): Waiver {
  const spoken = approvals.map(({ approval }) => approval);
  const first = Math.min(...spoken.map(({ at }) => at ?? now), now);
  return {
    id: request.waiver,
    title: `${request.gate} for ${request.spec?.id ?? `#${request.pull}`}`,
    reason: request.reason,
    digest,
    shape: 'arbiter',
    file: null,
    gates: [request.gate],
    status,
    grantedAt: spoken.length === 0 ? null : (first as Instant),
    expiresAt: instantIn(request.expiresAt),
    approvals: spoken,
    requestedBy: `@${request.by.login}`,
    delta: null,
    scope: {
      spec: request.spec?.id ?? null,
      specDigest: request.spec?.digest ?? null,
      policyDigest: request.policy,
      repository: request.repository,
      branch: pullName(request.pull),
      head: request.head,
    },
    floors: request.floors,
    usesMax: null,
  };
}

function byRequestTime(one: HostedCase, other: HostedCase): number {
  const apart = instantIn(one.request.at) - instantIn(other.request.at);
  return apart === 0 ? byText(one.digest, other.digest) : apart;
}
