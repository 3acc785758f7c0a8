import { describe, expect, test } from 'vitest';
import { commandOfButton } from '../../../src/4-verdict/commands/button.ts';
import { hostedGlassCases } from '../../../src/4-verdict/hosted-break-glass.ts';
import { teamsNamed } from '../../../src/4-verdict/waivers/whom-to-ask.ts';
import type { Instant } from '../../../src/primitives.ts';
import { aGate, aPolicy, aWaiver } from '../../2-examination/case.ts';
import { gist, House, policyOf, REASON } from './house.ts';

const reasonless = '/caws break-glass reason:"the payments are down and this mends it" expires:1h';
const emergency = (people: string): House => {
  const house = new House();
  house.policy = policyOf(
    `{ approvers: ['@mia'], max_duration_days: 9 }`,
    `break_glass: { people: [${people}], max_minutes: 90 }\n`,
  );
  house.judge();
  return house;
};

describe('a request', () => {
  test('tells who may approve and until when', () => {
    const house = new House();
    expect(house.says('robin', `/caws waive budget_limit ${REASON} expires:2d`)).toMatchObject({
      reaction: '+1',
      reply: { approvers: ['@mia', '@noor', '@acme/leads'], needed: 1, gate: 'budget_limit' },
    });
  });

  test.each<[string, string, object]>([
    [
      'a gate nobody knows',
      `budget_limt ${REASON}`,
      { fault: { kind: 'gate-unknown' }, nearest: 'budget_limit' },
    ],
    ['a gate that holds', `scope_boundary ${REASON}`, { fault: { kind: 'gate-holds' } }],
    ['a short reason', 'budget_limit reason:"please"', { fault: { kind: 'reason-too-short' } }],
    [
      'another spec',
      `budget_limit ${REASON} scope:FEAT-9`,
      { kind: 'spec-differs', spec: 'FEAT-1' },
    ],
  ])('for %s is refused with what helps', (_, words, reply) => {
    const house = new House();
    expect(house.says('robin', `/caws waive ${words}`)).toMatchObject({ effects: [], reply });
  });

  test('is for the author, also without the right to write, and for nobody else without it', () => {
    const house = new House();
    house.who('robin').role = 'read';
    expect(gist(house.says('pat', `/caws waive budget_limit ${REASON}`))).toBe('not-allowed role');
    expect(gist(house.says('robin', `/caws waive budget_limit ${REASON}`))).toBe('waiver-asked');
  });

  test('of an automaton counts where it is on the list', () => {
    const house = new House();
    expect(gist(house.says('agent', `/caws waive budget_limit ${REASON}`))).toBe(
      'silent automaton',
    );
    house.botsAllowed = [7];
    const id = house.asks('agent');
    expect(gist(house.says('mia', `/caws approve ${id}`))).toBe('approved');
    expect(house.word()).toBe('PASS');
  });

  test('on a closed pull request is not heard', () => {
    const house = new House();
    house.state = 'closed';
    expect(gist(house.says('robin', `/caws waive budget_limit ${REASON}`))).toBe('silent closed');
  });

  test('that was recorded and not answered is not made again, also once it has ended', () => {
    const house = new House();
    const comment = house.posts('robin', `/caws waive budget_limit ${REASON}`);
    house.passes(1);
    expect(house.hears(comment).map(gist)).toEqual(['waiver-asked']);
    const id = JSON.stringify(house.answers).match(/W-[0-9a-f]{16}/)?.[0];
    expect(gist(house.says('robin', `/caws revoke ${id} ${REASON}`))).toBe('revoked');
    house.answered.clear();
    const noted = house.notes.length;
    expect(house.hears(comment)).toMatchObject([{ effects: [], reaction: '+1', reply: null }]);
    expect(house.notes).toHaveLength(noted);
    expect(house.events).toHaveLength(2);
  });

  test('without a verdict on that head has to wait', () => {
    const house = new House();
    house.pushing('robin');
    expect(gist(house.says('robin', `/caws waive budget_limit ${REASON}`))).toBe('no-verdict-yet');
  });
});

describe('a decision', () => {
  test('needs as many accounts as the policy says, and tells how many are still wanted', () => {
    const house = new House();
    house.policy = policyOf(`{ approvers: ['@mia', '@noor'], min_approvers: 2 }`);
    house.judge();
    const id = house.asks('robin');
    expect(house.says('mia', `/caws approve ${id}`)).toMatchObject({
      reply: { have: 1, needed: 2 },
    });
    expect(house.word()).toBe('WAIVER_REQUIRED');
    expect(house.says('noor', `/caws approve ${id}`)).toMatchObject({
      reply: { have: 2, needed: 2 },
    });
    expect(house.word()).toBe('PASS');
  });

  test('by the beginning of an id names the one waiver that begins so', () => {
    const house = new House();
    const id = house.asks('robin');
    expect(gist(house.says('mia', `/caws approve ${id.slice(0, 6)}`))).toBe('approved');
    expect(house.says('mia', '/caws approve W-ffffffff')).toMatchObject({
      reply: { kind: 'waiver-unknown', known: [] },
    });
  });

  test.each([
    ['reject', 'rejected'],
    ['revoke', 'revoked'],
  ])('to %s ends the waiver for good', (verb, ended) => {
    const house = new House();
    const id = house.asks('robin');
    house.says('mia', `/caws approve ${id}`);
    expect(gist(house.says('noor', `/caws ${verb} ${id} ${REASON}`))).toBe(ended);
    expect(house.word()).toBe('WAIVER_REQUIRED');
    expect(house.refusals()).toEqual([ended]);
    expect(gist(house.says('lee', `/caws approve ${id}`))).toMatch(/^not-allowed|waiver-over/);
    // Also when whoever ended it has left since.
    house.who('noor').role = 'none';
    house.who('noor').kind = 'ghost';
    expect(house.word()).toBe('WAIVER_REQUIRED');
  });

  test('to revoke is for the requester too, and to reject is not', () => {
    const house = new House();
    const id = house.asks('robin');
    expect(gist(house.says('robin', `/caws reject ${id} ${REASON}`))).toMatch(/^not-allowed/);
    expect(gist(house.says('pat', `/caws revoke ${id} ${REASON}`))).toMatch(/^not-allowed/);
    expect(gist(house.says('robin', `/caws revoke ${id} ${REASON}`))).toBe('revoked');
  });

  test('needs a reason that somebody can understand later', () => {
    const house = new House();
    const id = house.asks('robin');
    expect(house.says('mia', `/caws reject ${id} reason:"no"`)).toMatchObject({
      reply: { kind: 'request-refused', fault: { kind: 'reason-too-short' } },
    });
  });

  test('on a change that holds by now is refused as of no use', () => {
    const house = new House();
    const id = house.asks('robin');
    house.pushing('robin', { lines: 100 });
    house.judge();
    expect(gist(house.says('mia', `/caws approve ${id}`))).toBe('waiver-stale nothing-to-waive');
  });

  test('that no place is left for is refused, with the waivers that hold the places', () => {
    const house = new House();
    house.policy = policyOf(`{ approvers: ['@mia'], max_active_waivers_per_gate: 1 }`);
    house.judge();
    const first = house.asks('robin');
    house.says('mia', `/caws approve ${first}`);
    expect(house.word()).toBe('PASS');
    house.pull = 43;
    house.passes(1);
    house.judge();
    const second = house.asks('robin');
    const events = house.events.length;
    const refused = house.says('mia', `/caws approve ${second}`);
    expect(refused).toMatchObject({
      reaction: 'confused',
      reply: {
        kind: 'places-taken',
        waiver: second,
        gate: 'budget_limit',
        max: 1,
        by: [{ waiver: first, pull: 42, file: null }],
      },
    });
    expect(house.events).toHaveLength(events);
    expect(house.word()).toBe('WAIVER_REQUIRED');
    house.pull = 42;
    expect(gist(house.says('mia', `/caws revoke ${first} ${REASON}`))).toBe('revoked');
    house.pull = 43;
    expect(gist(house.says('mia', `/caws approve ${second}`))).toBe('approved');
    expect(house.word()).toBe('PASS');
  });

  test('counts the waivers of documents and keys among those that hold places', () => {
    const house = new House();
    house.policy = policyOf(`{ approvers: ['@mia'], max_active_waivers_per_gate: 1 }`);
    house.judge();
    const id = house.asks('robin');
    const file = '.caws/waivers/WV-1.yaml';
    const grantedAt = (house.now - 60_000) as Instant;
    const ending = (expiresAt: number) =>
      [aWaiver({ id: 'WV-1', file, grantedAt, expiresAt: expiresAt as Instant })] as const;
    const running = { filedWaivers: ending(house.now + 86_400_000) };
    expect(house.says('mia', `/caws approve ${id}`, running)).toMatchObject({
      reply: { kind: 'places-taken', by: [{ waiver: 'WV-1', pull: null, file }] },
    });
    const over = { filedWaivers: ending(house.now) };
    expect(gist(house.says('mia', `/caws approve ${id}`, over))).toBe('approved');
  });

  test('of the second of two people needs no second place', () => {
    const house = new House();
    house.policy = policyOf(
      `{ approvers: ['@mia', '@noor'], min_approvers: 2, max_active_waivers_per_gate: 1 }`,
    );
    house.judge();
    const id = house.asks('robin');
    expect(gist(house.says('mia', `/caws approve ${id}`))).toBe('approved');
    expect(house.word()).toBe('WAIVER_REQUIRED');
    expect(gist(house.says('noor', `/caws approve ${id}`))).toBe('approved');
    expect(house.word()).toBe('PASS');
  });
});

describe('a button', () => {
  test('approves a request on the head that its check stands on', () => {
    const house = new House();
    const id = house.asks('robin');
    expect(gist(house.presses('robin', `a:${id}`))).toMatch(/^not-allowed/);
    expect(gist(house.presses('mia', `a:${id}`))).toBe('approved');
    // Pressed twice it is one word.
    const words = house.events.length;
    expect(gist(house.presses('mia', `a:${id}`))).toBe('answered');
    expect(house.events).toHaveLength(words);
    expect(house.word()).toBe('PASS');
  });

  test('of an old check does not merge a newer head', () => {
    const house = new House();
    const old = house.head;
    house.pushing('robin', { lines: 10 });
    house.judge();
    expect(gist(house.presses('mia', 'merge', old))).toBe('merge-refused head-moved');
    house.passes(1);
    expect(gist(house.says('mia', '/caws merge'))).toBe('merge-asked');
  });

  test('that needs a reason asks for a comment', () => {
    const house = new House();
    const id = house.asks('robin');
    expect(gist(house.presses('mia', `r:${id}`))).toBe('needs-a-comment');
    expect(gist(house.presses('robin', 'waive'))).toBe('needs-a-comment');
  });

  test.each([
    'approve',
    'a:B-1234',
    'a:W-1234',
    'merge:W-1234',
    'hold',
    'break-glass',
    'toString',
    '',
  ])('%j is none of ours', (identifier) => expect(commandOfButton(identifier)).toBeNull());
});

describe('an emergency', () => {
  test('lets exactly one head through for its minutes, by a person whom the policy names', () => {
    const house = emergency(`'@robin', '@max'`);
    expect(gist(house.says('mia', reasonless))).toBe('not-allowed not-named');
    expect(house.says('robin', reasonless)).toMatchObject({
      reply: { kind: 'glass-broken', findings: 1 },
    });
    expect(house.word()).toBe('PASS');
    const record = house.judge();
    expect(record.law.breakGlass).toMatchObject({ by: '@robin', findings: 1 });
    house.pushing('robin');
    expect(house.word()).toBe('WAIVER_REQUIRED');
  });

  test.each<[string, (house: House) => void]>([
    ['the minutes are over', (house) => house.passes(61)],
    ['the right is gone', (house) => (house.who('robin').role = 'read')],
    ['the name is another', (house) => (house.who('robin').login = 'robin2')],
    ['the forge does not say who it was', (house) => (house.who('robin').role = null)],
    ['the account is none of a person', (house) => (house.who('robin').kind = 'bot')],
    ['another base is meant', (house) => (house.baseRef = 'refs/heads/strict')],
    [
      'it is another pull request',
      (house) => {
        house.pull = 43;
        const people = [{ ...house.who('robin'), askedAt: house.now }];
        house.spoil = (facts) => ({ ...facts, people });
      },
    ],
  ])('ends when %s', (_, ends) => {
    const house = emergency(`'@robin'`);
    house.says('robin', reasonless);
    expect(house.word()).toBe('PASS');
    ends(house);
    expect(house.word()).toBe('WAIVER_REQUIRED');
  });

  test('is refused where the policy has none, where it lasts too long, and where it changes nothing', () => {
    expect(gist(new House().says('robin', reasonless))).toBe('not-allowed policy-has-none');
    const house = emergency(`'@robin'`);
    expect(house.says('robin', reasonless.replace('1h', '2h'))).toMatchObject({
      reply: { kind: 'glass-refused', fault: { kind: 'expiry-too-late', longestMinutes: 90 } },
    });
    house.pushing('robin', { lines: 10 });
    house.judge();
    expect(house.says('robin', reasonless)).toMatchObject({
      reply: { kind: 'glass-refused', fault: { kind: 'verdict-passes' } },
    });
  });

  test('is looked at afterwards by somebody else', () => {
    const house = emergency(`'@robin'`);
    house.says('robin', reasonless);
    const about = /B-[0-9a-f]{16}/.exec(JSON.stringify(house.answers))?.[0] ?? '';
    const cases = () => {
      const grounds = { facts: house.facts(), commits: [], now: house.now, trusted: null };
      return hostedGlassCases(house.glass, { ...grounds, baseRef: house.baseRef });
    };
    house.passes(60 * 24 * 8);
    expect(cases()).toMatchObject([{ isRunning: false, isOverdue: true, review: null }]);
    expect(gist(house.says('robin', `/caws approve ${about} ${REASON}`))).toBe(
      'not-allowed own-review',
    );
    expect(gist(house.says('pat', `/caws approve ${about} ${REASON}`))).toBe('not-allowed role');
    expect(gist(house.says('noor', `/caws approve ${about}`))).toBe('needs-a-comment');
    expect(gist(house.says('noor', `/caws approve ${about} ${REASON}`))).toBe('glass-reviewed');
    expect(cases()).toMatchObject([{ isOverdue: false, review: { by: { login: 'noor' } } }]);
    expect(gist(house.says('mia', `/caws approve ${about} ${REASON}`))).toBe('said-already');
  });
});

describe('other verbs', () => {
  test.each<[string, string, string]>([
    ['pat', '/caws status', 'status'],
    ['pat', '/caws explain budget_limit', 'explain'],
    ['pat', '/caws recheck', 'not-allowed role'],
    ['pat', '/caws debate', 'not-allowed role'],
    ['robin', '/caws retest', 'judging-again'],
    ['pat', '/caws cancel', 'not-allowed role'],
    ['robin', '/caws cancel', 'nothing-to-cancel'],
    ['noor', '/caws debate model:qwen3-4b', 'debate'],
    ['robin', '/caws aprove W-1234', 'not-understood'],
  ])('%s says %s: %s', (name, body, said) => {
    expect(gist(new House().says(name, body))).toBe(said);
  });

  test('a hold that was noted before a crash is acknowledged, and not noted twice', () => {
    const house = new House();
    const comment = house.posts('noor', '/caws hold');
    house.hears(comment);
    house.answered.clear();
    expect(house.hears(comment)).toMatchObject([{ effects: [], reply: { kind: 'held' } }]);
    expect(house.notes).toHaveLength(1);
  });

  test.each<[string, string, object, string]>([
    ['without a worker', 'robin', { canBeWritten: false }, 'no-worker'],
    ['while one is written', 'robin', { isWaiting: true }, 'waits-already'],
    ['after ten', 'noor', { asked: 10 }, 'too-many'],
  ])('a patch is not asked for %s', (_, name, proposals, because) => {
    const house = new House();
    const now = { canBeWritten: true, isWaiting: false, asked: 0, ...proposals };
    expect(house.says(name, '/caws propose', { proposals: now })).toMatchObject({
      effects: [],
      reply: { kind: 'propose-refused', because },
    });
  });

  test('a patch is asked for by the author and whoever may write, for the head that they saw, and by nobody else', () => {
    const house = new House();
    house.who('robin').role = 'read';
    for (const name of ['robin', 'noor'])
      expect(house.says(name, '/caws propose')).toMatchObject({
        effects: [{ kind: 'propose', head: house.head }],
        reply: null,
      });
    expect(gist(house.says('pat', '/caws propose'))).toBe('not-allowed role');
    const seen = house.head;
    house.pushing('robin');
    expect(house.says('robin', `/caws propose sha:${seen.slice(0, 12)}`)).toMatchObject({
      reply: { kind: 'propose-refused', because: 'head-moved', head: seen, live: house.head },
    });
    expect(gist(house.says('robin', '/caws propose'))).toBe('no-verdict-yet');
  });

  test.each([
    [{ merge: true, gates: false }, ['note', 'cancel']],
    [{ merge: false, gates: true }, ['cancel']],
  ] as const)('cancel stops what goes on: %j', (waiting, effects) => {
    const house = new House();
    expect(gist(house.says('pat', '/caws cancel', { waiting }))).toBe('not-allowed role');
    expect(house.says('robin', '/caws cancel', { waiting })).toMatchObject({
      reaction: '+1',
      effects: effects.map((kind) => ({ kind })),
      reply: { kind: 'cancelled' },
    });
  });

  test('help names what this person may use', () => {
    const house = new House();
    expect(house.says('pat', '/caws help')).toMatchObject({
      reply: {
        mayUse: ['approve', 'reject', 'revoke', 'explain', 'status', 'help', 'break-glass'],
      },
    });
    expect(house.says('noor', '/caws help waive')).toMatchObject({ reply: { about: 'waive' } });
  });
});

test('the teams to ask about are those of the policy and of its gates', () => {
  const policy = aPolicy({ gates: [aGate('coverage', { approvers: ['@acme/qa', '@mia'] })] });
  const waivers = { ...policy.waivers, approvers: ['@acme/leads', 'noor'] };
  expect(teamsNamed({ ...policy, waivers })).toEqual(['@acme/leads', '@acme/qa']);
});
