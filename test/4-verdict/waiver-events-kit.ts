import { waiversOf } from '../../src/4-verdict/waiver-events.ts';
import {
  WAIVER_EVENT_SCHEMA,
  WAIVER_EVENT_TYPE,
  type WaiverDecision,
  type WaiverEvent,
  type WaiverRequested,
} from '../../src/4-verdict/waivers/event.ts';
import { signEvent, waiverIdOf } from '../../src/4-verdict/waivers/open-event.ts';
import type { TrustedSigner, TrustedSigners } from '../../src/4-verdict/waivers/signers.ts';
import { canonicalJson } from '../../src/ledger/canonical.ts';
import { envelop } from '../../src/ledger/dsse.ts';
import { sha256Of } from '../../src/ledger/entry.ts';
import type { CommitSha, Digest, Instant, VerdictId } from '../../src/primitives.ts';
import { type Person, person } from './person.ts';

export const worker = person();
export const mia = person();
export const miaSecond = person();
export const noor = person();
export const runner = person();
export const stranger = person();

export const instant = (text: string) => Date.parse(text) as Instant;
export const asked = '2027-03-01T10:00:00.000Z';
export const approved = '2027-03-01T11:00:00.000Z';
export const now = instant('2027-03-02T09:00:00Z');
export const ends = '2027-03-08T10:00:00.000Z';

export function listed(
  key: Person,
  holder: string,
  changes: Partial<TrustedSigner> = {},
): TrustedSigner {
  return {
    publicKey: key.publicKey,
    role: 'maintainer',
    holder,
    validFrom: instant('2027-01-01T00:00:00Z'),
    validUntil: null,
    revoked: null,
    ...changes,
  };
}

export const trusted: TrustedSigners = {
  keys: [
    listed(mia, '@mia'),
    listed(miaSecond, '@Mia'),
    listed(noor, '@noor'),
    listed(runner, '@bot', { role: 'arbiter' }),
  ],
};
export const without = (...gone: Person[]): TrustedSigner[] =>
  trusted.keys.filter((key) => !gone.some((each) => each.publicKey === key.publicKey));

export const digestOf = (letter: string) => `sha256:${letter.repeat(64)}` as Digest;

export function requested(changes: Partial<WaiverRequested> = {}): WaiverRequested {
  const content: Omit<WaiverRequested, 'waiver'> = {
    schema: WAIVER_EVENT_SCHEMA,
    event: 'requested',
    at: asked,
    requestedBy: '@kim',
    requesterKey: worker.publicKey,
    gate: 'budget_limit',
    floors: [{ rule: 'budget.lines', subject: 'tier', value: 412, unit: 'lines', files: null }],
    spec: { id: 'FEAT-012', digest: digestOf('a') },
    policy: digestOf('b'),
    repository: 'https://example.org/acme/widgets',
    baseRef: 'refs/heads/main',
    branch: '42',
    head: '1'.repeat(40) as CommitSha,
    verdict: '01890a5d-ac96-774b-bcce-b302099a8057' as VerdictId,
    expiresAt: ends,
    reason: 'legacy adapter, goes away with the next release',
    ...changes,
  };
  return { ...content, waiver: changes.waiver ?? waiverIdOf(content) };
}

export const textOf = (value: unknown): string => {
  const text = canonicalJson(value);
  if (!text.ok) throw new Error(text.fault.path);
  return text.value;
};

/** Signs whatever it is given, unlike the product's own signEvent. */
export const forge = (payload: unknown, by: Person, type = WAIVER_EVENT_TYPE) =>
  envelop(type, textOf(payload), by);

export const request = requested();
export const asking = signEvent(request, worker);

export function word(
  event: WaiverDecision['event'],
  changes: Record<string, unknown> = {},
  about: WaiverRequested = request,
): WaiverEvent {
  return {
    schema: WAIVER_EVENT_SCHEMA,
    event,
    waiver: about.waiver,
    request: sha256Of(textOf(about)),
    at: approved,
    ...(event === 'approved' ? {} : { reason: 'not needed any longer, see the split change' }),
    ...changes,
  } as WaiverDecision;
}

export const approval = signEvent(word('approved'), mia);

export const statusOf = (
  events: readonly unknown[],
  keys: TrustedSigners | null = trusted,
  at = now,
) => waiversOf(events, keys, at).waivers.map(({ status }) => status);
export const reasonsOf = (
  events: readonly unknown[],
  keys: TrustedSigners | null = trusted,
  at = now,
) => waiversOf(events, keys, at).ignored.map(({ because }) => because);
