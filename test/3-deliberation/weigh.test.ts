import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { floorOf } from '../../src/2-examination/waiver-bounds.ts';
import type { EvidenceItem, GateAnswerGiven } from '../../src/3-deliberation/deliberation.ts';
import { planGates } from '../../src/3-deliberation/plan.ts';
import { weighGates } from '../../src/3-deliberation/weigh.ts';
import type { Gate, Policy } from '../../src/caws/policy.ts';
import { aGate, aPolicy, aWaiver, contextOf, digestOf, verdictOf } from '../2-examination/case.ts';

const unit: Partial<Gate> = {
  measures: 'tests',
  answer: {
    by: 'command',
    command: ['test'],
    report: { format: 'junit', path: 'junit.xml' },
    sandbox: 'required',
    network: false,
  },
  trustMin: 'local',
};
const coverage: Partial<Gate> = {
  measures: 'coverage',
  answer: { by: 'evidence', format: 'lcov', file: 'lcov.info' },
  trustMin: 'local',
};
const lint: Partial<Gate> = {
  measures: 'exit-code',
  answer: {
    by: 'command',
    command: ['lint'],
    report: null,
    sandbox: 'required',
    network: false,
  },
  trustMin: 'local',
};

function item(text: string, more: Partial<EvidenceItem> = {}): EvidenceItem {
  return {
    name: 'junit.xml',
    format: 'junit',
    digest: digestOf(text),
    trust: 'local',
    text,
    ...more,
  };
}

type Answered = Extract<GateAnswerGiven, { state: 'answered' }>;
const answered = (gate: string, more: Partial<Answered> = {}): Answered => ({
  gate,
  state: 'answered',
  trust: 'local',
  exitCode: 0,
  durationMs: 5,
  evidence: [],
  outputTail: '',
  isolation: 'bwrap',
  ...more,
});

type State = 'passes' | 'fails' | 'skips';
const cases = (...states: readonly State[]) => {
  const inside = { passes: '', fails: '<failure/>', skips: '<skipped/>' };
  return `<testsuite>${states.map((state) => `<testcase>${inside[state]}</testcase>`).join('')}</testsuite>`;
};
const lcov = (covered: number, total: number) =>
  `SF:a\n${Array.from({ length: total }, (_, i) => `BRDA:1,0,${i},${i < covered ? 1 : 0}\n`).join('')}BRF:${total}\nBRH:${covered}\nend_of_record\n`;
const lcovItem = (covered: number, total: number) =>
  item(lcov(covered, total), { name: 'lcov.info', format: 'lcov' });

function weighed(
  gates: readonly Gate[],
  answers: readonly GateAnswerGiven[],
  more: {
    readonly policy?: Partial<Policy>;
    readonly waivers?: Parameters<typeof contextOf>[0];
  } = {},
) {
  const context = contextOf({ ...more.waivers, policy: { ...more.policy, gates } });
  const planned = planGates({ policy: context.policy, tier: 2, changeClass: 'code' });
  return weighGates({ planned, answers, context });
}

const one = (gate: Partial<Gate>, ...answers: readonly GateAnswerGiven[]) => {
  const { gates, findings } = weighed([aGate('g', gate)], answers);
  return [gates[0]?.outcome, ...findings.map(({ rule, standing }) => `${rule} ${standing}`)];
};

describe('a gate passes', () => {
  test.each<[string, Partial<Gate>, Answered]>([
    [
      'by tests that ran and passed',
      unit,
      answered('g', { evidence: [item(cases('passes', 'skips'))] }),
    ],
    [
      'by a report without an exit code',
      unit,
      answered('g', { exitCode: null, evidence: [item(cases('passes'))] }),
    ],
    ['by an exit code', lint, answered('g')],
    [
      'at its threshold exactly',
      { ...coverage, minimum: 80 },
      answered('g', { evidence: [lcovItem(4, 5)] }),
    ],
    [
      'by several reports together',
      unit,
      answered('g', {
        evidence: [item(cases('passes')), item(cases('passes', 'passes'), { name: 'b.xml' })],
      }),
    ],
  ])('%s', (_, gate, answer) => {
    expect(one(gate, answer)).toEqual(['passed']);
  });
});

describe('a gate does not pass', () => {
  const none: readonly GateAnswerGiven[] = [];
  test.each<[string, Partial<Gate>, readonly GateAnswerGiven[], string, string]>([
    ['unanswered', unit, none, 'missing', 'gate.missing'],
    [
      'by a failing report under exit code 0',
      unit,
      [answered('g', { evidence: [item(cases('passes', 'fails'))] })],
      'failed',
      'gate.failed',
    ],
    [
      'by a passing report under exit code 1',
      unit,
      [answered('g', { exitCode: 1, evidence: [item(cases('passes'))] })],
      'failed',
      'gate.exit-code',
    ],
    [
      'by no tests',
      unit,
      [answered('g', { evidence: [item(cases())] })],
      'failed',
      'gate.no-tests',
    ],
    [
      'by skipped tests alone',
      unit,
      [answered('g', { evidence: [item(cases('skips', 'skips'))] })],
      'failed',
      'gate.no-tests',
    ],
    [
      'by fewer tests than asked for',
      { ...unit, minimum: 3 },
      [answered('g', { evidence: [item(cases('passes', 'passes'))] })],
      'failed',
      'gate.no-tests',
    ],
    ['without its report', unit, [answered('g')], 'unreadable', 'gate.unreadable'],
    [
      'by a report cut off',
      unit,
      [answered('g', { evidence: [item(cases('passes').slice(0, -3))] })],
      'unreadable',
      'gate.unreadable',
    ],
    [
      'by a report that contradicts itself',
      unit,
      [answered('g', { evidence: [item('<testsuite tests="5"><testcase/></testsuite>')] })],
      'unreadable',
      'gate.contradiction',
    ],
    [
      'by a good report beside a bad one',
      unit,
      [answered('g', { evidence: [item(cases('passes')), item('x', { name: 'b.xml' })] })],
      'unreadable',
      'gate.unreadable',
    ],
    [
      'by one report given twice',
      unit,
      [
        answered('g', {
          evidence: [item(cases('passes')), item(cases('passes'), { name: 'b.xml' })],
        }),
      ],
      'unreadable',
      'gate.contradiction',
    ],
    [
      'by a report of another format',
      unit,
      [answered('g', { evidence: [lcovItem(1, 1)] })],
      'unreadable',
      'gate.unreadable',
    ],
    [
      'by a report of what it does not measure',
      { ...coverage, answer: { by: 'evidence', format: 'junit', file: 'a' } },
      [answered('g', { evidence: [item(cases('passes'))] })],
      'unreadable',
      'gate.unreadable',
    ],
    [
      'by two answers, even equal ones',
      lint,
      [answered('g'), answered('g')],
      'unreadable',
      'gate.contradiction',
    ],
    [
      'by less trust than asked for',
      { ...lint, trustMin: 'check' },
      [answered('g')],
      'untrusted',
      'gate.untrusted-evidence',
    ],
    [
      'by evidence of less trust than its answer',
      { ...unit, trustMin: 'runner' },
      [answered('g', { trust: 'runner', evidence: [item(cases('passes'))] })],
      'untrusted',
      'gate.untrusted-evidence',
    ],
    [
      'by a file in place of an exit code',
      lint,
      [answered('g', { exitCode: null, evidence: [item(cases('passes'))] })],
      'missing',
      'gate.missing',
    ],
    ['by another exit code', lint, [answered('g', { exitCode: 2 })], 'failed', 'gate.exit-code'],
    [
      'just below its threshold',
      { ...coverage, minimum: 80 },
      [answered('g', { evidence: [lcovItem(799, 1000)] })],
      'failed',
      'gate.below-minimum',
    ],
    [
      'below a threshold that rounding would reach',
      { ...coverage, minimum: 66.67 },
      [answered('g', { evidence: [lcovItem(2, 3)] })],
      'failed',
      'gate.below-minimum',
    ],
    [
      'with nothing covered, even without a threshold',
      coverage,
      [answered('g', { evidence: [lcovItem(0, 9)] })],
      'failed',
      'gate.below-minimum',
    ],
    [
      'with nothing to cover',
      coverage,
      [answered('g', { evidence: [lcovItem(0, 0)] })],
      'unreadable',
      'gate.unreadable',
    ],
    [
      'under a threshold that is no number',
      { ...coverage, minimum: Number.NaN },
      [answered('g', { evidence: [lcovItem(1, 1)] })],
      'failed',
      'gate.below-minimum',
    ],
    [
      'under a negative threshold',
      { ...coverage, minimum: -1 },
      [answered('g', { evidence: [lcovItem(0, 1)] })],
      'failed',
      'gate.below-minimum',
    ],
  ])('%s', (_, gate, answers, outcome, rule) => {
    expect(one(gate, ...answers)).toEqual([outcome, `${rule} needs-waiver`]);
  });

  test.each([
    ['missing', 'missing', 'gate.missing needs-waiver'],
    ['timed-out', 'timed-out', 'gate.timed-out needs-waiver'],
    ['too-much-output', 'unreadable', 'gate.output-too-large needs-waiver'],
    ['unreadable', 'unreadable', 'gate.unreadable needs-waiver'],
    ['could-not-start', 'missing', 'gate.could-not-start needs-waiver'],
    // Evidence that is not what the plea names is forged, whatever the policy says of the gate.
    ['digest-differs', 'unreadable', 'plea.evidence-digest-differs fails'],
  ] as const)('answered %s', (state, outcome, finding) => {
    const answer: GateAnswerGiven = { gate: 'g', state, detail: 'why', durationMs: 1 };
    expect(one(unit, answer)).toEqual([outcome, finding]);
  });
});

describe('the class of a gate decides what its absence does', () => {
  test.each([
    [{ mode: 'block', waivable: true }, 'WAIVER_REQUIRED'],
    [{ mode: 'block', waivable: false }, 'FAIL'],
    [{ mode: 'warn' }, 'PASS'],
    [{ mode: 'skip' }, 'PASS'],
  ] as const)('%j', (gate, verdict) => {
    expect(verdictOf(weighed([aGate('g', { ...unit, ...gate })], []).findings)).toBe(verdict);
  });

  test('forged evidence fails even a gate that only warns', () => {
    const forged: GateAnswerGiven = {
      gate: 'g',
      state: 'digest-differs',
      detail: '',
      durationMs: 0,
    };
    const { findings } = weighed([aGate('g', { ...unit, mode: 'warn' })], [forged]);
    expect(verdictOf(findings)).toBe('FAIL');
    for (const answers of [
      [forged, answered('g')],
      [answered('g'), forged],
    ])
      expect(verdictOf(weighed([aGate('g', unit)], answers).findings)).toBe('FAIL');
  });

  test('a missing report is placed where it was expected, with how the command ended and what it said', () => {
    const { findings } = weighed(
      [aGate('g', unit)],
      [answered('g', { exitCode: 3, outputTail: 'cannot find module x' })],
    );
    expect(findings).toMatchObject([
      {
        rule: 'gate.unreadable',
        places: [{ file: 'junit.xml' }],
        detail: { because: 'no report', exitCode: 3, output: 'cannot find module x' },
      },
    ]);
  });

  test('an answer that nobody asked for is said and counts for nothing', () => {
    const { gates, findings, measured } = weighed([aGate('budget_limit')], [answered('other')]);
    expect(gates).toEqual([]);
    expect(measured).toBe(false);
    expect(findings).toMatchObject([
      { rule: 'gate.unplanned-answer', subject: 'other', standing: 'warns' },
    ]);
  });

  test('a waiver carries a failing gate as far as it was measured, and no further', () => {
    const gates = [aGate('g', unit)];
    const failing = (...states: readonly State[]) => [
      answered('g', { evidence: [item(cases(...states))] }),
    ];
    const granted = weighed(gates, failing('fails', 'passes')).findings[0];
    const floor = granted && floorOf(granted);
    const waivers = { waivers: [aWaiver({ gates: ['g'], floors: floor ? [floor] : [] })] };
    const standing = (answers: readonly GateAnswerGiven[]) =>
      weighed(gates, answers, { waivers }).findings[0]?.standing;
    expect(standing(failing('fails', 'passes', 'passes'))).toBe('waived');
    expect(standing(failing('fails', 'fails'))).toBe('needs-waiver');
    expect(standing([])).toBe('needs-waiver');
  });
});

describe('the plan', () => {
  const policy = aPolicy({
    gates: [
      aGate('budget_limit'),
      aGate('a', coverage),
      aGate('b', { ...unit, mode: 'skip' }),
      aGate('c', { ...unit, mode: 'warn' }),
    ],
  });
  const tiers = { ...policy.tiers, 1: { ...policy.tiers[1], coveragePercentMin: 90 } };

  test('asks the world for what the arbiter does not answer and policy does not skip', () => {
    const planned = planGates({ policy, tier: 2, changeClass: 'code' });
    expect(planned.map(({ gate }) => gate.id)).toEqual(['a', 'c']);
  });

  test('asks nothing for a change of governed documents, or for none', () => {
    for (const changeClass of ['governance', 'empty'] as const)
      expect(planGates({ policy, tier: 2, changeClass })).toEqual([]);
  });

  test('takes the stricter of the gate’s threshold and the tier’s', () => {
    const minimum = (own: number | null) =>
      planGates({
        policy: { ...policy, tiers, gates: [aGate('a', { ...coverage, minimum: own })] },
        tier: 1,
        changeClass: 'code',
      })[0]?.minimum;
    expect([minimum(null), minimum(80), minimum(95)]).toEqual([90, 90, 95]);
  });
});

test('the order of answers and reports never shows', () => {
  const gates = [aGate('a', unit), aGate('b', coverage), aGate('c', lint), aGate('d', lint)];
  const answers: readonly GateAnswerGiven[] = [
    answered('a', { evidence: [item(cases('fails')), item(cases('passes'), { name: 'b.xml' })] }),
    answered('b', { evidence: [lcovItem(1, 2)] }),
    answered('c', { exitCode: 1 }),
    answered('x'),
    answered('c'),
  ];
  const whole = JSON.stringify(weighed(gates, answers));
  fc.assert(
    fc.property(fc.shuffledSubarray([...answers], { minLength: answers.length }), (order) => {
      const turned = order.map((answer) =>
        answer.state === 'answered'
          ? { ...answer, evidence: answer.evidence.toReversed() }
          : answer,
      );
      expect(JSON.stringify(weighed(gates, turned))).toBe(whole);
    }),
  );
});

test('a limit met by nothing less than what it says: no answer at all ever passes', () => {
  const anyAnswer = fc.oneof(
    fc.record({
      gate: fc.constant('g'),
      state: fc.constantFrom(
        'missing',
        'timed-out',
        'too-much-output',
        'unreadable',
        'digest-differs',
        'could-not-start',
      ),
      detail: fc.string(),
      durationMs: fc.nat(),
    }),
    fc
      .record({ exitCode: fc.option(fc.integer()), text: fc.string() })
      .map(({ exitCode, text }) => answered('g', { exitCode, evidence: [item(text)] })),
  );
  fc.assert(
    fc.property(fc.array(anyAnswer as fc.Arbitrary<GateAnswerGiven>), (answers) => {
      const { gates, findings, measured } = weighed([aGate('g', unit)], answers);
      expect(gates[0]?.outcome).not.toBe('passed');
      expect(measured).toBe(false);
      expect(verdictOf(findings)).not.toBe('PASS');
    }),
  );
});

test('a level of trust that nobody knows is no trust', () => {
  const unknown = 'absolute' as EvidenceItem['trust'];
  const own = answered('g', { trust: unknown, evidence: [item(cases('passes'))] });
  const inside = answered('g', { evidence: [item(cases('passes'), { trust: unknown })] });
  for (const answer of [own, inside])
    expect(one(unit, answer)).toEqual(['untrusted', 'gate.untrusted-evidence needs-waiver']);
});
