import { sameIdentity } from '../../2-examination/identities.ts';
import { placesTaken } from '../../2-examination/waivers.ts';
import type { VerdictRecord, WaivingRule } from '../../4-verdict/verdict.ts';
import { judgeWaiverEvents, type WaiverCase, waiversOf } from '../../4-verdict/waiver-events.ts';
import {
  REASON_LENGTH_MAX,
  REASON_LENGTH_MIN,
  WAIVER_EVENT_SCHEMA,
  type WaiverDecision,
  type WaiverRequested,
} from '../../4-verdict/waivers/event.ts';
import { openEvent, signEvent } from '../../4-verdict/waivers/open-event.ts';
import { readPayload } from '../../4-verdict/waivers/read-payload.ts';
import { requestStandsOn, termsOf } from '../../4-verdict/waivers/request.ts';
import { maySamePerson, type TrustedSigners } from '../../4-verdict/waivers/signers.ts';
import { shellWord, visible } from '../../5-publication/escape.ts';
import {
  approversText,
  boundText,
  ignoredWords,
  placesTakenText,
  policyChangedText,
  requesterText,
  timeText,
} from '../../5-publication/waiver-words.ts';
import { shippedPolicy } from '../../adapters/shipped.ts';
import { readPolicy } from '../../caws/read-policy.ts';
import { readWaivers } from '../../caws/read-waiver.ts';
import type { Signer } from '../../ports.ts';
import { type Instant, isoOf } from '../../primitives.ts';
import { page } from '../page.ts';
import { type ExitCode, exits, type World } from '../world.ts';
import { type Desk, openDesk, record } from './desk.ts';
import { findWaiver } from './find.ts';
import { say } from './stop.ts';

/**
 * `arbiter waiver approve|reject|revoke`: says what the word would do, then records it. A word that
 * would not count is refused, and its signature never leaves this process.
 */
export async function decideWaiver(
  world: World,
  id: string,
  event: WaiverDecision['event'],
  options: { readonly reason?: string; readonly key?: string; readonly dryRun?: boolean },
): Promise<ExitCode> {
  const now = world.now();
  const opened = await openDesk(world, options.dryRun === true ? 'read' : 'write');
  if (!opened.ok) return say(world, opened.fault);
  await using desk = opened.value;
  const found = await findWaiver(desk, id, now);
  if (!found.ok) return say(world, found.fault);
  const signer = await desk.signer(options.key, false);
  if (!signer.ok) return say(world, signer.fault);
  const { judged, trusted, events } = found.value;
  const verdict = await desk.verdictOf(judged.request.verdict);
  const terms = verdict === null ? undefined : termsOf(verdict, judged.request.gate);
  const decision = decisionOn(judged, event, options.reason, now);
  if (typeof decision === 'string') return refuse(world, decision);
  const envelope = signEvent(decision, signer.value);
  const refusal =
    stateRefusal(judged, event) ??
    countRefusal(envelope, events, { judged, trusted, now, terms }) ??
    (event === 'approved'
      ? await approvalRefusal(desk, {
          ...{ judged, trusted, verdict, terms, events, envelope, now },
          signer: signer.value,
        })
      : undefined);
  if (refusal !== undefined) return refuse(world, refusal);
  page(world, announcement(judged, event, desk.nameOf(signer.value, trusted), verdict));
  if (options.dryRun === true) {
    page(world, 'Nothing is signed: this was a dry run.\n');
    return exits.pass;
  }
  const appended = await record(
    desk,
    now,
    { waiver: judged.request.waiver, envelope },
    signer.value,
  );
  if (!appended.ok) return say(world, appended.fault);
  const after = judgeWaiverEvents([...events, envelope], trusted, now).cases;
  const state = after.find(({ digest }) => digest === judged.digest) ?? judged;
  const range = verdict === null ? null : await desk.range(verdict);
  page(world, outcome(state, terms, range));
  return exits.pass;
}

interface Circumstances {
  readonly judged: WaiverCase;
  readonly trusted: TrustedSigners | null;
  readonly terms: WaivingRule | undefined;
}

/** The event to sign, or why its reason is none. */
function decisionOn(
  { request, digest }: WaiverCase,
  event: WaiverDecision['event'],
  reason: string | undefined,
  now: Instant,
): WaiverDecision | string {
  const base = {
    schema: WAIVER_EVENT_SCHEMA,
    waiver: request.waiver,
    request: digest,
    at: isoOf(now),
  } as const;
  if (event === 'approved') return { ...base, event };
  const text = (reason ?? '').trim().replaceAll(/[ \t\r\n]+/g, ' ');
  const decision = { ...base, event, reason: text };
  return readPayload(decision).ok
    ? decision
    : `the reason is too short, too long or not plain text: ${REASON_LENGTH_MIN} to ${REASON_LENGTH_MAX} characters are needed.\nTry: arbiter waiver ${verbs[event]} ${request.waiver} --reason "…"`;
}

const verbs: Readonly<Record<WaiverDecision['event'], string>> = {
  approved: 'approve',
  rejected: 'reject',
  revoked: 'revoke',
};

function stateRefusal(judged: WaiverCase, event: WaiverDecision['event']): string | undefined {
  const { request, status } = judged;
  if (status === 'proposed' || status === 'active') return undefined;
  const again = `Ask again: arbiter waiver request ${shellWord(request.gate)} --reason "…" --expires 7d`;
  if (status === 'expired')
    return `${request.waiver} ended ${timeText(request.expiresAt)}.\n${again}`;
  return event === 'approved'
    ? `${request.waiver} was ${status}, and that is final.\n${again}`
    : `${request.waiver} was ${status} already; nothing is left to end.\nTry: arbiter waiver show ${request.waiver}`;
}

/** Adds the event to the others and asks whether it counts: the same judgement that a verdict makes. */
function countRefusal(
  envelope: unknown,
  events: readonly string[],
  { judged, trusted, terms, now }: Circumstances & { readonly now: Instant },
): string | undefined {
  const opened = openEvent(envelope);
  if (!opened.ok) throw new Error(`a signed event cannot be opened: ${opened.fault.because}`);
  const { ignored } = judgeWaiverEvents([...events, envelope], trusted, now);
  const own = ignored.find(
    (each) => each.digest === opened.value.digest && each.keyId === opened.value.keyId,
  );
  if (own === undefined) return undefined;
  return `your word would not count: it ${ignoredWords[own.because]}.\nWho may: ${approversText(terms)}; not the author, not the requester.\nTry: arbiter waiver ${verbs[opened.value.event.event === 'requested' ? 'approved' : opened.value.event.event]} ${judged.request.waiver} --key FILE`;
}

async function approvalRefusal(
  desk: Desk,
  given: Circumstances & {
    readonly verdict: VerdictRecord | null;
    readonly signer: Signer;
    readonly events: readonly string[];
    /** The approval, signed and not recorded. */
    readonly envelope: unknown;
    readonly now: Instant;
  },
): Promise<string | undefined> {
  const { judged, terms, verdict, signer, trusted } = given;
  const { request } = judged;
  if (verdict !== null && !requestStandsOn(request, verdict))
    return `${request.waiver} does not say what verdict ${verdict.id} measured; it was not made from it.\nReject it: arbiter waiver reject ${request.waiver} --reason "…"`;
  if (await policyHasChanged(desk, request, verdict))
    return policyChangedText(
      request,
      verdict === null ? 'TARGET...HEAD' : await desk.range(verdict),
    );
  const elsewhere = await desk.otherRepository(request);
  if (elsewhere !== null)
    return `${request.waiver} is for another repository than this one (${visible(elsewhere)}).\nApprove it in a clone of that one.`;
  const holder = desk.nameOf(signer, trusted);
  if (judged.approvals.some(({ by }) => maySamePerson(by, holder)))
    return `your word would not count: it ${ignoredWords['same-person']}.\nTry: arbiter waiver show ${request.waiver}`;
  const authors = await desk.authorsOf(request, verdict);
  const author = authors.find((name) => maySamePerson(name, holder));
  if (author !== undefined)
    return `you are ${visible(holder)}, and the change is by you (${visible(author)}): nobody approves a waiver for a change of their own.\nWho may: ${approversText(terms)}; not the author, not the requester.\nTry: arbiter waiver export ${request.waiver} ${request.waiver}.json`;
  const approvers = terms?.approvers ?? [];
  if (approvers.length > 0 && !approvers.some((name) => sameIdentity(name, holder)))
    return `${visible(holder)} may not approve waivers of \`${request.gate}\`.\nWho may: ${approversText(terms)}; not the author, not the requester.\nTry: arbiter waiver export ${request.waiver} ${request.waiver}.json`;
  return placesRefusal(desk, given);
}

/** Where the policy lets no more waivers of the gate run, one more would be signed and count for nothing. */
async function placesRefusal(
  desk: Desk,
  { judged, trusted, verdict, events, envelope, now }: Parameters<typeof approvalRefusal>[1],
): Promise<string | undefined> {
  const { request } = judged;
  const law = await desk.law(verdict?.subject ?? request);
  const reading = law.ok ? readPolicy(law.value.policy, shippedPolicy()) : law;
  if (!law.ok || !reading.ok) return undefined;
  const filed = law.value.waivers.flatMap((text) => {
    const read = readWaivers(text);
    return read.ok ? read.value : [];
  });
  const signed = waiversOf([...events, envelope], trusted, now, request.baseRef).waivers;
  const one = { id: request.waiver, gate: request.gate };
  const taken = placesTaken([...filed, ...signed], one, { policy: reading.value.policy, now });
  return taken === null ? undefined : placesTakenText(request, taken);
}

/** Whether a verdict given now would refuse the waiver for this; a policy that cannot be read refuses everything anyway. */
async function policyHasChanged(
  desk: Desk,
  { baseRef, policy }: WaiverRequested,
  verdict: VerdictRecord | null,
): Promise<boolean> {
  const law = await desk.law(verdict?.subject ?? { baseRef });
  const reading = law.ok ? readPolicy(law.value.policy, shippedPolicy()) : law;
  return reading.ok && reading.value.source.digest !== policy;
}

function announcement(
  judged: WaiverCase,
  event: WaiverDecision['event'],
  name: string,
  verdict: VerdictRecord | null,
): string {
  const { request } = judged;
  const intro = {
    approved: `As ${visible(name)} you allow exactly this, and nothing wider:`,
    rejected: `As ${visible(name)} you refuse this for good:`,
    revoked: `As ${visible(name)} you end this for good:`,
  }[event];
  const ground =
    verdict === null
      ? `  verdict ${request.verdict} is not in this ledger: the figures are the requester's word, and bind all the same\n`
      : `  verdict ${verdict.id}: ${verdict.verdict}\n`;
  return `${intro}\n${boundText(request)}${ground}  asked ${timeText(request.at)} by ${requesterText(judged)}\n`;
}

function outcome(
  { request, status, approvals }: WaiverCase,
  terms: WaivingRule | undefined,
  range: string | null,
): string {
  if (status !== 'active') return `${request.waiver} is ${status}. Nothing is allowed by it.\n`;
  const needed = terms?.approversMin ?? 1;
  if (approvals.length < needed)
    return `${request.waiver} has ${approvals.length} of ${needed} approvals; it allows nothing before the last of them.\nWho may: ${approversText(terms)}\n`;
  const next =
    range === null
      ? `arbiter waiver export ${request.waiver} ${request.waiver}.json`
      : `arbiter verify ${shellWord(range)}`;
  return `${request.waiver} is active until ${timeText(request.expiresAt)}.\nNext: ${next}\n`;
}

function refuse(world: World, message: string): ExitCode {
  return say(world, { exit: exits.usage, message });
}
