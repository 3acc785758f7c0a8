import { describe, expect, test } from 'vitest';
import type { Instant } from '../../../src/primitives.ts';
import { granted, recorded } from './attacked-house.ts';
import { gist, House, newKey, REASON } from './house.ts';

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
