import { type RunCase, validate } from '../../caws/generated/run-case.js';
import type { EvidenceFormat, NamedCache } from '../../caws/policy.ts';
import { textDigest } from '../../caws/text-digest.ts';
import { canonicalJson } from '../../ledger/canonical.ts';
import { readStrictJson } from '../../ledger/strict-json.ts';
import { type Digest, fail, ok, type Result } from '../../primitives.ts';
import type { PlannedGate } from '../deliberation.ts';

export type { RunCase } from '../../caws/generated/run-case.js';

/** One gate as a runner runs it: nothing in it says what would be enough. */
export interface RunGate {
  readonly gate: string;
  /** Program and arguments; no shell reads them. */
  readonly command: readonly string[];
  readonly report: { readonly format: EvidenceFormat; readonly path: string } | null;
  readonly network: boolean;
  readonly timeoutMs: number;
  /** Absent: the head as it is. */
  readonly on?: 'base' | 'base-tests';
  /** Where the tests of the base are put into the head: which files they are. */
  readonly tests?: readonly string[];
  /** Folders that a run of the base may leave for others. */
  readonly caches?: readonly NamedCache[];
}

/** 200 gates with the longest commands that a policy may hold. */
const CASE_CHARACTERS_MAX = 32 * 1024 * 1024;
const CASE_DEPTH_MAX = 8;

/** The gates of a plan that a runner answers: those with a command, in the policy's order. */
export function runGatesOf(planned: readonly PlannedGate[]): readonly RunGate[] {
  return planned.flatMap(({ gate: { id, answer, timeoutMs }, on }) =>
    answer.by === 'command'
      ? [
          {
            gate: id,
            command: answer.command,
            report: answer.report,
            network: answer.network,
            timeoutMs,
            ...(on && { on }),
            ...(on === 'base-tests' && { tests: answer.base?.tests ?? [] }),
            ...(answer.caches && { caches: answer.caches }),
          },
        ]
      : [],
  );
}

/** Names exactly what is to be run: evidence of another plan says nothing about this one. */
export function planDigest(gates: readonly RunGate[]): Digest {
  const canonical = canonicalJson(gates);
  // A policy that was read holds well-formed texts alone.
  if (!canonical.ok) throw new Error(`a plan that is not plain: ${canonical.fault.reason}`);
  return textDigest(canonical.value);
}

/**
 * Reads what an app answered a runner. Total: any text gives a case or a reason.
 *
 * @returns a case whose plan is the one that its digest names.
 */
export function readRunCase(text: string): Result<RunCase, string> {
  const bounds = { charactersMax: CASE_CHARACTERS_MAX, depthMax: CASE_DEPTH_MAX };
  const json = readStrictJson(text, bounds);
  if (!json.ok) return fail(`the app's answer is no case file: ${json.fault.kind}`);
  if (!validate(json.value)) {
    const at = validate.errors?.[0]?.instancePath ?? '';
    return fail(`the app's answer is no case file that this version reads: ${at.slice(0, 200)}`);
  }
  const found = json.value as RunCase;
  const canonical = canonicalJson(found.gates);
  if (!canonical.ok || textDigest(canonical.value) !== found.plan)
    return fail('the gates are not those that the plan of the case names');
  return ok(found);
}
