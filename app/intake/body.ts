import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Refusal } from '../../src/5-publication/app-faults.ts';
import { fail, ok, type Result } from '../../src/primitives.ts';
import { BODY_BYTES_MAX } from './envelope.ts';

/** GitHub gives up after ten seconds: what has not arrived by then is of no use, and the rest needs time. */
export const BODY_MS_MAX = 8_000;

/** What bodies may take while they arrive: memory of all requests together, and time of each. */
export interface Room {
  readonly milliseconds: number;
  /** @returns false where there is none left; then nothing was taken. */
  readonly take: (bytes: number) => boolean;
  readonly give: (bytes: number) => void;
}

export function roomOf(bytesMax: number, milliseconds: number): Room {
  let used = 0;
  return {
    milliseconds,
    take: (bytes) => {
      if (used + bytes > bytesMax) return false;
      used += bytes;
      return true;
    },
    give: (bytes) => {
      used -= bytes;
    },
  };
}

/** What GitHub signs with now, and what it signed with before, while both are taken. */
export interface WebhookSecrets {
  readonly current: string;
  readonly previous: string | null;
}

export interface SignedBody {
  readonly bytes: Uint8Array;
  /** Which of the secrets it was signed with. */
  readonly signedBy: keyof WebhookSecrets;
  /** SHA-256, 64 hex digits. */
  readonly digest: string;
}

/**
 * Receives a body, bounded in size, time and memory while it streams, and verifies its signature over
 * the bytes as they came: nothing of it is decoded or parsed before.
 *
 * @param signature 32 bytes that the sender claims.
 */
export async function signedBody(
  request: IncomingMessage,
  signature: Uint8Array,
  secrets: WebhookSecrets,
  room: Room,
): Promise<Result<SignedBody, Refusal>> {
  const mac = createHmac('sha256', secrets.current);
  const earlier = secrets.previous === null ? null : createHmac('sha256', secrets.previous);
  const sum = createHash('sha256');
  const received = await receive(request, room, BODY_BYTES_MAX, (chunk) => {
    mac.update(chunk);
    earlier?.update(chunk);
    sum.update(chunk);
  });
  if (!received.ok) return received;
  // Both are compared, whatever the first says: the time tells nobody which secret was near.
  const isCurrent = timingSafeEqual(mac.digest(), signature);
  const isEarlier = earlier !== null && timingSafeEqual(earlier.digest(), signature);
  if (!isCurrent && !isEarlier) return fail('wrong-signature');
  return ok({
    bytes: received.value,
    signedBy: isCurrent ? 'current' : 'previous',
    digest: sum.digest('hex'),
  });
}

/**
 * Receives a body, bounded in size, time and memory while it streams.
 *
 * @param each sees every chunk that is kept, in order.
 */
export function receive(
  request: IncomingMessage,
  room: Room,
  bytesMax: number,
  each: (chunk: Buffer) => void = () => undefined,
): Promise<Result<Uint8Array, Refusal>> {
  return new Promise((resolve) => {
    // Who asked is gone before anybody looked: nothing will be heard of that again.
    if (request.destroyed) return resolve(fail('cut-off'));
    const chunks: Buffer[] = [];
    let size = 0;
    const end = (result: Result<Uint8Array, Refusal>) => {
      clearTimeout(timer);
      request.off('data', onData).off('end', onEnd).off('error', onCut).off('close', onCut);
      room.give(size);
      resolve(result);
    };
    const onData = (chunk: Buffer) => {
      if (size + chunk.length > bytesMax) return end(fail('too-large'));
      if (!room.take(chunk.length)) return end(fail('busy'));
      size += chunk.length;
      chunks.push(chunk);
      each(chunk);
    };
    const onEnd = () => end(ok(Buffer.concat(chunks, size)));
    const onCut = () => end(fail('cut-off'));
    const timer = setTimeout(() => end(fail('too-slow')), room.milliseconds);
    request.on('data', onData).on('end', onEnd).on('error', onCut).on('close', onCut);
  });
}
