/** One answer of GitHub's that goes wrong, for every request of every call of the port. */
import nock from 'nock';
import { afterEach, describe, expect, test } from 'vitest';
import type { ForgeFault } from '../../../src/forge.ts';
import type { Instant } from '../../../src/primitives.ts';
import { API, type Asked, type Call, calls, forgeAt, NOW, readingTheRepository } from './calls.ts';
import { interceptRequests } from './interception.ts';

const { origin } = new URL(API);
const ELSEWHERE = 'https://elsewhere.test';
const shop = '/repos/acme/shop';

interceptRequests();
afterEach(() => {
  nock.cleanAll();
  expect(strayed).toBe(0);
});

const { forge, client } = forgeAt(API);
const rows: readonly (readonly [string, Call])[] = [
  ...Object.entries<Call>(calls),
  ['repositoryOf', readingTheRepository],
];
const requests = rows.flatMap(([name, call]) =>
  call.asks.map((asked, at) => ({ name, call, asked, at })),
);
type Request = (typeof requests)[number];

const addressOf = ({ path, graphql }: Asked): string =>
  `/api${graphql === true ? '' : '/v3'}${path}`;
const intercept = (asked: Asked): nock.Interceptor =>
  nock(origin).intercept(addressOf(asked), asked.method).query(true);
const right = (asked: Asked): nock.Scope =>
  intercept(asked).reply(asked.empty === true ? 204 : 200, asked.answer as nock.Body);

/** How often another server was asked, in all tests. */
let strayed = 0;
const listenElsewhere = (answer: unknown) =>
  nock(ELSEWHERE)
    .persist()
    .get(/.*/)
    .query(true)
    .reply(() => {
      strayed += 1;
      return [200, answer as nock.Body];
    });

/** What a call comes to when one of its requests is answered by `serve` and the others rightly. */
async function outcome({ call, asked, at }: Request, serve: (wrong: nock.Interceptor) => unknown) {
  nock.cleanAll();
  for (const [other, each] of call.asks.entries()) if (other !== at) right(each);
  serve(intercept(asked));
  return call.make(forge, client);
}

test('every call of the port stands in the table', () => {
  const values = ['repository', 'appId', 'gitUrl', 'gitToken'];
  expect(Object.keys(forge).toSorted()).toEqual([...values, ...Object.keys(calls)].toSorted());
});

test.each(requests)('$name is answered where request $at is', async (request) => {
  const end = await outcome(request, () => right(request.asked));
  expect(end).toMatchObject({ ok: true });
  expect(nock.isDone()).toBe(true);
});

type Expected = Partial<ForgeFault>;
interface Wrong {
  readonly name: string;
  readonly serve: (wrong: nock.Interceptor) => unknown;
  /** null where this is a right answer to that request. */
  readonly becomes: (asked: Asked) => Expected | null;
}

const always = (expected: Expected) => () => expected;
const unreachable = always({ kind: 'forge-unreachable' });
const unexpected = always({ kind: 'forge-unexpected' });
const until = (ms: number) => always({ kind: 'forge-busy', retryAt: (NOW + ms) as Instant });
const json = { 'content-type': 'application/json' };
const html = { 'content-type': 'text/html' };
const MINUTE = 60_000;

const refused = (status: number, permission: string | null = null): Wrong => ({
  name: `status ${status}${permission === null ? '' : ' and a permission'}`,
  serve: (wrong) =>
    wrong.reply(
      status,
      { message: 'No' },
      // GitHub says with every answer what its route asks for.
      { 'x-accepted-github-permissions': permission ?? (status === 403 ? '' : 'contents=read') },
    ),
  becomes: () => ({ kind: 'forge-refused', status, permission }),
});

const wrongs: readonly Wrong[] = [
  ...[500, 502, 503, 504].map((status) => ({
    name: `status ${status} with a page for people`,
    serve: (wrong: nock.Interceptor) => wrong.reply(status, '<html>Unicorn</html>', html),
    becomes: unreachable,
  })),
  {
    name: 'status 408',
    serve: (wrong) => wrong.reply(408, {}),
    becomes: unreachable,
  },
  {
    name: 'a connection that breaks',
    serve: (wrong) =>
      wrong.replyWithError(Object.assign(new Error('reset'), { code: 'ECONNRESET' })),
    becomes: unreachable,
  },
  {
    name: 'the limit of the hour',
    serve: (wrong) =>
      wrong.reply(
        403,
        { message: 'API rate limit exceeded' },
        { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / 1000 + 120) },
      ),
    becomes: until(2 * MINUTE),
  },
  {
    name: 'a limit whose end has passed',
    serve: (wrong) =>
      wrong.reply(
        403,
        {},
        { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': String(NOW / 1000 - 500) },
      ),
    becomes: until(1_000),
  },
  ...[403, 429].map((status) => ({
    name: `a second limit as ${status}`,
    serve: (wrong: nock.Interceptor) =>
      wrong.reply(status, { message: 'slow down' }, { 'retry-after': '7' }),
    becomes: until(7_000),
  })),
  {
    name: 'a limit that names a date',
    serve: (wrong) => wrong.reply(429, {}, { 'retry-after': new Date(NOW + 9_000).toUTCString() }),
    becomes: until(9_000),
  },
  {
    name: 'a limit that names no time',
    serve: (wrong) => wrong.reply(429, { message: 'no' }),
    becomes: until(MINUTE),
  },
  {
    name: 'a second limit that only words tell',
    serve: (wrong) => wrong.reply(403, { message: 'You have exceeded a secondary rate limit.' }),
    becomes: until(MINUTE),
  },
  ...['31536000', '1e300', 'Fri, 01 Jan 2100 00:00:00 GMT'].map((after) => ({
    name: `a limit until ${after}, longer than GitHub has any`,
    serve: (wrong: nock.Interceptor) => wrong.reply(403, {}, { 'retry-after': after }),
    becomes: until(65 * MINUTE),
  })),
  refused(401),
  refused(403),
  refused(403, 'contents=read'),
  refused(404),
  refused(409),
  refused(410),
  refused(422),
  refused(451),
  {
    name: 'status 304, though no ETag was sent',
    serve: (wrong) => wrong.reply(304),
    becomes: unexpected,
  },
  {
    name: 'a way to another server',
    serve: (wrong) => {
      listenElsewhere({ id: 1 });
      return wrong.reply(301, {}, { location: `${ELSEWHERE}/repos/evil/shop` });
    },
    becomes: unreachable,
  },
  {
    name: 'a way that only leads back',
    serve: (wrong) => wrong.times(9).reply(307, {}, { location: '?again' }),
    becomes: unreachable,
  },
  {
    name: 'a way to nowhere',
    serve: (wrong) => wrong.reply(302, {}, { location: 'https://' }),
    becomes: unreachable,
  },
  { name: 'nothing', serve: (wrong) => wrong.reply(200, '', json), becomes: unexpected },
  {
    name: 'no content',
    serve: (wrong) => wrong.reply(204),
    becomes: ({ empty, untold }) =>
      empty === true || untold === true ? null : { kind: 'forge-unexpected' },
  },
  {
    name: 'a page for people',
    serve: (wrong) => wrong.reply(200, '<p>Hello', html),
    becomes: unexpected,
  },
  {
    name: 'bytes',
    serve: (wrong) => wrong.reply(200, Buffer.from([1, 2]), { 'content-type': 'image/png' }),
    becomes: unexpected,
  },
  {
    name: 'JSON that ends in the middle',
    serve: (wrong) => wrong.reply(200, '[{"id": 1, "us', json),
    becomes: unexpected,
  },
  ...['null', '7', '"text"', '{}', 'true'].map((text) => ({
    name: `JSON that is ${text}`,
    serve: (wrong: nock.Interceptor) => wrong.reply(200, text, json),
    becomes: unexpected,
  })),
  {
    name: 'a list of nothing',
    serve: (wrong) => wrong.reply(200, '[null]', json),
    becomes: unexpected,
  },
];

/** What an answer means to one request that means something else to others. */
function expectedOf({ asked }: Request, expected: Expected): object {
  const status = expected.kind === 'forge-refused' ? expected.status : undefined;
  if (status === 404 && asked.absent !== undefined) return { ok: true, value: asked.absent.value };
  const means = status === undefined ? undefined : asked.means?.[status];
  if (typeof means === 'string') return { ok: false, fault: { kind: means } };
  return means === undefined ? { ok: false, fault: expected } : { ok: true, ...means };
}

describe('instead of an answer', () => {
  test.each(wrongs)('$name is no value', async ({ serve, becomes }) => {
    for (const request of requests) {
      const expected = becomes(request.asked);
      // To a request that is answered without content, every answer says that it was done.
      if (expected === null || (request.asked.empty && expected.kind === 'forge-unexpected'))
        continue;
      const end = await outcome(request, (wrong) => {
        if (request.asked.absent?.looksAt === 'repository')
          right(readingTheRepository.asks[0] as Asked);
        return serve(wrong);
      });
      expect(end, `${request.name}, request ${request.at}`).toMatchObject(
        expectedOf(request, expected),
      );
    }
  });

  test.each(requests)(
    '$name is answered by a repository that has moved, with its number, request $at',
    async (request) => {
      const moved = '/api/v3/repositories/7/moved';
      const reads = request.asked.method === 'GET';
      const end = await outcome(request, (wrong) => {
        wrong.reply(reads ? 301 : 307, {}, { location: `${origin}${moved}` });
        nock(origin)
          .intercept(moved, request.asked.method)
          .reply(request.asked.empty === true ? 204 : 200, request.asked.answer as nock.Body);
      });
      expect(end).toMatchObject({ ok: true });
      expect(nock.isDone()).toBe(true);
      if (reads) return;
      const turned = await outcome(request, (wrong) =>
        wrong.reply(301, {}, { location: `${origin}${moved}` }),
      );
      expect(turned).toMatchObject({ ok: false, fault: { kind: 'forge-unreachable' } });
    },
  );

  test('what is not there is told from a repository that is hidden, gone or another', async () => {
    for (const [name, call] of [
      ['pull', calls.pull],
      ['branchTip', calls.branchTip],
    ] as const) {
      const request = { name, call, asked: call.asks[0] as Asked, at: 0 };
      const look = (status: number, body: nock.Body) =>
        outcome(request, (wrong) => {
          wrong.reply(404, {});
          nock(origin).get(`/api/v3${shop}`).reply(status, body);
        });
      const answer = readingTheRepository.asks[0]?.answer as object;
      expect(await look(404, {})).toMatchObject({ fault: { kind: 'forge-refused', status: 404 } });
      expect(await look(500, {})).toMatchObject({ fault: { kind: 'forge-unreachable' } });
      expect(await look(200, { ...answer, id: 8 })).toMatchObject({
        fault: { kind: 'forge-unexpected' },
      });
      expect(await look(200, answer as nock.Body)).toEqual({ ok: true, value: null });
    }
  });
});

/** The same without an interceptor, for the many answers that differ in one field. */
async function answeredWith({ call, at: wrong }: Request, answer: unknown) {
  const { forge, client } = forgeAt(API, {
    send: async (url, options) => {
      const found = call.asks.findIndex(
        (each) => each.method === options?.method && new URL(url).pathname === addressOf(each),
      );
      const body = found === wrong ? answer : call.asks[found]?.answer;
      return body === null
        ? new Response(null, { status: 204 })
        : new Response(JSON.stringify(body), { headers: json });
    },
  });
  return call.make(forge, client);
}

test('a run that is only said to be started is one whose number nobody knows', async () => {
  const call = calls.startRun;
  const started = { name: 'startRun', call, asked: call.asks[0] as Asked, at: 0 };
  expect(await answeredWith(started, null)).toEqual({ ok: true, value: null });
});

/** Everything inside an answer, as paths such as `0.user.id`. */
function pathsIn(value: unknown, path: readonly string[] = []): readonly (readonly string[])[] {
  const own = path.length === 0 ? [] : [path];
  if (typeof value !== 'object' || value === null) return own;
  return [...own, ...Object.entries(value).flatMap(([key, each]) => pathsIn(each, [...path, key]))];
}

const at = (value: unknown, path: readonly string[]): unknown =>
  path.reduce((inside, key) => (inside as Record<string, unknown>)[key], value);

/** @param put undefined takes it out. */
function changed(answer: unknown, path: readonly string[], put: unknown): unknown {
  const copy = structuredClone(answer);
  const holder = at(copy, path.slice(0, -1)) as Record<string, unknown>;
  const key = path.at(-1) as string;
  if (put === undefined && !Array.isArray(holder)) delete holder[key];
  else holder[key] = put;
  return copy;
}

/** Values that cannot stand where this one does. */
function strangersTo(value: unknown): readonly unknown[] {
  if (typeof value === 'number') return ['7', -1, 1.5, 2 ** 53, true, {}, [7]];
  if (typeof value === 'boolean') return ['true', 1, {}];
  if (Array.isArray(value)) return ['text', 7, { length: 0 }, [7], [null]];
  if (typeof value === 'object') return ['text', 7, true, ['text']];
  const text = typeof value === 'string' ? value : '';
  const sha = /^[0-9a-f]{40}$/.test(text) ? ['main', text.slice(1), `${text}\n`] : [];
  const time = /^\d{4}-\d\d-/.test(text) ? ['soon'] : [];
  return [7, true, {}, ['text'], ...sha, ...time];
}

describe('an answer in which something is missing or of another kind', () => {
  test.each(requests)('$name never reads as a value, request $at', async (request) => {
    const { asked } = request;
    let tried = 0;
    for (const path of pathsIn(asked.answer)) {
      const name = path.join('.');
      if (asked.loose?.includes(name)) continue;
      const lacking = asked.mayLack?.includes(name) ? [] : [undefined, null];
      const strangers = strangersTo(at(asked.answer, path));
      for (const put of [...lacking, ...strangers]) {
        if (asked.mayBe?.[name]?.includes(put)) continue;
        const end = await answeredWith(request, changed(asked.answer, path, put));
        tried += 1;
        expect([name, put, end]).toEqual([
          name,
          put,
          { ok: false, fault: expect.objectContaining({ kind: 'forge-unexpected' }) },
        ]);
      }
      for (const put of asked.mayLack?.includes(name) ? [undefined, null] : []) {
        const end = await answeredWith(request, changed(asked.answer, path, put));
        expect([name, put, end]).toEqual([name, put, expect.objectContaining({ ok: true })]);
      }
    }
    expect(tried > 0 || asked.empty === true).toBe(true);
  });
});

const lists = requests.filter(({ asked }) => asked.pages !== undefined);

/** The same page again and again, each with a Link of its own. */
const pagesOf = (wrong: nock.Interceptor, answer: unknown, linkOf: (page: number) => string) => {
  let page = 0;
  wrong.times(60).reply(() => {
    page += 1;
    return [200, answer as nock.Body, { link: linkOf(page) }];
  });
};

const nextAt = ({ asked }: Request, place: string, page: number | string): string =>
  `<${place}${addressOf(asked)}?${asked.pages === 'cursor' ? 'after' : 'page'}=${page}>; rel="next"`;

describe('a list', () => {
  test.each(lists)('$name that never ends is a part', async (request) => {
    const end = await outcome(request, (wrong) =>
      pagesOf(wrong, request.asked.answer, (page) => nextAt(request, origin, page + 1)),
    );
    expect(end).toMatchObject({ fault: { kind: 'forge-incomplete', what: /^more than/ } });
  });

  test.each(lists)('$name that leads to itself is no list', async (request) => {
    const end = await outcome(request, (wrong) =>
      pagesOf(wrong, request.asked.answer, () => nextAt(request, origin, 1)),
    );
    expect(end).toMatchObject({ fault: { kind: 'forge-unexpected' } });
  });

  test.each(lists)('$name that leads over pages away is no list', async (request) => {
    for (const link of [
      '<>; rel="next"',
      '<nowhere>; rel="next"',
      '<https://forge.test/>; rel="next"',
    ]) {
      const end = await outcome(request, (wrong) =>
        pagesOf(wrong, request.asked.answer, () => link),
      );
      expect([link, end]).toMatchObject([link, { fault: { kind: 'forge-unexpected' } }]);
    }
  });

  test.each(lists)('$name is never read at another server', async (request) => {
    const end = await outcome(request, (wrong) => {
      listenElsewhere(request.asked.answer);
      wrong.reply(200, request.asked.answer as nock.Body, { link: nextAt(request, ELSEWHERE, 2) });
      intercept(request.asked).reply(500);
    });
    expect(end).toMatchObject({ fault: { kind: 'forge-unreachable' } });
  });

  test.each(lists)('$name with a page missing in the middle is a part', async (request) => {
    const empty = Array.isArray(request.asked.answer)
      ? []
      : Object.fromEntries(
          Object.entries(request.asked.answer as object).map(([key, value]) => [
            key,
            Array.isArray(value) ? [] : value,
          ]),
        );
    const end = await outcome(request, (wrong) => {
      wrong.reply(200, request.asked.answer as nock.Body, { link: nextAt(request, origin, 2) });
      intercept(request.asked).reply(200, empty, { link: nextAt(request, origin, 3) });
      intercept(request.asked).reply(200, request.asked.answer as nock.Body);
    });
    expect(end).toMatchObject({ fault: { kind: 'forge-incomplete' } });
  });

  test('that is shorter than GitHub says elsewhere is a part', async () => {
    for (const name of ['checkRuns', 'workflowRuns'] as const) {
      const [asked] = calls[name].asks;
      if (asked === undefined) continue;
      const request = { name, call: calls[name], asked, at: 0 };
      const end = await outcome(request, (wrong) =>
        wrong.reply(200, { ...(asked.answer as object), total_count: 2 }),
      );
      expect(end).toMatchObject({ fault: { kind: 'forge-incomplete', what: /^1 of 2 / } });
      const shrunk = await outcome(request, (wrong) => {
        const first = { ...(asked.answer as object), total_count: 3 };
        wrong.reply(200, first, { link: nextAt(request, origin, 2) });
        intercept(asked).reply(200, asked.answer as nock.Body);
      });
      expect(shrunk).toMatchObject({ fault: { kind: 'forge-incomplete', what: /^2 of 3 / } });
    }
    const request = {
      name: 'comments',
      call: calls.comments,
      asked: calls.comments.asks[0] as Asked,
      at: 0,
    };
    const end = await outcome(request, (wrong) => wrong.reply(200, []));
    expect(end).toMatchObject({ fault: { kind: 'forge-incomplete', what: '0 of 1 comments' } });
  });

  test('of 250 commits, after which GitHub lists no more, is a part', async () => {
    const [asked] = calls.commitPeople.asks;
    const commit = (asked?.answer as readonly unknown[] | undefined)?.[0];
    const request = {
      name: 'commitPeople',
      call: calls.commitPeople,
      asked: asked as Asked,
      at: 0,
    };
    const of = (count: number) =>
      outcome(request, (wrong) =>
        wrong.reply(200, Array.from({ length: count }, () => commit) as nock.Body),
      );
    expect(await of(249)).toMatchObject({ ok: true });
    expect(await of(250)).toMatchObject({ fault: { kind: 'forge-incomplete' } });
  });
});

describe('a mutation that GraphQL answers with errors', () => {
  const mutations = requests.filter(({ asked }) => asked.graphql === true);
  const errors: readonly (readonly [string | undefined, Expected])[] = [
    ['RATE_LIMITED', { kind: 'forge-busy' }],
    ['FORBIDDEN', { kind: 'forge-refused', status: 403 }],
    ['INSUFFICIENT_SCOPES', { kind: 'forge-refused', status: 403 }],
    ['SERVICE_UNAVAILABLE', { kind: 'forge-unreachable' }],
    ['NOT_FOUND', { kind: 'forge-refused', status: 404 }],
    [undefined, { kind: 'forge-unreachable' }],
  ];
  test.each(errors)('of type %s has not been done', async (type, fault) => {
    for (const request of mutations) {
      const end = await outcome(request, (wrong) =>
        wrong.reply(200, { data: null, errors: [{ type, message: 'No' }] }),
      );
      expect([request.name, end]).toMatchObject([request.name, { ok: false, fault }]);
    }
  });

  test('is refused for what the pull request is only where GitHub says just that', async () => {
    const request = mutations.find(({ name }) => name === 'mergeWhenReady') as Request;
    const of = (...types: readonly string[]) =>
      outcome(request, (wrong) =>
        wrong.reply(200, { errors: types.map((type) => ({ type, message: 'In clean status' })) }),
      );
    expect(await of('UNPROCESSABLE')).toMatchObject({ fault: { kind: 'not-mergeable' } });
    expect(await of('UNPROCESSABLE', 'RATE_LIMITED')).toMatchObject({
      fault: { kind: 'forge-busy' },
    });
  });
});

describe('an answer about something else', () => {
  test.each([
    ['createCheck', { name: 'other' }],
    ['createCheck', { head_sha: 'c'.repeat(40) }],
    ['updateCheck', { id: 32 }],
    ['editComment', { id: 22 }],
    ['foldComment', { id: 22 }],
    ['setBody', { number: 4 }],
    ['pull', { number: 4 }],
    ['pull', { base: { ref: 'main', sha: 'b'.repeat(40), repo: { id: 8 } } }],
    ['branchTip', { ref: 'refs/heads/main-2' }],
    ['merge', { merged: false }],
    ['repositoryOf', { name: 'shop"]\n[core]' }],
  ] as const)('is none for %s: %j', async (name, other) => {
    const request = requests.find((each) => each.name === name) as Request;
    const end = await outcome(request, (wrong) =>
      wrong.reply(200, { ...(request.asked.answer as object), ...other }),
    );
    expect(end).toMatchObject({ ok: false, fault: { kind: 'forge-unexpected' } });
  });

  test('gives a login that somebody else has by now no role and no team', async () => {
    const other = requests.find(({ name }) => name === 'role') as Request;
    const role = await outcome(other, (wrong) =>
      wrong.reply(200, { permission: 'admin', role_name: 'admin', user: { id: 12, login: 'kim' } }),
    );
    expect(role).toEqual({ ok: true, value: 'none' });
    const member = requests.filter(({ name }) => name === 'isTeamMember');
    const pending = await outcome(member[0] as Request, (wrong) =>
      wrong.reply(200, { state: 'pending' }),
    );
    const taken = await outcome(member[1] as Request, (wrong) => wrong.reply(200, { id: 12 }));
    expect([pending, taken]).toEqual([
      { ok: true, value: false },
      { ok: true, value: false },
    ]);
  });
});

test('a token that cannot be had is a fault, and so is one that is empty', async () => {
  for (const token of [() => Promise.reject(new Error('offline')), () => Promise.resolve('')])
    expect(await forgeAt(API, { token }).forge.gitToken()).toMatchObject({ ok: false });
  expect(await forge.gitToken()).toEqual({ ok: true, value: 'ghs_token' });
});
