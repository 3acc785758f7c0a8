import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeWaiverEvents, waiversOf } from '../../src/4-verdict/waiver-events.ts';
import { instantOf } from '../../src/4-verdict/waivers/event.ts';
import { openEvent, signEvent } from '../../src/4-verdict/waivers/open-event.ts';
import { sha256Of } from '../../src/ledger/entry.ts';
import type { Instant } from '../../src/primitives.ts';
import {
  approval,
  approved,
  asked,
  asking,
  digestOf,
  ends,
  forge,
  instant,
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
  word,
  worker,
} from './waiver-events-kit.ts';

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
