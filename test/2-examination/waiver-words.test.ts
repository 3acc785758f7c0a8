import { describe, expect, test } from 'vitest';
import {
  aCase,
  aFile,
  aWaiver,
  aWaiverFile,
  type Case,
  examined,
  findingOf,
  later,
} from './case.ts';

describe('a waiver is held to its words', () => {
  const files = [aFile('src/a.ts', { lines: 220 })];
  const floors = [
    { rule: 'budget.lines', subject: 'tier', value: 220, unit: 'lines', files: null },
  ];
  const given = (facts: Parameters<typeof aWaiver>[0] = {}) => ({
    files,
    waivers: [aWaiver({ floors, ...facts })],
  });
  const refusal = (facts: Case) => {
    const { standing, waiversRefused } = findingOf(facts, 'budget.lines');
    return standing === 'waived'
      ? 'waived'
      : waiversRefused.map(({ because, detail }) => [because, detail]);
  };
  const scope = aWaiver().scope;

  test.each<[string, Parameters<typeof aWaiver>[0], unknown]>([
    ['as granted', {}, 'waived'],
    [
      'one line short',
      { floors: floors.map((floor) => ({ ...floor, value: 219 })) },
      [['worse-than-floor', { floor: 219, measured: 220 }]],
    ],
    [
      'another unit',
      { floors: floors.map((floor) => ({ ...floor, unit: 'bytes' })) },
      [['worse-than-floor', { floor: 220, measured: 220 }]],
    ],
    [
      'another rule',
      { floors: floors.map((floor) => ({ ...floor, rule: 'budget.files' })) },
      [['worse-than-floor', { floor: 'none', measured: 220 }]],
    ],
    [
      'another subject',
      { floors: floors.map((floor) => ({ ...floor, subject: 'docs' })) },
      [['worse-than-floor', { floor: 'none', measured: 220 }]],
    ],
    ['no floor at all', { floors: [] }, [['not-bounded', { floors: 0 }]]],
    ['a proposal', { status: 'proposed' }, [['not-granted', {}]]],
    ['revoked', { status: 'revoked' }, [['revoked', {}]]],
    ['rejected', { status: 'rejected' }, [['rejected', {}]]],
    ['at its end', { expiresAt: later(0) }, [['expired', { at: later(0) }]]],
    ['no end', { expiresAt: null }, [['not-bounded', { expiry: 'none' }]]],
    [
      'not begun',
      { grantedAt: later(1), approvals: [{ by: '@mia', at: later(1), proof: 'signed-event' }] },
      [['not-yet-valid', { from: later(1) }]],
    ],
    [
      'longer than allowed',
      { grantedAt: later(-31), approvals: [{ by: '@mia', at: later(-31), proof: 'signed-event' }] },
      [['longer-than-policy-allows', { until: later(-1) }]],
    ],
    [
      'another repository',
      { scope: { ...scope, repository: 'https://example.org/x' } },
      [['other-repository', {}]],
    ],
    ['no repository', { scope: { ...scope, repository: null } }, [['other-repository', {}]]],
    ['another branch', { scope: { ...scope, branch: '43' } }, [['other-branch', { branch: '43' }]]],
    ['no branch', { scope: { ...scope, branch: null } }, [['other-branch', { branch: 'none' }]]],
    ['another spec', { scope: { ...scope, spec: 'FEAT-2' } }, [['other-spec', { spec: 'FEAT-2' }]]],
    ['no spec', { scope: { ...scope, spec: null } }, [['other-spec', { spec: 'none' }]]],
    ['a spec that changed', { scope: { ...scope, specDigest: null } }, [['spec-changed', {}]]],
    [
      'a policy that changed',
      { scope: { ...scope, policyDigest: null } },
      [['policy-changed', {}]],
    ],
    ['nobody', { approvals: [] }, [['too-few-approvers', { people: 0, needed: 1 }]]],
    ['the requester', { requestedBy: '@Mia' }, [['approver-is-author', { people: 0, needed: 1 }]]],
    [
      'an approval from tomorrow',
      { grantedAt: later(-1), approvals: [{ by: '@mia', at: later(1), proof: 'signed-event' }] },
      [['approver-unverified', { people: 0, needed: 1 }]],
    ],
    ['another gate', { gates: ['scope_boundary'] }, []],
  ])('%s', (_name, facts, wanted) => {
    expect(refusal(given(facts))).toEqual(wanted);
  });

  test.each<[number | null, Readonly<Record<string, number>> | null, unknown]>([
    [1, {}, 'waived'],
    [1, { 'W-1': 0 }, 'waived'],
    [1, { 'W-1': 1 }, [['used-up', { max: 1, known: true }]]],
    [2, { 'W-1': 1 }, 'waived'],
    [1, null, [['used-up', { max: 1, known: false }]]],
    [null, null, 'waived'],
    [1, { 'W-1': Number.NaN }, [['used-up', { max: 1, known: true }]]],
  ])('that may be used %s times, after %j', (usesMax, waiverUses, wanted) => {
    expect(refusal({ ...given({ usesMax }), input: { waiverUses } })).toEqual(wanted);
  });

  test('by one of the people that the policy lists, or a team that the proof shows, who may write', () => {
    const listed = (...approvers: readonly string[]) => ({
      waivers: { ...aCase().policy.waivers, approvers },
    });
    expect(refusal({ ...given(), policy: listed('@noor', '@Mia') })).toBe('waived');
    expect(refusal({ ...given(), policy: listed('@noor') })).toEqual([
      ['approver-not-allowed', { people: 0, needed: 1 }],
    ]);
    const inTeam = (teams: readonly string[], rights: 'reads' | 'writes' | 'maintains') =>
      given({ approvals: [{ by: '@mia', at: later(-1), proof: 'hosted-event', rights, teams }] });
    const team = { policy: listed('@acme/leads') };
    for (const rights of ['writes', 'maintains'] as const)
      expect(refusal({ ...inTeam(['@acme/leads'], rights), ...team })).toBe('waived');
    for (const refused of [inTeam([], 'maintains'), inTeam(['@acme/leads'], 'reads')])
      expect(refusal({ ...refused, ...team })).toEqual([
        ['approver-not-allowed', { people: 0, needed: 1 }],
      ]);
  });

  test('of a file: its delta is added to the tier, and a file without any carries no more than twice the cap', () => {
    const asFile = { waivers: { ...aCase().policy.waivers, filesAreApprovals: true } };
    const byDelta = (lines: number | null, spent: number) =>
      refusal({
        files: [aFile('src/a.ts', { lines: spent, bytesAdded: 0 })],
        policy: asFile,
        waivers: [aWaiverFile({ delta: { files: null, lines } })],
      });
    expect(byDelta(20, 220)).toBe('waived');
    expect(byDelta(20, 221)).toEqual([['worse-than-floor', { floor: 220, measured: 221 }]]);
    expect(byDelta(null, 220)).toEqual([['worse-than-floor', { floor: 200, measured: 220 }]]);
    expect(byDelta(-50, 201)).toEqual([['worse-than-floor', { floor: 200, measured: 201 }]]);
    const unbounded = (spent: number) =>
      refusal({
        files: [aFile('src/a.ts', { lines: spent, bytesAdded: 0 })],
        policy: asFile,
        waivers: [aWaiverFile()],
      });
    expect(unbounded(400)).toBe('waived');
    expect(unbounded(401)).toEqual([['worse-than-floor', { floor: 400, measured: 401 }]]);
  });

  test('only so many of a gate count, the oldest first', () => {
    const policy = { waivers: { ...aCase().policy.waivers, activePerGateMax: 1 } };
    const old = aWaiver({ id: 'W-0', grantedAt: later(-2), floors: [] });
    expect(refusal({ files, policy, waivers: [aWaiver({ floors }), old] })).toEqual([
      ['not-bounded', { floors: 0 }],
      ['too-many-active-waivers', { max: 1 }],
    ]);
    expect(
      refusal({
        files,
        policy,
        waivers: [aWaiver({ floors }), aWaiver({ ...old, status: 'revoked' })],
      }),
    ).toBe('waived');
    expect(
      refusal({
        files,
        policy,
        waivers: [aWaiver({ floors }), aWaiver({ ...old, expiresAt: later(0) })],
      }),
    ).toBe('waived');
  });

  test('a revoked twin ends it', () => {
    expect(
      refusal({
        files,
        waivers: [aWaiver({ floors }), aWaiver({ floors, status: 'revoked', reason: 'gone' })],
      }),
    ).toEqual([
      ['revoked', {}],
      ['revoked', {}],
    ]);
    expect(
      refusal({
        files,
        waivers: [aWaiver({ floors }), aWaiver({ floors, status: 'rejected', reason: 'gone' })],
      }),
    ).toEqual([
      ['rejected', {}],
      ['rejected', {}],
    ]);
  });

  test('the one that lasts longest is named, and the cap it raises', () => {
    const waivers = [aWaiver({ id: 'W-2', floors, expiresAt: later(9) }), aWaiver({ floors })];
    expect(findingOf({ files, waivers }, 'budget.lines').waivedBy).toBe('W-2');
    const [tier] = examined({ files, waivers }).budgets;
    expect([tier?.caps.lines, tier?.effective.lines, tier?.effective.files]).toEqual([
      200, 220, 10,
    ]);
  });
});
