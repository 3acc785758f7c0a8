import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { HostedFacts } from '../../../src/4-verdict/waivers/hosted-facts.ts';
import type { Role } from '../../../src/forge.ts';
import type { Instant } from '../../../src/primitives.ts';
import { sha } from '../../2-examination/case.ts';
import { everyRole, granted, idIn, recorded } from './attacked-house.ts';
import { gist, House, policyOf, REASON } from './house.ts';

describe('A1: the author', () => {
  test.each(everyRole)('approves nothing with the role %s, and the ledger tells of it', (role) => {
    const house = new House();
    house.policy = policyOf(`{ approvers: ['@robin'], max_duration_days: 9 }`);
    house.judge();
    house.who('robin').role = role;
    house.who('robin').teams = ['@acme/leads'];
    const id = house.asks('max');
    const answer = house.says('robin', `/caws approve ${id}`);
    expect(gist(answer)).toMatch(/^not-allowed approver-(?:is-author|not-allowed)$/);
    expect(answer).toMatchObject({ reaction: '-1' });
    expect(house.notes.at(-1)).toMatchObject({ event: 'refused', verb: 'approve', by: { id: 1 } });
    house.events.push(recorded(house, id, 'robin'));
    expect(house.word()).toBe('WAIVER_REQUIRED');
  });

  test('is known by the number of the account, under any new name', () => {
    const house = granted('mia');
    house.author = 'mia';
    house.who('mia').login = 'mia-again';
    expect(house.refusals()).toEqual(['approver-is-author']);
  });

  test('that nobody knows lets nobody approve', () => {
    const house = granted('mia');
    house.spoil = (facts) => ({ ...facts, author: null });
    expect(house.refusals()).toEqual(['approver-unknown-now']);
  });
});

describe('A2: somebody who wrote part of the change', () => {
  test.each<[string, (house: House) => void]>([
    ['committed', (house) => house.pushing('robin', { people: ['robin', 'mia'] })],
    ['pushed', (house) => house.pushing('mia', { people: ['robin'], commit: anonymous })],
    [
      'is named by a trailer alone',
      (house) =>
        house.pushing('robin', {
          people: ['robin'],
          commit: { coAuthors: ['2+mia@users.noreply.github.com'] },
        }),
    ],
    [
      'is an author that the forge knows no account for',
      (house) => house.pushing('robin', { people: ['robin'], commit: { authorName: 'mia' } }),
    ],
  ])('%s, and approves nothing', (_, writes) => {
    const house = new House();
    writes(house);
    house.judge();
    const id = house.asks('robin');
    expect(gist(house.says('mia', `/caws approve ${id}`))).toBe('not-allowed approver-is-author');
    house.events.push(recorded(house, id, 'mia'));
    expect(house.refusals()).toEqual(['approver-is-author']);
    expect(gist(house.says('noor', `/caws approve ${id}`))).toBe('approved');
    expect(house.word()).toBe('PASS');
  });

  test.each<[string, (facts: HostedFacts) => Partial<HostedFacts>]>([
    ['opened it', () => ({ author: { id: 2, login: 'once' } })],
    [
      'wrote a commit',
      ({ commits }) => ({
        commits: commits.map((each) => ({ ...each, people: [{ id: 2, login: 'once' }] })),
      }),
    ],
    [
      'pushed',
      ({ pushes }) => ({
        pushes: (pushes ?? []).map((each) => ({ ...each, by: { id: 2, login: 'once' } })),
      }),
    ],
  ])('is known by the account, where it %s under another name', (_, changes) => {
    const house = granted('mia');
    house.spoil = (facts) => ({ ...facts, ...changes(facts) });
    expect(house.refusals()).toEqual(['approver-is-author']);
  });

  test('after approving: the approval counts no more', () => {
    const house = granted('mia');
    expect(house.word()).toBe('PASS');
    house.pushing('mia');
    expect(house.refusals()).toEqual(['approver-is-author']);
  });

  test.each<[string, (facts: HostedFacts) => HostedFacts]>([
    ['a commit', (facts) => ({ ...facts, commits: [] })],
    ['the pushes', (facts) => ({ ...facts, pushes: null })],
    ['anything lately', (facts) => ({ ...facts, askedAt: (facts.askedAt - 3_600_000) as Instant })],
  ])(
    'is unknown where the forge did not tell of %s: nobody approves, and whoever may denies',
    (_, spoil) => {
      const house = granted('mia');
      house.spoil = spoil;
      expect(house.refusals()).toEqual(['approver-unknown-now']);
      const id = idIn(house);
      expect(gist(house.says('noor', `/caws approve ${id}`))).toBe('could-not-check');
      expect(gist(house.says('noor', `/caws revoke ${id} ${REASON}`))).toBe('revoked');
    },
  );
});

const anonymous = {
  authorName: 'Robin',
  authorEmail: 'r@example.org',
  committerEmail: 'r@example.org',
};

describe('A3, B24: the update of the branch', () => {
  const merged = (house: House, own: number, byForge: boolean) => {
    house.pushing('mia', {
      byForge,
      commit: {
        parents: [house.head, sha('newer base')],
        committerName: 'GitHub',
        committerEmail: 'noreply@github.com',
        mergeOwnLines: own,
      },
    });
    house.judge();
    return house.asks('robin');
  };

  test('by the button makes nobody an author', () => {
    const house = new House();
    const id = merged(house, 0, true);
    expect(gist(house.says('mia', `/caws approve ${id}`))).toBe('approved');
    expect(house.word()).toBe('PASS');
  });

  test.each<[string, number, boolean]>([
    ['with own lines', 1, true],
    ['by hand, in the name of the forge', 0, false],
  ])('%s is work like any other', (_, own, byForge) => {
    const house = new House();
    const id = merged(house, own, byForge);
    expect(gist(house.says('mia', `/caws approve ${id}`))).toBe('not-allowed approver-is-author');
    house.events.push(recorded(house, id, 'mia'));
    expect(house.refusals()).toEqual(['approver-is-author']);
  });

  test('is no cover for what the same push brings before it', () => {
    const house = new House();
    const before = house.head;
    house.pushing('robin', { commit: anonymous });
    merged(house, 0, true);
    house.pushes = [{ by: { id: 2, login: 'mia' }, before, head: house.head }];
    const id = idIn(house);
    expect(gist(house.says('mia', `/caws approve ${id}`))).toBe('not-allowed approver-is-author');
  });
});

describe('A4: a second account, a bot', () => {
  test.each(['bot', 'organization', 'ghost'] as const)('a %s approves nothing', (kind) => {
    const house = granted('mia');
    const id = idIn(house);
    house.who('mia').kind = kind;
    expect(house.refusals()).toEqual(['approver-not-a-person']);
    house.who('noor').kind = kind;
    expect(gist(house.says('noor', `/caws approve ${id}`))).toBe('silent automaton');
    house.botsAllowed = [house.who('noor').id];
    expect(gist(house.says('noor', `/caws approve ${id}`))).toBe('not-allowed not-a-person');
  });

  test('who asked approves nothing, whoever it is', () => {
    const house = new House();
    const id = house.asks('mia');
    expect(gist(house.says('mia', `/caws approve ${id}`))).toBe(
      'not-allowed approver-is-requester',
    );
    house.events.push(recorded(house, id, 'mia'));
    expect(house.refusals()).toEqual(['approver-is-requester']);
  });

  test('one account is one person, however often and under however many names', () => {
    const house = new House();
    house.policy = policyOf(`{ approvers: ['@mia', '@noor'], min_approvers: 2 }`);
    house.judge();
    const id = house.asks('robin');
    expect(gist(house.says('mia', `/caws approve ${id}`))).toBe('approved');
    expect(gist(house.says('mia', `/caws approve ${id}`))).toBe('said-already');
    house.passes(1);
    house.events.push(recorded(house, id, 'mia'));
    house.events.push(
      recorded(house, id, 'mia', { by: { forge: 'github', id: 2, login: 'noor' } }),
    );
    expect(house.word()).toBe('WAIVER_REQUIRED');
    // The name of noor was seen with another account, and doubt grants nothing.
    expect(gist(house.says('noor', `/caws approve ${id}`))).toBe(
      'not-allowed approver-not-allowed',
    );
    house.events.splice(2);
    expect(gist(house.says('noor', `/caws approve ${id}`))).toBe('approved');
    expect(house.word()).toBe('PASS');
  });
});

test('A7: a forged author makes no approver, and frees nobody', () => {
  const house = new House();
  house.pushing('robin', {
    people: ['mia'],
    commit: { authorName: 'mia', authorEmail: '2+mia@users.noreply.github.com' },
  });
  house.judge();
  const id = house.asks('max');
  expect(gist(house.says('robin', `/caws approve ${id}`))).toMatch(/^not-allowed/);
  expect(gist(house.says('mia', `/caws approve ${id}`))).toBe('not-allowed approver-is-author');
  expect(gist(house.says('noor', `/caws approve ${id}`))).toBe('approved');
});

describe('A16: an approver who lost the right', () => {
  test.each<[string, (house: House) => void, string]>([
    ['the role', (house) => (house.who('mia').role = 'read'), 'approver-not-allowed'],
    ['the repository', (house) => (house.who('mia').role = 'none'), 'approver-not-allowed'],
    ['the name', (house) => (house.who('mia').login = 'mia2'), 'approver-not-allowed'],
    ['the account', (house) => (house.who('mia').kind = 'ghost'), 'approver-not-a-person'],
  ])('%s counts no more, with the reason, and again with it', (_, loses, because) => {
    const house = granted('mia');
    const before = { ...house.who('mia') };
    expect(house.word()).toBe('PASS');
    loses(house);
    expect(house.refusals()).toEqual([because]);
    house.people['mia'] = before;
    expect(house.word()).toBe('PASS');
  });

  test('by leaving the team', () => {
    const house = granted('lee');
    expect(house.word()).toBe('PASS');
    house.who('lee').teams = [];
    expect(house.refusals()).toEqual(['approver-not-allowed']);
  });

  test('as the policy no longer names them', () => {
    const house = granted('mia');
    house.policy = policyOf(`{ approvers: ['@noor'], max_duration_days: 9 }`);
    expect(house.word()).toBe('WAIVER_REQUIRED');
  });

  test('is not gained by taking a name after speaking', () => {
    const house = granted('pat');
    delete house.people['mia'];
    Object.assign(house.who('pat'), { login: 'mia', role: 'write' });
    expect(house.refusals()).toEqual(['approver-not-allowed']);
  });

  test('to somebody who took the name over', () => {
    const house = granted('mia');
    house.who('mia').login = 'mia2';
    house.people['impostor'] = { ...house.who('noor'), id: 99, login: 'mia' };
    expect(house.word()).toBe('WAIVER_REQUIRED');
    const id = idIn(house);
    expect(gist(house.says('impostor', `/caws approve ${id}`))).toBe(
      'not-allowed approver-not-allowed',
    );
    house.events.push(recorded(house, id, 'impostor'));
    expect(house.word()).toBe('WAIVER_REQUIRED');
  });
});

describe('A17: what is no right', () => {
  test.each<[string, Role, readonly string[]]>([
    ['a reader', 'read', []],
    ['a member of another team', 'write', ['@acme/others']],
    ['a team of another organization', 'write', ['@evil/leads']],
    ['a team look-up that failed', 'write', []],
  ])('%s approves nothing', (_, role, teams) => {
    const house = new House();
    const id = house.asks('robin');
    Object.assign(house.who('pat'), { role, teams });
    expect(gist(house.says('pat', `/caws approve ${id}`))).toBe('not-allowed approver-not-allowed');
    house.events.push(recorded(house, id, 'pat'));
    expect(house.refusals()).toEqual(['approver-not-allowed']);
  });

  test('where the policy names nobody, whoever maintains may, and no writer', () => {
    const house = new House();
    house.policy = policyOf('{ max_duration_days: 9 }');
    house.judge();
    const id = house.asks('robin');
    expect(gist(house.says('noor', `/caws approve ${id}`))).toBe(
      'not-allowed approver-not-allowed',
    );
    expect(gist(house.says('max', `/caws approve ${id}`))).toBe('approved');
    expect(house.word()).toBe('PASS');
    house.who('max').role = 'write';
    expect(house.word()).toBe('WAIVER_REQUIRED');
  });
});

test('no role, kind, team or list makes the author, the requester or an automaton an approver', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...everyRole, null),
      fc.constantFrom('person', 'bot', 'organization', 'ghost') as fc.Arbitrary<'person'>,
      fc.subarray(['@acme/leads', '@acme/others']),
      fc.constantFrom(
        `{ max_duration_days: 9 }`,
        `{ approvers: ['@mia'] }`,
        `{ approvers: ['@acme/leads'] }`,
      ),
      fc.constantFrom('author', 'requester', 'committer', 'none'),
      (role, kind, teams, waivers, part) => {
        const house = new House();
        house.policy = policyOf(waivers);
        if (part === 'author') house.author = 'mia';
        if (part === 'committer') house.pushing('robin', { people: ['robin', 'mia'] });
        house.judge();
        const id = house.asks(part === 'requester' ? 'mia' : 'max');
        house.passes(1);
        Object.assign(house.who('mia'), { role, kind, teams });
        house.events.push(recorded(house, id, 'mia'));
        const admitted = waivers.includes('@mia')
          ? role === 'write' || role === 'maintain' || role === 'admin'
          : waivers.includes('@acme/leads')
            ? teams.includes('@acme/leads') && ['write', 'maintain', 'admin'].includes(role ?? '')
            : role === 'maintain' || role === 'admin';
        const may = part === 'none' && kind === 'person' && admitted;
        expect(house.word()).toBe(may ? 'PASS' : 'WAIVER_REQUIRED');
      },
    ),
    { numRuns: 150 },
  );
});
