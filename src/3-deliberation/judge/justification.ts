/**
 * How the reason for a waiver reads: whether it documents a necessity, and whether it says when the
 * exception ends. It stands beside the request for a maintainer to see. Nothing decides by it.
 */
import type { JudgePrompts } from '../../caws/judge-prompts.ts';
import { readStrictJson } from '../../ledger/strict-json.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import { ANSWER_CHARS_MAX } from './bounds.ts';
import type { ModelCall } from './prompt.ts';
import { holdsRoleToken, seenText, withoutNames } from './seen-text.ts';

/** A longer reason has not been written for people to read. */
const REASON_CHARS_MAX = 4_000;
const MISSING_CHARS_MAX = 200;
const TOKENS_MAX = 256;

const NECESSITY = ['documented', 'asserted', 'absent'] as const;
const TIME_BOUND = ['yes', 'no', 'unclear'] as const;

export interface JustificationOpinion {
  readonly necessity: (typeof NECESSITY)[number];
  readonly timeBound: (typeof TIME_BOUND)[number];
  /** What a maintainer would have to ask; a model's words, to be shown as such and as plain text. */
  readonly missing: string;
}

/** Why there is no opinion. */
export type JustificationFault =
  | 'too-long'
  | 'role-token'
  | 'nonce-in-data'
  | 'not-json'
  | 'outside-schema'
  | 'instructions-found';

/**
 * @param reason as whoever asks for the waiver wrote it.
 * @param people names that the model is not to see.
 * @param nonce 32 hex digits that nobody could foresee.
 */
export function justificationPrompt(
  prompts: JudgePrompts,
  {
    reason,
    gate,
    people,
  }: { readonly reason: string; readonly gate: string; readonly people: readonly string[] },
  nonce: string,
): Result<ModelCall, JustificationFault> {
  const text = withoutNames(seenText(reason).text, people);
  if (text.length > REASON_CHARS_MAX) return fail('too-long');
  if (holdsRoleToken(text)) return fail('role-token');
  if (text.includes(nonce)) return fail('nonce-in-data');
  const { role, reminder } = prompts.justification;
  return ok({
    purpose: 'justification',
    system: role.trim(),
    shared: `The exception is to the gate ${gate}.`,
    own: `<<<DATA ${nonce} reason\n${text}\nDATA ${nonce}>>>\n${reminder.trim()}`,
    schema: justificationSchema,
    temperature: 0,
    seed: 1,
    tokensMax: TOKENS_MAX,
  });
}

const justificationSchema = {
  type: 'object',
  additionalProperties: false,
  required: ['necessity', 'time_bound', 'data_contains_instructions', 'missing'],
  properties: {
    necessity: { enum: NECESSITY },
    time_bound: { enum: TIME_BOUND },
    data_contains_instructions: { enum: ['yes', 'no'] },
    missing: { type: 'string', maxLength: MISSING_CHARS_MAX },
  },
};

/** Reads what a model said of a reason. Total and bounded. */
export function readJustification(text: string): Result<JustificationOpinion, JustificationFault> {
  const json = readStrictJson(text, { charactersMax: ANSWER_CHARS_MAX, depthMax: 2 });
  if (!json.ok) return fail('not-json');
  const value = json.value;
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return fail('outside-schema');
  const given = value as Readonly<Record<string, unknown>>;
  const keys = Object.keys(given);
  const { required } = justificationSchema;
  if (keys.length !== required.length || !required.every((key) => keys.includes(key)))
    return fail('outside-schema');
  const necessity = NECESSITY.find((word) => word === given['necessity']);
  const timeBound = TIME_BOUND.find((word) => word === given['time_bound']);
  const missing = given['missing'];
  if (necessity === undefined || timeBound === undefined) return fail('outside-schema');
  if (typeof missing !== 'string' || missing.length > MISSING_CHARS_MAX)
    return fail('outside-schema');
  if (given['data_contains_instructions'] === 'yes') return fail('instructions-found');
  if (given['data_contains_instructions'] !== 'no') return fail('outside-schema');
  return ok({ necessity, timeBound, missing: seenText(missing).text });
}
