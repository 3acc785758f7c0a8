import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { checkFace } from '../../../src/5-publication/check/face.ts';
import type {
  CheckState,
  PendingWaiver,
  SingleState,
} from '../../../src/5-publication/check/state.ts';
import type { CheckFace } from '../../../src/forge.ts';
import { hostile, kindsOf, nodes, strangers, tree } from './hostile.ts';
import {
  at,
  context,
  decided,
  glassRecord,
  haunted,
  midway,
  precedentNames,
  recordOf,
  sha,
} from './kit.ts';

const asked: PendingWaiver = {
  id: 'W-e8156b0200abe8f8',
  gate: 'coverage',
  requestedBy: '@kim',
  reason: 'legacy adapter, removed by the end of May',
  expiresAt: '2027-03-08T10:00:00.000Z',
  approvals: 0,
  approvalsNeeded: 1,
};
const passing = decided(recordOf('coverage-that-holds'));
const over = decided(recordOf('too-many-lines'));
const failing = decided(recordOf('policy-and-code-together'));
const waived = recordOf('waived-budget');
const running: SingleState = { kind: 'running', progress: midway() };
const failed = (stopped: Extract<CheckState, { kind: 'error' }>['stopped']): SingleState => ({
  kind: 'error',
  stopped,
  stage: 'Deliberation',
  attempt: 2,
  attemptsMax: 2,
  reference: 'E-RUNNER-LOST / d4c0',
});
const waiting = (deadline: string): SingleState => ({
  kind: 'waiting',
  fault: {
    kind: 'forge-busy',
    doing: 'reading the comments',
    retryAt: at('2027-03-01T10:20:00Z'),
  },
  since: at('2027-03-01T10:00:00Z'),
  attempt: 3,
  againAt: at('2027-03-01T10:20:00Z'),
  deadline: at(deadline),
});
const pulls = (...states: readonly SingleState[]): CheckState => ({
  kind: 'several',
  pulls: states.map((state, index) => ({
    number: 42 + index,
    ...{ baseBranch: 'main', name: context.name },
    state,
  })),
});

/** [what, state, status / conclusion, title, buttons]. */
const table: readonly (readonly [string, CheckState, string, string, string])[] = [
  [
    'queued',
    { kind: 'queued', ahead: 2, runner: 'm2-01', since: context.now },
    'queued',
    'QUEUED · runner m2-01, 2 ahead',
    '',
  ],
  [
    'queued without a runner',
    { kind: 'queued', ahead: 0, runner: null, since: context.now },
    'queued',
    'QUEUED · starts next',
    '',
  ],
  ['in progress', running, 'in_progress', '3/5 Deliberation · coverage (42 s)', ''],
  [
    'PASS with gates',
    passing,
    'success',
    'PASS · 1/1 gate · +5 −0 in 1 file',
    'merge explain recheck',
  ],
  [
    'PASS without gates',
    decided(recordOf('within-budget-and-scope')),
    'success',
    'PASS · +5 −0 in 1 file',
    'merge explain recheck',
  ],
  [
    'PASS with a waiver',
    decided(waived),
    'success',
    'PASS with 1 waiver · budget_limit until 2027-03-08',
    'merge explain recheck',
  ],
  [
    'PASS by a broken glass',
    decided(glassRecord()),
    'success',
    'PASS by BREAK-GLASS · @sam · until 2027-03-01 11:00 UTC',
    'merge explain recheck',
  ],
  ['FAIL', failing, 'failure', 'FAIL · law and code in one change · 2 more', 'recheck explain'],
  [
    'FAIL without a spec',
    decided(recordOf('no-spec')),
    'failure',
    'FAIL · no spec covers this change',
    'recheck explain',
  ],
  [
    'WAIVER_REQUIRED',
    over,
    'action_required',
    'WAIVER REQUIRED · budget: 70 lines, limit 60',
    'waive recheck explain',
  ],
  [
    'WAIVER_REQUIRED and asked for',
    decided(recordOf('coverage-below-the-tier'), { pending: [asked] }),
    'action_required',
    'WAIVER REQUIRED · coverage 79 %, needs 80 %',
    'a:W-e8156b0200abe8f8 r:W-e8156b0200abe8f8 recheck',
  ],
  [
    'ERROR, a runner',
    failed({ kind: 'runner-lost', runner: 'm2-01', afterMs: 312_000 }),
    'failure',
    'ERROR · runner lost after 5 min 12 s, not your code',
    'recheck',
  ],
  [
    'ERROR, a report',
    failed({
      kind: 'fault',
      fault: {
        ...{ kind: 'report-unread', gate: 'tests', report: 'junit.xml' },
        ...{ because: 'memory', limit: 1024 ** 3 },
      },
    }),
    'failure',
    'ERROR · a report could not be read',
    'recheck',
  ],
  [
    'ERROR, out of time',
    failed({ kind: 'deadline', limitMs: 1_800_000 }),
    'timed_out',
    'ERROR · not finished within 30 min, not your code',
    'recheck',
  ],
  [
    'ERROR, our own',
    failed({ kind: 'internal' }),
    'failure',
    'ERROR · could not finish, not your code',
    'recheck',
  ],
  [
    'ERROR, a permission',
    failed({
      kind: 'forge',
      fault: {
        kind: 'forge-refused',
        doing: 'reading teams',
        status: 403,
        permission: 'members: read',
      },
    }),
    'failure',
    'ERROR · GitHub: the app lacks members: read',
    'recheck',
  ],
  [
    'ERROR, the law of the target',
    failed({ kind: 'fault', fault: { kind: 'several-merge-bases', bases: [sha('a'), sha('b')] } }),
    'failure',
    'ERROR · several merge bases',
    'recheck',
  ],
  [
    'waiting for the forge',
    waiting('2027-03-01T11:00:00Z'),
    'in_progress',
    'WAITING · for GitHub: asked to wait until 10:20 UTC',
    '',
  ],
  [
    'waiting for too long',
    waiting('2027-03-01T10:00:30Z'),
    'timed_out',
    'ERROR · GitHub gave no whole answer, not your code',
    'recheck',
  ],
  ['superseded', { kind: 'superseded', by: sha('8') }, 'cancelled', 'SUPERSEDED · by 8888888', ''],
  [
    'two at one head: one fails',
    pulls(passing, failing),
    'failure',
    'FAIL · #43 of 2: law and code in one change · 2 more',
    'recheck explain',
  ],
  [
    'two at one head: one is not finished',
    pulls(passing, running),
    'in_progress',
    '3/5 Deliberation · #43 of 2: coverage (42 s)',
    '',
  ],
  [
    'two at one head: one could not finish',
    pulls(failed({ kind: 'internal' }), over),
    'failure',
    'ERROR · #42 of 2: could not finish, not your code',
    'recheck',
  ],
  [
    'two at one head: both pass',
    pulls(passing, passing),
    'success',
    'PASS · #42 of 2: 1/1 gate · +5 −0 in 1 file',
    'merge explain recheck',
  ],
];

const outcome = ({ status, conclusion }: CheckFace): string => conclusion ?? status;
const buttons = ({ actions }: CheckFace): string =>
  actions.map(({ identifier }) => identifier).join(' ');

describe('each state has its status, its title and its buttons', () => {
  test.each(table)('%s', (_, state, expected, title, pressable) => {
    const face = checkFace(state, context);
    expect([outcome(face), face.title, buttons(face)]).toEqual([expected, title, pressable]);
    expect(face.name).toBe('CAWS verdict');
    expect(face.status === 'completed').toBe(face.conclusion !== null);
    expect(face.detailsUrl).toBe(`https://arbiter.example/v/${face.externalId}`);
  });
});

test('a policy that only observes speaks under another name and is no easier to pass', () => {
  const observed = recordOf('observed-only');
  const face = checkFace(decided(observed), context);
  expect([face.name, outcome(face), face.title, buttons(face)]).toEqual([
    'CAWS preview',
    'action_required',
    'WAIVER REQUIRED if enforced · budget: 70 lines, limit 60',
    'recheck explain',
  ]);
  expect(face.summary).toContain('nothing is blocked');
  expect(face.summary).not.toContain('/caws waive');
  const early = checkFace(running, { ...context, mode: 'observe' });
  expect(early.name).toBe('CAWS preview');
});

test('whoever is held up by another pull request at the head reads whose verdict stands and how to get away', () => {
  const held = checkFace(pulls(passing, failing), context).summary;
  expect(held).toContain('**What stands here is of `acme/shop#43`:**');
  expect(held).toContain(
    'close `acme/shop#43`, or push an empty commit (`git commit --allow-empty',
  );
  for (const state of [pulls(passing, passing), pulls(failing, failing), failing])
    expect(checkFace(state, context).summary).not.toContain('What stands here is of');
});

test('a verdict that stands aside never concludes success, and says why and what to do', () => {
  const branch = 'release/`2';
  const asides = [
    { kind: 'queue', name: 'CAWS verdict', branch },
    { kind: 'opens-nothing', branch },
  ] as const;
  const name = 'CAWS verdict (not required)';
  const faces = asides.map((aside) => checkFace(passing, { ...context, name, aside }));
  expect(faces.map((face) => [face.name, outcome(face), face.title])).toEqual([
    [name, 'in_progress', 'WAITING · the merge queue of release/`2 has this commit'],
    [name, 'action_required', 'OPENS NOTHING · the branch is to ask for CAWS verdict'],
  ]);
  expect(faces[0]?.summary).toContain('push an empty commit (`git commit --allow-empty`)');
  expect(faces[1]?.summary).toContain('ask for `CAWS verdict` from this app alone');
  for (const aside of asides)
    expect(outcome(checkFace(failing, { ...context, name, aside }))).toBe('failure');
});

test('a PASS ends with the waiver that it stands on, to the millisecond', () => {
  const state = decided(waived);
  const end = Date.parse(waived.validUntil ?? '');
  const face = (ms: number) => checkFace(state, { ...context, now: (end + ms) as never });
  expect(outcome(face(-1))).toBe('success');
  expect(outcome(face(0))).toBe('in_progress');
  expect(face(0).title).toBe('QUEUED · a waiver ended 2027-03-08, judged again');
  const shared = checkFace(pulls(passing, state), { ...context, now: end as never });
  expect(outcome(shared)).toBe('in_progress');
});

const isPass = (state: SingleState): boolean =>
  state.kind === 'decided' && state.record.verdict === 'PASS';

test('only a PASS of everyone concludes success, whatever stands beside it', () => {
  const states = table.flatMap(([, state]) => (state.kind === 'several' ? [] : [state]));
  fc.assert(
    fc.property(fc.subarray(states, { minLength: 1 }), (some) => {
      // A superseded one is no longer at this head.
      const live = some.filter(({ kind }) => kind !== 'superseded');
      const allPass = live.length > 0 && live.every(isPass);
      expect(outcome(checkFace(pulls(...some), context)) === 'success').toBe(allPass);
    }),
  );
});

test('names of files and keys on the arbiter’s own machine stand on no check', () => {
  const file = '/var/lib/arbiter/secret/ledger.db';
  for (const fault of [
    { kind: 'ledger-unreadable', file, reason: file },
    { kind: 'key-missing', where: file },
    { kind: 'git-failed', doing: file, stderr: file },
  ] as const) {
    const face = checkFace(failed({ kind: 'fault', fault }), context);
    expect(JSON.stringify(face)).not.toContain('secret');
    expect(face.summary).toContain('E-RUNNER-LOST / d4c0');
  }
});

describe('within the forge’s limits by construction', () => {
  const long = 'ä🙂'.repeat(2_000);
  const many = (count: number) => {
    const record = recordOf('workflow-with-the-rights-of-the-target');
    const [finding] = record.examination.findings;
    if (finding === undefined) throw new Error('no finding');
    const findings = Array.from({ length: count }, (_, index) => ({
      ...finding,
      places: finding.places.map((place) => ({ ...place, file: `src/${index}/${long}` })),
    }));
    return decided({ ...record, examination: { ...record.examination, findings } });
  };

  test('of 10,000 findings with long names each field is cut between rows and says so', () => {
    const face = checkFace(many(10_000), context);
    for (const field of [face.summary, face.text]) {
      expect(Buffer.byteLength(field)).toBeLessThanOrEqual(60_000);
      expect(field.length).toBeLessThanOrEqual(60_000);
      expect(field).toContain(`… truncated, full record: ${face.detailsUrl}`);
      expect(field.isWellFormed()).toBe(true);
    }
    expect(face.summary).toMatch(/<!-- caws:v1 \{.*\} -->$/);
    const types = nodes(tree(face.summary)).map(({ type }) => type);
    expect(types.filter((type) => type === 'table')).toHaveLength(1);
    expect(face.summary.split('<details>')).toHaveLength(face.summary.split('</details>').length);
  });

  test('50 annotations, then one that says how many more', () => {
    const { annotations } = checkFace(many(80), context);
    expect(annotations).toHaveLength(51);
    expect(annotations.at(-1)).toMatchObject({
      level: 'notice',
      message: '30 more places stand on the verdict page.',
    });
    for (const { title, message } of annotations) {
      expect(title.length).toBeLessThanOrEqual(255);
      expect(Buffer.byteLength(message)).toBeLessThanOrEqual(65_536);
    }
  });

  test('titles and buttons, whatever the names are', () => {
    fc.assert(
      fc.property(fc.constantFrom(...precedentNames), hostile, (name, text) => {
        const record = haunted(recordOf(name), text);
        const pending = { ...asked, gate: text, reason: text, requestedBy: text };
        const face = checkFace(decided(record, { pending: [pending] }), context);
        expect(face.title.length).toBeLessThanOrEqual(70);
        expect(face.title).not.toMatch(/[\p{Cc}\p{Cf}]/u);
        expect(face.actions.length).toBeLessThanOrEqual(3);
        for (const { label, description, identifier } of face.actions) {
          expect(label.length).toBeLessThanOrEqual(20);
          expect(description.length).toBeLessThanOrEqual(40);
          expect(identifier.length).toBeLessThanOrEqual(20);
        }
      }),
    );
  });
});

test('annotations stand on changed files alone, by what they mean for the verdict', () => {
  const record = recordOf('text-that-turns-around');
  const own = checkFace(decided(record), context).annotations;
  expect(own.map(({ path, startLine, level, title }) => [path, startLine, level, title])).toEqual([
    ['src/cart/tax.ts', 6, 'failure', 'hidden_content: unicode.hidden'],
    ['src/cart/tax.ts', 6, 'failure', 'hidden_content: unicode.hidden'],
  ]);
  expect(checkFace(decided(record, { annotatable: new Set() }), context).annotations).toEqual([]);
  expect(checkFace(decided(waived), context).annotations).toEqual([]);
});

test('a stranger’s text makes nothing but text and code of a whole face', () => {
  const known = kindsOf(
    ...precedentNames.flatMap((name) => {
      const { summary, text } = checkFace(decided(recordOf(name), { pending: [asked] }), context);
      return [summary, text];
    }),
  );
  fc.assert(
    fc.property(fc.constantFrom(...precedentNames), hostile, (name, text) => {
      const pending = { ...asked, gate: text, reason: text, requestedBy: text, id: text };
      const state = decided(haunted(recordOf(name), text), { pending: [pending] });
      const face = checkFace(state, context);
      expect(strangers(face.summary, known)).toEqual([]);
      expect(strangers(face.text, known)).toEqual([]);
    }),
    { numRuns: 80 },
  );
});
