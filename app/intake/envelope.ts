import type { IncomingMessage } from 'node:http';
import type { Refusal } from '../../src/5-publication/app-faults.ts';
import { fail, ok, type Result } from '../../src/primitives.ts';

/** GitHub's own bound. What it were to send beyond is found when open pull requests are looked for. */
export const BODY_BYTES_MAX = 25_000_000;

/** What the headers of a delivery say, before a byte of its body is read. */
export interface Envelope {
  readonly guid: string;
  readonly event: string;
  /** Of the body, as the sender claims it: 32 bytes. */
  readonly signature: Uint8Array;
}

/**
 * Reads the headers of a delivery.
 *
 * Each header counts only where it stands exactly once: two signatures joined by a comma are none, and
 * a proxy in front and we must not choose differently between two of them. SHA-1 signatures, which
 * GitHub also sends, are not looked at.
 */
export function envelopeOf(request: IncomingMessage): Result<Envelope, Refusal> {
  if (request.method !== 'POST') return fail('wrong-method');
  const one = (name: string): string | null => {
    const found = request.headersDistinct[name];
    return found?.length === 1 ? (found[0] ?? null) : null;
  };
  if (!/^application\/json(?:; ?charset=utf-8)?$/i.test(one('content-type') ?? ''))
    return fail('wrong-content-type');
  // GitHub compresses nothing, and what unpacks to any size has no bound.
  if (request.headersDistinct['content-encoding'] !== undefined) return fail('encoded');
  const guid = one('x-github-delivery') ?? '';
  const event = one('x-github-event') ?? '';
  if (!/^[0-9A-Za-z-]{1,64}$/.test(guid) || !/^[a-z0-9_]{1,64}$/.test(event))
    return fail('header-malformed');
  const signed = /^sha256=([0-9a-f]{64})$/.exec(one('x-hub-signature-256') ?? '');
  if (signed === null) return fail('unsigned');
  const length = Number(request.headers['content-length'] ?? 0);
  if (length > BODY_BYTES_MAX) return fail('too-large');
  return ok({ guid, event, signature: Buffer.from(signed[1] ?? '', 'hex') });
}
