import { finding, spotAt } from '../2-examination/finding.ts';
import { type WeighContext, weighFindings } from '../2-examination/waivers.ts';
import type { Finding, WeighedFinding } from '../caws/findings.ts';
import type { RuleId } from '../caws/rules.ts';
import { unreachable } from '../primitives.ts';
import {
  type Answered,
  lowestTrust,
  type ReadItem,
  readAll,
  readItem,
  trusted,
} from './answered.ts';
import type { GateAnswerGiven, GateOutcome, PlannedGate } from './deliberation.ts';
import type { EvidenceFault, Measured } from './evidence/measured.ts';
import { heldAgainstBase } from './held-against-base.ts';
import { assay } from './measure.ts';
import { againstBase } from './plan.ts';

export interface GatesWeighed {
  /** Planned gates and skipped ones, in the policy's order. */
  readonly gates: readonly GateOutcome[];
  readonly findings: readonly WeighedFinding[];
  /** Whether any planned gate was measured and passed. Nothing planned and nothing measured is no pass. */
  readonly measured: boolean;
}

/**
 * What the answers come to. Only one answer, trusted enough, with every report read whole and its
 * limit met, passes a gate; everything else is a finding, weighed by the gate's mode and waivers.
 * The order of answers never shows.
 */
export function weighGates(input: {
  readonly planned: readonly PlannedGate[];
  readonly answers: readonly GateAnswerGiven[];
  readonly context: WeighContext;
  readonly read?: ReadItem;
}): GatesWeighed {
  const byGate = Map.groupBy(input.answers, ({ gate }) => gate);
  const outcomes = new Map<string, Heard>();
  for (const planned of input.planned) {
    const { id } = planned.gate;
    if (planned.on === undefined)
      outcomes.set(
        id,
        hearWhole(planned, (asked) => byGate.get(asked) ?? [], input.read ?? readItem),
      );
  }
  for (const { gate } of input.planned) byGate.delete(gate.id);
  const unplanned = [...byGate.keys()].map((gate) =>
    finding('gate.unplanned-answer', { gate, subject: gate }),
  );
  const found = [...outcomes.values()].flatMap(({ found }) => found);
  const gates = input.context.policy.gates.flatMap((gate) => {
    if (gate.mode === 'skip') return [skipped(gate.id)];
    const heard = outcomes.get(gate.id);
    return heard === undefined ? [] : [heard.outcome];
  });
  return {
    gates,
    findings: weighFindings([...found, ...unplanned], input.context),
    measured: gates.some(({ outcome }) => outcome === 'passed'),
  };
}

/** One gate heard: its outcome, and what is held against the change because of it. */
interface Heard {
  readonly outcome: GateOutcome;
  readonly found: readonly Finding[];
  /** What its reports came to, where they were read. */
  readonly measured?: Measured;
}

type AnswersTo = (gate: string) => readonly GateAnswerGiven[];

/** A gate that holds on the head is then held against the base. */
function hearWhole(planned: PlannedGate, answersTo: AnswersTo, read: ReadItem): Heard {
  const heard = hear(planned, answersTo(planned.gate.id), read);
  if (heard.outcome.outcome !== 'passed') return heard;
  const found = againstBase(planned.gate).flatMap((asked) =>
    heldAgainstBase(
      asked,
      answersTo(asked.gate.id),
      { planned, measured: heard.measured ?? null },
      read,
    ),
  );
  return found.length === 0
    ? heard
    : { ...heard, outcome: { ...heard.outcome, outcome: 'failed' }, found };
}

function hear(planned: PlannedGate, answers: readonly GateAnswerGiven[], read: ReadItem): Heard {
  const [answer, ...others] = answers;
  if (answer === undefined) return refused(planned, null, 'missing', 'gate.missing', {});
  // A forged report stays one, whatever else was answered.
  const forged = answers.find(({ state }) => state === 'digest-differs');
  if (forged !== undefined && forged.state !== 'answered') return hearUnanswered(planned, forged);
  if (others.length > 0)
    return refused(planned, null, 'unreadable', 'gate.contradiction', { answers: answers.length });
  if (answer.state !== 'answered') return hearUnanswered(planned, answer);
  if (!trusted(answer, planned.gate.trustMin))
    return refused(planned, answer, 'untrusted', 'gate.untrusted-evidence', {
      trust: lowestTrust(answer),
      needed: planned.gate.trustMin,
    });
  if (planned.gate.measures === 'exit-code') return hearExitCode(planned, answer);
  const whole = readAll(planned, answer.evidence, read);
  if (!whole.ok) return hearUnreadable(planned, answer, whole.fault);
  const { measured, limit, breach, detail } = assay(whole.value, planned);
  const facts = { ...detail, ...exitDetail(answer), ...tailOf(answer) };
  const exitFails = answer.exitCode !== null && answer.exitCode !== 0;
  const rule = breach ?? (exitFails ? 'gate.exit-code' : null);
  const outcome = outcomeOf(planned, answer, rule === null ? 'passed' : 'failed');
  const { id: gate } = planned.gate;
  return {
    outcome: { ...outcome, measured, limit },
    measured: whole.value,
    found:
      rule === null
        ? []
        : [
            finding(rule, {
              gate,
              subject: gate,
              ...(breach === null ? {} : { measured, ...(limit === null ? {} : { limit }) }),
              detail: facts,
            }),
          ],
  };
}

function hearExitCode(planned: PlannedGate, answer: Answered): Heard {
  // A file cannot stand for an exit code: without one, nothing ran.
  if (answer.exitCode === null) return refused(planned, answer, 'missing', 'gate.missing', {});
  if (answer.exitCode === 0) return { outcome: outcomeOf(planned, answer, 'passed'), found: [] };
  const detail = { ...exitDetail(answer), ...tailOf(answer) };
  return refused(planned, answer, 'failed', 'gate.exit-code', detail);
}

function hearUnanswered(planned: PlannedGate, answer: Exclude<GateAnswerGiven, Answered>): Heard {
  const detail = answer.detail === '' ? {} : { because: answer.detail };
  switch (answer.state) {
    case 'missing':
      return refused(planned, answer, 'missing', 'gate.missing', detail);
    case 'timed-out':
      return refused(planned, answer, 'timed-out', 'gate.timed-out', {
        ...detail,
        limitMs: planned.gate.timeoutMs,
      });
    case 'too-much-output':
      return refused(planned, answer, 'unreadable', 'gate.output-too-large', detail);
    case 'unreadable':
      return refused(planned, answer, 'unreadable', 'gate.unreadable', detail);
    case 'digest-differs':
      return refused(planned, answer, 'unreadable', 'plea.evidence-digest-differs', detail);
    case 'could-not-start':
      return refused(planned, answer, 'missing', 'gate.could-not-start', detail);
    default:
      return unreachable(answer.state);
  }
}

function hearUnreadable(planned: PlannedGate, answer: Answered, fault: EvidenceFault): Heard {
  const rule = fault.kind === 'contradiction' ? 'gate.contradiction' : 'gate.unreadable';
  const heard = refused(planned, answer, 'unreadable', rule, {
    kind: fault.kind,
    because: fault.detail,
    ...exitDetail(answer),
    ...tailOf(answer),
  });
  const spot = { ...spotAt(fault.at.file), line: fault.at.line, column: fault.at.column };
  return {
    ...heard,
    found: heard.found.map(({ gate, subject, detail }) =>
      finding(rule, { gate, subject, spots: [spot], detail }),
    ),
  };
}

const exitDetail = ({ exitCode }: Answered) => (exitCode === null ? {} : { exitCode });

/** The end of the output is where tools say what is wrong; a detail is cut from its end. */
const tailOf = ({ outputTail }: Answered) =>
  outputTail === '' ? {} : { output: outputTail.slice(-200) };

function refused(
  planned: PlannedGate,
  answer: GateAnswerGiven | null,
  outcome: GateOutcome['outcome'],
  rule: RuleId,
  detail: Readonly<Record<string, string | number | boolean>>,
): Heard {
  const { id } = planned.gate;
  return {
    outcome: outcomeOf(planned, answer, outcome),
    found: [finding(rule, { gate: id, subject: id, detail })],
  };
}

function outcomeOf(
  planned: PlannedGate,
  answer: GateAnswerGiven | null,
  outcome: GateOutcome['outcome'],
): GateOutcome {
  const given = answer?.state === 'answered' ? answer : null;
  return {
    gate: planned.gate.id,
    mode: planned.gate.mode,
    outcome,
    measured: null,
    limit: null,
    trust: given === null ? null : lowestTrust(given),
    evidence: (given?.evidence ?? [])
      .map(({ name, digest }) => ({ name, digest }))
      .toSorted((one, other) => (one.name < other.name ? -1 : 1)),
    durationMs: answer?.durationMs ?? 0,
  };
}

function skipped(gate: string): GateOutcome {
  return {
    gate,
    mode: 'skip',
    outcome: 'skipped',
    measured: null,
    limit: null,
    trust: null,
    evidence: [],
    durationMs: 0,
  };
}
