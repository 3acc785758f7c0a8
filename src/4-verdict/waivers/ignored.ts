import { byText } from '../../2-examination/finding.ts';
import type { Digest } from '../../primitives.ts';
import type { IgnoredBecause } from './event.ts';
import type { OpenedEvent, UnopenedEvent } from './open-event.ts';

/** An event that counts for nothing, and why. */
export interface IgnoredEvent {
  readonly because: IgnoredBecause;
  /** The field or key concerned, or ''. */
  readonly detail: string;
  /** Digest of the payload, or null where none could be read. */
  readonly digest: Digest | null;
  readonly waiver: string | null;
  readonly event: string | null;
  readonly at: string | null;
  /** The key that the envelope names, whether or not it signed. */
  readonly keyId: string | null;
}

export function ignoredEvent(source: OpenedEvent, because: IgnoredBecause): IgnoredEvent {
  const { event, digest, keyId } = source;
  return {
    because,
    detail: '',
    digest,
    waiver: event.waiver,
    event: event.event,
    at: event.at,
    keyId,
  };
}

export function unopened(fault: UnopenedEvent): IgnoredEvent {
  return { waiver: null, event: null, at: null, ...fault };
}

export function tooMany(count: number, max: number): IgnoredEvent {
  const nothing = { digest: null, waiver: null, event: null, at: null, keyId: null };
  return { because: 'too-many-events', detail: `${count} > ${max}`, ...nothing };
}

/** Each once, in an order that does not depend on how the events came. */
export function inOneOrder(ignored: readonly IgnoredEvent[]): readonly IgnoredEvent[] {
  const keyed = new Map(ignored.map((each) => [keyOf(each), each]));
  return [...keyed].sort(([one], [other]) => byText(one, other)).map(([, each]) => each);
}

function keyOf({ because, detail, digest, waiver, event, at, keyId }: IgnoredEvent): string {
  return JSON.stringify([because, detail, digest, waiver, event, at, keyId]);
}
