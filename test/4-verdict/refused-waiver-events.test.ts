import { describe, expect, test } from 'vitest';
import { WAIVER_EVENTS_MAX, waiversOf } from '../../src/4-verdict/waiver-events.ts';
import { WAIVER_EVENT_TYPE, type WaiverEvent } from '../../src/4-verdict/waivers/event.ts';
import { signEvent } from '../../src/4-verdict/waivers/open-event.ts';
import type { TrustedSigner } from '../../src/4-verdict/waivers/signers.ts';
import { envelop } from '../../src/ledger/dsse.ts';
import type { CommitSha, VerdictId } from '../../src/primitives.ts';
import {
  approval,
  approved,
  asked,
  asking,
  digestOf,
  ends,
  forge,
  instant,
  listed,
  mia,
  miaSecond,
  noor,
  now,
  reasonsOf,
  request,
  requested,
  runner,
  statusOf,
  stranger,
  textOf,
  trusted,
  without,
  word,
  worker,
} from './waiver-events-kit.ts';

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
