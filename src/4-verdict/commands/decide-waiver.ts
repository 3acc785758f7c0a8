/** Verbs on waivers: who may is asked with the facts of now, by the rules that will weigh the word. */

import { participantsOf } from '../../2-examination/examine.ts';
import { allNames } from '../../2-examination/identities.ts';
import { coverOf } from '../../2-examination/waiver-bounds.ts';
import {
  approverRefusal,
  approversNamed,
  approversNeeded,
  isAdmitted,
} from '../../2-examination/waiver-grounds.ts';
import { boundPolicyOf } from '../../caws/bound-policy.ts';
import type { WeighedFinding } from '../../caws/findings.ts';
import { nearest } from '../../caws/nearest.ts';
import type { Gate } from '../../caws/policy.ts';
import type { Approval } from '../../caws/waiver.ts';
import { type CommitSha, isoOf } from '../../primitives.ts';
import {
  type HostedCase,
  type HostedCases,
  hostedApproval,
  judgeHostedWaivers,
  waiverOf,
} from '../hosted-waivers.ts';
import type { VerdictRecord } from '../verdict.ts';
import { REASON_LENGTH_MIN, reasonLength } from '../waivers/event.ts';
import type { HostedDecision, HostedRequested } from '../waivers/hosted-event.ts';
import { namesOfMakers, updateMergesOf } from '../waivers/hosted-facts.ts';
import { hostedFault, hostedIdOf } from '../waivers/open-hosted.ts';
import { boundOf, type GatesOfVerdict, type RequestFault } from '../waivers/request.ts';
import {
  type Answer,
  type Asking,
  baseOf,
  denied,
  done,
  groundsOf,
  headOf,
  notDone,
  saidAt,
  verdictOn,
} from './answer.ts';
import { reviewGlass } from './decide-glass.ts';
import { placesReply } from './places.ts';
import type { Circle, NotAllowedBecause, Reply } from './reply.ts';

/** Requests of one pull request: an author asks for a few gates, and the ledger is everybody's. */
const REQUESTS_MAX = 20;

/** Asks for a waiver of one gate, no wider than the verdict on the head that the person looked at. */
export function waive(asking: Asking): Answer {
  const { spoken, policy, policyDigest, pull } = asking;
  const { verb, target, reason, expires, scope } = spoken.command;
  if (target === null || reason === null) return notDone({ kind: 'needs-a-comment', verb, target });
  const bound = headOf(asking);
  if (!bound.ok) return notDone({ kind: 'head-unclear', verb, fault: bound.fault });
  const record = verdictOn(asking, bound.value);
  if (record === undefined) return notDone({ kind: 'no-verdict-yet', verb, head: bound.value });
  if (boundPolicyOf(record.law) !== policyDigest) return notDone({ kind: 'policy-changed', verb });
  const spec = record.law.spec?.id ?? null;
  if (scope !== null && scope !== spec)
    return notDone({ kind: 'spec-differs', named: scope, spec });
  const own = heardOn(asking).cases.filter(({ request }) => request.pull === pull.number);
  const same = own.find((each) => isSame(each, asking, bound.value));
  if (same !== undefined) return notDone({ kind: 'already-asked', waiver: same.request.waiver });
  if (own.length >= REQUESTS_MAX) return notDone({ kind: 'too-many-requests', max: REQUESTS_MAX });
  const lasts = expires ?? `${policy.waivers.defaultDays}d`;
  const asked = boundOf(record, { gate: target, reason, expires: lasts }, saidAt(asking));
  if (!asked.ok) return requestRefused(asked.fault, target);
  const content = { ...baseOf(asking), event: 'requested' as const, ...asked.value };
  const event: HostedRequested = { ...content, waiver: hostedIdOf(content) };
  const fault = hostedFault(event);
  if (fault !== undefined)
    return requestRefused({ kind: 'not-bindable', field: fault.field }, target);
  const gate = gateOf(asking, target);
  return done([{ kind: 'record', ledger: 'waiver', about: event.waiver, event }], {
    kind: 'waiver-asked',
    waiver: event.waiver,
    gate: event.gate,
    until: event.expiresAt,
    head: event.head,
    live: pull.head,
    approvers: approversNamed(gate, policy),
    needed: approversNeeded(target, gate, policy),
  });
}

/** Approves exactly one request, by somebody who would count if the change were judged now. */
export function approve(asking: Asking): Answer {
  const id = asking.spoken.command.target ?? '';
  if (id.startsWith('B-')) return reviewGlass(asking, id);
  const heard = heardOn(asking);
  const found = caseNamed(asking, heard, id);
  if ('reply' in found) return notDone(found.reply);
  const bound = headOf(asking);
  if (!bound.ok) return notDone({ kind: 'head-unclear', verb: 'approve', fault: bound.fault });
  const { request, approvals } = found.judged;
  const approval = approvalOf(asking, heard, request);
  const because = approverRefusal(
    approval,
    { shape: 'arbiter', file: null, requestedBy: `@${request.by.login}` },
    gateOf(asking, request.gate),
    peopleOf(asking),
  );
  if (because === 'approver-unknown-now')
    return { kind: 'retry', reply: { kind: 'could-not-check', verb: 'approve' } };
  if (because !== null) return refused(asking, request, because, 'approvers');
  if (approvals.some(({ event }) => event.by.id === asking.by.id))
    return notDone({ kind: 'said-already', id: request.waiver });
  const stale = staleReply(asking, found.judged, bound.value);
  if (stale !== undefined) return notDone(stale);
  const full = placesReply(asking, heard, found.judged);
  if (full !== undefined) return notDone(full);
  const event = { ...decisionOf(asking, found.judged, bound.value), event: 'approved' as const };
  return done([{ kind: 'record', ledger: 'waiver', about: request.waiver, event }], {
    kind: 'approved',
    waiver: request.waiver,
    gate: request.gate,
    until: request.expiresAt,
    have: 1 + approvals.filter((each) => counts(each.approval, request, asking)).length,
    needed: approversNeeded(request.gate, gateOf(asking, request.gate), asking.policy),
  });
}

/** Ends a request for good. That narrows, so also those may who could not approve their own change. */
export function deny(asking: Asking, event: 'rejected' | 'revoked'): Answer {
  const { target, reason, verb } = asking.spoken.command;
  // Whoever asked may aim the change at another branch until the word was said, and then back.
  const heard = judgeHostedWaivers(asking.waiverEvents, { ...groundsOf(asking), baseRef: null });
  const found = caseNamed(asking, heard, target ?? '');
  if ('reply' in found) return notDone(found.reply);
  if (reason === null) return notDone({ kind: 'needs-a-comment', verb, target });
  const { request } = found.judged;
  const { against, ...approval } = approvalOf(asking, heard, request);
  // Who made the change may be for nobody to know any more: whoever denies need not be somebody else.
  const isRequester = event === 'revoked' && asking.by.id === request.by.id;
  const isBarred = against === 'approver-not-a-person' || against === 'approver-not-allowed';
  const isNamed = isAdmitted(approval, gateOf(asking, request.gate), asking.policy);
  if (!isRequester && (isBarred || !isNamed)) {
    const circle = event === 'revoked' ? 'approvers-or-requester' : 'approvers';
    return refused(asking, request, against ?? 'approver-not-allowed', circle);
  }
  const decision = { ...decisionOf(asking, found.judged, request.head), event, reason };
  const fault = hostedFault(decision);
  if (fault !== undefined) return reasonRefused(reason, fault.because);
  return done([{ kind: 'record', ledger: 'waiver', about: request.waiver, event: decision }], {
    kind: event,
    waiver: request.waiver,
  });
}

function heardOn(asking: Asking): HostedCases {
  return judgeHostedWaivers(asking.waiverEvents, groundsOf(asking));
}

/** Whether this was asked for already and still stands. */
function isSame({ request, status }: HostedCase, asking: Asking, head: CommitSha): boolean {
  const isOpen = status === 'proposed' || status === 'active';
  return isOpen && request.gate === asking.spoken.command.target && request.head === head;
}

/** The one case of this pull request whose id begins so, or what to say instead. */
function caseNamed(
  asking: Asking,
  { cases }: HostedCases,
  id: string,
): { readonly judged: HostedCase } | { readonly reply: Reply } {
  // Nobody speaks of a request before it was made; ids are made from texts and could be foreseen.
  const hits = cases.filter(
    ({ request }) => request.waiver.startsWith(id) && request.at <= isoOf(saidAt(asking)),
  );
  const own = hits.filter(({ request }) => request.pull === asking.pull.number);
  const [judged, other] = own;
  if (judged === undefined && hits[0] !== undefined) {
    const { waiver, pull } = hits[0].request;
    return { reply: { kind: 'waiver-elsewhere', waiver, pull } };
  }
  if (judged === undefined || other !== undefined || id === '') {
    const known = cases
      .filter(({ request, status }) => request.pull === asking.pull.number && status === 'proposed')
      .map(({ request }) => request.waiver);
    return { reply: { kind: 'waiver-unknown', id, known } };
  }
  const { status, request } = judged;
  if (status === 'proposed' || status === 'active') return { judged };
  return { reply: { kind: 'waiver-over', waiver: request.waiver, status } };
}

function approvalOf(asking: Asking, { handles }: HostedCases, request: HostedRequested): Approval {
  const { by } = asking;
  const grounds = { ...groundsOf(asking), handles };
  return hostedApproval({ by, at: baseOf(asking).at }, request.by.id, grounds);
}

/** The people of the change, as a verdict would have them. */
function peopleOf(asking: Asking) {
  const { commits, policy, now } = asking;
  const merges = updateMergesOf(asking);
  const participants = participantsOf({ commits }, namesOfMakers(asking), merges);
  return { now, policy, participants, involved: allNames(participants) };
}

function counts(approval: Approval, request: HostedRequested, asking: Asking): boolean {
  const waiver = { shape: 'arbiter', file: null, requestedBy: `@${request.by.login}` } as const;
  const gate = gateOf(asking, request.gate);
  return approverRefusal(approval, waiver, gate, peopleOf(asking)) === null;
}

function decisionOf(
  asking: Asking,
  { request, digest }: HostedCase,
  head: CommitSha,
): Omit<Extract<HostedDecision, { readonly event: 'approved' }>, 'event'> {
  return { ...baseOf(asking), waiver: request.waiver, request: digest, head };
}

/** Whether approving would help the head that the person looked at; undefined where it would. */
function staleReply(asking: Asking, judged: HostedCase, head: CommitSha): Reply | undefined {
  const { request } = judged;
  const record = verdictOn(asking, head);
  if (record === undefined) return { kind: 'no-verdict-yet', verb: 'approve', head };
  const stale = (because: Extract<Reply, { kind: 'waiver-stale' }>['because']): Reply => {
    return { kind: 'waiver-stale', waiver: request.waiver, because, asked: request.head, head };
  };
  if (request.policy !== asking.policyDigest || boundPolicyOf(record.law) !== request.policy)
    return stale('policy-changed');
  const spec = record.law.spec;
  if (spec?.id !== request.spec?.id || spec?.digest !== request.spec?.digest)
    return stale('spec-changed');
  const held = heldFindings(record, request.gate);
  if (held.length === 0) return stale('nothing-to-waive');
  const waiver = waiverOf(judged, asking.now);
  const isCovered = held.some((finding) => coverOf(waiver, finding).covers);
  return isCovered ? undefined : stale('worse-than-floor');
}

function heldFindings(record: VerdictRecord, gate: string): readonly WeighedFinding[] {
  return [...record.examination.findings, ...record.deliberation.findings].filter(
    (each) => each.gate === gate && each.standing === 'needs-waiver',
  );
}

function gateOf({ policy }: Asking, id: string): Gate | undefined {
  return policy.gates.find((gate) => gate.id === id);
}

function refused(
  asking: Asking,
  request: HostedRequested,
  because: NotAllowedBecause,
  circle: Circle,
): Answer {
  const named = approversNamed(gateOf(asking, request.gate), asking.policy);
  const { verb } = asking.spoken.command;
  return denied(asking, { kind: 'not-allowed', verb, because, circle, named });
}

function requestRefused(fault: RequestFault, gate: string): Answer {
  const known = 'gates' in fault ? allGates(fault.gates) : [];
  return notDone({ kind: 'request-refused', fault, nearest: nearest(gate, known) ?? null });
}

function reasonRefused(reason: string, because: string): Answer {
  const fault: RequestFault =
    because === 'reason-too-short'
      ? { kind: 'reason-too-short', length: reasonLength(reason), min: REASON_LENGTH_MIN }
      : { kind: 'reason-unreadable' };
  return notDone({ kind: 'request-refused', fault, nearest: null });
}

function allGates({ waivable, refused: never, holding }: GatesOfVerdict): readonly string[] {
  return [...waivable, ...never, ...holding];
}
