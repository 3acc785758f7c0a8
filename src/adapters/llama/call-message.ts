import type { ModelCall } from '../../3-deliberation/judge/prompt.ts';
import { readStrictJson } from '../../ledger/strict-json.ts';

const TOKENS_MAX = 8_192;
const SEED_MAX = 2 ** 32 - 1;
const purposes: ReadonlySet<unknown> = new Set<ModelCall['purpose']>([
  'think',
  'decide',
  'justification',
  'speak',
]);

export interface Asked {
  /** sha256 of the weights, 64 hex digits. */
  readonly model: string;
  readonly call: ModelCall;
}

type Keyed = Readonly<Record<string, unknown>>;
const isKeyed = (value: unknown): value is Keyed =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isWhole = (value: unknown, max: number): value is number =>
  Number.isSafeInteger(value) && (value as number) >= 0 && (value as number) <= max;

/** A request to a model; null where it is none, or asks for more than any call does. */
export function readCall(text: string): Asked | null {
  const json = readStrictJson(text, { charactersMax: 1024 * 1024, depthMax: 24 });
  if (!json.ok || !isKeyed(json.value)) return null;
  const { model, call } = json.value;
  if (typeof model !== 'string' || !/^[0-9a-f]{64}$/.test(model) || !isKeyed(call)) return null;
  const { purpose, system, shared, own, schema, temperature, seed, tokensMax } = call;
  const texts = [system, shared, own].every((each) => typeof each === 'string');
  const sampled = typeof temperature === 'number' && temperature >= 0 && temperature <= 2;
  const bounded = isWhole(seed, SEED_MAX) && isWhole(tokensMax, TOKENS_MAX) && tokensMax > 0;
  const formed = schema === null || isKeyed(schema);
  if (!purposes.has(purpose) || !texts || !sampled || !bounded || !formed) return null;
  return {
    model,
    call: { purpose, system, shared, own, schema, temperature, seed, tokensMax } as ModelCall,
  };
}
