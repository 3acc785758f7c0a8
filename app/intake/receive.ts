import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Refusal } from '../../src/5-publication/app-faults.ts';
import { refusalWords, takenWords } from '../../src/5-publication/app-words.ts';
import { readStrictJson } from '../../src/ledger/strict-json.ts';
import type { Instant } from '../../src/primitives.ts';
import type { Logger } from '../log.ts';
import { BODY_MS_MAX, roomOf, type SignedBody, signedBody, type WebhookSecrets } from './body.ts';
import type { Hearing, Self } from './concern-types.ts';
import { concernsOf } from './concerns.ts';
import { BODY_BYTES_MAX, type Envelope, envelopeOf } from './envelope.ts';
import type { Inbox } from './inbox.ts';

export interface IntakePlan {
  readonly secrets: WebhookSecrets;
  readonly inbox: Inbox;
  readonly self: () => Self;
  readonly now: () => Instant;
  readonly receivingBytesMax: number;
  /** Shorter only in tests. */
  readonly bodyMsMax?: number;
  readonly log: Logger;
  /** Told how each delivery ended: 'taken', 'again', or why not. */
  readonly count: (event: string, outcome: string) => void;
  /** Told of each delivery that was taken by its earlier secret: while they come, it has to stay. */
  readonly byPreviousSecret?: () => void;
  /** Told between storing and answering: tests end the process there. */
  readonly stored?: () => void;
}

export interface Intake {
  /** Answers one request that came to the webhook's address. Never throws. */
  readonly handle: (request: IncomingMessage, response: ServerResponse) => Promise<void>;
  /** From now on, everything is told to come again later. */
  readonly close: () => void;
}

const statusOf: Readonly<Record<Refusal, number>> = {
  'wrong-method': 405,
  'wrong-content-type': 415,
  encoded: 415,
  'header-malformed': 400,
  unsigned: 401,
  'wrong-signature': 401,
  'too-large': 413,
  'too-slow': 408,
  'cut-off': 400,
  'not-json': 400,
  busy: 503,
  stopping: 503,
  'store-unavailable': 503,
};

const SAY_AGAIN_MS = 10_000;
/** Payloads of GitHub are some ten levels deep. */
const JSON_DEPTH_MAX = 100;
/** What a refused sender may still send before the line is cut, so that it can read the answer. */
const DRAIN_BYTES_MAX = 4_194_304;
const DRAIN_MS_MAX = 2_000;

/**
 * Takes deliveries: bounded, verified, parsed, stored, answered, in this order.
 *
 * Our own, in front of Probot's: @octokit/webhooks collects a body of any size before it looks at the
 * signature (`npm run bench:app` shows the memory), hashes text that was decoded, and answers before a
 * handler has stored anything once nine seconds are over.
 */
export function intakeOf(plan: IntakePlan): Intake {
  const room = roomOf(plan.receivingBytesMax, plan.bodyMsMax ?? BODY_MS_MAX);
  const saidAt = new Map<string, Instant>();
  // Whoever knows the address can send rubbish for ever: the log says that it comes, /metrics how often.
  const isNews = (outcome: string) => {
    const isOld = plan.now() - (saidAt.get(outcome) ?? 0) >= SAY_AGAIN_MS;
    if (isOld) saidAt.set(outcome, plan.now());
    return isOld;
  };
  let closed = false;
  return {
    close: () => {
      closed = true;
    },
    handle: async (request, response) => {
      const envelope = envelopeOf(request);
      const event = envelope.ok ? envelope.value.event : '';
      const outcome = await (async () => {
        if (closed) return 'stopping';
        if (!envelope.ok) return envelope.fault;
        const body = await signedBody(request, envelope.value.signature, plan.secrets, room);
        return body.ok ? take(plan, envelope.value, body.value) : body.fault;
      })();
      // An event's name is the sender's word until the signature has been seen to hold.
      const isSigned =
        outcome === 'taken' || outcome === 'again' || outcome === 'store-unavailable';
      plan.count(isSigned ? event : '', outcome);
      if (outcome === 'taken' || outcome === 'again')
        return answer(response, 202, takenWords[outcome]);
      if (isNews(outcome))
        plan.log.warn({ delivery: envelope.ok ? envelope.value.guid : null, outcome }, 'not taken');
      refuse(request, response, outcome);
    },
  };
}

async function take(
  plan: IntakePlan,
  envelope: Envelope,
  body: SignedBody,
): Promise<'taken' | 'again' | 'not-json' | 'store-unavailable'> {
  const { guid, event } = envelope;
  const payload = jsonObject(body.bytes);
  if (payload === undefined) return 'not-json';
  const hearing = heardBy(plan, envelope, payload);
  const about = { delivery: guid, event, digest: body.digest };
  try {
    const receivedAt = plan.now();
    const receipt = await plan.inbox.take({
      guid,
      event,
      body: body.bytes,
      digest: body.digest,
      receivedAt,
      hearing,
    });
    if (body.signedBy === 'previous') plan.byPreviousSecret?.();
    if (receipt.guidReused) plan.log.warn(about, 'another body under the same delivery id');
    plan.log.info({ ...about, outcome: receipt.kind, because: hearing.because }, 'delivery');
    plan.stored?.();
    return receipt.kind;
  } catch (error) {
    plan.log.error({ ...about, err: error }, 'a delivery could not be stored');
    return 'store-unavailable';
  }
}

/** A fault of ours in reading an event must not keep its delivery out: reconciling finds what it was about. */
function heardBy(plan: IntakePlan, envelope: Envelope, payload: object): Hearing {
  try {
    return concernsOf(envelope.event, payload, plan.self());
  } catch (error) {
    plan.log.error({ delivery: envelope.guid, err: error }, 'an event could not be read');
    return { heard: [], because: 'not-as-documented' };
  }
}

function jsonObject(bytes: Uint8Array): object | undefined {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
  const read = readStrictJson(text, { charactersMax: BODY_BYTES_MAX, depthMax: JSON_DEPTH_MAX });
  const value = read.ok ? read.value : null;
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? value : undefined;
}

function answer(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, { 'content-type': 'text/plain', 'content-length': text.length });
  response.end(text);
}

/**
 * Says no, and lets the sender finish a little: a line that is cut while it still sends takes the answer
 * away from it.
 */
function refuse(request: IncomingMessage, response: ServerResponse, refusal: Refusal): void {
  if (request.destroyed && !request.complete) return void response.destroy();
  const text = refusalWords[refusal];
  const status = statusOf[refusal];
  response.writeHead(status, {
    'content-type': 'text/plain',
    'content-length': Buffer.byteLength(text),
    ...(status === 503 ? { 'retry-after': '30' } : {}),
    ...(status === 405 ? { allow: 'POST' } : {}),
    ...(request.complete ? {} : { connection: 'close' }),
  });
  if (request.complete) return void response.end(text);
  response.write(text);
  const end = () => {
    clearTimeout(timer);
    response.end();
  };
  const timer = setTimeout(end, DRAIN_MS_MAX);
  let drained = 0;
  request.on('data', (chunk: Buffer) => {
    drained += chunk.length;
    if (drained > DRAIN_BYTES_MAX) end();
  });
  request.once('end', end).once('close', end);
  request.resume();
}
