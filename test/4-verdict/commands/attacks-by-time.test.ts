import { describe, expect, test } from 'vitest';
import type { HostedFacts } from '../../../src/4-verdict/waivers/hosted-facts.ts';
import { openHosted } from '../../../src/4-verdict/waivers/open-hosted.ts';
import type { PullMove } from '../../../src/forge.ts';
import { type CommitSha, type Instant, isoOf } from '../../../src/primitives.ts';
import { granted, idIn, recorded } from './attacked-house.ts';
import { gist, House, REASON } from './house.ts';

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
