import { byText } from '../../2-examination/finding.ts';
import { readPublicKey } from '../../ledger/key.ts';
import type { IgnoredBecause } from './event.ts';
import { HOSTED_EVENT_TYPE } from './hosted-event.ts';
import { type IgnoredEvent, ignoredEvent, unopened } from './ignored.ts';
import { type OpenedEvent, openEvent } from './open-event.ts';

/**
 * The events that are whole and signed by the key they name, each once and in one order. What is not
 * goes to `ignored`.
 *
 * @param publicKeyOf the listed key of an id; a requester's key stands in the request itself.
 */
export function signedEvents(
  events: readonly unknown[],
  publicKeyOf: (keyId: string) => string | undefined,
  ignored: IgnoredEvent[],
): readonly OpenedEvent[] {
  const opened = new Map<string, OpenedEvent>();
  const readings = events.map(openEvent);
  const requesterKeys = requesterKeysIn(readings);
  for (const reading of readings) {
    if (!reading.ok) {
      // What was said at a forge is weighed by itself.
      if (reading.fault.detail !== HOSTED_EVENT_TYPE) ignored.push(unopened(reading.fault));
      continue;
    }
    const event = reading.value;
    const because = signatureFault(
      event,
      publicKeyOf(event.keyId) ?? requesterKeys.get(event.keyId),
    );
    if (because === undefined) opened.set(`${event.digest} ${event.keyId}`, event);
    else ignored.push(ignoredEvent(event, because));
  }
  return [...opened.values()].sort((one, other) =>
    one.digest === other.digest ? byText(one.keyId, other.keyId) : byText(one.digest, other.digest),
  );
}

/** By the id that each key has, not the one its envelope states: a false statement displaces no key. */
function requesterKeysIn(readings: readonly ReturnType<typeof openEvent>[]) {
  const keys = new Map<string, string>();
  for (const reading of readings) {
    if (!reading.ok || reading.value.event.event !== 'requested') continue;
    const text = reading.value.event.requesterKey;
    const id = readPublicKey(text)?.id;
    if (id !== undefined) keys.set(id, text);
  }
  return keys;
}

function signatureFault(
  opened: OpenedEvent,
  listedKey: string | undefined,
): IgnoredBecause | undefined {
  const { event } = opened;
  const text = event.event === 'requested' ? event.requesterKey : listedKey;
  if (text === undefined) return 'key-unknown';
  const key = readPublicKey(text);
  if (key === undefined || key.id !== opened.keyId)
    return event.event === 'requested' ? 'requester-key-differs' : 'key-unknown';
  return opened.isSignedBy(key) ? undefined : 'signature-wrong';
}
