import { readStrictJson } from '../../ledger/strict-json.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import {
  ANSWER_CHARS_MAX,
  CHECKS_MAX,
  CHECKS_MIN,
  CITES_MAX,
  QUOTE_CHARS_MAX,
  QUOTE_CHARS_MIN,
  QUOTES_MAX,
  RATIONALE_CHARS_MAX,
} from './bounds.ts';
import type { Dossier } from './dossier.ts';

const REPLIES = ['yes', 'no', 'unclear'] as const;
const BETTER = ['1', '2', 'tie', 'insufficient'] as const;
const INSTRUCTIONS = ['no', 'in_1', 'in_2', 'both'] as const;

export type Reply = (typeof REPLIES)[number];
export type Better = (typeof BETTER)[number];

/** One answer that keeps its schema and whose citations hold. `1` and `2` are the places it saw. */
export interface Answer {
  readonly checks: readonly {
    readonly id: string;
    readonly c1: Reply;
    readonly c2: Reply;
    readonly cite: readonly string[];
  }[];
  readonly quotes: readonly { readonly cand: 1 | 2; readonly text: string }[];
  readonly instructions: (typeof INSTRUCTIONS)[number];
  readonly better: Better;
  readonly rationale: string;
}

/** Against what an answer is held. */
export interface Asked {
  readonly checks: readonly string[];
  readonly facts: readonly string[];
  /** What stood at place 1 and place 2. */
  readonly diffs: readonly [string, string];
}

export function askedOf(dossier: Dossier, checks: readonly string[], order: '12' | '21'): Asked {
  const [one, other] = dossier.candidates.map(({ diff }) => diff) as [string, string];
  return {
    checks,
    facts: dossier.facts.map(({ id }) => id),
    diffs: order === '12' ? [one, other] : [other, one],
  };
}

/**
 * The JSON schema of an answer, made for one case: words and facts to choose from, and no number, since
 * grammars know no ranges. What has to be looked at comes before what is decided.
 */
export function answerSchema({ checks, facts }: Pick<Asked, 'checks' | 'facts'>): object {
  const object = (properties: object) => ({
    type: 'object',
    additionalProperties: false,
    required: Object.keys(properties),
    properties,
  });
  const cite = {
    type: 'array',
    // An enum of nothing is no schema; without facts there is nothing to cite.
    ...(facts.length === 0
      ? { maxItems: 0, items: { enum: ['none'] } }
      : { maxItems: CITES_MAX, items: { enum: facts } }),
  };
  return object({
    checks: {
      type: 'array',
      minItems: CHECKS_MIN,
      maxItems: CHECKS_MAX,
      items: object({
        id: { enum: checks },
        c1: { enum: REPLIES },
        c2: { enum: REPLIES },
        cite,
      }),
    },
    quotes: {
      type: 'array',
      maxItems: QUOTES_MAX,
      items: object({
        cand: { enum: [1, 2] },
        text: { type: 'string', minLength: QUOTE_CHARS_MIN, maxLength: QUOTE_CHARS_MAX },
      }),
    },
    data_contains_instructions: { enum: INSTRUCTIONS },
    better: { enum: BETTER },
    rationale: { type: 'string', maxLength: RATIONALE_CHARS_MAX },
  });
}

/** What is wrong with an answer. */
export type AnswerFault =
  | 'not-json'
  | 'outside-schema'
  | 'check-repeated'
  | 'fact-unknown'
  | 'quote-not-found'
  | 'contradicts-itself';

/** Reads what a model said. Total and bounded: whatever the text is, it is an answer or a fault. */
export function readAnswer(text: string, asked: Asked): Result<Answer, AnswerFault> {
  const json = readStrictJson(text, { charactersMax: ANSWER_CHARS_MAX, depthMax: 5 });
  if (!json.ok) return fail('not-json');
  const answer = shaped(json.value);
  if (answer === null) return fail('outside-schema');
  const ids = answer.checks.map(({ id }) => id);
  if (!ids.every((id) => asked.checks.includes(id))) return fail('outside-schema');
  if (new Set(ids).size < ids.length) return fail('check-repeated');
  if (!answer.checks.every(({ cite }) => cite.every((id) => asked.facts.includes(id))))
    return fail('fact-unknown');
  const found = answer.quotes.every(({ cand, text: quote }) =>
    asked.diffs[cand - 1]?.includes(quote),
  );
  if (!found) return fail('quote-not-found');
  return contradicts(answer) ? fail('contradicts-itself') : ok(answer);
}

/** Preferring the side whose checks came out worse is a slip, or somebody else's word. */
function contradicts({ checks, better }: Answer): boolean {
  const worth = { yes: 1, unclear: 0, no: -1 } as const;
  const lead = checks.reduce((sum, { c1, c2 }) => sum + worth[c1] - worth[c2], 0);
  return (better === '1' && lead < 0) || (better === '2' && lead > 0);
}

type Keyed = Readonly<Record<string, unknown>>;

function shaped(value: unknown): Answer | null {
  const keys = ['checks', 'quotes', 'data_contains_instructions', 'better', 'rationale'];
  const root = keyed(value, keys);
  if (root === null) return null;
  const checks = list(root['checks'], CHECKS_MIN, CHECKS_MAX, checkOf);
  const quotes = list(root['quotes'], 0, QUOTES_MAX, quoteOf);
  const instructions = wordOf(root['data_contains_instructions'], INSTRUCTIONS);
  const better = wordOf(root['better'], BETTER);
  const rationale = textOf(root['rationale'], 0, RATIONALE_CHARS_MAX);
  if (checks === null || quotes === null || instructions === null) return null;
  if (better === null || rationale === null) return null;
  return { checks, quotes, instructions, better, rationale };
}

function checkOf(value: unknown): Answer['checks'][number] | null {
  const check = keyed(value, ['id', 'c1', 'c2', 'cite']);
  if (check === null) return null;
  const id = textOf(check['id'], 1, 8);
  const [c1, c2] = [wordOf(check['c1'], REPLIES), wordOf(check['c2'], REPLIES)];
  const cite = list(check['cite'], 0, CITES_MAX, (each) => textOf(each, 1, 8));
  if (id === null || c1 === null || c2 === null || cite === null) return null;
  return { id, c1, c2, cite };
}

function quoteOf(value: unknown): Answer['quotes'][number] | null {
  const quote = keyed(value, ['cand', 'text']);
  const text = textOf(quote?.['text'], QUOTE_CHARS_MIN, QUOTE_CHARS_MAX);
  const cand = quote?.['cand'];
  return text !== null && (cand === 1 || cand === 2) ? { cand, text } : null;
}

/** An object with exactly these keys. */
function keyed(value: unknown, keys: readonly string[]): Keyed | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  const own = Object.keys(value);
  return own.length === keys.length && keys.every((key) => own.includes(key))
    ? (value as Keyed)
    : null;
}

function list<Item>(
  value: unknown,
  least: number,
  most: number,
  read: (each: unknown) => Item | null,
): readonly Item[] | null {
  if (!Array.isArray(value) || value.length < least || value.length > most) return null;
  const items = value.map(read);
  return items.some((item) => item === null) ? null : (items as Item[]);
}

const wordOf = <Word extends string>(value: unknown, words: readonly Word[]): Word | null =>
  words.find((word) => word === value) ?? null;

const textOf = (value: unknown, least: number, most: number): string | null =>
  typeof value === 'string' && value.length >= least && value.length <= most ? value : null;
