import { sameIdentity } from '../2-examination/identities.ts';
import type { Digest, Instant } from '../primitives.ts';
import {
  type CountingGlass,
  type GlassGrounds,
  type GlassJudged,
  type GlassNotCounted,
  type GlassWeighed,
  isHistory,
  sortOut,
  subjectFault,
  timeFault,
  weighSignedGlass,
} from './break-glass.ts';
import { REVIEW_DAYS_MAX } from './glass-reviews.ts';
import type { GlassIgnoredBecause } from './waivers/break-glass-event.ts';
import { DAY_MS } from './waivers/event.ts';
import { type HostedGrounds, handlesOf, heardEvents, instantIn } from './waivers/heard.ts';
import {
  CLOCK_SKEW_MS,
  type ForgeIdentity,
  type HostedGlass,
  type HostedReview,
} from './waivers/hosted-event.ts';
import { type HostedFacts, personNow } from './waivers/hosted-facts.ts';
import type { IgnoredEvent } from './waivers/ignored.ts';
import type { OpenedHosted } from './waivers/open-hosted.ts';

/** Whether one of the events lets this head through, signed by its writer or said at the forge. */
export function judgeEveryGlass(
  events: readonly unknown[],
  grounds: GlassGrounds & { readonly hosted: HostedFacts | undefined },
): GlassJudged {
  const signed = weighSignedGlass(events, grounds);
  const { hosted } = grounds;
  // Too many to read are too many wherever they were said.
  const isRefused = signed.notCounted.some(({ because }) => because === 'too-many-events');
  if (hosted === undefined || isRefused) return sortOut(signed);
  const said = weighHostedGlass(events, grounds, hosted);
  return sortOut({
    counting: [...signed.counting, ...said.counting],
    notCounted: [...signed.notCounted, ...said.notCounted],
  });
}

/**
 * Who may break the glass at a forge: a person whom the base's policy names, whose handle is theirs, and
 * who may write, by the facts of this evaluation.
 *
 * @returns why not, or undefined.
 */
export function glassPersonFault(
  by: ForgeIdentity,
  { policy, now }: Pick<GlassGrounds, 'policy' | 'now'>,
  facts: HostedFacts,
  handles: ReadonlyMap<string, ReadonlySet<number>>,
): GlassIgnoredBecause | undefined {
  if (policy.breakGlass === null) return 'policy-has-none';
  const person = personNow(by.id, { facts, commits: [], now });
  if (person === undefined || person.role === null) return 'person-unknown-now';
  if (person.kind !== 'person') return 'not-a-person';
  const login = person.login.toLowerCase();
  if (by.login.toLowerCase() !== login || (handles.get(login)?.size ?? 1) > 1)
    return 'name-differs';
  const isNamed = policy.breakGlass.people.some((each) => sameIdentity(each, `@${login}`));
  const mayWrite = ['write', 'maintain', 'admin'].includes(person.role);
  return isNamed && mayWrite ? undefined : 'not-named';
}

function weighHostedGlass(
  events: readonly unknown[],
  grounds: GlassGrounds,
  facts: HostedFacts,
): GlassWeighed {
  const ignored: IgnoredEvent[] = [];
  const heard = heardEvents(events, { ...grounds, facts, commits: [] }, ignored);
  const handles = handlesOf(heard, { facts });
  const counting: CountingGlass[] = [];
  const notCounted: GlassNotCounted[] = ignored
    .filter(({ event }) => event === 'break-glass' || event === null)
    .map(({ because, detail, digest, keyId, waiver: id }) => {
      return { because, detail, digest, keyId, id };
    });
  for (const opened of heard) {
    const { event, digest, keyId } = opened;
    if (event.event !== 'break-glass' || isHistory(event, grounds)) continue;
    const said = instantIn(event.at);
    // The forge's clock may run ahead of ours a little.
    const at = said > grounds.now && said <= grounds.now + CLOCK_SKEW_MS ? grounds.now : said;
    const expiresAt = instantIn(event.expiresAt);
    const because =
      (event.pull === facts.pull ? undefined : 'other-head') ??
      glassPersonFault(event.by, grounds, facts, handles) ??
      subjectFault(event, grounds) ??
      timeFault(at, (expiresAt - said + at) as Instant, grounds);
    if (because !== undefined)
      notCounted.push({ because, detail: '', id: event.id, digest, keyId });
    else counting.push({ ...wordOf(event), digest, keyId, at, expiresAt });
  }
  return { counting, notCounted };
}

function wordOf({ id, by, reason, verdict }: HostedGlass) {
  return { id, by: `@${by.login}`, reason, verdict };
}

/** One glass broken at the forge and whether somebody else has looked at it since. */
export interface HostedGlassCase {
  readonly event: HostedGlass;
  readonly digest: Digest;
  readonly isRunning: boolean;
  readonly review: HostedReview | null;
  readonly isOverdue: boolean;
}

/** Every glass broken at the forge, by time, whether or not it counts today. */
export function hostedGlassCases(
  events: readonly unknown[],
  grounds: HostedGrounds,
): readonly HostedGlassCase[] {
  const heard = heardEvents(events, grounds, []);
  const reviews = heard.flatMap(({ event }) => (event.event === 'reviewed' ? [event] : []));
  return heard.flatMap(({ event, digest }: OpenedHosted): readonly HostedGlassCase[] => {
    if (event.event !== 'break-glass') return [];
    const review = reviews.find(
      ({ breakGlass, by, at }) =>
        breakGlass === digest && by.id !== event.by.id && instantIn(at) >= instantIn(event.at),
    );
    const age = grounds.now - instantIn(event.at);
    return [
      {
        event,
        digest,
        isRunning: grounds.now < instantIn(event.expiresAt),
        review: review ?? null,
        isOverdue: review === undefined && age > REVIEW_DAYS_MAX * DAY_MS,
      },
    ];
  });
}
