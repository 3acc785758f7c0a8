/** The verb that lets a head through alone and at once, and the look at it afterwards. */
import { boundPolicyOf } from '../../caws/bound-policy.ts';
import { glassPersonFault, hostedGlassCases } from '../hosted-break-glass.ts';
import { mayLetThrough } from '../let-through.ts';
import { BREAK_GLASS_MINUTES_MAX } from '../waivers/break-glass-event.ts';
import { breakGlassOn } from '../waivers/break-glass-request.ts';
import { handlesOf, heardEvents } from '../waivers/heard.ts';
import type { HostedGlass, HostedReview } from '../waivers/hosted-event.ts';
import { personNow } from '../waivers/hosted-facts.ts';
import { hostedFault, hostedIdOf } from '../waivers/open-hosted.ts';
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
import type { NotAllowedBecause } from './reply.ts';
import { mayWrite } from './speaker.ts';

/** Breaks the glass for the head that the person looked at, and no other. */
export function breakGlass(asking: Asking): Answer {
  const { spoken, by, facts, policy, policyDigest } = asking;
  const { reason, expires } = spoken.command;
  const handles = handlesOf(heardEvents(asking.breakGlassEvents, groundsOf(asking), []), asking);
  const because = glassPersonFault(by, asking, facts, handles);
  if (because === 'person-unknown-now')
    return { kind: 'retry', reply: { kind: 'could-not-check', verb: 'break-glass' } };
  if (because !== undefined) return refused(asking, because);
  if (reason === null || expires === null)
    return notDone({ kind: 'needs-a-comment', verb: 'break-glass', target: null });
  const bound = headOf(asking);
  if (!bound.ok) return notDone({ kind: 'head-unclear', verb: 'break-glass', fault: bound.fault });
  const record = verdictOn(asking, bound.value);
  if (record === undefined)
    return notDone({ kind: 'no-verdict-yet', verb: 'break-glass', head: bound.value });
  if (boundPolicyOf(record.law) !== policyDigest)
    return notDone({ kind: 'policy-changed', verb: 'break-glass' });
  const longestMinutes = policy.breakGlass?.longestMinutes ?? BREAK_GLASS_MINUTES_MAX;
  const asked = { by: `@${by.login}`, reason, expires, longestMinutes };
  const broken = breakGlassOn(record, asked, saidAt(asking));
  if (!broken.ok) return notDone({ kind: 'glass-refused', fault: broken.fault });
  const { id: _, by: __, schema: ___, ...bind } = broken.value;
  const content = { ...bind, ...baseOf(asking) };
  const event: HostedGlass = { ...content, id: hostedIdOf(content) };
  if (hostedFault(event) !== undefined)
    return notDone({ kind: 'glass-refused', fault: { kind: 'not-bindable' } });
  const findings = [...record.examination.findings, ...record.deliberation.findings];
  return done([{ kind: 'record', ledger: 'break-glass', about: event.id, event }], {
    kind: 'glass-broken',
    id: event.id,
    until: event.expiresAt,
    findings: findings.filter(mayLetThrough).length,
  });
}

/** Looks at a broken glass afterwards: anybody else who may write. */
export function reviewGlass(asking: Asking, id: string): Answer {
  const { by, spoken } = asking;
  const { reason, verb } = spoken.command;
  const hits = hostedGlassCases(asking.breakGlassEvents, groundsOf(asking)).filter(({ event }) =>
    event.id.startsWith(id),
  );
  const [found, other] = hits;
  if (found === undefined || other !== undefined)
    return notDone({ kind: 'waiver-unknown', id, known: hits.map(({ event }) => event.id) });
  const person = personNow(by.id, groundsOf(asking));
  if (found.event.by.id === by.id) return refused(asking, 'own-review');
  if (person?.kind !== 'person' || !mayWrite(person.role)) return refused(asking, 'role');
  if (found.review !== null) return notDone({ kind: 'said-already', id: found.event.id });
  if (reason === null) return notDone({ kind: 'needs-a-comment', verb, target: id });
  const event: HostedReview = {
    ...baseOf(asking),
    event: 'reviewed',
    id: found.event.id,
    breakGlass: found.digest,
    reason,
  };
  if (hostedFault(event) !== undefined)
    return notDone({ kind: 'glass-refused', fault: { kind: 'reason-unreadable' } });
  return done([{ kind: 'record', ledger: 'break-glass', about: event.id, event }], {
    kind: 'glass-reviewed',
    id: event.id,
  });
}

function refused(asking: Asking, because: NotAllowedBecause): Answer {
  const { verb } = asking.spoken.command;
  const named = asking.policy.breakGlass?.people ?? [];
  return denied(asking, { kind: 'not-allowed', verb, because, circle: 'break-glass', named });
}
