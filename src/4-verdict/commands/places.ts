import { placesTaken } from '../../2-examination/waivers.ts';
import { isoOf } from '../../primitives.ts';
import { type HostedCase, type HostedCases, waiverOf } from '../hosted-waivers.ts';
import { waiversOf } from '../waiver-events.ts';
import type { Asking } from './answer.ts';
import type { Reply } from './reply.ts';

/**
 * What to say where as many waivers of the gate run as the policy lets run at once: one more would stand
 * there and count for nothing. Undefined where a place is free.
 */
export function placesReply(
  asking: Asking,
  { cases }: HostedCases,
  { request, approvals }: HostedCase,
): Reply | undefined {
  const { now, trusted, pull } = asking;
  const hosted = cases.map((each) => {
    const waiver = waiverOf(each, now);
    const isThis = each.request.waiver === request.waiver && approvals.length === 0;
    return isThis ? { ...waiver, status: 'active' as const, grantedAt: now } : waiver;
  });
  const signed = waiversOf(asking.waiverEvents, trusted, now, pull.baseRef).waivers;
  const one = { id: request.waiver, gate: request.gate };
  const taken = placesTaken([...asking.filedWaivers, ...signed, ...hosted], one, asking);
  if (taken === null) return undefined;
  const pullOf = (id: string) => cases.find((each) => each.request.waiver === id)?.request.pull;
  return {
    kind: 'places-taken',
    waiver: request.waiver,
    gate: request.gate,
    max: taken.max,
    by: taken.by.map(({ id, file, expiresAt }) => ({
      waiver: id,
      pull: pullOf(id) ?? null,
      file,
      until: isoOf(expiresAt ?? now),
    })),
  };
}
