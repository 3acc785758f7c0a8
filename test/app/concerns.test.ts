import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Hearing } from '../../app/intake/concern-types.ts';
import { concernsOf } from '../../app/intake/concerns.ts';
import { subjectOf, subjectText } from '../../app/work/task.ts';
import {
  appId,
  commentOn,
  everyExample,
  installation,
  pullRequest,
  repository,
  sha,
} from './mail.ts';

const self = { appId, login: 'caws-arbiter[bot]' };
const ourBot = { id: 3, login: 'caws-arbiter[bot]', type: 'Bot' };
const kim = { id: 9, login: 'kim', type: 'User' };
const a = sha('a');
const b = sha('b');

const heard = (event: string, body: object | string): Hearing =>
  concernsOf(event, typeof body === 'string' ? JSON.parse(body) : body, self);
/** What is to be looked at, as short texts; or why there is nothing. */
const looks = (event: string, body: object | string): readonly string[] | string => {
  const hearing = heard(event, body);
  return hearing.because ?? hearing.heard.flatMap(({ concerns }) => concerns.map(subjectText));
};
const at = (event: string, part: object, more: object = {}) => ({
  action: 'completed',
  [event]: { head_sha: a, pull_requests: [], app: { id: 1 }, ...part },
  repository,
  installation,
  sender: kim,
  ...more,
});
const pushTo = (ref: string, more: object = {}) => ({
  ref,
  before: a,
  after: b,
  repository,
  installation,
  sender: kim,
  ...more,
});

describe('every payload of @octokit/webhooks-examples', () => {
  test('gives an answer, also without the parts that some lack', () => {
    expect(everyExample.length).toBeGreaterThan(300);
    for (const [event, payload] of everyExample) {
      const hearing = concernsOf(event, payload, self);
      expect(hearing.because === null).toBe(hearing.heard.length > 0);
      for (const body of [
        { ...payload, installation },
        { ...payload, repository: null },
      ])
        expect(concernsOf(event, body, self).heard).toBeInstanceOf(Array);
    }
  });

  test('of a pull request leads to it, once it comes from an installation', () => {
    const pulls = everyExample.filter(([event]) => event === 'pull_request');
    for (const [event, payload] of pulls) {
      const found = heard(event, { ...payload, installation }).heard[0];
      expect(found?.notes.map(({ kind }) => kind)).toEqual(['head']);
    }
    expect(pulls).toHaveLength(29);
  });
});

test('nothing that can be JSON makes it throw', () => {
  const names = [...new Set(everyExample.map(([event]) => event))];
  const known = fc.constantFrom(...everyExample.map(([, payload]) => payload));
  const bent = fc
    .tuple(known, fc.array(fc.tuple(fc.nat(), fc.jsonValue()), { maxLength: 4 }))
    .map(([payload, changes]) =>
      changes.reduce<unknown>((body, [where, value]) => bend(body, where, value), payload),
    );
  fc.assert(
    fc.property(
      fc.constantFrom(...names, '__proto__', ''),
      fc.oneof(bent, fc.jsonValue()),
      (event, body) => {
        const { heard: found } = concernsOf(event, body, self);
        for (const { concerns } of found)
          for (const concern of concerns) {
            const again = subjectOf(subjectText(concern));
            expect(subjectText(again)).toBe(subjectText(concern));
          }
      },
    ),
    { seed: 20_261_125, numRuns: 2_000 },
  );
});

/** Puts a value somewhere into a JSON value. */
function bend(body: unknown, where: number, value: unknown): unknown {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) return value;
  const keys = Object.keys(body);
  const key = keys[where % Math.max(1, keys.length)];
  if (key === undefined) return value;
  const inner = (body as Readonly<Record<string, unknown>>)[key];
  const deeper = typeof inner === 'object' && where % 3 !== 0;
  return { ...body, [key]: deeper ? bend(inner, Math.floor(where / 3), value) : value };
}

describe('what has to be looked at again', () => {
  test.each<[string, string, object | string, readonly string[] | string]>([
    ['a push to a pull request', 'pull_request', pullRequest(4), ['pull:4']],
    ['another base', 'pull_request', pullRequest(4, { action: 'edited' }), ['pull:4']],
    ['a label', 'pull_request', pullRequest(4, { action: 'labeled' }), ['pull:4']],
    ['an assignee', 'pull_request', pullRequest(4, { action: 'assigned' }), []],
    [
      'a review',
      'pull_request_review',
      { ...JSON.parse(pullRequest(4)), action: 'dismissed' },
      ['pull:4'],
    ],
    ['a command', 'issue_comment', commentOn(4), ['pull:4']],
    [
      'a command written with a character reference',
      'issue_comment',
      commentOn(4, { body: '/c&#97;ws recheck' }),
      ['pull:4'],
    ],
    ['plain talk', 'issue_comment', commentOn(4, { body: 'Looks fine.' }), []],
    ['an edited command', 'issue_comment', commentOn(4, { action: 'edited' }), ['pull:4']],
    ['a deleted command', 'issue_comment', commentOn(4, { action: 'deleted' }), ['pull:4']],
    ['a comment of ours', 'issue_comment', commentOn(4, { appId }), 'our-own-doing'],
    [
      'a comment by our own hand',
      'issue_comment',
      commentOn(4, { sender: ourBot }),
      'our-own-doing',
    ],
    [
      'a comment on an issue',
      'issue_comment',
      { ...JSON.parse(commentOn(4)), issue: { number: 4 } },
      'not-a-pull-request',
    ],
    ['CI that answered, of a fork', 'check_run', at('check_run', {}), [`at:${a}`]],
    ['CI that started', 'check_run', at('check_run', {}, { action: 'created' }), [`at:${a}`]],
    ['a suite of CI', 'check_suite', at('check_suite', {}), [`at:${a}`]],
    ['a workflow', 'workflow_run', at('workflow_run', {}), [`at:${a}`]],
    ['a status', 'status', { sha: a, repository, installation }, [`at:${a}`]],
    ['our own check', 'check_run', at('check_run', { app: { id: appId } }), 'our-own-doing'],
    ['our own suite', 'check_suite', at('check_suite', { app: { id: appId } }), 'our-own-doing'],
    [
      'our suite, which comes with every push',
      'check_suite',
      at('check_suite', { app: { id: appId } }, { action: 'requested' }),
      'our-own-doing',
    ],
    [
      'our check, asked for again',
      'check_run',
      at('check_run', { app: { id: appId } }, { action: 'rerequested' }),
      [`at:${a}`],
    ],
    [
      'our suite, asked for again',
      'check_suite',
      at('check_suite', { app: { id: appId } }, { action: 'rerequested' }),
      [`at:${a}`],
    ],
    [
      'a push to a branch',
      'push',
      pushTo('refs/heads/main'),
      ['open:main', `audit:${a}:${b}:main`],
    ],
    [
      'a push to a branch with colons',
      'push',
      pushTo('refs/heads/a:b'),
      ['open:a:b', `audit:${a}:${b}:a:b`],
    ],
    [
      'a new branch',
      'push',
      pushTo('refs/heads/x', { before: '0'.repeat(40) }),
      ['open:x', `audit::${b}:x`],
    ],
    [
      'a branch that is gone',
      'push',
      pushTo('refs/heads/x', { after: '0'.repeat(40) }),
      'action-not-heard',
    ],
    ['a tag', 'push', pushTo('refs/tags/v1'), 'action-not-heard'],
    [
      'the documents that an owner’s repositories inherit',
      'push',
      pushTo('refs/heads/main', {
        repository: { ...repository, name: '.github', full_name: 'acme/.github' },
      }),
      ['open:main', `audit:${a}:${b}:main`, 'organization'],
    ],
    [
      'a merge group',
      'merge_group',
      {
        action: 'checks_requested',
        merge_group: { head_sha: a, base_ref: 'refs/heads/main' },
        repository,
        installation,
      },
      [`group:${a}:main`],
    ],
    [
      'a merge group that is gone',
      'merge_group',
      {
        action: 'destroyed',
        merge_group: { head_sha: a, base_ref: 'refs/heads/main' },
        repository,
        installation,
      },
      [`group:${a}:main`],
    ],
    ['a changed role', 'member', { action: 'removed', repository, installation }, ['open']],
    [
      'a changed ruleset',
      'repository_ruleset',
      { action: 'edited', repository, installation },
      ['open'],
    ],
    ['a star', 'star', { action: 'created', repository, installation }, 'event-not-heard'],
    [
      'a repository without installation',
      'pull_request',
      { ...JSON.parse(pullRequest(4)), installation: null },
      'no-installation',
    ],
    [
      'a name that is a path',
      'pull_request',
      { ...JSON.parse(pullRequest(4)), repository: { ...repository, full_name: '../x' } },
      'not-as-documented',
    ],
  ])('%s', (_name, event, body, expected) => {
    expect(looks(event, body)).toEqual(expected);
  });

  test('pull requests that a check names count only where they lead into this repository', () => {
    const named = [
      { number: 4, base: { repo: { id: repository.id } } },
      { number: 5, base: { repo: { id: 1 } } },
      { number: -1, base: { repo: { id: repository.id } } },
    ];
    const [found] = heard('check_run', at('check_run', { pull_requests: named })).heard;
    expect(found?.concerns).toEqual([{ kind: 'pulls-at', head: a, named: [4] }]);
  });

  test('an edit of a description by ourselves is heard only where it has another base', () => {
    const edited = { ...JSON.parse(pullRequest(4, { action: 'edited' })), sender: ourBot };
    expect(looks('pull_request', edited)).toEqual([]);
    expect(looks('pull_request', { ...edited, changes: { base: {} } })).toEqual(['pull:4']);
    const imitated = { ...edited, sender: { ...ourBot, type: 'User' } };
    expect(looks('pull_request', imitated)).toEqual(['pull:4']);
  });

  test('a new installation looks at all open pull requests of its repositories', () => {
    const repositories = [
      { id: 77, full_name: 'acme/widgets' },
      { id: 78, full_name: 'acme/gears' },
    ];
    const { heard: found } = heard('installation', {
      action: 'created',
      installation,
      repositories,
    });
    expect(found.map(({ where, concerns }) => [where.name, ...concerns.map(subjectText)])).toEqual([
      ['widgets', 'open'],
      ['gears', 'open'],
    ]);
    const gone = heard('installation', { action: 'deleted', installation, repositories });
    expect(gone.heard.flatMap(({ notes }) => notes.map(({ kind }) => kind))).toEqual([
      'taken-away',
      'taken-away',
    ]);
  });
});

describe('what is remembered', () => {
  test('of a comment: who wrote it, its number, and a digest of what it said', () => {
    const [found] = heard(
      'issue_comment',
      commentOn(4, { id: 31, body: '/caws approve W-1' }),
    ).heard;
    expect(found?.notes).toEqual([
      {
        kind: 'comment',
        pull: 4,
        comment: 31,
        author: { id: 9, login: 'kim', kind: 'person' },
        appId: null,
        digest: expect.stringMatching(/^sha256:[0-9a-f]{64}$/),
        createdAt: Date.UTC(2026, 10, 25, 12),
        text: '/caws approve W-1',
      },
    ]);
  });

  test('of a button: who pressed it, at which head, on which check', () => {
    const pressed = at(
      'check_run',
      { app: { id: appId }, id: 8, external_id: 'v-1' },
      { action: 'requested_action', requested_action: { identifier: 'approve:W-31' } },
    );
    expect(heard('check_run', pressed).heard[0]?.notes).toEqual([
      {
        kind: 'button',
        head: a,
        checkRun: 8,
        externalId: 'v-1',
        identifier: 'approve:W-31',
        actor: { id: 9, login: 'kim', kind: 'person' },
      },
    ]);
    const others = at(
      'check_run',
      { id: 8 },
      { action: 'requested_action', requested_action: { identifier: 'x' } },
    );
    expect(looks('check_run', others)).toBe('action-not-heard');
  });

  test('nobody is taken for a person whom GitHub does not call a user', () => {
    for (const [type, kind] of [
      ['Bot', 'bot'],
      ['Organization', 'organization'],
      ['Mannequin', 'ghost'],
      [null, 'ghost'],
    ] as const) {
      const body = JSON.parse(commentOn(4));
      body.comment.user.type = type;
      expect(heard('issue_comment', body).heard[0]?.notes).toMatchObject([{ author: { kind } }]);
    }
  });
});
