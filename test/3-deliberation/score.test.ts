import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { BudgetSpent } from '../../src/2-examination/examination.ts';
import type { GateOutcome } from '../../src/3-deliberation/deliberation.ts';
import { type ScoreGrounds, score, scoreOf } from '../../src/3-deliberation/score.ts';
import type { WeighedFinding } from '../../src/caws/findings.ts';
import { aGate } from '../2-examination/case.ts';

const noCaps = { files: null, lines: null, bytes: null, longestLineBytes: null };

function budget(
  spent: Partial<BudgetSpent['spent']>,
  caps: Partial<BudgetSpent['caps']>,
): BudgetSpent {
  const effective = { ...noCaps, ...caps };
  const nothing = {
    files: 0,
    lines: 0,
    linesAdded: 0,
    linesDeleted: 0,
    bytes: 0,
    longestLineBytes: 0,
  };
  return { id: 'tier', caps: effective, effective, spent: { ...nothing, ...spent } };
}

function gate(id: string, outcome: GateOutcome['outcome']): GateOutcome {
  return {
    gate: id,
    mode: 'block',
    outcome,
    measured: null,
    limit: null,
    trust: 'local',
    evidence: [],
    durationMs: 0,
  };
}

const world = { by: 'evidence', format: 'junit', file: 'a' } as const;
const held = (rule: 'budget.lines', gateId: string, standing: WeighedFinding['standing']) =>
  ({
    rule,
    gate: gateId,
    subject: '',
    measured: null,
    limit: null,
    places: [],
    placesTotal: 0,
    detail: {},
    standing,
    waivedBy: null,
    waiversRefused: [],
  }) satisfies WeighedFinding;

function grounds(more: Partial<ScoreGrounds> = {}): ScoreGrounds {
  return {
    policy: { gates: [aGate('budget_limit')], linesCounted: 'changed' },
    gates: [],
    budgets: [],
    findings: [],
    claims: [],
    known: { evidence: new Set(), paths: new Set(), acceptance: new Set() },
    judge: null,
    ...more,
  };
}

const parts = (more: Partial<ScoreGrounds>) => {
  const scored = scoreOf(grounds(more));
  if (!scored.ok) throw new Error(scored.fault.part);
  return scored.value;
};

test.each([
  [1, 1, 1, 1, 1],
  [0.5, 1, 1, 0, 0.7],
  [1, 0.5, 1, 0.5, 0.8],
  [1, 1, 0, 1, 0.8],
  [0, 0, 0, 0, 0],
  [0.1, 0.2, 0.3, 0.4, 0.2],
  [1 / 3, 1 / 3, 1 / 3, 1 / 3, 0.333333],
])('E %d, B %d, G %d, P %d score %d, without noise of binary fractions', (e, b, g, p, s) => {
  expect(score({ e, b, g, p })).toMatchObject({ ok: true, value: { s } });
});

test.each([Number.NaN, Infinity, -Infinity, -0.1, 1.000001])(
  '%d is no part of a score',
  (value) => {
    for (const part of ['e', 'b', 'g', 'p'] as const)
      expect(score({ e: 1, b: 1, g: 1, p: 1, [part]: value })).toEqual({
        ok: false,
        fault: { kind: 'part-out-of-range', part },
      });
  },
);

describe('the parts', () => {
  test('E and G are 0 where nothing is required, B is 1 where nothing is capped', () => {
    expect(parts({ policy: { gates: [], linesCounted: 'changed' } })).toEqual({
      e: 0,
      b: 1,
      g: 0,
      p: 0,
      s: 0.3,
    });
  });

  test('B falls with the fuller of files and lines, and to 0 past any cap', () => {
    const b = (spent: Partial<BudgetSpent['spent']>, caps: Partial<BudgetSpent['caps']>) =>
      parts({ budgets: [budget(spent, caps)] }).b;
    expect(b({ files: 1, lines: 50 }, { files: 10, lines: 100 })).toBe(0.75);
    expect(b({ files: 10, lines: 0 }, { files: 10, lines: 100 })).toBe(0.5);
    expect(b({ files: 11 }, { files: 10 })).toBe(0);
    expect(b({ bytes: 11 }, { bytes: 10 })).toBe(0);
    expect(b({ files: 0 }, { files: 0 })).toBe(1);
    expect(b({ files: 1 }, { files: 0 })).toBe(0);
    expect(b({ files: Number.NaN }, { files: 5 })).toBe(0);
  });

  test('B counts lines as the policy does, and the caps that waivers leave in force', () => {
    const wide = {
      ...budget({ lines: 150, linesAdded: 20 }, { lines: 100 }),
      effective: { ...noCaps, lines: 200 },
    };
    expect(parts({ budgets: [wide] }).b).toBe(0.625);
    expect(parts({ budgets: [wide], policy: { gates: [], linesCounted: 'added' } }).b).toBe(0.95);
  });

  test('G counts what the arbiter answers, forgives what is waived, and is 0 once anything fails', () => {
    const policy = {
      gates: [aGate('budget_limit'), aGate('unit', { answer: world })],
      linesCounted: 'changed',
    } as const;
    const g = (outcome: GateOutcome['outcome'], ...findings: readonly WeighedFinding[]) =>
      parts({ policy, gates: [gate('unit', outcome)], findings }).g;
    expect(g('passed')).toBe(1);
    expect(g('missing')).toBe(0.5);
    expect(g('passed', held('budget.lines', 'budget_limit', 'needs-waiver'))).toBe(0.5);
    expect(g('passed', held('budget.lines', 'budget_limit', 'waived'))).toBe(1);
    expect(g('passed', held('budget.lines', 'other', 'fails'))).toBe(0);
  });

  test('P is the share of claims that rest on what is there; a judge weighs half', () => {
    const known = {
      evidence: new Set(['unit']),
      paths: new Set(['src/a.ts', 'odd:7']),
      acceptance: new Set(['A1']),
    };
    const claim = (...rests: readonly string[]) => ({ id: 'C', text: 'x', rests });
    const p = (judge: number | null, ...claims: readonly ReturnType<typeof claim>[]) =>
      parts({ known, claims, judge }).p;
    expect(
      p(null, claim('unit', 'A1'), claim('src/a.ts:12'), claim('odd:7'), claim('src/a.ts')),
    ).toBe(1);
    expect(
      p(null, claim(), claim('unit', 'nothing'), claim('src/b.ts:1'), claim('src/a.ts:0')),
    ).toBe(0);
    expect(p(1, claim('unit'), claim())).toBe(0.75);
    expect(scoreOf(grounds({ judge: 2 })).ok).toBe(false);
  });
});

const anyOutcome = fc.constantFrom<GateOutcome['outcome']>(
  'passed',
  'failed',
  'missing',
  'unreadable',
  'timed-out',
  'untrusted',
);
const anyGrounds = fc
  .record({
    outcomes: fc.array(anyOutcome, { maxLength: 6 }),
    standings: fc.array(
      fc.constantFrom<WeighedFinding['standing']>('fails', 'needs-waiver', 'waived', 'warns'),
      { maxLength: 3 },
    ),
    files: fc.nat(20),
    rests: fc.array(fc.constantFrom('unit', 'none'), { maxLength: 4 }),
  })
  .map(({ outcomes, standings, files, rests }) =>
    grounds({
      policy: {
        gates: [
          aGate('budget_limit'),
          ...outcomes.map((_, i) => aGate(`g${i}`, { answer: world })),
        ],
        linesCounted: 'changed',
      },
      gates: outcomes.map((outcome, i) => gate(`g${i}`, outcome)),
      budgets: [budget({ files }, { files: 10 }), budget({ files: 1 }, { files: 2 })],
      findings: standings.map((standing, i) => held('budget.lines', `g${i}`, standing)),
      claims: rests.map((rest) => ({ id: 'C', text: 'x', rests: [rest] })),
      known: { evidence: new Set(['unit']), paths: new Set(), acceptance: new Set() },
    }),
  );

test('one more required proof that passes never lowers the score', () => {
  fc.assert(
    fc.property(anyGrounds, (before) => {
      const after = {
        ...before,
        policy: {
          ...before.policy,
          gates: [...before.policy.gates, aGate('more', { answer: world })],
        },
        gates: [...before.gates, gate('more', 'passed')],
      };
      expect(parts(after).s).toBeGreaterThanOrEqual(parts(before).s);
    }),
  );
});

test('a gate that comes to pass never lowers the score, and order never shows', () => {
  fc.assert(
    fc.property(anyGrounds, (before) => {
      for (const [at] of before.gates.entries()) {
        const gates = before.gates.map((each, i) =>
          i === at ? { ...each, outcome: 'passed' as const } : each,
        );
        expect(parts({ ...before, gates }).s).toBeGreaterThanOrEqual(parts(before).s);
      }
      const turned = {
        ...before,
        policy: { ...before.policy, gates: before.policy.gates.toReversed() },
        gates: before.gates.toReversed(),
        budgets: before.budgets.toReversed(),
        findings: before.findings.toReversed(),
        claims: before.claims.toReversed(),
      };
      expect(parts(turned)).toEqual(parts(before));
    }),
  );
});
