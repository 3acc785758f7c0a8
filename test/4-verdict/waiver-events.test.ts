import { generateKeyPairSync, sign } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  judgeWaiverEvents,
  WAIVER_EVENTS_MAX,
  waiversOf,
} from '../../src/4-verdict/waiver-events.ts';
import {
  instantOf,
  WAIVER_EVENT_SCHEMA,
  WAIVER_EVENT_TYPE,
  type WaiverDecision,
  type WaiverEvent,
  type WaiverRequested,
} from '../../src/4-verdict/waivers/event.ts';
import { openEvent, signEvent, waiverIdOf } from '../../src/4-verdict/waivers/open-event.ts';
import type { TrustedSigner, TrustedSigners } from '../../src/4-verdict/waivers/signers.ts';
import { canonicalJson } from '../../src/ledger/canonical.ts';
import { envelop } from '../../src/ledger/dsse.ts';
import { sha256Of } from '../../src/ledger/entry.ts';
import { readPublicKey } from '../../src/ledger/key.ts';
import type { CommitSha, Digest, Instant, VerdictId } from '../../src/primitives.ts';

interface Person {
  readonly keyId: string;
  readonly publicKey: string;
  sign(bytes: Uint8Array): Uint8Array;
}

function person(): Person {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const text = publicKey.export({ type: 'spki', format: 'der' }).toString('base64');
  const keyId = readPublicKey(text)?.id ?? '';
  return { keyId, publicKey: text, sign: (bytes) => sign(null, bytes, privateKey) };
}

const worker = person();
const mia = person();
const miaSecond = person();
const noor = person();
const runner = person();
const stranger = person();

const instant = (text: string) => Date.parse(text) as Instant;
const asked = '2027-03-01T10:00:00.000Z';
const approved = '2027-03-01T11:00:00.000Z';
const now = instant('2027-03-02T09:00:00Z');
const ends = '2027-03-08T10:00:00.000Z';

function listed(key: Person, holder: string, changes: Partial<TrustedSigner> = {}): TrustedSigner {
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

const trusted: TrustedSigners = {
  keys: [
    listed(mia, '@mia'),
    listed(miaSecond, '@Mia'),
    listed(noor, '@noor'),
    listed(runner, '@bot', { role: 'arbiter' }),
  ],
};
const without = (...gone: Person[]): TrustedSigner[] =>
  trusted.keys.filter((key) => !gone.some((each) => each.publicKey === key.publicKey));

const digestOf = (letter: string) => `sha256:${letter.repeat(64)}` as Digest;

function requested(changes: Partial<WaiverRequested> = {}): WaiverRequested {
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

const textOf = (value: unknown): string => {
  const text = canonicalJson(value);
  if (!text.ok) throw new Error(text.fault.path);
  return text.value;
};

/** Signs whatever it is given, unlike the product's own signEvent. */
const forge = (payload: unknown, by: Person, type = WAIVER_EVENT_TYPE) =>
  envelop(type, textOf(payload), by);

const request = requested();
const asking = signEvent(request, worker);

function word(
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

const approval = signEvent(word('approved'), mia);

const statusOf = (events: readonly unknown[], keys: TrustedSigners | null = trusted, at = now) =>
  waiversOf(events, keys, at).waivers.map(({ status }) => status);
const reasonsOf = (events: readonly unknown[], keys: TrustedSigners | null = trusted, at = now) =>
  waiversOf(events, keys, at).ignored.map(({ because }) => because);

describe('a waiver by signed events', () => {
  test('is proposed by any key and active once a trusted maintainer signed exactly that request', () => {
    expect(statusOf([asking])).toEqual(['proposed']);
    const { waivers, ignored } = waiversOf([asking, approval], trusted, now);
    expect(ignored).toEqual([]);
    expect(waivers).toEqual([
      {
        id: request.waiver,
        title: 'budget_limit for FEAT-012',
        reason: request.reason,
        digest: sha256Of(textOf(request)),
        shape: 'arbiter',
        file: null,
        gates: ['budget_limit'],
        status: 'active',
        grantedAt: instant(approved),
        expiresAt: instant(ends),
        approvals: [{ by: '@mia', at: instant(approved), proof: 'signed-event' }],
        requestedBy: '@kim',
        delta: null,
        scope: {
          spec: 'FEAT-012',
          specDigest: digestOf('a'),
          policyDigest: digestOf('b'),
          repository: 'https://example.org/acme/widgets',
          branch: '42',
          head: '1'.repeat(40),
        },
        floors: request.floors,
        usesMax: null,
      },
    ]);
  });

  test('reads the same from values and from JSON text', () => {
    expect(
      waiversOf(
        [asking, approval].map((each) => JSON.stringify(each)),
        trusted,
        now,
      ),
    ).toEqual(waiversOf([asking, approval], trusted, now));
  });

  test('lists the approvals of two people, and one person with two keys once', () => {
    const second = signEvent(word('approved', { at: '2027-03-01T12:00:00.000Z' }), noor);
    const again = signEvent(word('approved', { at: '2027-03-01T11:30:00.000Z' }), miaSecond);
    const read = waiversOf([asking, second, again, approval], trusted, now);
    expect(read.waivers[0]?.approvals.map(({ by }) => by)).toEqual(['@mia', '@noor']);
    expect(read.ignored.map(({ because }) => because)).toEqual(['same-person']);
  });

  test.each([
    ['rejected', [signEvent(word('rejected'), noor)], 'rejected'],
    ['revoked by another maintainer', [signEvent(word('revoked'), noor)], 'revoked'],
    ['revoked by the requester', [signEvent(word('revoked'), worker)], 'revoked'],
    [
      'revoked, and approved again later',
      [
        signEvent(word('revoked'), noor),
        signEvent(word('approved', { at: '2027-03-01T15:00:00.000Z' }), noor),
      ],
      'revoked',
    ],
    [
      'revoked by a clock that runs ahead',
      [signEvent(word('revoked', { at: '2027-03-05T10:00:00.000Z' }), noor)],
      'revoked',
    ],
  ])('is no longer active once %s', (_, events, status) => {
    expect(statusOf([asking, approval, ...events])).toEqual([status]);
  });

  test('is for the branch it names and for no other', () => {
    const into = (baseRef: string) => waiversOf([asking, approval], trusted, now, baseRef);
    expect(into('refs/heads/main').waivers.map(({ status }) => status)).toEqual(['active']);
    expect(into('refs/heads/release').waivers).toEqual([]);
    expect(into('refs/heads/release').ignored.map(({ because }) => because)).toEqual([
      'other-base',
      'request-unknown',
    ]);
  });

  test('is not rejected by its requester, who may only revoke', () => {
    const events = [asking, approval, signEvent(word('rejected'), worker)];
    expect(statusOf(events)).toEqual(['active']);
    expect(reasonsOf(events)).toEqual(['key-unknown']);
  });

  test('ends at the very instant of its expiry', () => {
    const end = instant(ends);
    expect(statusOf([asking, approval], trusted, (end - 1) as Instant)).toEqual(['active']);
    expect(statusOf([asking, approval], trusted, end)).toEqual(['expired']);
  });
});

describe('an approval counts for nothing', () => {
  const other = requested({ reason: 'another text with the very same gate and floors' });
  const twin = requested({ repository: 'https://example.org/acme/other' });
  test.each<[string, unknown, string]>([
    ['by a key that nobody lists', signEvent(word('approved'), stranger), 'key-unknown'],
    ['by the requester’s own local key', signEvent(word('approved'), worker), 'key-unknown'],
    ['by an arbiter’s key', signEvent(word('approved'), runner), 'key-not-a-maintainers'],
    [
      'before its request',
      signEvent(word('approved', { at: '2027-03-01T09:59:59.999Z' }), mia),
      'before-its-request',
    ],
    [
      'in the future',
      signEvent(word('approved', { at: '2027-03-02T09:00:00.001Z' }), mia),
      'in-the-future',
    ],
    [
      'of a request that is not there',
      signEvent(word('approved', {}, other), mia),
      'request-unknown',
    ],
    [
      'of the same id with another text',
      signEvent({ ...word('approved'), request: digestOf('c') } as WaiverEvent, mia),
      'other-request',
    ],
    [
      'of this text under another id',
      signEvent({ ...word('approved'), waiver: twin.waiver } as WaiverEvent, mia),
      'other-request',
    ],
    [
      'of the same wish in another repository',
      signEvent(word('approved', {}, twin), mia),
      'request-unknown',
    ],
    ['with a field too many', forge({ ...word('approved'), gate: 'all' }, mia), 'unknown-field'],
    [
      'with __proto__ as a field',
      forge(JSON.parse(`{"__proto__":{},${textOf(word('approved')).slice(1)}`), mia),
      'unknown-field',
    ],
    ['without a time', forge({ ...word('approved'), at: null }, mia), 'bad-field'],
    [
      'in a local time',
      forge({ ...word('approved'), at: '2027-03-01T11:00:00' }, mia),
      'bad-field',
    ],
    [
      'with an offset',
      forge({ ...word('approved'), at: '2027-03-01T11:00:00+01:00' }, mia),
      'bad-field',
    ],
    [
      'on 29 February of a common year',
      forge({ ...word('approved'), at: '2027-02-29T11:00:00Z' }, mia),
      'bad-field',
    ],
    [
      'of another schema',
      forge({ ...word('approved'), schema: 'caws-arbiter/waiver-event@2' }, mia),
      'unknown-schema',
    ],
    ['of another kind', forge({ ...word('approved'), event: 'granted' }, mia), 'unknown-event'],
    [
      'as another payload type',
      forge(word('approved'), mia, 'application/vnd.in-toto+json'),
      'other-payload-type',
    ],
  ])('%s', (_, event, because) => {
    expect(statusOf([asking, event])).toEqual(['proposed']);
    expect(reasonsOf([asking, event])).toEqual([because]);
  });

  test.each<[string, Partial<TrustedSigner>, string]>([
    ['is not valid yet', { validFrom: instant('2027-03-01T12:00:00Z') }, 'key-not-valid-then'],
    ['has ended before the approval', { validUntil: instant(approved) }, 'key-expired'],
    ['has ended since', { validUntil: now }, 'key-expired'],
    [
      'was revoked before the approval',
      { revoked: { at: instant(asked), reason: 'lost laptop' } },
      'key-revoked',
    ],
    [
      'was revoked since, as the approval could be back-dated',
      { revoked: { at: now, reason: 'lost laptop' } },
      'key-revoked',
    ],
    ['has another role', { role: 'arbiter' }, 'key-not-a-maintainers'],
    ['has a role nobody knows', { role: 'Maintainer' }, 'key-not-a-maintainers'],
  ])('where its key %s', (_, changes, because) => {
    const keys = { keys: [...without(mia, miaSecond), listed(mia, '@mia', changes)] };
    expect(statusOf([asking, approval], keys)).toEqual(['proposed']);
    expect(reasonsOf([asking, approval], keys)).toEqual([because]);
  });

  test('where the base lists the key for two people', () => {
    const keys = { keys: [...trusted.keys, listed(mia, '@lee')] };
    expect(reasonsOf([asking, approval], keys)).toEqual(['key-of-several-people']);
  });

  test('where the base lists no keys', () => {
    expect(reasonsOf([asking, approval], null)).toEqual(['key-unknown']);
  });

  test.each([
    ['says to be the approver', requested({ requestedBy: 'MIA' }), worker],
    [
      'signed with a key of the approver',
      requested({ requesterKey: miaSecond.publicKey }),
      miaSecond,
    ],
    ['signed with the approving key', requested({ requesterKey: mia.publicKey }), mia],
  ])('where the requester %s', (_, own, by) => {
    const events = [signEvent(own, by), signEvent(word('approved', {}, own), mia)];
    expect(statusOf(events)).toEqual(['proposed']);
    expect(reasonsOf(events)).toEqual(['approver-is-requester']);
  });

  test('at or after the end of what it approves', () => {
    const late = signEvent(word('approved', { at: ends }), mia);
    const at = instant('2027-03-09T00:00:00Z');
    expect(reasonsOf([asking, late], trusted, at)).toEqual(['after-its-end']);
  });
});

describe('a revocation stays', () => {
  const revocation = signEvent(word('revoked'), noor);
  test.each<[string, Partial<TrustedSigner>]>([
    ['ends', { validUntil: instant('2027-03-01T12:00:00Z') }],
    ['is revoked', { revoked: { at: instant('2027-03-01T12:00:00Z'), reason: 'left' } }],
  ])('when the key that signed it %s later', (_, changes) => {
    const keys = { keys: [...without(noor), listed(noor, '@noor', changes)] };
    expect(statusOf([asking, approval, revocation], keys)).toEqual(['revoked']);
  });

  test('when its clock ran ahead past the end of its key', () => {
    const ahead = signEvent(word('revoked', { at: '2027-03-05T10:00:00.000Z' }), noor);
    const ending = { validUntil: instant('2027-03-04T00:00:00Z') };
    const keys = { keys: [...without(noor), listed(noor, '@noor', ending)] };
    expect(statusOf([asking, approval, ahead], keys)).toEqual(['revoked']);
  });

  test('and a stranger’s does not count', () => {
    const events = [asking, approval, signEvent(word('revoked'), stranger)];
    expect(statusOf(events)).toEqual(['active']);
    expect(reasonsOf(events)).toEqual(['key-unknown']);
  });

  test('although somebody names its key in a request of their own', () => {
    const claim = envelop(
      WAIVER_EVENT_TYPE,
      textOf(requested({ requesterKey: stranger.publicKey })),
      {
        keyId: worker.keyId,
        sign: (bytes) => stranger.sign(bytes),
      },
    );
    const own = signEvent(word('revoked'), worker);
    expect(statusOf([claim, asking, approval, own])).toEqual(['revoked']);
    expect(statusOf([asking, approval, own, claim])).toEqual(['revoked']);
  });
});

describe('a request counts for nothing', () => {
  test.each<[string, unknown, string]>([
    ['signed by another key than it names', forge(request, stranger), 'requester-key-differs'],
    [
      'under a chosen id',
      forge({ ...request, waiver: 'W-0000000000000001' }, worker),
      'id-differs',
    ],
    [
      'changed after its id was made',
      forge({ ...request, gate: 'coverage' }, worker),
      'id-differs',
    ],
    ['for every gate', forge(requested({ gate: '*' }), worker), 'gate-is-a-wildcard'],
    ['for all gates by name', forge(requested({ gate: 'ALL' }), worker), 'gate-is-a-wildcard'],
    ['without floors', forge(requested({ floors: [] }), worker), 'nothing-to-waive'],
    [
      'with a floor that is no number',
      forge(requested({ floors: [{ ...floor(), value: '412' as unknown as number }] }), worker),
      'bad-field',
    ],
    [
      'with a negative floor',
      forge(requested({ floors: [{ ...floor(), value: -1 }] }), worker),
      'bad-field',
    ],
    [
      'with an open quantity',
      forge(requested({ floors: [{ ...floor(), value: null }] }), worker),
      'bad-field',
    ],
    [
      'with a delta beside the floors',
      forge({ ...request, delta: { files: 99 } }, worker),
      'unknown-field',
    ],
    [
      'that ends before it starts',
      forge(requested({ expiresAt: asked }), worker),
      'ends-before-it-starts',
    ],
    [
      'that lasts to the year 9999',
      forge(requested({ expiresAt: '9999-12-31T23:59:59Z' }), worker),
      'longer-than-a-year',
    ],
    [
      'that ends in no time zone',
      forge(requested({ expiresAt: '2027-03-08T10:00:00' }), worker),
      'bad-field',
    ],
    [
      'that ends on a day alone',
      forge(requested({ expiresAt: '2027-03-08' }), worker),
      'bad-field',
    ],
    [
      'with a reason of blanks',
      forge(requested({ reason: ' '.repeat(40) }), worker),
      'reason-too-short',
    ],
    [
      'with a reason that turns text',
      forge(requested({ reason: `see ticket \u202e${'x'.repeat(30)}` }), worker),
      'reason-unreadable',
    ],
    [
      'with a reason over two lines',
      forge(requested({ reason: `see the ticket\n${'x'.repeat(30)}` }), worker),
      'reason-unreadable',
    ],
    [
      'from the future',
      forge(requested({ at: '2027-03-02T09:00:00.001Z' }), worker),
      'in-the-future',
    ],
    [
      'of a verdict that is no id',
      forge(requested({ verdict: '../x' as VerdictId }), worker),
      'bad-field',
    ],
    [
      'of an abbreviated head',
      forge(requested({ head: 'abc1234' as CommitSha }), worker),
      'bad-field',
    ],
    [
      'beyond the bytes of an event',
      forge(requested({ reason: 'x'.repeat(300_000) }), worker),
      'too-large',
    ],
    [
      'with more floors than anyone reads',
      forge(
        requested({
          floors: Array.from({ length: 101 }, (_, at) => ({ ...floor(), subject: `${at}` })),
        }),
        worker,
      ),
      'bad-field',
    ],
  ])('%s', (_, event, because) => {
    expect(statusOf([event, approval])).toEqual([]);
    expect(reasonsOf([event])).toEqual([because]);
  });

  function floor() {
    return { rule: 'budget.lines', subject: 'tier', value: 412, unit: 'lines', files: null };
  }
});

describe('an envelope counts for nothing', () => {
  const [signature] = asking.signatures;
  const flip = (base64: string) => {
    const bytes = Buffer.from(base64, 'base64');
    bytes[3] = (bytes[3] ?? 0) ^ 1;
    return bytes.toString('base64');
  };
  const padded = textOf(request).replace('{', '{ ');
  const twice = textOf(request).replace('{', '{"at":"2020-01-01T00:00:00.000Z",');
  test.each<[string, unknown, string]>([
    ['that is null', null, 'not-an-envelope'],
    ['that is a number', 7, 'not-an-envelope'],
    ['that is a list', [asking], 'not-an-envelope'],
    ['that is no JSON', '{"payload":', 'not-an-envelope'],
    [
      'with a key twice',
      JSON.stringify(asking).replace('{', '{"payload":"e30=",'),
      'not-an-envelope',
    ],
    ['with a further key', { ...asking, note: 1 }, 'not-an-envelope'],
    [
      'whose signature names no key',
      { ...asking, signatures: [{ ...signature, keyid: 'nobody' }] },
      'not-an-envelope',
    ],
    ['with nothing for a signature', { ...asking, signatures: [null] }, 'not-an-envelope'],
    ['without signatures', { ...asking, signatures: [] }, 'not-one-signature'],
    [
      'with a second signature',
      { ...asking, signatures: [signature, { ...signature, keyid: mia.keyId }] },
      'not-one-signature',
    ],
    [
      'with a changed signature',
      { ...asking, signatures: [{ ...signature, sig: flip(signature?.sig ?? '') }] },
      'signature-wrong',
    ],
    [
      'with an empty signature',
      { ...asking, signatures: [{ ...signature, sig: '' }] },
      'signature-wrong',
    ],
    [
      'with a further key in its signature',
      { ...asking, signatures: [{ ...signature, cert: 'x' }] },
      'signature-wrong',
    ],
    [
      'whose base64 has another spelling',
      { ...asking, payload: `${asking.payload}\n` },
      'signature-wrong',
    ],
    ['with spaces in the payload', envelop(WAIVER_EVENT_TYPE, padded, worker), 'not-canonical'],
    ['with a key twice in the payload', envelop(WAIVER_EVENT_TYPE, twice, worker), 'not-canonical'],
  ])('%s', (_, event, because) => {
    expect(waiversOf([event], trusted, now)).toMatchObject({ waivers: [], ignored: [{ because }] });
  });

  test('past the number that is read, and then no other does', () => {
    const events = [asking, ...Array.from({ length: WAIVER_EVENTS_MAX }, () => approval)];
    expect(waiversOf(events, trusted, now)).toMatchObject({
      waivers: [],
      ignored: [{ because: 'too-many-events' }],
    });
  });
});

describe('for any pile of events', () => {
  const others = [
    requested({ gate: 'coverage' }),
    requested({ branch: '43', expiresAt: '2027-03-02T08:00:00.000Z' }),
  ];
  const people = [worker, mia, miaSecond, noor, runner, stranger];
  const times = [asked, approved, '2027-03-01T10:30:00.000Z', '2027-03-04T00:00:00.000Z'];
  const pool: unknown[] = [
    ...[request, ...others].map((each) => signEvent(each, worker)),
    ...[request, ...others].flatMap((about) =>
      people.flatMap((by) => times.map((at) => signEvent(word('approved', { at }, about), by))),
    ),
    ...people.map((by) => signEvent(word('revoked'), by)),
    ...people.map((by) => signEvent(word('rejected', {}, others[0]), by)),
    forge({ ...request, gate: '*' }, worker),
    null,
  ];
  const piles = fc.subarray(pool);

  test('neither order nor repetition makes a difference', () => {
    fc.assert(
      fc.property(piles, fc.infiniteStream(fc.nat()), (pile, chance) => {
        const repeated = pile.flatMap((each) => Array(1 + (chance.next().value % 2)).fill(each));
        const shuffled = repeated
          .map((each): [number, unknown] => [chance.next().value, each])
          .sort(([one], [other]) => one - other)
          .map(([, each]) => each);
        expect(judgeWaiverEvents(shuffled, trusted, now)).toEqual(
          judgeWaiverEvents(pile, trusted, now),
        );
      }),
      { numRuns: 60 },
    );
  });

  test('no waiver is wider than its request, and none is active without a counted approval', () => {
    const bounds = new Map(
      [request, ...others].map((each) => [each.waiver, [each.gate, each.expiresAt, each.floors]]),
    );
    const granting = new Set([mia, miaSecond, noor].map(({ keyId }) => keyId));
    fc.assert(
      fc.property(piles, (pile) => {
        for (const waiver of waiversOf(pile, trusted, now).waivers) {
          const end = new Date(waiver.expiresAt ?? 0).toISOString();
          expect([waiver.gates[0], end, waiver.floors]).toEqual(bounds.get(waiver.id));
          expect([waiver.gates.length, waiver.delta, waiver.scope.head]).toEqual([
            1,
            null,
            request.head,
          ]);
        }
        for (const { approvals, digest, status } of judgeWaiverEvents(pile, trusted, now).cases) {
          const backed = pile.some((each) => {
            const opened = openEvent(each);
            return (
              opened.ok &&
              opened.value.event.event === 'approved' &&
              opened.value.event.request === digest &&
              granting.has(opened.value.keyId)
            );
          });
          expect(status !== 'active' || (approvals.length > 0 && backed)).toBe(true);
        }
      }),
      { numRuns: 60 },
    );
  });

  test('a denial more never makes a waiver active', () => {
    fc.assert(
      fc.property(piles, fc.constantFrom('revoked', 'rejected'), (pile, event) => {
        const active = (events: readonly unknown[]) =>
          waiversOf(events, trusted, now).waivers.filter(({ status }) => status === 'active')
            .length;
        expect(active([...pile, signEvent(word(event), noor)])).toBeLessThanOrEqual(active(pile));
      }),
      { numRuns: 30 },
    );
  });

  test('any JSON at all gives an answer', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(fc.jsonValue(), fc.string(), hostile())), (events) => {
        expect(waiversOf(events, trusted, now).waivers).toEqual([]);
      }),
    );
  });

  /** Well-signed envelopes around any payload, some of them nearly right. */
  function hostile() {
    const near = fc
      .tuple(fc.constantFrom(...Object.keys(request)), fc.jsonValue())
      .map(([field, value]) => ({ ...request, [field]: value }))
      .filter((each) => textOf(each) !== textOf(request));
    return fc.oneof(fc.jsonValue(), near).map((payload) => forge(payload, worker));
  }
});

test('cases stand in the order in which they were asked for', () => {
  const times = [5, 1, 4, 2, 3].map((minute) => `2027-03-01T10:0${minute}:00.000Z`);
  const events = times.map((at) => signEvent(requested({ at }), worker));
  const { cases } = judgeWaiverEvents(events, trusted, now);
  expect(cases.map((each) => each.request.at)).toEqual(times.toSorted());
});

test('approvals stand in the order of their times, and of one person the earliest counts', () => {
  const minutes = [50, 10, 40, 20, 30];
  const approvals = minutes.flatMap((minute) =>
    [mia, noor].map((by) =>
      signEvent(word('approved', { at: `2027-03-01T11:${minute}:00.000Z` }), by),
    ),
  );
  const late = signEvent(word('approved', { at: '2027-03-01T11:05:00.000Z' }), noor);
  const [waiver] = judgeWaiverEvents([asking, ...approvals, late], trusted, now).cases;
  expect(
    waiver?.approvals.map(({ by, at }) => [by, new Date(at).toISOString().slice(14, 16)]),
  ).toEqual([
    ['@noor', '05'],
    ['@mia', '10'],
  ]);
});

test.each([
  [19, ['reason-too-short']],
  [20, []],
  [500, []],
  [501, ['bad-field']],
] as const)('a reason of %i characters', (length, because) => {
  const asked = forge(requested({ reason: 'x'.repeat(length) }), worker);
  const { ignored } = judgeWaiverEvents([asked], trusted, now);
  expect(ignored.map((each) => each.because)).toEqual(because);
});

test.each([
  ...['2026-11-23T00:00:00z', '2026-11-23t00:00:00Z', '2026-11-23 00:00:00Z'],
  ...['2026-11-23T00:00:00.000z', '2026-11-23T00:00:00', '2026-02-30T00:00:00Z'],
])('%j is no time: another spelling of one would be another text that is signed', (text) => {
  expect(instantOf(text)).toBeUndefined();
});
