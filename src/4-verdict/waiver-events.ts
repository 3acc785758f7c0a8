import { byText } from '../2-examination/finding.ts';
import type { Approval, Waiver } from '../caws/waiver.ts';
import type { Digest, Instant } from '../primitives.ts';
import {
  type IgnoredBecause,
  instantOf,
  type WaiverDecision,
  type WaiverRequested,
} from './waivers/event.ts';
import { type IgnoredEvent, ignoredEvent, inOneOrder, tooMany } from './waivers/ignored.ts';
import type { OpenedEvent } from './waivers/open-event.ts';
import { signedEvents } from './waivers/signed-events.ts';
import {
  maintainerFault,
  maySamePerson,
  type Signer,
  signersById,
  type TrustedSigners,
} from './waivers/signers.ts';

/**
 * More events than a ledger of years holds; checking this many takes about a second.
 * Past it nothing is granted at all: a part of the events could lack the revocation.
 */
export const WAIVER_EVENTS_MAX = 5_000;

/** One request and everything that counts for or against it. */
export interface WaiverCase {
  readonly request: WaiverRequested;
  /** sha256 over the request's canonical bytes: what an approval names. */
  readonly digest: Digest;
  readonly status: Waiver['status'];
  /** The holder of the key where the base trusts it, else the requester's own word. */
  readonly requester: string;
  /** Whether the base's trusted keys say who the requester is. */
  readonly requesterIsKnown: boolean;
  readonly requesterKeyId: string;
  /** One a person, earliest first. */
  readonly approvals: readonly Spoken[];
  readonly denials: readonly (Spoken & {
    readonly event: 'rejected' | 'revoked';
    readonly reason: string;
  })[];
}

interface Spoken {
  readonly by: string;
  readonly at: Instant;
  readonly keyId: string;
}

export interface WaiverCases {
  /** By request time, then id. */
  readonly cases: readonly WaiverCase[];
  readonly ignored: readonly IgnoredEvent[];
}

/**
 * What a pile of waiver events amounts to. Pure and total: the order of the events and how often
 * each stands there make no difference, and an event that cannot be trusted whole is ignored whole.
 *
 * An approval counts while its key is a maintainer's in the base's trusted keys, valid when the
 * approval was given and now, and not revoked by now: the signer chose the time in the approval, so
 * a key that was revoked later could have back-dated it. A rejection or revocation needs the key to
 * have been valid when it was given and stays for good: a key that ends later revives no waiver. The
 * requester's own key may revoke too. No later approval undoes a denial; the way back is a new request.
 *
 * @param events envelopes of any origin.
 * @param trusted from the base; null where the base has none, so that nobody can approve.
 * @param now the cycle's own instant.
 * @param baseRef the ref that the change would merge into: requests for another one are ignored, as
 * a change may be asked for against a lax branch and aimed at a strict one. Null judges all alike.
 */
export function judgeWaiverEvents(
  events: readonly unknown[],
  trusted: TrustedSigners | null,
  now: Instant,
  baseRef: string | null = null,
): WaiverCases {
  if (events.length > WAIVER_EVENTS_MAX)
    return { cases: [], ignored: [tooMany(events.length, WAIVER_EVENTS_MAX)] };
  const signers = signersById(trusted?.keys ?? []);
  const ignored: IgnoredEvent[] = [];
  const opened = signedEvents(events, (keyId) => signers.get(keyId)?.publicKey, ignored);
  const requests = standingRequests(opened, { now, baseRef }, ignored);
  const words = wordsOn(requests, opened, { signers, now }, ignored);
  const cases = [...requests.values()].map((request) =>
    caseOf(request, words.get(request.digest) ?? [], { signers, now }, ignored),
  );
  return { cases: cases.sort(byRequestTime), ignored: inOneOrder(ignored) };
}

/** The waivers of the events, for weighing; `judgeWaiverEvents` says what each rests on. */
export function waiversOf(
  events: readonly unknown[],
  trusted: TrustedSigners | null,
  now: Instant,
  baseRef: string | null = null,
): { readonly waivers: readonly Waiver[]; readonly ignored: readonly IgnoredEvent[] } {
  const { cases, ignored } = judgeWaiverEvents(events, trusted, now, baseRef);
  return { waivers: cases.map(waiverOf), ignored };
}

/** The waiver of one case: exactly the bound of its request, whoever approved. */
function waiverOf(judged: WaiverCase): Waiver {
  const { request } = judged;
  return {
    id: request.waiver,
    title: `${request.gate} for ${request.spec?.id ?? request.branch ?? request.baseRef}`,
    reason: request.reason,
    digest: judged.digest,
    shape: 'arbiter',
    file: null,
    gates: [request.gate],
    status: judged.status,
    grantedAt: judged.approvals[0]?.at ?? null,
    expiresAt: instantIn(request.expiresAt),
    approvals: judged.approvals.map(({ by, at }): Approval => ({ by, at, proof: 'signed-event' })),
    requestedBy: judged.requester,
    delta: null,
    scope: {
      spec: request.spec?.id ?? null,
      specDigest: request.spec?.digest ?? null,
      policyDigest: request.policy,
      repository: request.repository,
      branch: request.branch,
      head: request.head,
    },
    floors: request.floors,
    usesMax: null,
  };
}

interface Moment {
  readonly signers: ReadonlyMap<string, Signer>;
  readonly now: Instant;
}

interface Word extends Spoken {
  readonly source: OpenedEvent;
  readonly decision: WaiverDecision;
}

interface StandingRequest {
  readonly digest: Digest;
  readonly keyId: string;
  readonly request: WaiverRequested;
}

function standingRequests(
  opened: readonly OpenedEvent[],
  { now, baseRef }: { readonly now: Instant; readonly baseRef: string | null },
  ignored: IgnoredEvent[],
): ReadonlyMap<Digest, StandingRequest> {
  const requests = new Map<Digest, StandingRequest>();
  for (const source of opened) {
    const { event, digest, keyId } = source;
    if (event.event !== 'requested') continue;
    if (instantIn(event.at) > now) ignored.push(ignoredEvent(source, 'in-the-future'));
    else if (baseRef !== null && event.baseRef !== baseRef)
      ignored.push(ignoredEvent(source, 'other-base'));
    else requests.set(digest, { digest, keyId, request: event });
  }
  return requests;
}

function wordsOn(
  requests: ReadonlyMap<Digest, StandingRequest>,
  opened: readonly OpenedEvent[],
  moment: Moment,
  ignored: IgnoredEvent[],
): ReadonlyMap<Digest, readonly Word[]> {
  const ids = new Set([...requests.values()].map(({ request }) => request.waiver));
  const words = new Map<Digest, Word[]>([...requests.keys()].map((digest) => [digest, []]));
  for (const source of opened) {
    const decision = source.event;
    if (decision.event === 'requested') continue;
    const standing = requests.get(decision.request);
    const unknown = ids.has(decision.waiver) ? 'other-request' : 'request-unknown';
    const word = standing === undefined ? unknown : wordOf(source, decision, standing, moment);
    if (typeof word === 'string') ignored.push(ignoredEvent(source, word));
    else words.get(word.decision.request)?.push(word);
  }
  return words;
}

/** @returns the word as spoken by one person, or why it does not count. */
function wordOf(
  source: OpenedEvent,
  decision: WaiverDecision,
  standing: StandingRequest,
  moment: Moment,
): Word | IgnoredBecause {
  if (standing.request.waiver !== decision.waiver) return 'other-request';
  const at = instantIn(decision.at);
  const spoken = { at, keyId: source.keyId, source, decision };
  const signer = moment.signers.get(source.keyId);
  if (decision.event === 'revoked' && source.keyId === standing.keyId)
    return { ...spoken, by: requesterOf(standing, moment.signers).name };
  const because =
    decision.event === 'approved'
      ? approvalFault(at, standing, signer, source.keyId, moment)
      : denialFault(at, signer, source.keyId, moment);
  return because ?? { ...spoken, by: signer?.holders[0] ?? '' };
}

function denialFault(
  at: Instant,
  signer: Signer | undefined,
  keyId: string,
  { now }: Moment,
): IgnoredBecause | undefined {
  // A clock that runs ahead must not delay a denial, so a later time counts as now.
  return maintainerFault(signer, keyId, at < now ? at : now);
}

function approvalFault(
  at: Instant,
  standing: StandingRequest,
  signer: Signer | undefined,
  keyId: string,
  { signers, now }: Moment,
): IgnoredBecause | undefined {
  const key = maintainerFault(signer, keyId, at) ?? maintainerFault(signer, keyId, now);
  if (key !== undefined) return key;
  if (at > now) return 'in-the-future';
  if (at < instantIn(standing.request.at)) return 'before-its-request';
  if (at >= instantIn(standing.request.expiresAt)) return 'after-its-end';
  const approver = signer?.holders[0] ?? '';
  const requesters = [
    standing.request.requestedBy,
    ...(signers.get(standing.keyId)?.holders ?? []),
  ];
  const isRequester = requesters.some((name) => maySamePerson(name, approver));
  return isRequester ? 'approver-is-requester' : undefined;
}

function requesterOf(standing: StandingRequest, signers: ReadonlyMap<string, Signer>) {
  const holders = signers.get(standing.keyId)?.holders ?? [];
  const known = holders.length === 1 ? holders[0] : undefined;
  return { name: known ?? standing.request.requestedBy, isKnown: known !== undefined };
}

function caseOf(
  standing: StandingRequest,
  words: readonly Word[],
  moment: Moment,
  ignored: IgnoredEvent[],
): WaiverCase {
  const inOrder = words.toSorted((one, other) =>
    one.at === other.at ? byText(one.source.digest, other.source.digest) : one.at - other.at,
  );
  const approvals: Spoken[] = [];
  const denials: WaiverCase['denials'][number][] = [];
  for (const { decision, by, at, keyId, source } of inOrder) {
    if (decision.event !== 'approved')
      denials.push({ by, at, keyId, event: decision.event, reason: decision.reason });
    else if (approvals.some((earlier) => maySamePerson(earlier.by, by)))
      ignored.push(ignoredEvent(source, 'same-person'));
    else approvals.push({ by, at, keyId });
  }
  const requester = requesterOf(standing, moment.signers);
  return {
    request: standing.request,
    digest: standing.digest,
    status: statusOf(standing.request, approvals, denials, moment.now),
    requester: requester.name,
    requesterIsKnown: requester.isKnown,
    requesterKeyId: standing.keyId,
    approvals,
    denials,
  };
}

function statusOf(
  request: WaiverRequested,
  approvals: readonly Spoken[],
  denials: WaiverCase['denials'],
  now: Instant,
): Waiver['status'] {
  if (denials.some(({ event }) => event === 'revoked')) return 'revoked';
  if (denials.length > 0) return 'rejected';
  if (now >= instantIn(request.expiresAt)) return 'expired';
  return approvals.length > 0 ? 'active' : 'proposed';
}

/** The instant of a text that was checked when the event was opened. */
function instantIn(text: string): Instant {
  const instant = instantOf(text);
  if (instant === undefined) throw new Error(`an opened event has no time: ${text}`);
  return instant;
}

function byRequestTime(one: WaiverCase, other: WaiverCase): number {
  const apart = instantIn(one.request.at) - instantIn(other.request.at);
  return apart === 0 ? byText(one.digest, other.digest) : apart;
}
