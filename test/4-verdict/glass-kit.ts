import {
  BREAK_GLASS_SCHEMA,
  BREAK_GLASS_TYPE,
  type GlassBroken,
  glassIdOf,
} from '../../src/4-verdict/waivers/break-glass-event.ts';
import type { TrustedSigner, TrustedSigners } from '../../src/4-verdict/waivers/signers.ts';
import { canonicalJson } from '../../src/ledger/canonical.ts';
import { envelop } from '../../src/ledger/dsse.ts';
import { sha256Of } from '../../src/ledger/entry.ts';
import type { Digest, Instant, VerdictId } from '../../src/primitives.ts';
import { aChange, digestOf } from '../2-examination/case.ts';
import { type Person, person } from './person.ts';

export const mia = person();
export const noor = person();
export const lee = person();
export const runner = person();
export const stranger = person();

export const at = (text: string) => Date.parse(text) as Instant;
const broken = '2026-11-23T11:30:00.000Z';
const ends = '2026-11-23T12:30:00.000Z';

export function listed(
  key: Person,
  holder: string,
  changes: Partial<TrustedSigner> = {},
): TrustedSigner {
  return {
    publicKey: key.publicKey,
    role: 'maintainer',
    holder,
    validFrom: at('2026-01-01T00:00:00Z'),
    validUntil: null,
    revoked: null,
    ...changes,
  };
}

export const trusted: TrustedSigners = {
  keys: [
    listed(mia, '@mia'),
    listed(noor, '@noor'),
    listed(lee, '@lee'),
    listed(runner, '@runner', { role: 'arbiter' }),
  ],
};

const { repository, baseRef, head } = aChange();

/** Mia's word for an hour, half of which is over; its id is made from its text unless one is given. */
export function glass(changes: Partial<GlassBroken> = {}): GlassBroken {
  const content: Omit<GlassBroken, 'id'> = {
    schema: BREAK_GLASS_SCHEMA,
    event: 'break-glass',
    at: broken,
    by: '@mia',
    repository,
    baseRef,
    head,
    verdict: '01890a5d-ac96-774b-bcce-b302099a8057' as VerdictId,
    policy: digestOf('policy'),
    expiresAt: ends,
    reason: 'payments are down and this is the mend',
    ...changes,
  };
  return { ...content, id: changes.id ?? glassIdOf(content) };
}

const textOf = (value: unknown): string => {
  const text = canonicalJson(value);
  if (!text.ok) throw new Error(text.fault.path);
  return text.value;
};

/** Signs whatever it is given, unlike the product's own signGlass; undefined fields are left out. */
export const forge = (payload: unknown, by: Person, type = BREAK_GLASS_TYPE) =>
  envelop(type, textOf(JSON.parse(JSON.stringify(payload))), by);

export const glassDigest = (event: GlassBroken): Digest => sha256Of(textOf(event));

export function review(about: GlassBroken, changes: Record<string, unknown> = {}): unknown {
  return {
    schema: BREAK_GLASS_SCHEMA,
    event: 'reviewed',
    id: about.id,
    breakGlass: glassDigest(about),
    at: '2026-11-24T09:00:00.000Z',
    reason: 'the outage was real, and tests followed in #43',
    ...changes,
  };
}
