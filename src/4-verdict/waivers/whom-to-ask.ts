/** Which people and teams the forge has to be asked about, so that hosted events can be weighed. */
import { isTeam } from '../../2-examination/waiver-grounds.ts';
import type { Policy } from '../../caws/policy.ts';
import { approverParts } from '../../caws/stricter.ts';
import type { ForgeIdentity } from './hosted-event.ts';
import { openHosted } from './open-hosted.ts';

/**
 * Whoever spoke on waivers or emergencies of a pull request, by account; the login is the one of their
 * last event in the ledger's order. Nobody has vouched for the events yet, and asking too much is harmless.
 */
export function whomToAsk(
  events: readonly unknown[],
  { repositoryId, pull }: { readonly repositoryId: number; readonly pull: number },
): readonly ForgeIdentity[] {
  const people = new Map<number, ForgeIdentity>();
  for (const envelope of events) {
    const opened = openHosted(envelope);
    if (!opened.ok) continue;
    const { by, ...event } = opened.value.event;
    if (event.repositoryId === repositoryId && event.pull === pull) people.set(by.id, by);
  }
  return [...people.values()];
}

/** The teams, `@org/team`, whose members the policy admits as approvers of anything. */
export function teamsNamed({
  waivers,
  gates,
}: Pick<Policy, 'waivers' | 'gates'>): readonly string[] {
  const named = [...waivers.approvers, ...gates.flatMap(({ approvers }) => approvers)];
  return [...new Set(named.flatMap(approverParts).filter(isTeam))].toSorted();
}
