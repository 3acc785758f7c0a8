import { readStrictJson } from '../../ledger/strict-json.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import type { RunCase } from './run-case.ts';

/** How far the gates of a run are, as it says; those that it does not name wait. It decides nothing. */
export type GateStates = ReadonlyMap<string, 'started' | 'done'>;

/** 600 gates of the longest names. */
export const PROGRESS_BYTES_MAX = 64 * 1024;

/** Reads what a run says of itself. Total: any bytes give the states of gates of its plan, or a reason. */
export function readProgress(
  bytes: Uint8Array,
  { gates: planned }: Pick<RunCase, 'gates'>,
): Result<GateStates, string> {
  const text = Buffer.from(bytes).toString('utf8');
  const json = readStrictJson(text, { charactersMax: PROGRESS_BYTES_MAX, depthMax: 3 });
  const gates = json.ok ? (json.value as { readonly gates?: unknown } | null)?.gates : undefined;
  if (typeof gates !== 'object' || gates === null) return fail('no object with "gates"');
  const names = new Set(planned.map(({ gate }) => gate));
  const states = new Map<string, 'started' | 'done'>();
  for (const [gate, state] of Object.entries(gates)) {
    if (!names.has(gate)) return fail('a gate that the plan does not have');
    if (state !== 'started' && state !== 'done') return fail('a state that is none');
    states.set(gate, state);
  }
  return ok(states);
}
