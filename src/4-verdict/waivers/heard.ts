import { byText } from '../../2-examination/finding.ts';
import { judgeKey, type PublicKey, readPublicKey } from '../../ledger/key.ts';
import type { Instant } from '../../primitives.ts';
import { type IgnoredBecause, instantOf } from './event.ts';
import { sourceKey } from './hosted-event.ts';
import type { HostedFacts, PeopleGrounds } from './hosted-facts.ts';
import { type IgnoredEvent, unopened } from './ignored.ts';
import { type OpenedHosted, openHosted } from './open-hosted.ts';
import type { TrustedSigners } from './signers.ts';

/** What hosted events are held against. */
export interface HostedGrounds extends PeopleGrounds {
  /** From the base: it may say that a key of the arbiter no longer counts. */
  readonly trusted: TrustedSigners | null;
  /** null: what was asked for into whichever branch. */
  readonly baseRef: string | null;
}

/** Events that this arbiter signed, each word once, in one order. */
export function heardEvents(
  events: readonly unknown[],
  grounds: HostedGrounds,
  ignored: IgnoredEvent[],
): readonly OpenedHosted[] {
  const keys = new Map(
    grounds.facts.arbiterKeys.flatMap((text): (readonly [string, PublicKey])[] => {
      const key = readPublicKey(text);
      return key === undefined ? [] : [[key.id, key]];
    }),
  );
  const byPlace = new Map<string, OpenedHosted>();
  const opened = events.flatMap((envelope) => openedIn(envelope, ignored));
  for (const each of opened.toSorted(byTime)) {
    const because = voucherFault(each, keys.get(each.keyId), grounds);
    const place = sourceKey(each.event);
    const before = byPlace.get(place);
    if (because !== undefined) ignored.push(ignoredHosted(each, because));
    else if (before === undefined) byPlace.set(place, each);
    // The same word recorded twice is one; two different words of one place are not both its writer's.
    else if (before.digest !== each.digest) ignored.push(ignoredHosted(each, 'said-already'));
  }
  return [...byPlace.values()];
}

function openedIn(envelope: unknown, ignored: IgnoredEvent[]): readonly OpenedHosted[] {
  const opened = openHosted(envelope);
  if (opened.ok) return [opened.value];
  // Other types and what is no envelope at all are weighed, and told, with the signed events.
  if (opened.fault.digest !== null) ignored.push(unopened(opened.fault));
  return [];
}

/** Why nobody vouches for an event. The arbiter's keys need no listing, but one listed as revoked is void. */
function voucherFault(
  opened: OpenedHosted,
  key: PublicKey | undefined,
  { facts, trusted, now }: HostedGrounds,
): IgnoredBecause | undefined {
  if (key === undefined) return 'key-unknown';
  if (!opened.isSignedBy(key)) return 'signature-wrong';
  if (opened.event.repositoryId !== facts.repositoryId) return 'other-repository';
  const listed = trusted?.keys ?? [];
  const at = instantIn(opened.event.at);
  // The signer chose the time, so a key that was revoked later could have back-dated it.
  if (judgeKey(key.id, now, listed) === 'revoked') return 'key-revoked';
  const standing = judgeKey(key.id, at, listed);
  if (standing === 'not-valid-then') return 'key-not-valid-then';
  return standing === 'expired' ? 'key-expired' : undefined;
}

/** The accounts that each handle was seen with: one that changed hands names nobody for certain. */
export function handlesOf(
  heard: readonly OpenedHosted[],
  { facts }: { readonly facts: Pick<HostedFacts, 'people'> },
): ReadonlyMap<string, ReadonlySet<number>> {
  const handles = new Map<string, Set<number>>();
  for (const { id, login } of [...heard.map(({ event }) => event.by), ...facts.people]) {
    const handle = login.toLowerCase();
    handles.set(handle, (handles.get(handle) ?? new Set()).add(id));
  }
  return handles;
}

/** An event that counts for nothing, and why. */
export function ignoredHosted(
  { event, digest, keyId }: OpenedHosted,
  because: IgnoredBecause,
): IgnoredEvent {
  const about = 'waiver' in event ? event.waiver : event.id;
  const { at } = event;
  return { because, detail: '', digest, waiver: about, event: event.event, at, keyId };
}

/** The instant of a text that was checked when the event was opened. */
export function instantIn(text: string): Instant {
  const instant = instantOf(text);
  if (instant === undefined) throw new Error(`an opened event has no time: ${text}`);
  return instant;
}

function byTime(one: OpenedHosted, other: OpenedHosted): number {
  return (
    instantIn(one.event.at) - instantIn(other.event.at) ||
    byText(one.digest, other.digest) ||
    byText(one.keyId, other.keyId)
  );
}
