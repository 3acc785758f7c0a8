/**
 * The one log of what models did and what became of it: which model was chosen and why, how its task
 * ended, what the verdict was, and what people did about it later.
 */

import { fail, type Instant, ok, type Result } from '../primitives.ts';
import type { Refusal } from './faults.ts';
import { AMOUNT_MAX } from './performance.ts';
import { type ModelProfile, type Status, type Surface, surfaces } from './profile.ts';

/** A model was chosen for a task. */
export interface DecisionEvent {
  readonly kind: 'decision';
  readonly at: Instant;
  /** Of the task and the choice; what follows names it. */
  readonly decision: string;
  readonly model: string;
  readonly surface: Surface;
  /** Where the task comes from; kept only as a salted digest. */
  readonly repository: string | null;
  readonly policy: string;
  /** Repeats the choice; null for a policy without chance. */
  readonly seed: string | null;
  /** How probable each candidate was at that moment, the chosen one among them; above 0, at most 1. */
  readonly candidates: readonly { readonly model: string; readonly propensity: number }[];
  /** The numbers that decided: plain data. */
  readonly reason: unknown;
}

/** How a chosen model's work ended. A cancelled task says nothing about the model. */
export interface ExecutionEvent {
  readonly kind: 'execution';
  readonly at: Instant;
  readonly decision: string;
  readonly ended: 'completed' | 'failed' | 'timed-out' | 'crashed' | 'cancelled';
  readonly latencyMs: number;
  /** 0..1: the share of what was asked for that is there; where absent, 1 for completed and 0 for the rest. */
  readonly completion?: number;
  /** 0..1: 1 spent nothing of what it might, 0 all of it. */
  readonly efficiency?: number;
  /** 0..1: the share of steps done with the tools that are meant for them. */
  readonly tools?: number;
  /** 0..1: the share of what it was told at the beginning that still held at the end. */
  readonly retention?: number;
  readonly claims?: { readonly made: number; readonly unresolved: number };
  /** Incidents of working against the check instead of on the task. */
  readonly hacks?: number;
  readonly costUsd?: number;
  /** The commit that it made, by which its verdict is found. */
  readonly head?: string;
}

/** A verdict on what a task made, as the ledger holds it. A later one on the same task replaces it. */
export interface VerdictEvent {
  readonly kind: 'verdict';
  readonly at: Instant;
  readonly decision: string;
  readonly verdict: 'PASS' | 'FAIL' | 'WAIVER_REQUIRED';
  /** Its id in the ledger. */
  readonly id: string;
  readonly waivers: readonly string[];
  /** Whether a person let it through alone. */
  readonly brokenGlass: boolean;
}

/** People decided otherwise than a model or its verdict: they let through what was held up. */
export interface OverrideEvent {
  readonly kind: 'override';
  readonly at: Instant;
  /** The task of the worker whose change it was, or null where a judge was overruled. */
  readonly decision: string | null;
  /** The judge that was overruled, or null. */
  readonly model: string | null;
  readonly by: 'waiver' | 'break-glass';
  /** The verdict that they led to. */
  readonly verdict: string;
}

/** What a task made was landed and taken back later. */
export interface RevertEvent {
  readonly kind: 'revert';
  readonly at: Instant;
  readonly decision: string;
  /** The commit that landed, and the one that takes it back. */
  readonly landed: string;
  readonly by: string;
}

export type TaskEvent = ExecutionEvent | VerdictEvent | OverrideEvent | RevertEvent;
/** What the journal takes. */
export type ModelEvent = DecisionEvent | TaskEvent;

/** What the roster itself writes into the log. */
export type RosterEvent =
  | {
      readonly kind: 'registered';
      readonly at: Instant;
      readonly model: string;
      /** 1 for the first weights under this id; one more for each that took their place. */
      readonly generation: number;
      readonly status: Status;
      readonly because: string;
      readonly profile: ModelProfile;
    }
  | {
      readonly kind: 'status';
      readonly at: Instant;
      readonly model: string;
      readonly from: Status;
      readonly to: Status;
      readonly because: string;
    };

/** An outcome is taken for so long after its decision; then it is too late to mean this model. */
export const OUTCOME_DAYS_MAX = 30;
export const DAY_MS = 86_400_000;
/**
 * So far a time may lie before the last one: processes wait seconds for each other's writes, and a time
 * service sets a clock back by little.
 */
const CLOCK_BACK_MS_MAX = 60_000;
const CANDIDATES_MAX = 1_000;
const REASON_CHARACTERS_MAX = 16_384;
const CLAIMS_MAX = 1_000_000;
/** 9999-12-31T23:59:59.999Z. */
const LAST_INSTANT = 253_402_300_799_999;

/** Whether a time lies further back than clocks do by themselves. */
export function wentBack(last: Instant, at: Instant): boolean {
  return at < last - CLOCK_BACK_MS_MAX;
}

/** Checks every value of an event by itself; whether it fits what was recorded before is the store's question. */
export function checkedEvent<Event extends ModelEvent>(event: Event): Result<Event, Refusal> {
  const fault = instantFault(event.at) ?? faultOf(event);
  return fault === null ? ok(event) : fail(fault);
}

export function instantFault(at: Instant): Refusal | null {
  return Number.isSafeInteger(at) && at >= 0 && at <= LAST_INSTANT
    ? null
    : malformed('at', at, 'milliseconds since 1970');
}

function faultOf(event: ModelEvent): Refusal | null {
  switch (event.kind) {
    case 'decision':
      return decisionFault(event);
    case 'execution':
      return executionFault(event);
    case 'verdict':
      return first(
        idFault('decision', event.decision),
        oneOf('verdict', event.verdict, ['PASS', 'FAIL', 'WAIVER_REQUIRED']),
        idFault('id', event.id),
        ...event.waivers.slice(0, 100).map((each) => idFault('waivers', each)),
      );
    case 'override':
      return first(
        event.decision === null ? null : idFault('decision', event.decision),
        event.model === null ? null : idFault('model', event.model),
        idFault('verdict', event.verdict),
        oneOf('by', event.by, ['waiver', 'break-glass']),
      );
    case 'revert':
      return first(
        idFault('decision', event.decision),
        commitFault('landed', event.landed),
        commitFault('by', event.by),
      );
  }
}

function decisionFault(event: DecisionEvent): Refusal | null {
  const { candidates, model, reason } = event;
  const text = jsonOf(reason);
  return first(
    idFault('decision', event.decision),
    idFault('model', model),
    oneOf('surface', event.surface, surfaces),
    idFault('policy', event.policy),
    event.seed === null ? null : idFault('seed', event.seed),
    event.repository === null || (event.repository.length > 0 && event.repository.length <= 512)
      ? null
      : malformed('repository', event.repository.length, '1 to 512 characters'),
    candidates.length >= 1 && candidates.length <= CANDIDATES_MAX
      ? null
      : malformed('candidates', candidates.length, `1 to ${CANDIDATES_MAX} of them`),
    ...candidates
      .slice(0, CANDIDATES_MAX)
      .flatMap((each) => [
        idFault('candidates', each.model),
        each.propensity > 0 && each.propensity <= 1
          ? null
          : malformed('propensity', each.propensity, 'above 0, at most 1'),
      ]),
    candidates.some((each) => each.model === model)
      ? null
      : malformed('candidates', model, 'the chosen model is one of them'),
    text !== undefined && text.length <= REASON_CHARACTERS_MAX
      ? null
      : malformed(
          'reason',
          text === undefined ? 'no plain data' : text.length,
          `plain data of at most ${REASON_CHARACTERS_MAX} characters`,
        ),
  );
}

function executionFault(event: ExecutionEvent): Refusal | null {
  const { claims } = event;
  return first(
    idFault('decision', event.decision),
    oneOf('ended', event.ended, ['completed', 'failed', 'timed-out', 'crashed', 'cancelled']),
    rangeFault('latencyMs', event.latencyMs, AMOUNT_MAX),
    ...(['completion', 'efficiency', 'tools', 'retention'] as const).map((name) =>
      event[name] === undefined ? null : rangeFault(name, event[name], 1),
    ),
    claims === undefined ? null : countFault('claims.made', claims.made, CLAIMS_MAX),
    claims === undefined ? null : countFault('claims.unresolved', claims.unresolved, claims.made),
    event.hacks === undefined ? null : countFault('hacks', event.hacks, CLAIMS_MAX),
    event.costUsd === undefined ? null : rangeFault('costUsd', event.costUsd, AMOUNT_MAX),
    event.head === undefined ? null : commitFault('head', event.head),
  );
}

function first(...faults: readonly (Refusal | null)[]): Refusal | null {
  return faults.find((fault) => fault !== null) ?? null;
}

function rangeFault(field: string, value: number, max: number): Refusal | null {
  // NaN is within no bounds.
  return typeof value === 'number' && value >= 0 && value <= max
    ? null
    : malformed(field, value, `a number of 0 to ${max}`);
}

function countFault(field: string, value: number, max: number): Refusal | null {
  return Number.isSafeInteger(value) && value >= 0 && value <= max
    ? null
    : malformed(field, value, `a whole number of 0 to ${max}`);
}

function idFault(field: string, value: string): Refusal | null {
  return typeof value === 'string' && /^[A-Za-z0-9][A-Za-z0-9._:/+-]{0,99}$/.test(value)
    ? null
    : malformed(field, value, '1 to 100 of A to Z, a to z, 0 to 9 and . _ : / + -');
}

function commitFault(field: string, value: string): Refusal | null {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(value)
    ? null
    : malformed(field, value, 'a whole commit id');
}

function oneOf(field: string, value: string, allowed: readonly string[]): Refusal | null {
  return allowed.includes(value) ? null : malformed(field, value, allowed.join(', '));
}

/** @returns undefined for what has no JSON of its own: cycles, functions, NaN anywhere in it. */
function jsonOf(value: unknown): string | undefined {
  try {
    return JSON.stringify(value, (_, inner) => {
      if (typeof inner === 'number' && !Number.isFinite(inner)) throw new RangeError('not finite');
      return inner;
    });
  } catch {
    return undefined;
  }
}

function malformed(field: string, given: unknown, allowed: string): Refusal {
  return { kind: 'event-malformed', field, given: String(given).slice(0, 100), allowed };
}
