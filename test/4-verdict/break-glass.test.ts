import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  BREAK_GLASS_EVENTS_MAX,
  type CountingGlass,
  type GlassGrounds,
  judgeBreakGlass,
} from '../../src/4-verdict/break-glass.ts';
import { decide } from '../../src/4-verdict/decide.ts';
import { glassFindings, letThrough } from '../../src/4-verdict/let-through.ts';
import {
  BREAK_GLASS_TYPE,
  type GlassIgnoredBecause,
} from '../../src/4-verdict/waivers/break-glass-event.ts';
import { WAIVER_EVENT_TYPE } from '../../src/4-verdict/waivers/event.ts';
import { wordsOf } from '../../src/5-publication/sentences.ts';
import type { Standing, WeighedFinding } from '../../src/caws/findings.ts';
import { type Rule, type RuleId, rules } from '../../src/caws/rules.ts';
import type { CommitSha } from '../../src/primitives.ts';
import { aChange, digestOf, now, sha } from '../2-examination/case.ts';
import {
  at,
  forge,
  glass,
  lee,
  listed,
  mia,
  noor,
  review,
  runner,
  stranger,
  trusted,
} from './glass-kit.ts';

const { repository, baseRef, head } = aChange();
const grounds: GlassGrounds = {
  trusted,
  policy: { breakGlass: { people: ['@Mia', 'noor@example.org', '@noor'], longestMinutes: 60 } },
  policyDigest: digestOf('policy'),
  repository,
  baseRef,
  head,
  now,
};
const honest = forge(glass(), mia);
const keys = (...own: (typeof trusted.keys)[number][]) => ({ trusted: { keys: own } });

const judged = (events: readonly unknown[], changes: Partial<GlassGrounds> = {}) =>
  judgeBreakGlass(events, { ...grounds, ...changes });
const reasons = (events: readonly unknown[], changes: Partial<GlassGrounds> = {}) =>
  judged(events, changes).notCounted.map(({ because }) => because);

describe('a broken glass', () => {
  test('counts when a named person signed exactly this head, for as long as it says', () => {
    const { counts, notCounted } = judged([honest]);
    expect(notCounted).toEqual([]);
    expect(counts).toMatchObject({
      id: glass().id,
      by: '@mia',
      keyId: mia.keyId,
      reason: glass().reason,
      expiresAt: at(glass().expiresAt),
    });
    expect(judged([JSON.stringify(honest)])).toEqual(judged([honest]));
  });

  test('counts to the last millisecond before its end, and exactly as long as the policy allows', () => {
    const end = at(glass().expiresAt);
    expect(judged([honest], { now: (end - 1) as typeof end }).counts).not.toBeNull();
    expect(reasons([honest], { now: end })).toEqual(['ended']);
    const longer = glass({ expiresAt: '2026-11-23T12:30:00.001Z' });
    expect(reasons([forge(longer, mia)])).toEqual(['longer-than-policy-allows']);
  });

  test('is bounded by a day, whatever the policy says', () => {
    const generous = { policy: { breakGlass: { people: ['@mia'], longestMinutes: 1_000_000 } } };
    const day = glass({ expiresAt: '2026-11-24T11:30:00.000Z' });
    const more = glass({ expiresAt: '2026-11-24T11:30:00.001Z' });
    expect(judged([forge(day, mia)], generous).counts).not.toBeNull();
    expect(reasons([forge(more, mia)], generous)).toEqual(['longer-than-a-day']);
  });

  type Case = [string, GlassIgnoredBecause, unknown, Partial<GlassGrounds>?];
  const good = glass();
  const cases: readonly Case[] = [
    ['of another head', 'other-head', forge(glass({ head: sha('other') as CommitSha }), mia)],
    ['of another repository', 'other-repository', forge(glass({ repository: 'x/y' }), mia)],
    ['into another branch', 'other-base', forge(glass({ baseRef: 'refs/heads/lax' }), mia)],
    ['under another policy', 'policy-changed', forge(glass({ policy: digestOf('lax') }), mia)],
    [
      'by a maintainer whom the policy does not name',
      'not-named',
      forge(glass({ by: '@lee' }), lee),
    ],
    ['in the name of another', 'name-differs', forge(glass({ by: '@noor' }), mia)],
    ['in a named person’s name by a stranger', 'key-unknown', forge(good, stranger)],
    [
      'by a key that signs verdicts',
      'key-not-a-maintainers',
      forge(glass({ by: '@runner' }), runner),
    ],
    [
      'with a policy that names nobody',
      'policy-has-none',
      honest,
      { policy: { breakGlass: null } },
    ],
    ['on a base without trusted keys', 'key-unknown', honest, { trusted: null }],
    [
      'with a signature of something else',
      'signature-wrong',
      { ...honest, signatures: forge(glass({ reason: 'x'.repeat(30) }), mia).signatures },
    ],
    [
      'by a key that is revoked now',
      'key-revoked',
      honest,
      keys(listed(mia, '@mia', { revoked: { at: at('2026-11-23T11:45:00Z'), reason: 'lost' } })),
    ],
    [
      'by a key that began later',
      'key-not-valid-then',
      honest,
      keys(listed(mia, '@mia', { validFrom: at('2026-11-23T11:31:00Z') })),
    ],
    [
      'by a key that has ended meanwhile',
      'key-expired',
      honest,
      keys(listed(mia, '@mia', { validUntil: at('2026-11-23T11:31:00Z') })),
    ],
    [
      'by a key of two people',
      'key-of-several-people',
      honest,
      keys(listed(mia, '@mia'), listed(mia, '@zoe')),
    ],
    [
      'by a bot, though it is named',
      'not-a-person',
      forge(glass({ by: '@mender[bot]' }), mia),
      {
        ...keys(listed(mia, '@mender[bot]')),
        policy: { breakGlass: { people: ['@mender[bot]'], longestMinutes: 60 } },
      },
    ],
    [
      'by a team, though it is named',
      'not-a-person',
      forge(glass({ by: '@acme/core' }), mia),
      {
        ...keys(listed(mia, '@acme/core')),
        policy: { breakGlass: { people: ['@acme/core'], longestMinutes: 60 } },
      },
    ],
    [
      'by a team whose key is listed without its sign',
      'not-a-person',
      forge(glass({ by: 'acme\uff0fcore' }), mia),
      {
        ...keys(listed(mia, 'acme\uff0fcore')),
        policy: { breakGlass: { people: ['@acme/core'], longestMinutes: 60 } },
      },
    ],
    ['from the future', 'in-the-future', forge(glass({ at: '2026-11-23T12:00:00.001Z' }), mia)],
    ['that is over', 'ended', forge(glass({ expiresAt: '2026-11-23T12:00:00.000Z' }), mia)],
    ['that ends first', 'ends-before-it-starts', forge(glass({ expiresAt: good.at }), mia)],
    [
      'with a short reason',
      'reason-too-short',
      forge(glass({ reason: 'it is urgent now!!!' }), mia),
    ],
    [
      'with a reason of blanks',
      'reason-too-short',
      forge(glass({ reason: `a${' '.repeat(30)}b` }), mia),
    ],
    ['with a long reason', 'reason-too-long', forge(glass({ reason: 'x'.repeat(201) }), mia)],
    [
      'with a hidden reason',
      'reason-unreadable',
      forge(glass({ reason: `${'x'.repeat(30)}\u202e` }), mia),
    ],
    ['with an id of its own choice', 'id-differs', forge(glass({ id: 'B-0000000000000000' }), mia)],
    ['with one field more', 'unknown-field', forge({ ...good, gates: ['*'] }, mia)],
    ['with a shortened head', 'bad-field', forge(glass({ head: 'abc1234' as CommitSha }), mia)],
    ['without a head', 'missing-field', forge({ ...good, head: undefined }, mia)],
    ['for several heads', 'bad-field', forge({ ...good, head: [head, sha('other')] }, mia)],
    ['of an unknown kind', 'unknown-event', forge({ ...good, event: 'broken' }, mia)],
    [
      'of another schema',
      'unknown-schema',
      forge({ ...good, schema: 'caws-arbiter/break-glass@2' }, mia),
    ],
    ['signed as a waiver event', 'other-payload-type', forge(good, mia, WAIVER_EVENT_TYPE)],
    ['that is no envelope', 'not-an-envelope', '{'],
  ];
  test.each<Case>(cases)('%s lets nothing through: %s', (_, because, event, changes = {}) => {
    const { counts, notCounted } = judged([event], changes);
    expect(counts).toBeNull();
    expect(notCounted.map((each) => each.because)).toEqual([because]);
    const [said] = glassFindings({ counts, notCounted }, 0);
    expect(said).toMatchObject({ rule: 'waiver.break-glass-not-counted', standing: 'warns' });
    if (said !== undefined) expect(wordsOf(said).says).toMatch(/counts for nothing: it \w+/);
  });

  test('does not count for two who wrote the same letters, nor is it taken for a waiver', () => {
    const twice = {
      ...honest,
      signatures: [...honest.signatures, ...forge(glass(), noor).signatures],
    };
    expect(reasons([twice])).toEqual(['not-one-signature']);
    expect(BREAK_GLASS_TYPE).not.toBe(WAIVER_EVENT_TYPE);
  });

  test('is history without a word once it is over and about another head; a review always is', () => {
    const over = glass({ head: sha('other') as CommitSha, expiresAt: '2026-11-23T12:00:00.000Z' });
    const elsewhere = glass({ repository: 'x/y', expiresAt: '2026-11-23T12:00:00.000Z' });
    const events = [forge(over, mia), forge(elsewhere, mia), forge(review(glass()), noor)];
    expect(judged(events)).toEqual({ counts: null, notCounted: [] });
  });

  test('counts once: of several the one that ends last, and the others are said', () => {
    const first = forge(glass({ expiresAt: '2026-11-23T12:10:00.000Z' }), mia);
    const second = forge(glass({ by: '@noor', expiresAt: '2026-11-23T12:20:00.000Z' }), noor);
    expect(judged([first, second]).counts?.by).toBe('@noor');
    expect(reasons([first, second])).toEqual(['another-counts']);
  });

  test('does not count among more events than anyone reads', () => {
    const events = Array<unknown>(BREAK_GLASS_EVENTS_MAX + 1).fill(honest);
    expect(reasons(events)).toEqual(['too-many-events']);
    expect(judged(events.slice(1)).counts).not.toBeNull();
  });

  test('is said at most twenty times over, and how often more', () => {
    const events = Array.from({ length: 25 }, (_, index) =>
      forge(glass({ reason: `a stranger asks for the ${index}th time` }), stranger),
    );
    const said = glassFindings(judged(events), 0);
    expect(said).toHaveLength(20);
    expect(said.filter(({ detail }) => detail['more'] !== undefined)).toMatchObject([
      { detail: { more: 5 } },
    ]);
  });
});

const pile: readonly unknown[] = [
  honest,
  forge(glass({ by: '@noor', expiresAt: '2026-11-23T12:20:00.000Z' }), noor),
  forge(glass({ by: '@lee' }), lee),
  forge(glass({ head: sha('other') as CommitSha }), mia),
  forge(glass(), stranger),
  { ...honest, signatures: forge(glass({ by: '@noor' }), mia).signatures },
  forge(review(glass()), noor),
  '{}',
];

test('order and repetition of the events make no difference', () => {
  const expected = judged(pile);
  expect(expected.counts?.by).toBe('@mia');
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pile), { maxLength: 12 }), (extra) => {
      const mixed = [...extra, ...pile.toReversed(), ...extra];
      expect(judged(mixed)).toEqual(expected);
    }),
    { numRuns: 60 },
  );
});

test('any change of one letter of the text or signature counts for nothing, or for the same', () => {
  const text = JSON.stringify(honest);
  fc.assert(
    fc.property(
      fc.nat(text.length - 1),
      fc.constantFrom(...Array.from('AZaz09+/={}",:')),
      (index, letter) => {
        const changed = `${text.slice(0, index)}${letter}${text.slice(index + 1)}`;
        const { counts } = judged([changed]);
        expect(counts === null || changed === text).toBe(true);
      },
    ),
    { numRuns: 300 },
  );
});

const counting = judged([honest]).counts as CountingGlass;
const ruleIds = Object.keys(rules) as RuleId[];
const weighed = fc
  .record({
    rule: fc.constantFrom(...ruleIds),
    standing: fc.constantFrom<Standing>('fails', 'needs-waiver', 'waived', 'warns'),
  })
  .map(({ rule, standing }): WeighedFinding => {
    const { gate }: Rule = rules[rule];
    const own = {
      subject: '',
      measured: null,
      limit: null,
      places: [],
      placesTotal: 0,
      detail: {},
    };
    const waivedBy = standing === 'waived' ? 'W-1' : null;
    return { ...own, rule, gate, standing, waivedBy, waiversRefused: [] };
  });
const verdictOf = (findings: readonly WeighedFinding[]) =>
  decide({ standings: findings.map(({ standing }) => standing), measured: true });

describe('what a broken glass does to findings', () => {
  test('no broken glass ever lifts a FAIL, and none lowers a verdict', () => {
    fc.assert(
      fc.property(fc.array(weighed, { maxLength: 8 }), (findings) => {
        const before = verdictOf(findings);
        const through = letThrough(findings, counting);
        const after = verdictOf([...through, ...glassFindings(judged([honest]), 1)]);
        if (before !== 'WAIVER_REQUIRED') expect(after).toBe(before);
        else expect(after).not.toBe('FAIL');
      }),
    );
  });

  test('only what would need a waiver changes, and only in who waived it', () => {
    fc.assert(
      fc.property(weighed, (finding) => {
        const [after] = letThrough([finding], counting);
        if (after === finding) return;
        expect(finding.standing).toBe('needs-waiver');
        expect(after).toEqual({ ...finding, standing: 'waived', waivedBy: counting.id });
      }),
    );
  });

  const needing = (rule: RuleId): WeighedFinding => {
    const [found] = fc.sample(weighed, 1);
    if (found === undefined) throw new Error('nothing sampled');
    return { ...found, rule, gate: rules[rule].gate, standing: 'needs-waiver', waivedBy: null };
  };
  const waivable = ruleIds.filter((id) => rules[id].class === 'waivable');
  const lasting = ['governance.change', 'governance.gate-edit', 'governance.keys-edit'];

  test.each(waivable.filter((id) => !lasting.includes(id)))('%s is let through', (rule) => {
    expect(letThrough([needing(rule)], counting)[0]?.standing).toBe('waived');
    expect(letThrough([needing(rule)], null)[0]?.standing).toBe('needs-waiver');
  });

  test.each(waivable.filter((id) => lasting.includes(id)))(
    '%s outlasts an emergency, so its usual approvers decide it',
    (rule) => {
      expect(letThrough([needing(rule)], counting)[0]?.standing).toBe('needs-waiver');
    },
  );
});

test('the report’s sentence says who, why and until when, with nothing hidden in it', () => {
  const hostile = { ...counting, by: '@mia\u202e', reason: 'payments\u001b[31m are down' };
  const [said] = glassFindings({ counts: hostile, notCounted: [] }, 3);
  if (said === undefined) throw new Error('nothing was said');
  const { says, fix } = wordsOf(said);
  expect(says).toContain('BREAK-GLASS B-');
  expect(says).toContain('@mia\\u{202e} alone let 3 findings');
  expect(says).toContain('2026-11-23T12:30:00.000Z');
  expect(says).toContain('payments\\u{1b}[31m are down');
  expect(fix).toContain('arbiter waiver review');
});
