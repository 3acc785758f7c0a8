import type { JudgePrompts } from '../../caws/judge-prompts.ts';
import { textDigest } from '../../caws/text-digest.ts';
import { cutTo, type Digest, fail, ok, type Result } from '../../primitives.ts';
import { answerSchema, askedOf } from './answer.ts';
import { ANSWER_TOKENS_MAX, THOUGHT_CHARS_MAX, THOUGHT_TOKENS_MAX } from './bounds.ts';
import type { Dossier, SeenCandidate } from './dossier.ts';
import type { PlannedCall } from './judgement.ts';
import { holdsRoleToken, seenText } from './seen-text.ts';

/** What a backend is asked: three texts in this order, the longest-lived first, so that it can keep them. */
export interface ModelCall {
  readonly purpose: 'think' | 'decide' | 'justification' | 'speak';
  /** The same for every case of these prompts. */
  readonly system: string;
  /** The same for every call of the case. */
  readonly shared: string;
  readonly own: string;
  /** JSON schema that the answer has to keep; null: free text. */
  readonly schema: object | null;
  readonly temperature: number;
  readonly seed: number;
  readonly tokensMax: number;
}

/** What both calls of one planned call have in common. */
export interface PromptInput {
  readonly prompts: JudgePrompts;
  readonly dossier: Dossier;
  readonly caseNonce: string;
  /** 32 hex digits of the call's own. */
  readonly nonce: string;
  readonly call: PlannedCall;
}

/** A text that holds the mark it would be fenced with is not sent. */
export type PromptFault = 'nonce-in-data';

/**
 * The prompt of one call, in a fixed order: role, rubric, form of the answer, examples; task, facts,
 * reference; both candidates; a reminder. Only the last two differ between the calls of a case.
 *
 * @param thought what the model reasoned before, when it is to decide; null: it decides at once.
 */
export function decidePrompt(
  input: PromptInput,
  thought: string | null,
): Result<ModelCall, PromptFault> {
  const { prompts, dossier, call } = input;
  const notes = thought === null ? '' : notesOf(thought, input.nonce);
  if (notes === null) return fail('nonce-in-data');
  const checks = prompts.rubric.map(({ id }) => id);
  return prompt(input, notes, {
    purpose: 'decide',
    schema: answerSchema(askedOf(dossier, checks, call.order)),
    tokensMax: ANSWER_TOKENS_MAX,
  });
}

/** The same case, asked for reasons alone: a grammar would bind the reasoning as well. */
export function thinkPrompt(input: PromptInput): Result<ModelCall, PromptFault> {
  return prompt(input, `${input.prompts.think.trim()}\n`, {
    purpose: 'think',
    schema: null,
    tokensMax: THOUGHT_TOKENS_MAX,
  });
}

/** Part ① to ④. */
function systemText({ role, rubric, answer, examples }: JudgePrompts): string {
  const checks = rubric.map(({ id, clause, asks }) => `${id} (${clause}): ${asks}`);
  return [role, `CHECKS\n${checks.join('\n')}\n`, `ANSWER\n${answer}`, ...examples]
    .map((part) => part.trim())
    .join('\n\n');
}

/** Where the data of the case ends and begins; nobody who wrote it knew the nonce. */
export const fenced = (name: string, nonce: string, text: string): string =>
  `<<<DATA ${nonce} ${name}\n${text}\nDATA ${nonce}>>>`;

function prompt(
  input: PromptInput,
  before: string,
  rest: Pick<ModelCall, 'purpose' | 'schema' | 'tokensMax'>,
): Result<ModelCall, PromptFault> {
  const { prompts, dossier, call, nonce, caseNonce } = input;
  const labels = labelsOf(caseNonce);
  const shared = sharedText(dossier, caseNonce, labels);
  const order = call.order === '12' ? ([0, 1] as const) : ([1, 0] as const);
  const sides = order.map((side) => candidateText(dossier.candidates[side], call.view));
  const data = [dossier.task, dossier.reference ?? '', ...dossier.facts.map(({ text }) => text)];
  if ([...data, ...sides].some((text) => text.includes(nonce) || text.includes(caseNonce)))
    return fail('nonce-in-data');
  const own = [
    `The candidates are fenced with ${nonce}. Place 1 is ${labels[order[0]]}, place 2 is ${labels[order[1]]}.`,
    fenced('candidate at place 1', nonce, sides[0] ?? ''),
    fenced('candidate at place 2', nonce, sides[1] ?? ''),
    `${before}${prompts.reminder.trim()}`,
  ].join('\n');
  return ok({
    ...rest,
    system: systemText(prompts),
    shared,
    own,
    temperature: call.temperature,
    seed: call.seed,
  });
}

/** Facts name a side by a letter that tells no order; which letter is whose changes with the case. */
export function labelsOf(caseNonce: string): readonly [string, string] {
  return Number.parseInt(caseNonce.slice(-1), 16) % 2 === 0 ? ['K', 'R'] : ['R', 'K'];
}

/** Part ⑤ to ⑦. */
export function sharedText(
  dossier: Dossier,
  caseNonce: string,
  labels: readonly [string, string],
): string {
  const facts = dossier.facts.map(
    ({ id, about, text }) => `${id}${about === null ? '' : ` about ${labels[about]}`}: ${text}`,
  );
  return [
    `TASK\n${fenced('task', caseNonce, dossier.task)}`,
    `FACTS\n${facts.length === 0 ? 'none' : facts.join('\n')}`,
    ...(dossier.reference === null
      ? []
      : [`REFERENCE\n${fenced('reference', caseNonce, dossier.reference)}`]),
  ].join('\n\n');
}

function candidateText(
  { diff, claims, claimsLeftOut }: SeenCandidate,
  view: PlannedCall['view'],
): string {
  const shown = diff === '' ? '(no change: the base as it is)' : diff;
  if (view === 'V1') return shown;
  const lines = claims.map(
    ({ id, text, evidence }) =>
      `claim ${id}: ${text}${evidence.length === 0 ? '' : ` (rests on ${evidence.join(', ')})`}`,
  );
  const cut = claimsLeftOut === 0 ? [] : [`[truncated ${claimsLeftOut} claims]`];
  return [shown, ...(lines.length === 0 ? ['(no claims)'] : lines), ...cut].join('\n');
}

/** A model's own reasoning may repeat what it read, so it is fenced as well. */
function notesOf(thought: string, nonce: string): string | null {
  const text = cutTo(seenText(thought).text, THOUGHT_CHARS_MAX);
  if (text.includes(nonce) || holdsRoleToken(text)) return null;
  return `Your notes on this case:\n${fenced('notes', nonce, text)}\n`;
}

/** What a call's prompt is named by: its shared beginning, and the whole. */
export function promptDigests({ system, shared, own }: ModelCall): {
  readonly prefixDigest: Digest;
  readonly promptDigest: Digest;
} {
  const prefix = `${system}\u0000${shared}`;
  return { prefixDigest: textDigest(prefix), promptDigest: textDigest(`${prefix}\u0000${own}`) };
}
