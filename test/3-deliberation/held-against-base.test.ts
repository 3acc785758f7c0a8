import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { EvidenceItem, GateAnswerGiven } from '../../src/3-deliberation/deliberation.ts';
import { measureOf } from '../../src/3-deliberation/evidence/read-evidence.ts';
import { planGates } from '../../src/3-deliberation/plan.ts';
import { weighGates } from '../../src/3-deliberation/weigh.ts';
import type { EvidenceFormat, Gate, HeldAgainstBase } from '../../src/caws/policy.ts';
import { aGate, contextOf, digestOf, verdictOf } from '../2-examination/case.ts';

type State = 'passes' | 'fails' | 'skips';
const inside = { passes: '', fails: '<failure/>', skips: '<skipped/>' };
const cases = (...states: readonly State[]) =>
  `<testsuite>${states.map((state) => `<testcase>${inside[state]}</testcase>`).join('')}</testsuite>`;
const some = (count: number, state: State = 'passes') =>
  cases(...Array.from({ length: count }, () => state));
const lcov = (covered: number, total: number) =>
  `SF:a\n${Array.from({ length: total }, (_, i) => `BRDA:1,0,${i},${i < covered ? 1 : 0}\n`).join('')}BRF:${total}\nBRH:${covered}\nend_of_record\n`;
/** Half of its branches taken, and besides lines and functions: which were run. */
const lines = (...hits: readonly number[]) =>
  lcov(1, 2).replace('BRF', `${hits.map((hit, at) => `DA:${at + 1},${hit}\n`).join('')}BRF`);
const functions = (...hits: readonly number[]) =>
  lcov(1, 2).replace(
    'BRF',
    `${hits.map((hit, at) => `FN:${at + 1},f\nFNDA:${hit},f\n`).join('')}BRF`,
  );
const mutants = (...statuses: readonly string[]) =>
  JSON.stringify({
    schemaVersion: '2',
    files: { a: { mutants: statuses.map((status, id) => ({ id: `${id}`, status })) } },
  });

function gateOf(
  base: HeldAgainstBase,
  format: EvidenceFormat | null,
  more: Partial<Gate> = {},
): Gate {
  return aGate('g', {
    measures: format === null ? 'exit-code' : measureOf[format],
    answer: {
      ...{ by: 'command', command: ['test'], sandbox: 'required', network: false, base },
      report: format === null ? null : { format, path: 'report' },
    },
    trustMin: 'local',
    minimum: format === 'lcov' || format === 'stryker' ? 0 : null,
    ...more,
  });
}

type Answered = Extract<GateAnswerGiven, { state: 'answered' }>;

function answered(gate: string, text: string | null, more: Partial<Answered> = {}): Answered {
  const formats = { '<': 'junit', '{': 'stryker' } as const;
  const format = formats[(text?.[0] ?? '') as keyof typeof formats] ?? 'lcov';
  const report = (of: string): EvidenceItem => ({
    ...{ name: 'report', format, digest: digestOf(of), trust: 'local', text: of },
  });
  return {
    ...{ gate, state: 'answered', trust: 'local', exitCode: 0, durationMs: 5 },
    evidence: text === null ? [] : [report(text)],
    ...{ outputTail: '', isolation: 'bwrap', ...more },
  };
}

function weighed(gate: Gate, ...answers: readonly GateAnswerGiven[]) {
  // What tiers ask for is another matter.
  const context = contextOf({ policy: { gates: [gate] } });
  const tiers = context.policy.tiers;
  const none = { coveragePercentMin: null, mutationPercentMin: null };
  const policy = { ...context.policy, tiers: { ...tiers, 2: { ...tiers[2], ...none } } };
  const planned = planGates({ policy, tier: 2, changeClass: 'code' });
  return weighGates({ planned, answers, context });
}

const said = (gate: Gate, ...answers: readonly GateAnswerGiven[]) => {
  const { gates, findings } = weighed(gate, ...answers);
  return [gates[0]?.outcome, ...findings.map(({ rule, standing }) => `${rule} ${standing}`)];
};

const compare = { compare: true, tests: [] };
const ownTests = { compare: false, tests: ['test'] };

describe('a measure that is compared with the base', () => {
  test.each<[string, EvidenceFormat, string, Answered | null, readonly string[]]>([
    ['as many tests', 'junit', some(2), answered('g@base', some(2)), ['passed']],
    ['more tests', 'junit', some(3), answered('g@base', some(2)), ['passed']],
    [
      'a test less',
      'junit',
      some(2),
      answered('g@base', some(3)),
      ['failed', 'gate.fewer-tests needs-waiver'],
    ],
    [
      'a test that is skipped now',
      'junit',
      cases('passes', 'skips'),
      answered('g@base', some(2)),
      ['failed', 'gate.fewer-tests needs-waiver'],
    ],
    [
      'a base that fails, which this change mends',
      'junit',
      some(2),
      answered('g@base', cases('passes', 'fails'), { exitCode: 1 }),
      ['passed'],
    ],
    ['a base without tests', 'junit', some(1), answered('g@base', cases()), ['passed']],
    ['as much covered', 'lcov', lcov(4, 8), answered('g@base', lcov(1, 2)), ['passed']],
    [
      'a share that is lower by less than any rounding shows',
      'lcov',
      lcov(9_998, 19_999),
      answered('g@base', lcov(1, 2)),
      ['failed', 'gate.below-base needs-waiver'],
    ],
    ['as many lines run', 'lcov', lines(1, 1, 0, 0), answered('g@base', lines(1, 0)), ['passed']],
    [
      'lines that no test runs, without a branch',
      'lcov',
      lines(1, 1, 0),
      answered('g@base', lines(1, 1)),
      ['failed', 'gate.below-base needs-waiver'],
    ],
    [
      'a function that no test runs, on a line that one does',
      'lcov',
      functions(1, 0),
      answered('g@base', functions(1)),
      ['failed', 'gate.below-base needs-waiver'],
    ],
    [
      'a report that tells no lines any more',
      'lcov',
      lcov(1, 2),
      answered('g@base', lines(1)),
      ['failed', 'gate.base-unknown needs-waiver'],
    ],
    ['a report that tells lines now', 'lcov', lines(0), answered('g@base', lcov(1, 2)), ['passed']],
    [
      'fewer branches and fewer lines',
      'lcov',
      lines(1, 0).replace('BRDA:1,0,0,1', 'BRDA:1,0,0,0').replace('BRH:1', 'BRH:0'),
      answered('g@base', lines(1)),
      ['failed', 'gate.below-base needs-waiver', 'gate.below-base needs-waiver'],
    ],
    [
      'mutants that are left out now',
      'stryker',
      mutants('Killed', 'Ignored'),
      answered('g@base', mutants('Killed', 'Killed')),
      ['failed', 'gate.below-base needs-waiver'],
    ],
    [
      'as many mutants left out',
      'stryker',
      mutants('Killed', 'Killed', 'Ignored'),
      answered('g@base', mutants('Killed', 'Ignored')),
      ['passed'],
    ],
    [
      'a mutant that lives, no longer left out',
      'stryker',
      mutants('Killed', 'Survived'),
      answered('g@base', mutants('Killed', 'Ignored')),
      ['passed'],
    ],
    [
      'a base that nobody ran',
      'junit',
      some(2),
      null,
      ['failed', 'gate.base-unknown needs-waiver'],
    ],
    [
      'a base without its report',
      'junit',
      some(2),
      answered('g@base', null),
      ['failed', 'gate.base-unknown needs-waiver'],
    ],
    [
      'a base whose report is cut off',
      'junit',
      some(2),
      answered('g@base', '<testsuite><testcase>'),
      ['failed', 'gate.base-unknown needs-waiver'],
    ],
  ])('%s', (_name, format, head, base, wanted) => {
    const answers = [answered('g', head), ...(base === null ? [] : [base])];
    expect(said(gateOf(compare, format), ...answers)).toEqual(wanted);
  });

  test('names both numbers', () => {
    const answers = [answered('g', lcov(1, 4)), answered('g@base', lcov(3, 4))];
    expect(weighed(gateOf(compare, 'lcov'), ...answers).findings).toMatchObject([
      {
        ...{ gate: 'g', rule: 'gate.below-base' },
        ...{ measured: { value: 25, unit: 'percent' }, limit: { value: 75, unit: 'percent' } },
        detail: { part: 1, whole: 4, partAtBase: 3, wholeAtBase: 4 },
      },
    ]);
  });

  test('names what was counted, so that a waiver of lines allows no branch', () => {
    const answers = [answered('g', lines(1, 1, 1, 0)), answered('g@base', lines(1))];
    expect(weighed(gateOf(compare, 'lcov'), ...answers).findings).toMatchObject([
      {
        ...{ rule: 'gate.below-base', subject: 'g (lines)' },
        ...{ measured: { value: 75, unit: 'percent' }, limit: { value: 100, unit: 'percent' } },
      },
    ]);
  });

  test('two answers for the base are none', () => {
    const answers = [
      answered('g', some(2)),
      answered('g@base', some(1)),
      answered('g@base', some(2)),
    ];
    expect(said(gateOf(compare, 'junit'), ...answers)).toEqual([
      'failed',
      'gate.base-unknown needs-waiver',
    ]);
  });

  test('a word that the policy does not trust about the head is none about the base', () => {
    const gate = gateOf(compare, 'junit', { trustMin: 'runner' });
    const head = answered('g', some(2), { trust: 'runner' });
    const trusted: Answered = {
      ...head,
      evidence: head.evidence.map((each) => ({ ...each, trust: 'runner' })),
    };
    expect(said(gate, trusted, answered('g@base', some(1)))).toEqual([
      'failed',
      'gate.base-unknown needs-waiver',
    ]);
  });

  test('a forged report about the base fails', () => {
    const forged = { gate: 'g@base', state: 'digest-differs', detail: '', durationMs: 0 } as const;
    const { findings } = weighed(gateOf(compare, 'junit'), answered('g', some(2)), forged);
    expect(verdictOf(findings)).toBe('FAIL');
  });

  test('what the base says never makes a gate better', () => {
    const report = fc
      .tuple(fc.nat({ max: 3 }), fc.nat({ max: 3 }), fc.nat({ max: 2 }))
      .map(
        ([passes, skips, fails]) =>
          `<testsuite>${[some(passes), some(skips, 'skips'), some(fails, 'fails')]
            .map((suite) => suite.replaceAll(/<\/?testsuite>/g, ''))
            .join('')}</testsuite>`,
      );
    fc.assert(
      fc.property(report, report, (head, base) => {
        const alone = said(gateOf({ compare: false, tests: [] }, 'junit'), answered('g', head));
        const held = said(gateOf(compare, 'junit'), answered('g', head), answered('g@base', base));
        if (alone[0] !== 'passed') expect(held).toEqual(alone);
      }),
    );
  });
});

describe("the base's own tests, run on the head", () => {
  test.each<[string, EvidenceFormat | null, Answered | null, readonly string[]]>([
    ['pass', 'junit', answered('g@base-tests', some(3)), ['passed']],
    ['pass, without a report', null, answered('g@base-tests', null), ['passed']],
    [
      'fail',
      'junit',
      answered('g@base-tests', cases('passes', 'fails'), { exitCode: 1 }),
      ['failed', 'gate.base-tests-fail needs-waiver'],
    ],
    [
      'fail in a report that the exit code does not confess',
      'junit',
      answered('g@base-tests', cases('passes', 'fails')),
      ['failed', 'gate.base-tests-fail needs-waiver'],
    ],
    [
      'ran none',
      'junit',
      answered('g@base-tests', cases('skips')),
      ['failed', 'gate.base-tests-fail needs-waiver'],
    ],
    ['were not run', 'junit', null, ['failed', 'gate.base-tests-fail needs-waiver']],
    [
      'have no code they ended with',
      null,
      answered('g@base-tests', null, { exitCode: null }),
      ['failed', 'gate.base-tests-fail needs-waiver'],
    ],
  ])('%s', (_name, format, run, wanted) => {
    const head = answered('g', format === null ? null : some(1));
    const answers = [head, ...(run === null ? [] : [run])];
    expect(said(gateOf(ownTests, format), ...answers)).toEqual(wanted);
  });

  test('are asked for beside the head, under names of their own', () => {
    const { policy } = contextOf({
      policy: { gates: [gateOf({ compare: true, tests: ['test'] }, 'junit')] },
    });
    const planned = planGates({ policy, tier: 2, changeClass: 'code' });
    expect(planned.map(({ gate, on }) => [gate.id, on])).toEqual([
      ['g', undefined],
      ['g@base', 'base'],
      ['g@base-tests', 'base-tests'],
    ]);
  });

  test('an answer about the base that nobody planned counts for nothing, and is told', () => {
    const gate = gateOf({ compare: false, tests: [] }, 'junit');
    expect(said(gate, answered('g', some(1)), answered('g@base', some(9)))).toEqual([
      'passed',
      'gate.unplanned-answer warns',
    ]);
  });
});
