import type { DebatePrompts } from '../../caws/debate-prompts.ts';
import { fail, ok, type Result } from '../../primitives.ts';
import { SPEECH_TOKENS_MAX } from './bounds.ts';
import { type Debate, groundsOf, heardText, type Speech } from './debate.ts';
import type { Dossier } from './dossier.ts';
import { fenced, labelsOf, type ModelCall, type PromptFault, sharedText } from './prompt.ts';
import { seenText } from './seen-text.ts';

/** Enough for words of one's own, and the same words each time from the same weights. */
const TEMPERATURE = 0.3;

/** What a speech is asked with. */
export interface SpeechInput extends Pick<Debate, 'dossier' | 'lines' | 'caseNonce'> {
  readonly prompts: DebatePrompts;
  /** 32 hex digits of the call's own. */
  readonly nonce: string;
  readonly round: Speech['round'];
  readonly side: Speech['side'];
  /** All speeches of the rounds before. */
  readonly heard: readonly Speech[];
}

/**
 * The prompt of one speech. Both advocates are shown the same: role and form; task, facts, both candidates with
 * their places. Only whom they speak for, and what was said before, stands at the end.
 */
export function speechPrompt(input: SpeechInput): Result<ModelCall, PromptFault> {
  const { prompts, dossier, lines, caseNonce, nonce, round, side } = input;
  const labels = labelsOf(caseNonce);
  const sides = ([0, 1] as const).map((at) => sideText(dossier, lines, at));
  const said = ([0, 1] as const).map((at) => saidBy(at, input));
  const data = [dossier.task, dossier.reference ?? '', ...dossier.facts.map(({ text }) => text)];
  if ([...data, ...sides, ...said].some((text) => text.includes(nonce) || text.includes(caseNonce)))
    return fail('nonce-in-data');
  const shared = [
    sharedText(dossier, caseNonce, labels),
    ...([0, 1] as const).map((at) => fenced(`candidate ${labels[at]}`, caseNonce, sides[at] ?? '')),
  ].join('\n\n');
  const heard =
    round === 1
      ? []
      : ([0, 1] as const).map((at) => fenced(`advocate of ${labels[at]}`, nonce, said[at] ?? ''));
  const own = [
    `You speak for ${labels[side]}.`,
    ...heard,
    (round === 1 ? prompts.opening : prompts.rebuttal).trim(),
    prompts.reminder.trim(),
  ].join('\n');
  return ok({
    purpose: 'speak',
    system: `${prompts.role.trim()}\n\n${prompts.form.trim()}`,
    shared,
    own,
    schema: null,
    temperature: TEMPERATURE,
    // Neither side, nor round, draws the other's words.
    seed: 10 * round + side + 1,
    tokensMax: SPEECH_TOKENS_MAX,
  });
}

function sideText({ candidates }: Dossier, lines: Debate['lines'], side: 0 | 1): string {
  const { diff, claims } = candidates[side];
  const places = lines[side].map(({ path, line, text }) => `${path}:${line} ${text}`);
  return [
    diff === '' ? '(no change: the base as it is)' : diff,
    ...claims.map(({ id, text }) => `claim ${id}: ${text}`),
    'Lines that can be quoted:',
    ...(places.length === 0 ? ['(none)'] : places),
  ].join('\n');
}

/** What one side said so far and was not struck. */
function saidBy(side: 0 | 1, { dossier, lines, heard }: SpeechInput): string {
  const grounds = groundsOf(dossier, lines);
  const said = heard.filter((speech) => speech.side === side);
  const text = said.map((speech) => heardText(speech, grounds)).join(' ');
  return text.trim() === '' ? '(nothing)' : seenText(text).text;
}
