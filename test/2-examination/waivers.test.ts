import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { floorOf } from '../../src/2-examination/waiver-bounds.ts';
import { isAdmitted } from '../../src/2-examination/waiver-grounds.ts';
import { type WeighContext, weighFindings } from '../../src/2-examination/waivers.ts';
import { teamsNamed } from '../../src/4-verdict/waivers/whom-to-ask.ts';
import type { Finding } from '../../src/caws/findings.ts';
import type { WaiverPolicy } from '../../src/caws/policy.ts';
import { bothApprove } from '../../src/caws/stricter.ts';
import type { Waiver, WaiverFloor } from '../../src/caws/waiver.ts';
import { type Instant, ok } from '../../src/primitives.ts';
import {
  aCase,
  aFile,
  aFinding,
  aGate,
  aPolicy,
  aSpec,
  aWaiver,
  aWaiverFile,
  contextOf,
  day,
  digestOf,
  examined,
  findingOf,
  later,
  now,
  sha,
  verdictOf,
} from './case.ts';

const floor = (facts: Partial<WaiverFloor> = {}): WaiverFloor => ({
  rule: 'budget.lines',
  subject: 'tier',
  value: 250,
  unit: 'lines',
  files: null,
  ...facts,
});
const lines = (value: number) => aFinding({ measured: { value, unit: 'lines' } });
const granted = (facts: Partial<Waiver> = {}) => aWaiver({ floors: [floor()], ...facts });
const context = (waivers: readonly Waiver[], facts: Partial<WeighContext> = {}): WeighContext => ({
  ...contextOf(),
  waivers: waivers.map((waiver) => ok([waiver])),
  ...facts,
});
const weighed = (
  finding: Finding,
  waivers: readonly Waiver[],
  facts: Partial<WeighContext> = {},
) => {
  const [first] = weighFindings([finding], context(waivers, facts)).filter(
    (each) => each.rule === finding.rule,
  );
  return {
    standing: first?.standing,
    by: first?.waivedBy,
    because: first?.waiversRefused[0]?.because,
  };
};
const waiverPolicy = (facts: Partial<WaiverPolicy>) => ({
  policy: aPolicy({ waivers: { ...aPolicy().waivers, ...facts } }),
});
const approvedBy = (...names: string[]) => ({
  approvals: names.map((by) => ({ by, at: later(-1), proof: 'signed-event' as const })),
});
const scope = (facts: Partial<Waiver['scope']>) => ({ scope: { ...aWaiver().scope, ...facts } });

test('a grant within all its bounds covers the finding', () => {
  expect(weighed(lines(250), [granted()])).toMatchObject({ standing: 'waived', by: 'W-1' });
});

test('a grant for an earlier commit of the change covers what came on top of it', () => {
  const earlier = granted(scope({ head: sha('commit') }));
  expect(weighed(lines(250), [earlier])).toMatchObject({ standing: 'waived', by: 'W-1' });
});

describe('a grant that does not count says why', () => {
  const cases: readonly (readonly [string, Waiver, string, Partial<WeighContext>?])[] = [
    ['at the instant of its end', granted({ expiresAt: now }), 'expired'],
    ['marked expired', granted({ status: 'expired' }), 'expired'],
    ['without an end', granted({ expiresAt: null }), 'not-bounded'],
    ['before its grant', granted({ grantedAt: later(0.1) }), 'not-yet-valid'],
    [
      'older than the policy lets one live',
      granted({ grantedAt: later(-30) }),
      'longer-than-policy-allows',
    ],
    [
      'approved longer ago than the policy lets one live',
      granted({ approvals: [{ by: '@mia', at: later(-30), proof: 'signed-event' }] }),
      'longer-than-policy-allows',
    ],
    ['revoked', granted({ status: 'revoked' }), 'revoked'],
    ['rejected', granted({ status: 'rejected' }), 'rejected'],
    ['only proposed', granted({ status: 'proposed' }), 'not-granted'],
    ['for another spec', granted(scope({ spec: 'FEAT-2' })), 'other-spec'],
    ['for no spec', granted(scope({ spec: null })), 'other-spec'],
    ['for the spec as it was', granted(scope({ specDigest: digestOf('old') })), 'spec-changed'],
    [
      'for the policy as it was',
      granted(scope({ policyDigest: digestOf('old') })),
      'policy-changed',
    ],
    ['naming no policy', granted(scope({ policyDigest: null })), 'policy-changed'],
    [
      'for another repository',
      granted(scope({ repository: 'https://example.org/acme/other' })),
      'other-repository',
    ],
    ['naming no repository', granted(scope({ repository: null })), 'other-repository'],
    ['for another pull request', granted(scope({ branch: '41' })), 'other-branch'],
    ['naming no pull request', granted(scope({ branch: null })), 'other-branch'],
    [
      'for a commit that the change does not hold',
      granted(scope({ head: sha('merged') })),
      'other-change',
    ],
    ['for one line less', granted({ floors: [floor({ value: 249 })] }), 'worse-than-floor'],
    ['for another budget', granted({ floors: [floor({ subject: 'db' })] }), 'worse-than-floor'],
    [
      'for another rule of the gate',
      granted({ floors: [floor({ rule: 'budget.files' })] }),
      'worse-than-floor',
    ],
    ['for another unit', granted({ floors: [floor({ unit: 'files' })] }), 'worse-than-floor'],
    ['for nothing measured', granted({ floors: [floor({ value: null })] }), 'worse-than-floor'],
    ['for no number', granted({ floors: [floor({ value: Number.NaN })] }), 'worse-than-floor'],
    ['without a floor', granted({ floors: [] }), 'not-bounded'],
    ['by nobody', granted({ approvals: [] }), 'too-few-approvers'],
    ['by the author', granted(approvedBy('@ada')), 'approver-is-author'],
    ['by the author in other letters', granted(approvedBy('@ADA')), 'approver-is-author'],
    [
      'by the address of the author',
      granted(approvedBy('ada+gate@example.org')),
      'approver-is-author',
    ],
    ['by the name of the author', granted(approvedBy('ada author')), 'approver-is-author'],
    [
      'by the forge address of the author',
      granted(approvedBy('77+ada@users.noreply.github.com')),
      'approver-is-author',
    ],
    [
      'by the author behind an invisible letter',
      granted(approvedBy('@a\u200bda')),
      'approver-is-author',
    ],
    ['by the requester', granted({ requestedBy: '@mia' }), 'approver-is-author'],
    ['by a bot', granted(approvedBy('renovate[bot]')), 'approver-unverified'],
    ['by an empty name', granted(approvedBy(' ')), 'approver-unverified'],
    [
      'by an approval of tomorrow',
      granted({ approvals: [{ by: '@mia', at: later(1), proof: 'signed-event' }] }),
      'approver-unverified',
    ],
    ['where no participant is known', granted(), 'approver-unverified', { participants: [] }],
    [
      'by one who is not listed',
      granted(),
      'approver-not-allowed',
      waiverPolicy({ approvers: ['@zoe', '@acme/leads'] }),
    ],
    [
      'by one who only begins alike',
      granted(approvedBy('mia@evil.example')),
      'approver-not-allowed',
      waiverPolicy({ approvers: ['@mia'] }),
    ],
    [
      'by one person where two are needed',
      granted(),
      'too-few-approvers',
      waiverPolicy({ approversMin: 2 }),
    ],
    [
      'by one person twice',
      granted(approvedBy('@mia', 'MIA', 'mia@example.org')),
      'too-few-approvers',
      waiverPolicy({ approversMin: 2 }),
    ],
    ['used up', granted({ usesMax: 2 }), 'used-up', { waiverUses: { 'W-1': 2 } }],
    ['bounded in uses that nobody counted', granted({ usesMax: 2 }), 'used-up'],
    [
      'for a gate that nobody may waive',
      granted(),
      'gate-not-waivable',
      { policy: aPolicy({ gates: [aGate('budget_limit', { waivable: false })] }) },
    ],
  ];
  test.for(cases)('%s', ([, waiver, because, facts]) => {
    const result = weighed(lines(250), [waiver], facts);
    expect(result).toMatchObject({ because, by: null });
    expect(['needs-waiver', 'fails']).toContain(result.standing);
  });
});

describe('people', () => {
  test('a listed person counts, in any case, and so does a proven member of a listed team', () => {
    expect(weighed(lines(250), [granted()], waiverPolicy({ approvers: ['@MIA'] })).standing).toBe(
      'waived',
    );
    const approvals = [
      {
        ...{ by: '@mia', at: later(-1), proof: 'hosted-event' as const },
        ...{ rights: 'writes' as const, teams: ['@acme/leads'] },
      },
    ];
    expect(
      weighed(lines(250), [granted({ approvals })], waiverPolicy({ approvers: ['@acme/leads'] }))
        .standing,
    ).toBe('waived');
  });
  test('a budget raise needs as many as the policy says for raises, and two people satisfy two', () => {
    const policy = aPolicy({
      editRules: { ...aPolicy().editRules, minApproversForBudgetRaise: 2 },
    });
    expect(weighed(lines(250), [granted()], { policy }).because).toBe('too-few-approvers');
    expect(weighed(lines(250), [granted(approvedBy('@mia', '@zoe'))], { policy }).standing).toBe(
      'waived',
    );
  });
  test('dual control of governance needs two', () => {
    const policy = aPolicy({
      editRules: { ...aPolicy().editRules, requireDualControlForGovernance: true },
    });
    const change = { files: [aFile('.caws/policy.yaml')], policy, specs: [] };
    const floors = [floorOf(findingOf(change, 'governance.change'))].filter(
      (each) => each !== null,
    );
    const waiver = (...names: string[]) =>
      granted({
        gates: ['governance'],
        floors,
        ...scope({ spec: null, specDigest: null }),
        ...approvedBy(...names),
      });
    expect(verdictOf(examined({ ...change, waivers: [waiver('@mia')] }).findings)).toBe(
      'WAIVER_REQUIRED',
    );
    expect(verdictOf(examined({ ...change, waivers: [waiver('@mia', '@zoe')] }).findings)).toBe(
      'PASS',
    );
  });
  test("the gate's own approvers take the place of the policy's", () => {
    const policy = aPolicy({ gates: [aGate('budget_limit', { approvers: ['@zoe'] })] });
    expect(weighed(lines(250), [granted()], { policy }).because).toBe('approver-not-allowed');
  });
  test.each([
    ['@mia', [], [], 'waived'],
    ['a maintainer by the name of @mia', [], ['@mia'], 'waived'],
    ['@zoe and nobody else', ['@zoe'], [], 'approver-not-allowed'],
    ['@mia, whom both lists name', ['@mia', '@zoe'], ['@mia'], 'waived'],
    ['somebody in both lists, of whom there is none', ['@mia'], ['@zoe'], 'approver-not-allowed'],
  ])('of two policies together admit %s', (_, own, theirs, outcome) => {
    const approvers = bothApprove([...own], [...theirs]);
    const policy = aPolicy({ gates: [aGate('budget_limit', { approvers })] });
    const { standing, because } = weighed(lines(250), [granted()], { policy });
    expect(standing === 'waived' ? standing : because).toBe(outcome);
  });
  test.each([
    ['reads', false],
    ['writes', true],
    ['maintains', true],
    [undefined, false],
  ] as const)('a member of a listed team who %s here: %s', (rights, admitted) => {
    const policy = aPolicy({ gates: [aGate('budget_limit', { approvers: ['@acme/leads'] })] });
    const mia = { by: '@mia', at: null, proof: 'hosted-event', teams: ['@acme/leads'] } as const;
    const approval = rights === undefined ? mia : { ...mia, rights };
    expect(isAdmitted(approval, policy.gates[0], policy)).toBe(admitted);
  });
  test('a member of the teams of both lists is asked about each of them', () => {
    const approvers = bothApprove(['@acme/cart'], ['@acme/security']);
    expect(approvers).toEqual(['@acme/cart & @acme/security']);
    const policy = aPolicy({ gates: [aGate('budget_limit', { approvers })] });
    expect(teamsNamed(policy)).toEqual(['@acme/cart', '@acme/security']);
    const by = (...teams: string[]) =>
      isAdmitted(
        { by: '@mia', at: null, proof: 'hosted-event', rights: 'writes', teams },
        policy.gates[0],
        policy,
      );
    expect([by('@acme/cart'), by('@acme/security'), by('@acme/cart', '@acme/security')]).toEqual([
      false,
      false,
      true,
    ]);
  });
});

describe('what a waiver holds on to', () => {
  const change = { files: [aFile('infra/a.tf')], specs: [ok(aSpec({ scopeIn: ['infra'] }))] };
  const covering = (floors: readonly WaiverFloor[]) =>
    granted({ gates: ['protected_paths'], floors });
  const floors = [floorOf(findingOf(change, 'path.protected'))].filter((each) => each !== null);

  test('a guarded file as it was approved', () => {
    expect(verdictOf(examined({ ...change, waivers: [covering(floors)] }).findings)).toBe('PASS');
  });
  test.for([
    ['the same path with other content', { blobAfter: sha('swapped') }],
    ['the same path with another mode', { modeAfter: '100755' }],
    ['the same path taken away', { status: 'deleted', blobAfter: null, modeAfter: null }],
  ] as const)('not %s', ([, facts]) => {
    const swapped = { ...change, files: [aFile('infra/a.tf', facts)] };
    expect(verdictOf(examined({ ...swapped, waivers: [covering(floors)] }).findings)).toBe(
      'WAIVER_REQUIRED',
    );
  });
  test('files outside the scope by their paths, fewer of them too, and not one more', () => {
    const many = (count: number) => ({
      files: [
        aFile('src/a.ts'),
        ...Array.from({ length: count }, (_, index) => aFile(`lib/${index}.ts`, { lines: 1 })),
      ],
      policy: { tiers: { ...aPolicy().tiers, 2: { ...aPolicy().tiers[3], files: 999 } } },
    });
    const floorsOf30 = [floorOf(findingOf(many(30), 'scope.outside'))].filter(
      (each) => each !== null,
    );
    const waivers = [granted({ gates: ['scope_boundary'], floors: floorsOf30 })];
    expect(
      [30, 29, 31].map((count) => verdictOf(examined({ ...many(count), waivers }).findings)),
    ).toEqual(['PASS', 'PASS', 'WAIVER_REQUIRED']);
  });
  test('nothing where the files are too many to have been read', () => {
    const holds = Array.from({ length: 2_000 }, (_, index) => `lib/${index}`);
    expect(
      floorOf(
        aFinding({ rule: 'scope.outside', measured: null, limit: null, holds, placesTotal: 9_999 }),
      ),
    ).toBeNull();
    expect(
      floorOf(aFinding({ rule: 'scope.outside', measured: null, limit: null, placesTotal: 21 })),
    ).toBeNull();
  });
  test('a minimum from below', () => {
    const coverage = (value: number) =>
      aFinding({
        rule: 'gate.below-minimum',
        gate: 'coverage',
        subject: 'coverage',
        measured: { value, unit: 'percent' },
        limit: { value: 80, unit: 'percent' },
      });
    const waiver = granted({
      gates: ['coverage'],
      floors: [
        floor({ rule: 'gate.below-minimum', subject: 'coverage', value: 78.1, unit: 'percent' }),
      ],
    });
    expect([79, 78.1, 78].map((value) => weighed(coverage(value), [waiver]).standing)).toEqual([
      'waived',
      'waived',
      'needs-waiver',
    ]);
  });
  test('one gate: wildcards and empty lists name none', () => {
    for (const gates of [['*'], ['all'], [], ['budget_*'], ['BUDGET_LIMIT']])
      expect(weighed(lines(250), [granted({ gates })])).toMatchObject({
        standing: 'needs-waiver',
        because: undefined,
      });
  });
  test('no hard rule, whatever it names', () => {
    const finding = aFinding({
      rule: 'governance.mixed',
      gate: 'governance',
      measured: null,
      limit: null,
    });
    expect(weighed(finding, [granted({ gates: ['governance'] })])).toMatchObject({
      standing: 'fails',
      because: 'gate-not-waivable',
    });
  });
});

describe('a waiver file of the base', () => {
  const files = waiverPolicy({ filesAreApprovals: true });

  test('counts only where the policy says that files are approvals, and is said', () => {
    expect(weighed(lines(250), [aWaiverFile()]).because).toBe('files-are-not-approvals');
    const all = weighFindings([lines(250)], context([aWaiverFile()], files));
    expect(all.map(({ rule, standing }) => `${rule} ${standing}`)).toEqual([
      'budget.lines waived',
      'waiver.file-counted warns',
    ]);
  });
  test('that calls its own approvals signed is still a file', () => {
    expect(weighed(lines(250), [aWaiverFile(approvedBy('@mia'))]).because).toBe(
      'files-are-not-approvals',
    );
  });
  test('without any bound carries a quantity to twice its cap and no further', () => {
    expect(
      [400, 401].map((value) => weighed(lines(value), [aWaiverFile()], files).standing),
    ).toEqual(['waived', 'needs-waiver']);
  });
  test('without any bound never covers what people decide about content', () => {
    const guarded = aFinding({
      rule: 'path.protected',
      gate: 'protected_paths',
      measured: null,
      limit: null,
    });
    expect(weighed(guarded, [aWaiverFile({ gates: ['protected_paths'] })], files).because).toBe(
      'not-bounded',
    );
  });
  test('without any bound covers no list longer than a reader is shown', () => {
    const outside = (placesTotal: number) =>
      aFinding({
        rule: 'scope.outside',
        gate: 'scope_boundary',
        measured: null,
        limit: null,
        placesTotal,
      });
    const waiver = aWaiverFile({ gates: ['scope_boundary'] });
    expect([20, 21].map((count) => weighed(outside(count), [waiver], files).standing)).toEqual([
      'waived',
      'needs-waiver',
    ]);
  });
  test('of 2099 is cut to the longest time after its grant', () => {
    const waiver = aWaiverFile({
      grantedAt: later(-31),
      expiresAt: Date.parse('2099-01-01') as Instant,
    });
    expect(weighed(lines(250), [waiver], files).because).toBe('longer-than-policy-allows');
  });
  test('without a date of grant counts in the last days before its end alone', () => {
    const waiver = (end: number) => aWaiverFile({ grantedAt: null, expiresAt: later(end) });
    expect(weighed(lines(250), [waiver(31)], files).because).toBe('longer-than-policy-allows');
    expect(weighed(lines(250), [waiver(29)], files).standing).toBe('waived');
  });
  test('of the whole project is held to the same bounds', () => {
    const scoped = { ...aWaiverFile().scope, spec: null };
    expect(weighed(lines(250), [aWaiverFile({ scope: scoped })], files).standing).toBe('waived');
    expect(weighed(lines(12_000), [aWaiverFile({ scope: scoped })], files).standing).toBe(
      'needs-waiver',
    );
  });
  test.for([['S1'], ['S2'], ['S3'], ['S4']] as const)(
    'of shape %s applies where the spec names it',
    ([shape]) => {
      const waiver = aWaiverFile({
        id: 'WV-0001',
        shape,
        scope: { ...aWaiverFile().scope, spec: null },
      });
      expect(weighed(lines(250), [waiver], files).because).toBe('other-spec');
      const spec = { id: 'FEAT-1', digest: digestOf('FEAT-1'), waiverIds: ['WV-0001'] };
      expect(weighed(lines(250), [waiver], { ...files, spec }).standing).toBe('waived');
    },
  );
  test('with a delta raises the caps of the tier by that much and nothing else', () => {
    const waiver = aWaiverFile({ delta: { files: null, lines: 30 } });
    expect([230, 231].map((value) => weighed(lines(value), [waiver], files).standing)).toEqual([
      'waived',
      'needs-waiver',
    ]);
    const other = (facts: Partial<Finding>) =>
      weighed(aFinding({ measured: { value: 201, unit: 'lines' }, ...facts }), [waiver], files)
        .standing;
    expect([
      other({ subject: 'db' }),
      other({ rule: 'budget.bytes' }),
      other({ rule: 'budget.files' }),
    ]).toEqual(Array(3).fill('needs-waiver'));
  });
});

describe('several waivers', () => {
  test('do not add up', () => {
    const files = waiverPolicy({ filesAreApprovals: true });
    const delta = { files: null, lines: 30 };
    const waivers = [aWaiverFile({ id: 'W-1', delta }), aWaiverFile({ id: 'W-2', delta })];
    expect(weighed(lines(231), waivers, files).standing).toBe('needs-waiver');
  });
  test('of one id fall together when one of them is revoked', () => {
    expect(weighed(lines(250), [granted(), granted({ status: 'revoked' })])).toMatchObject({
      standing: 'needs-waiver',
      because: 'revoked',
    });
  });
  describe('of one id that are not alike', () => {
    const files = waiverPolicy({ filesAreApprovals: true });
    const [small, large] = [floor({ value: 250 }), floor({ value: 300 })];
    const delta = (files: number, lines: number) => aWaiverFile({ delta: { files, lines } });
    test.each<[string, readonly Waiver[], Partial<WeighContext>]>([
      ['by their floors', [granted({ floors: [small] }), granted({ floors: [large] })], {}],
      ['by their end', [granted(), granted({ expiresAt: later(9) })], {}],
      ['one a file and one signed', [granted(), aWaiverFile({ id: 'W-1' })], files],
      ['by their deltas, each of which covers another count', [delta(3, 0), delta(0, 60)], files],
    ])('do not count, as nobody can tell which is meant: %s', (_, waivers, facts) => {
      const answer = { standing: 'needs-waiver', because: 'id-of-several' };
      expect(weighed(lines(240), waivers, facts)).toMatchObject(answer);
      expect(weighed(lines(240), waivers.toReversed(), facts)).toMatchObject(answer);
    });
    test('count where one of them does not count for this change anyway', () => {
      const gone = granted({ expiresAt: later(-1), floors: [large] });
      expect(weighed(lines(240), [granted(), gone]).standing).toBe('waived');
      const elsewhere = granted({ ...scope({ branch: 'other' }), floors: [large] });
      expect(weighed(lines(240), [granted(), elsewhere]).standing).toBe('waived');
    });
    test('count where they are the same under two names of a file', () => {
      const copies = ['a.yaml', 'b.yaml'].map((file) =>
        aWaiverFile({ file, digest: digestOf(file), delta: { files: 0, lines: 60 } }),
      );
      expect(weighed(lines(240), copies, files).standing).toBe('waived');
    });
  });
  test('beyond the most that may run at once do not count, the newest first', () => {
    const older = granted({ id: 'W-0', grantedAt: later(-2), floors: [floor({ value: 210 })] });
    const limits = waiverPolicy({ activePerGateMax: 1 });
    const [found] = weighFindings([lines(250)], context([granted(), older], limits));
    expect(found?.waiversRefused.map(({ waiver, because }) => [waiver, because])).toEqual([
      ['W-0', 'worse-than-floor'],
      ['W-1', 'too-many-active-waivers'],
    ]);
    expect(weighed(lines(210), [granted(), older], limits).by).toBe('W-0');
  });
  test('that both cover: the one that lasts longer is named', () => {
    const longer = granted({ id: 'W-2', expiresAt: later(9) });
    expect(weighed(lines(250), [granted(), longer]).by).toBe('W-2');
  });
});

describe('for all waivers', () => {
  const instant = fc
    .integer({ min: -60, max: 60 })
    .map((days) => (now + (days * day) / 2) as Instant);
  const person = fc.constantFrom(
    '@ada',
    'mia',
    '@MIA',
    '@zoe',
    'ada@example.org',
    '',
    'x[bot]',
    '@acme/leads',
  );
  const waiver: fc.Arbitrary<Waiver> = fc
    .record({
      id: fc.constantFrom('W-1', 'W-2', 'W-3'),
      shape: fc.constantFrom('arbiter', 'v11', 'S1', 'S3') as fc.Arbitrary<Waiver['shape']>,
      gates: fc.subarray(['budget_limit', 'scope_boundary', '*']),
      status: fc.constantFrom('active', 'active', 'active', 'revoked', 'proposed') as fc.Arbitrary<
        Waiver['status']
      >,
      grantedAt: fc.option(instant),
      expiresAt: fc.option(instant, { freq: 9 }),
      approvals: fc.array(
        fc.record({
          by: person,
          at: fc.option(instant),
          proof: fc.constantFrom(
            'signed-event',
            'file-on-base',
            'hosted-event',
          ) as fc.Arbitrary<'signed-event'>,
        }),
        { maxLength: 3 },
      ),
      requestedBy: fc.option(person),
      delta: fc.option(fc.record({ files: fc.option(fc.nat(50)), lines: fc.option(fc.nat(300)) }), {
        freq: 1,
      }),
      floors: fc.array(
        fc.oneof(
          fc.nat(600).map((value) => floor({ value })),
          fc
            .subarray(['lib/a', 'lib/b', 'lib/c'])
            .map((files) =>
              floor({ rule: 'scope.outside', subject: '', value: null, unit: null, files }),
            ),
        ),
        { maxLength: 2 },
      ),
      spec: fc.constantFrom('FEAT-1', 'FEAT-1', null, 'FEAT-2'),
      usesMax: fc.option(fc.nat(2), { freq: 1 }),
    })
    .map(({ spec, ...facts }) => aWaiver({ ...facts, ...scope({ spec }) }));
  const outside = (...files: string[]) =>
    aFinding({
      rule: 'scope.outside',
      gate: 'scope_boundary',
      subject: '',
      measured: null,
      limit: null,
      places: files.map((file) => ({ file, line: null, column: null })),
      placesTotal: files.length,
    });
  const finding = fc.oneof(
    fc.integer({ min: 201, max: 900 }).map(lines),
    fc.subarray(['lib/a', 'lib/b', 'lib/c'], { minLength: 1 }).map((files) => outside(...files)),
  );
  const grounds = fc
    .record({ filesAreApprovals: fc.boolean(), approversMin: fc.integer({ min: 1, max: 2 }) })
    .map(waiverPolicy);

  test('none widens more than its bound', () => {
    fc.assert(
      fc.property(finding, fc.array(waiver, { maxLength: 4 }), grounds, (found, waivers, facts) => {
        const { standing, by } = weighed(found, waivers, facts);
        if (standing !== 'waived') return;
        const used = waivers.filter(({ id }) => id === by);
        const value = found.measured?.value ?? null;
        const within = used.some((each) => {
          if (each.expiresAt === null || each.expiresAt <= now || !each.gates.includes(found.gate))
            return false;
          if (each.shape !== 'arbiter' && !facts.policy.waivers.filesAreApprovals) return false;
          if (each.floors.length > 0)
            return each.floors.some((own) =>
              value === null
                ? found.places.every(({ file }) => own.files?.includes(file) === true)
                : own.value !== null && value <= own.value,
            );
          if (value === null) return each.shape !== 'arbiter';
          return (
            each.shape !== 'arbiter' &&
            value <= (each.delta === null ? 400 : 200 + (each.delta.lines ?? 0))
          );
        });
        expect(within).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  test('the order of findings and waivers never matters', () => {
    const both = fc.tuple(
      fc.array(finding, { maxLength: 4 }),
      fc.array(waiver, { maxLength: 5 }),
      grounds,
    );
    fc.assert(
      fc.property(both, ([findings, waivers, facts]) => {
        const one = weighFindings(findings, context(waivers, facts));
        const other = weighFindings(findings.toReversed(), context(waivers.toReversed(), facts));
        expect(other).toEqual(one);
        expect(one.filter(({ standing }) => standing !== 'warns').length).toBe(findings.length);
      }),
    );
  });

  test('taking one away that stands never raises the verdict', () => {
    const standing = waiver.map((each) => ({ ...each, status: 'active' as const }));
    const rank = { FAIL: 0, WAIVER_REQUIRED: 1, PASS: 2 };
    fc.assert(
      fc.property(
        fc.array(finding),
        fc.array(standing, { minLength: 1, maxLength: 5 }),
        grounds,
        (findings, waivers, facts) => {
          const all = rank[verdictOf(weighFindings(findings, context(waivers, facts)))];
          const fewer = rank[verdictOf(weighFindings(findings, context(waivers.slice(1), facts)))];
          expect(fewer).toBeLessThanOrEqual(all);
        },
      ),
    );
  });

  test('a floor taken from a finding covers that finding', () => {
    fc.assert(
      fc.property(finding, (found) => {
        const own = floorOf(found);
        expect(own).not.toBeNull();
        const floors = own === null ? [] : [own];
        expect(weighed(found, [granted({ gates: [found.gate], floors })]).standing).toBe('waived');
      }),
    );
  });
});

test('everyone who took part is known to the weighing', () => {
  const input = aCase();
  expect(contextOf().participants).toEqual(['@ada', 'Ada Author', 'ada@example.org']);
  expect(input.identities).toEqual(['@ada']);
});
