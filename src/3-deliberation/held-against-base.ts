import { finding } from '../2-examination/finding.ts';
import type { Finding, Quantity } from '../caws/findings.ts';
import type { RuleId } from '../caws/rules.ts';
import { fail, ok, type Result } from '../primitives.ts';
import { type Answered, lowestTrust, type ReadItem, readAll, trusted } from './answered.ts';
import type { GateAnswerGiven, PlannedGate } from './deliberation.ts';
import { type Measured, percentOf } from './evidence/measured.ts';

/** A gate that holds on the head, and what its reports came to there. */
interface AtHead {
  readonly planned: PlannedGate;
  readonly measured: Measured | null;
}

/** Why an answer says nothing. */
interface Unheard {
  readonly because: string;
  readonly forged: boolean;
}

/**
 * What the base says against a gate that holds on the head: a measure that became lower, or its own tests
 * that do not pass on this code. No answer, or one that cannot be read, is held against it, too.
 *
 * @param asked the gate as it was asked on the base, or on the head with the base's tests.
 */
export function heldAgainstBase(
  asked: PlannedGate,
  answers: readonly GateAnswerGiven[],
  head: AtHead,
  read: ReadItem,
): readonly Finding[] {
  const { id: gate } = head.planned.gate;
  const heard = onlyAnswer(asked, answers);
  if (!heard.ok) {
    const unheard = asked.on === 'base' ? 'gate.base-unknown' : 'gate.base-tests-fail';
    const rule: RuleId = heard.fault.forged ? 'plea.evidence-digest-differs' : unheard;
    return [finding(rule, { gate, subject: gate, detail: { because: heard.fault.because } })];
  }
  return asked.on === 'base'
    ? compared(asked, heard.value, head, read)
    : baseTests(asked, heard.value, head, read);
}

function onlyAnswer(
  { gate: { trustMin } }: PlannedGate,
  answers: readonly GateAnswerGiven[],
): Result<Answered, Unheard> {
  const not = (because: string, forged = false) => fail({ because, forged });
  const forged = answers.find(({ state }) => state === 'digest-differs');
  if (forged !== undefined) return not('its report is not the one that was named', true);
  const [answer, ...others] = answers;
  if (answer === undefined) return not('nobody ran it');
  if (others.length > 0) return not('it was answered more than once');
  if (answer.state !== 'answered') return not(answer.detail || answer.state);
  return trusted(answer, trustMin)
    ? ok(answer)
    : not(`only ${lowestTrust(answer)} vouches for it, and the policy asks for ${trustMin}`);
}

/** Whether the base itself passes is not asked: a change may be what mends it. */
function compared(
  asked: PlannedGate,
  answer: Answered,
  head: AtHead,
  read: ReadItem,
): readonly Finding[] {
  const { id: gate } = head.planned.gate;
  const unknown = (because: string) => [
    finding('gate.base-unknown', { gate, subject: gate, detail: { because } }),
  ];
  const whole = readAll(asked, answer.evidence, read);
  if (!whole.ok) {
    // Where there is nothing yet, nothing can become less.
    const nothingYet = whole.fault.kind === 'nothing-measured' && answer.evidence.length > 0;
    return nothingYet ? [] : unknown(whole.fault.detail);
  }
  const before = amountsOf(whole.value);
  const after = head.measured === null ? [] : amountsOf(head.measured);
  const pairs = before.map((each) => ({
    before: each,
    after: after.find(({ rule, what }) => rule === each.rule && what === each.what),
  }));
  if (pairs.length === 0 || pairs.some((pair) => pair.after === undefined))
    return unknown('what it measures cannot be compared');
  return pairs.flatMap((pair) =>
    pair.after === undefined ? [] : lowered(gate, pair.before, pair.after),
  );
}

/** Each thing that is counted is a subject of its own: what allows fewer lines allows no branch. */
function lowered(gate: string, before: Amount, after: Amount): readonly Finding[] {
  // Shares as fractions: no rounding hides that one became lower.
  const isLower = BigInt(after.part) * BigInt(before.of) < BigInt(before.part) * BigInt(after.of);
  if (!isLower) return [];
  const detail = {
    ...{ part: after.part, whole: after.of },
    ...{ partAtBase: before.part, wholeAtBase: before.of },
  };
  const subject = after.what === null ? gate : `${gate} (${after.what})`;
  const facts = { measured: after.shown, limit: before.shown, detail };
  return [finding(after.rule, { gate, subject, ...facts })];
}

interface Amount {
  readonly rule: 'gate.fewer-tests' | 'gate.below-base';
  /** null: the one thing that the gate is about. */
  readonly what: 'lines' | 'functions' | 'all mutants' | null;
  readonly part: number;
  readonly of: number;
  readonly shown: Quantity;
}

function amountsOf(measured: Measured): readonly Amount[] {
  const share = (part: number, of: number, what: Amount['what'] = null): Amount => ({
    ...{ rule: 'gate.below-base', what, part, of },
    shown: { value: percentOf(part, of), unit: 'percent' },
  });
  switch (measured.kind) {
    case 'tests': {
      // Passed, not listed: a test that is skipped now guards nothing.
      const { passed: part } = measured;
      const shown = { value: part, unit: 'tests' } as const;
      return [{ rule: 'gate.fewer-tests', what: null, part, of: 1, shown }];
    }
    case 'coverage':
      return [
        share(measured.covered, measured.total),
        ...(['lines', 'functions'] as const).flatMap((what) => {
          const told = measured[what];
          return told === null ? [] : [share(told.covered, told.total, what)];
        }),
      ];
    case 'mutation': {
      // A comment in the code leaves a mutant out: it lives as well as one that no test notices.
      const { detected, total, ignored } = measured;
      return [share(detected, total + ignored, 'all mutants')];
    }
    case 'security':
      return [];
  }
}

function baseTests(
  asked: PlannedGate,
  answer: Answered,
  head: AtHead,
  read: ReadItem,
): readonly Finding[] {
  const because = baseTestsFail(asked, answer, read);
  if (because === null) return [];
  const { id: gate } = head.planned.gate;
  return [finding('gate.base-tests-fail', { gate, subject: gate, detail: { because } })];
}

/** The code it ended with decides, and for a report of tests the report as well. */
function baseTestsFail(asked: PlannedGate, answer: Answered, read: ReadItem): string | null {
  if (answer.exitCode !== null && answer.exitCode !== 0) return `exit code ${answer.exitCode}`;
  if (asked.gate.measures !== 'tests')
    return answer.exitCode === null ? 'a file cannot stand for an exit code' : null;
  const whole = readAll(asked, answer.evidence, read);
  if (!whole.ok) return whole.fault.detail;
  if (whole.value.kind !== 'tests') return 'its report is not one of tests';
  const { failed, passed } = whole.value;
  if (failed > 0) return `${failed} of ${failed + passed} tests fail`;
  return passed > 0 ? null : 'no test ran';
}
