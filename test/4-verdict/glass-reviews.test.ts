import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { judgeGlassCases } from '../../src/4-verdict/glass-reviews.ts';
import type { TrustedSigners } from '../../src/4-verdict/waivers/signers.ts';
import {
  at,
  forge,
  glass,
  glassDigest,
  lee,
  listed,
  mia,
  noor,
  review,
  runner,
  stranger,
  trusted,
} from './glass-kit.ts';

const event = glass();
const honest = forge(event, mia);
const nextDay = at('2026-11-24T10:00:00Z');

const cases = (events: readonly unknown[], now = nextDay, keys: TrustedSigners | null = trusted) =>
  judgeGlassCases(events, () => keys, now);
const reasons = (word: unknown, keys: TrustedSigners | null = trusted, now = nextDay) => {
  const read = cases([honest, word], now, keys);
  expect(read.cases[0]?.review).toBeNull();
  return read.ignored.map(({ because }) => because);
};

describe('an emergency', () => {
  test('runs until its end, and waits for a review until somebody else has looked', () => {
    expect(cases([honest], at('2026-11-23T12:29:59Z')).cases).toMatchObject([
      { event, isRunning: true, review: null, isOverdue: false },
    ]);
    expect(cases([honest], at(event.expiresAt)).cases[0]?.isRunning).toBe(false);
    expect(cases([honest, forge(review(event), noor)])).toMatchObject({
      cases: [{ review: { by: '@noor', keyId: noor.keyId }, isOverdue: false }],
      ignored: [],
    });
  });

  test('is overdue a week after it was signed, to the millisecond, unless it was reviewed', () => {
    const week = at('2026-11-30T11:30:00Z');
    const after = (week + 1) as typeof week;
    expect(cases([honest], week).cases[0]?.isOverdue).toBe(false);
    expect(cases([honest], after).cases[0]?.isOverdue).toBe(true);
    expect(cases([honest, forge(review(event), noor)], after).cases[0]?.isOverdue).toBe(false);
  });

  test('waits for a review also when its signer has left the keys since', () => {
    const left = { keys: trusted.keys.filter(({ holder }) => holder !== '@mia') };
    expect(cases([honest], nextDay, left).cases).toHaveLength(1);
    expect(cases([honest], nextDay, null).cases).toMatchObject([{ review: null }]);
  });
});

describe('a review closes nothing', () => {
  test.each([
    ['by the person who broke the glass', 'own-review', forge(review(event), mia)],
    ['by a stranger', 'key-unknown', forge(review(event), stranger)],
    ['by a key that signs verdicts', 'key-not-a-maintainers', forge(review(event), runner)],
    [
      'of another text',
      'event-unknown',
      forge(review(event, { breakGlass: glassDigest(glass({ by: '@noor' })) }), noor),
    ],
    ['of another id', 'event-unknown', forge(review(event, { id: 'B-0000000000000000' }), noor)],
    [
      'before there was anything to review',
      'before-its-request',
      forge(review(event, { at: '2026-11-23T11:00:00.000Z' }), noor),
    ],
    [
      'from the future',
      'in-the-future',
      forge(review(event, { at: '2026-11-25T00:00:00.000Z' }), noor),
    ],
    ['without a reason', 'missing-field', forge(review(event, { reason: undefined }), noor)],
    [
      'with a short reason',
      'reason-too-short',
      forge(review(event, { reason: 'fine by me' }), noor),
    ],
    [
      'with another’s signature',
      'signature-wrong',
      {
        ...forge(review(event), noor),
        signatures: forge(review(glass({ by: '@x' })), noor).signatures,
      },
    ],
  ])('%s: %s', (_, because, word) => {
    expect(reasons(word)).toEqual([because]);
  });

  test('by a second key of the same person', () => {
    const keys = { keys: [...trusted.keys, listed(stranger, 'mia@example.org')] };
    expect(reasons(forge(review(event), stranger), keys)).toEqual(['own-review']);
  });

  test('by the key that broke the glass, whoever holds it now', () => {
    const keys = { keys: [listed(mia, '@zoe')] };
    expect(reasons(forge(review(event), mia), keys)).toEqual(['own-review']);
  });

  test('by a bot', () => {
    const keys = { keys: [listed(noor, '@reviewer[bot]')] };
    expect(reasons(forge(review(event), noor), keys)).toEqual(['not-a-person']);
  });

  test('by a key that was revoked since, but one that ended in peace still closes it', () => {
    const word = forge(review(event), noor);
    const revokedAt = at('2026-11-24T09:30:00Z');
    const revoked = {
      keys: [listed(noor, '@noor', { revoked: { at: revokedAt, reason: 'lost' } })],
    };
    expect(reasons(word, revoked)).toEqual(['key-revoked']);
    const ended = { keys: [listed(noor, '@noor', { validUntil: revokedAt })] };
    expect(cases([honest, word], nextDay, ended).cases[0]?.review?.by).toBe('@noor');
  });
});

test('the first review closes, later ones are said, and order and repetition make no difference', () => {
  const first = forge(review(event), noor);
  const second = forge(review(event, { at: '2026-11-24T09:30:00.000Z' }), lee);
  const twin = { ...first, signatures: second.signatures };
  const pile = [honest, second, first, twin, forge(review(event), mia), '{}'];
  const expected = cases(pile);
  expect(expected.cases[0]?.review?.by).toBe('@noor');
  expect(expected.ignored.map(({ because }) => because).toSorted()).toEqual([
    'not-an-envelope',
    'own-review',
    'reviewed-already',
    'signature-wrong',
  ]);
  fc.assert(
    fc.property(fc.array(fc.constantFrom<unknown>(...pile), { maxLength: 8 }), (extra) => {
      expect(cases([...extra, ...pile.toReversed()])).toEqual(expected);
    }),
    { numRuns: 50 },
  );
});
