import {
  HOSTED_EVENT_SCHEMA,
  type HostedDecision,
} from '../../../src/4-verdict/waivers/hosted-event.ts';
import { openHosted, signHosted } from '../../../src/4-verdict/waivers/open-hosted.ts';
import type { Role } from '../../../src/forge.ts';
import { isoOf } from '../../../src/primitives.ts';
import { digestOf } from '../../2-examination/case.ts';
import { House } from './house.ts';

export const everyRole: readonly Role[] = ['none', 'read', 'triage', 'write', 'maintain', 'admin'];

/** An approval that the arbiter recorded at another time, when it was right, whatever is right now. */
export function recorded(house: House, waiver: string, name: string, changes: object = {}): string {
  const request = house.events
    .map((text) => openHosted(text))
    .flatMap((read) => (read.ok ? [read.value] : []))
    .find(({ event }) => event.event === 'requested' && event.waiver === waiver);
  if (request === undefined) throw new Error(waiver);
  const { id, login } = house.who(name);
  const event: HostedDecision = {
    schema: HOSTED_EVENT_SCHEMA,
    event: 'approved',
    at: isoOf(house.now),
    by: { forge: 'github', id, login },
    source: {
      kind: 'comment',
      comment: 70_000 + house.events.length,
      line: 1,
      text: digestOf('x'),
    },
    repositoryId: request.event.repositoryId,
    pull: request.event.pull,
    waiver,
    request: request.digest,
    head: house.head,
    ...changes,
  };
  return JSON.stringify(signHosted(event, house.signer));
}

/** A house in which robin has asked, and these approved by entries of the ledger. */
export function granted(...approvers: readonly string[]): House {
  const house = new House();
  const id = house.asks('robin');
  house.passes(1);
  for (const name of approvers) house.events.push(recorded(house, id, name));
  return house;
}

/** The waiver that was spoken of last. */
export function idIn(house: House): string {
  return (
    JSON.stringify(house.answers)
      .match(/W-[0-9a-f]{16}/g)
      ?.at(-1) ?? ''
  );
}
