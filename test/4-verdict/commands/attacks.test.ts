/** The known attacks on granting, each with what varies of its class. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  HOSTED_EVENT_SCHEMA,
  type HostedDecision,
} from '../../../src/4-verdict/waivers/hosted-event.ts';
import type { HostedFacts } from '../../../src/4-verdict/waivers/hosted-facts.ts';
import { openHosted, signHosted } from '../../../src/4-verdict/waivers/open-hosted.ts';
import type { PullMove, Role } from '../../../src/forge.ts';
import { type CommitSha, type Instant, isoOf } from '../../../src/primitives.ts';
import { digestOf, sha } from '../../2-examination/case.ts';
import { gist, House, newKey, policyOf, REASON } from './house.ts';

const everyRole: readonly Role[] = ['none', 'read', 'triage', 'write', 'maintain', 'admin'];

/** An approval that the arbiter recorded at another time, when it was right, whatever is right now. */
function recorded(house: House, waiver: string, name: string, changes: object = {}): string {
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
function granted(...approvers: readonly string[]): House {
  const house = new House();
  const id = house.asks('robin');
  house.passes(1);
  for (const name of approvers) house.events.push(recorded(house, id, name));
  return house;
}

/** The waiver that was spoken of last. */
function idIn(house: House): string {
  return (
    JSON.stringify(house.answers)
      .match(/W-[0-9a-f]{16}/g)
      ?.at(-1) ?? ''
  );
}

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

describe('A9, A10, A11: an edited comment', () => {
  test.each<[string, (house: House, comment: number) => void]>([
    [
      'by somebody else, into a command',
      (house, comment) => house.edits(comment, `/caws waive budget_limit ${REASON}`),
    ],
    [
      'between its arrival and its answer',
      (house, comment) => {
        const entry = house.comments.get(comment);
        if (entry?.live != null)
          entry.live = { ...entry.live, body: `/caws waive budget_limit ${REASON}` };
      },
    ],
    [
      'into the hand of another',
      (house, comment) => {
        const entry = house.comments.get(comment);
        const body = `/caws waive budget_limit ${REASON}`;
        if (entry?.live != null)
          entry.live = { ...entry.live, body, author: { ...entry.live.author, id: 2 } };
      },
    ],
  ])('%s, grants nothing and is told of', (_, tampers) => {
    const house = new House();
    const comment = house.posts('mia', 'looks fine');
    tampers(house, comment);
    const answers = house.hears(comment);
    expect(answers.map(gist)).toEqual(['comment-edited']);
    expect(house.events).toEqual([]);
    expect(house.notes).toMatchObject([
      { event: 'edited', by: { login: 'mia' }, editor: { login: 'robin' } },
    ]);
  });

  test('of which word never came is known by the two times of the forge', () => {
    const house = new House();
    const comment = house.posts('robin', `/caws waive budget_limit ${REASON}`);
    const entry = house.comments.get(comment);
    if (entry !== undefined) entry.recorded = null;
    const other = { forge: 'github', id: 2, login: 'mia' } as const;
    expect(house.hears(comment, { by: other }).map(gist)).toEqual(['comment-edited']);
    house.edits(comment, `/caws waive budget_limit ${REASON} expires:9d`);
    house.answered.clear();
    expect(house.hears(comment).map(gist)).toEqual(['comment-edited']);
    expect(house.events).toEqual([]);
  });

  test('after its answer changes nothing that was granted, and is not answered again', () => {
    const house = new House();
    const id = house.asks('robin');
    const comment = house.posts('mia', `/caws approve ${id}`);
    expect(house.hears(comment).map(gist)).toEqual(['approved']);
    house.edits(comment, `/caws revoke ${id} ${REASON}`);
    expect(house.hears(comment).map(gist)).toEqual(['silent answered']);
    expect(house.word()).toBe('PASS');
  });

  test('that is gone before it was heard grants nothing', () => {
    const house = new House();
    const comment = house.posts('robin', `/caws waive budget_limit ${REASON}`);
    const live = house.comments.get(comment)?.live ?? null;
    const heard = { kind: 'comment', id: comment, recorded: null, live } as const;
    expect(house.says('robin', '/caws status', { heard: { ...heard, live: null } })).toEqual({
      kind: 'silent',
      because: 'deleted',
    });
  });

  test('of an app is no command', () => {
    const house = new House();
    const comment = house.posts('mia', '/caws status');
    const entry = house.comments.get(comment);
    if (entry?.live != null) entry.live = { ...entry.live, appId: 99 };
    expect(house.hears(comment).map(gist)).toEqual(['silent automaton']);
  });
});

test.each([
  `> /caws approve ID`,
  '```\n/caws approve ID\n```',
  '<details>\n\n/caws approve ID\n\n</details>',
  '<!--\n/caws approve ID\n-->',
  'On 24.11.2026 at 10:04, mia wrote:\n/caws approve ID',
  '\u00a0/caws approve ID',
  'fine\u2028/caws approve ID',
])('A13: %j grants nothing', (body) => {
  const house = new House();
  const id = house.asks('robin');
  house.hears(house.posts('mia', body.replace('ID', id)));
  expect(house.events).toHaveLength(1);
  expect(house.word()).toBe('WAIVER_REQUIRED');
});

test.each([
  '/caws recheck --policy.max_loc=99999 --judge__base_url=http://evil',
  '/caws recheck policy:lax',
  `/caws waive budget_limit ${REASON} floor:99999`,
  `/caws waive budget_limit ${REASON} delta:99999`,
])('A15: %s sets nothing', (body) => {
  const house = new House();
  expect(gist(house.says('robin', body))).toBe('not-understood');
  expect([house.events, house.notes]).toEqual([[], []]);
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

describe('A19: the forge does not answer', () => {
  test.each<[string, (facts: HostedFacts) => HostedFacts]>([
    [
      'the role',
      (facts) => ({ ...facts, people: facts.people.map((each) => ({ ...each, role: null })) }),
    ],
    ['the person', (facts) => ({ ...facts, people: [] })],
    [
      'with one voice',
      (facts) => ({
        ...facts,
        people: [
          ...facts.people,
          ...facts.people.map((each) => ({ ...each, role: 'admin' as const })),
        ],
      }),
    ],
    [
      'in time',
      (facts) => ({
        ...facts,
        people: facts.people.map((each) => ({
          ...each,
          askedAt: (each.askedAt - 700_000) as Instant,
        })),
      }),
    ],
  ])('%s, and nothing is granted until it does', (_, spoil) => {
    const house = granted('mia');
    const id = idIn(house);
    house.spoil = spoil;
    expect(house.refusals()).toEqual(['approver-unknown-now']);
    const comment = house.posts('noor', `/caws approve ${id}`);
    expect(house.hears(comment)).toMatchObject([{ kind: 'retry' }]);
    expect(house.events).toHaveLength(2);
    house.spoil = (facts) => facts;
    expect(house.hears(comment).map(gist)).toEqual(['approved']);
  });

  test('at all: a case without its answers counts no hosted event', () => {
    const house = granted('mia');
    const { hosted: _, ...offline } = house.caseFile();
    house.caseFile = () => offline;
    expect([house.word(), house.refusals()]).toEqual(['WAIVER_REQUIRED', []]);
  });
});

describe('A20: a word that the arbiter did not hear', () => {
  test.each([
    ['under another key', () => newKey()],
    ['under the name of its key', (house: House) => ({ ...newKey(), keyId: house.signer.keyId })],
  ])('counts for nothing, signed by a stranger %s', (_, signer) => {
    const house = new House();
    const id = house.asks('robin');
    house.passes(1);
    house.signer = signer(house);
    house.events.push(recorded(house, id, 'mia'));
    expect(house.refusals()).toEqual(['not-granted']);
  });

  test.each([
    ['2026-11-24T00:00:00Z', 'WAIVER_REQUIRED'],
    ['2026-11-26T00:00:00Z', 'PASS'],
  ])('under a key that the base revokes from %s gives %s', (revokedAt, word) => {
    const house = granted('mia');
    house.now = Date.parse('2026-11-25T00:00:00Z') as Instant;
    expect(house.word()).toBe('PASS');
    const file = house.caseFile();
    const key = file.hosted?.arbiterKeys[0] ?? '';
    const text = `version: 1\nkeys:\n  - { id: a, algorithm: ed25519, publicKey: ${key}, role: arbiter, holder: '@arbiter', validFrom: 2026-01-01T00:00:00Z, revoked: { at: ${revokedAt}, reason: lost } }\n`;
    const law = { ...file.law, trustedKeys: { file: '.caws/trusted-keys.yaml', text } };
    house.caseFile = () => ({ ...file, law });
    expect(house.word()).toBe(word);
  });

  test('about another pull request or repository counts for nothing here', () => {
    const house = granted('mia');
    house.spoil = (facts) => ({ ...facts, pull: 43 });
    expect(house.refusals()).toEqual(['other-branch']);
    house.spoil = (facts) => ({ ...facts, repositoryId: 1 });
    expect(house.refusals()).toEqual([]);
    expect(house.word()).toBe('WAIVER_REQUIRED');
  });

  test('a branch that is called like the pull request borrows nothing from it', () => {
    const house = granted('mia');
    const file = house.caseFile();
    const hosted = { ...house.facts(), pull: 43 };
    house.caseFile = () => ({ ...file, hosted, branches: ['42', 'refs/pull/42/head', '43'] });
    expect(house.word()).toBe('WAIVER_REQUIRED');
  });
});

describe('A22: the end of a waiver', () => {
  test('is exclusive to the millisecond', () => {
    const house = granted('mia');
    const end = Date.parse(decodedEnd(house));
    const at = (now: number) => {
      house.now = now as Instant;
      return house.word();
    };
    expect([at(end - 1), at(end), at(end + 1)]).toEqual([
      'PASS',
      'WAIVER_REQUIRED',
      'WAIVER_REQUIRED',
    ]);
    house.now = (end - 1) as Instant;
    expect(house.judge().validUntil).toBe(new Date(end).toISOString());
  });

  test.each([
    ['60d', 'expiry-too-late'],
    ['9999-12-31', 'expiry-too-late'],
    ['2027-02-29', 'expiry-unreadable'],
    ['2026-11-22', 'expiry-in-the-past'],
    ['90m', 'expiry-unreadable'],
  ])('%s is refused (%s)', (expires, kind) => {
    const house = new House();
    const answer = house.says('robin', `/caws waive budget_limit ${REASON} expires:${expires}`);
    expect(answer).toMatchObject({ reply: { kind: 'request-refused', fault: { kind } } });
  });

  test('by a date is the end of that day in UTC', () => {
    const house = new House();
    house.asks('robin', `${REASON} expires:2026-11-30`);
    expect(decodedEnd(house)).toBe('2026-12-01T00:00:00.000Z');
  });

  test.each([
    [4, 'PASS'],
    [6, 'WAIVER_REQUIRED'],
  ])('an approval dated %i minutes ahead of our clock gives %s', (minutes, word) => {
    const house = new House();
    const id = house.asks('robin');
    const at = isoOf((house.now + minutes * 60_000) as Instant);
    house.events.push(recorded(house, id, 'mia', { at }));
    expect(house.word()).toBe(word);
  });

  test('is not drawn out by approving late', () => {
    const house = new House();
    const id = house.asks('robin', `${REASON} expires:9d`);
    house.passes(60 * 24 * 9 - 30);
    expect(gist(house.says('mia', `/caws approve ${id}`))).toBe('approved');
    expect(house.word()).toBe('PASS');
    house.passes(60);
    expect(gist(house.says('noor', `/caws approve ${id}`))).toBe('waiver-over');
    expect(house.word()).toBe('WAIVER_REQUIRED');
  });
});

function decodedEnd(house: House): string {
  const read = openHosted(house.events[0]);
  return read.ok && read.value.event.event === 'requested' ? read.value.event.expiresAt : '';
}

describe('B23: a push after the word and before its answer', () => {
  test('changes nothing that a request is bound to', () => {
    const house = new House();
    const seen = house.head;
    const comment = house.posts('robin', `/caws waive budget_limit ${REASON}`);
    house.pushing('robin', { lines: 900 });
    house.judge();
    const [answer] = house.hears(comment);
    expect(answer).toMatchObject({ reply: { kind: 'waiver-asked', head: seen, live: house.head } });
    const id = /W-[0-9a-f]+/.exec(JSON.stringify(answer))?.[0] ?? '';
    house.events.push(recorded(house, id, 'mia'));
    expect(house.refusals()).toEqual(['worse-than-floor']);
    expect(gist(house.says('noor', `/caws approve ${id}`))).toBe('waiver-stale worse-than-floor');
  });

  test('changes nothing that an approval allows', () => {
    const house = new House();
    const id = house.asks('robin');
    const comment = house.posts('mia', `/caws approve ${id}`);
    house.pushing('robin', { lines: 900 });
    house.judge();
    expect(house.hears(comment).map(gist)).toEqual(['approved']);
    expect(house.word()).toBe('WAIVER_REQUIRED');
    house.pushing('robin', { lines: 250 });
    expect(house.word()).toBe('PASS');
  });

  test('in the same second has to be told apart by its name', () => {
    const house = new House();
    const comment = house.posts('robin', `/caws waive budget_limit ${REASON}`);
    const entry = house.comments.get(comment);
    house.now = (house.now - 60_000) as Instant;
    const head = house.pushing('robin', { lines: 900 });
    expect(entry?.live?.createdAt).toBe(house.now);
    expect(house.hears(comment).map(gist)).toEqual(['head-unclear']);
    house.judge();
    expect(
      house.says('robin', `/caws waive budget_limit ${REASON} sha:${head.slice(0, 7)}`),
    ).toMatchObject({ reply: { kind: 'waiver-asked', head } });
  });

  test.each<[string, string]>([
    ['0000000', 'sha-unknown'],
    ['ambiguous', 'sha-ambiguous'],
  ])('sha:%s is refused', (named, kind) => {
    const house = new House();
    const one = 'abcdef0'.padEnd(40, '1') as CommitSha;
    const other = 'abcdef0'.padEnd(40, '2') as CommitSha;
    const at = { seenAt: house.now, pushedAt: null };
    house.heads = [{ sha: one, ...at }, ...house.heads, { sha: other, ...at }];
    const short = named === 'ambiguous' ? 'abcdef0' : named;
    expect(house.says('robin', `/caws waive budget_limit ${REASON} sha:${short}`)).toMatchObject({
      reply: { kind: 'head-unclear', fault: { kind } },
    });
  });

  test('an approval that was said before its request is of nothing', () => {
    const house = new House();
    const early = house.posts('mia', '/caws approve W-0000');
    const id = house.asks('robin');
    const body = `/caws approve ${id}`;
    const entry = house.comments.get(early);
    if (entry?.live != null) entry.live = { ...entry.live, body };
    if (entry !== undefined) entry.recorded = 'never-edited';
    expect(house.hears(early).map(gist)).toEqual(['waiver-unknown']);
    house.events.push(recorded(house, id, 'mia', { at: '2026-11-23T12:00:00.000Z' }));
    expect(house.refusals()).toEqual(['not-granted']);
  });

  test('before any head was seen nothing is bound', () => {
    const house = new House();
    expect(gist(house.says('robin', `/caws waive budget_limit ${REASON}`, { heads: [] }))).toBe(
      'head-unclear',
    );
  });

  test('a change that was rewritten is another one', () => {
    const house = granted('mia');
    house.pushing('robin', { rewritten: true });
    expect(house.refusals()).toEqual(['other-change']);
  });
});

describe('B25, B27, B30: merge, base and policy', () => {
  test('a merge is asked for exactly the head that was looked at, while it passes', () => {
    const house = granted('mia');
    house.judge();
    const head = house.head;
    expect(house.says('noor', '/caws merge squash')).toMatchObject({
      effects: [{ kind: 'merge', head, method: 'squash' }],
    });
    const comment = house.posts('noor', '/caws merge');
    house.pushing('robin');
    house.judge();
    expect(house.hears(comment).map(gist)).toEqual(['merge-refused head-moved']);
  });

  test('a hold blocks it until it is lifted, whatever the order of the entries', () => {
    const house = granted('mia');
    house.judge();
    expect(gist(house.says('noor', '/caws hold'))).toBe('held');
    expect(gist(house.says('max', '/caws merge'))).toBe('merge-refused held');
    house.says('max', '/caws unhold');
    house.notes.reverse();
    expect(gist(house.says('max', '/caws merge'))).toBe('merge-asked');
    expect(gist(house.says('pat', '/caws merge'))).toBe('not-allowed role');
  });

  /** Times in minutes from the word on. */
  const moved = (kind: 'closed' | 'reopened' | 'unlisted', minutes: number): PullMove => {
    return { kind, at: (minutes * 60_000) as Instant };
  };
  const aimedFrom = (from: string, minutes: number): PullMove => {
    return { kind: 'aimed', at: (minutes * 60_000) as Instant, from };
  };

  test.each<[string, readonly PullMove[], string]>([
    ['nothing', [], 'merge-asked'],
    ['a close long ago', [moved('closed', -9)], 'merge-asked'],
    ['a reopening in its second', [moved('reopened', 0)], 'merge-refused was-closed'],
    ['another target in its second', [aimedFrom('dev', 0)], 'merge-elsewhere'],
    ['another target later', [aimedFrom('dev', 5)], 'merge-elsewhere'],
    ['another target and back', [aimedFrom('main', 5), aimedFrom('dev', 6)], 'merge-asked'],
    [
      'more than is listed',
      [moved('unlisted', 1), aimedFrom('main', 1)],
      'merge-refused moved-often',
    ],
    ['more long before', [moved('unlisted', -9), aimedFrom('dev', -9)], 'merge-asked'],
    ['the target of before', [aimedFrom('dev', -5)], 'merge-asked'],
  ])(
    'a wish to merge is held against what became of the pull request since: %s',
    (_, moves, word) => {
      const house = new House();
      house.lines = 9;
      house.judge();
      const comment = house.posts('mia', '/caws merge');
      house.moves = moves.map((move) => ({ ...move, at: (house.now + move.at) as Instant }));
      expect(house.hears(comment).map(gist)).toEqual([word]);
    },
  );

  test('a button that stood beside a verdict on another target merges nothing, however late it is heard', () => {
    const house = new House();
    house.lines = 9;
    house.baseRef = 'refs/heads/dev';
    house.judge();
    house.passes(1);
    house.baseRef = 'refs/heads/main';
    const given = house.verdicts[0]?.id;
    house.judge();
    expect(gist(house.presses('mia', 'merge', house.head, given))).toBe('merge-elsewhere');
    expect(gist(house.presses('mia', 'merge'))).toBe('merge-asked');
  });

  test('an ended waiver is no pass to merge on', () => {
    const house = granted('mia');
    house.judge();
    house.passes(60 * 24 * 10);
    expect(gist(house.says('noor', '/caws merge'))).toBe('merge-refused no-pass');
  });

  test('what was granted against one base is nothing against another', () => {
    const house = granted('mia');
    house.baseRef = 'refs/heads/strict';
    expect([house.word(), house.refusals()]).toEqual(['WAIVER_REQUIRED', []]);
    const id = idIn(house);
    expect(gist(house.says('noor', `/caws approve ${id}`))).toBe('waiver-unknown');
    expect(gist(house.says('robin', `/caws waive budget_limit ${REASON}`))).toBe('no-verdict-yet');
  });

  test('a policy that changed asks again', () => {
    const house = granted('mia');
    house.policy = `${house.policy}\n# stricter\n`;
    expect(house.refusals()).toEqual(['policy-changed']);
    const id = idIn(house);
    expect(gist(house.says('noor', `/caws approve ${id}`))).toBe('waiver-stale policy-changed');
    expect(gist(house.says('robin', `/caws waive budget_limit ${REASON} sha:${house.head}`))).toBe(
      'policy-changed',
    );
  });
});

test('whoever asks cannot fill the ledger', () => {
  const house = new House();
  const kinds = new Map<string, number>();
  for (let at = 0; at < 60; at += 1) {
    house.pushing('robin', { lines: 250 + at });
    house.judge();
    const said = gist(house.says('robin', `/caws waive budget_limit ${REASON}`));
    expect(gist(house.says('robin', `/caws waive budget_limit ${REASON}`))).toMatch(
      /already-asked|too-many/,
    );
    kinds.set(said, (kinds.get(said) ?? 0) + 1);
    house.says('robin', '/caws merge');
    house.says('robin', '/caws break-glass reason:"the payments are down again" expires:1h');
  }
  expect(Object.fromEntries(kinds)).toEqual({ 'waiver-asked': 20, 'too-many-requests': 40 });
  expect(house.events).toHaveLength(20);
  expect(house.notes.length).toBeLessThanOrEqual(50);
});

test('nobody buries a hold under words that were edited', () => {
  const house = new House();
  house.says('noor', '/caws hold');
  for (let at = 0; at < 60; at += 1) {
    const comment = house.posts('pat', '/caws status');
    house.edits(comment, '/caws help');
    expect(house.hears(comment).map(gist)).toEqual(['comment-edited']);
  }
  expect(house.notes).toHaveLength(51);
  expect(gist(house.says('robin', '/caws merge'))).not.toBe('merge-asked');
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
