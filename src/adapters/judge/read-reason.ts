import { randomBytes } from 'node:crypto';
import {
  type JustificationOpinion,
  justificationPrompt,
  readJustification,
} from '../../3-deliberation/judge/justification.ts';
import type { JudgePrompts } from '../../caws/judge-prompts.ts';
import { type JudgePlace, modelsAt } from './place.ts';

/** Of the whole question: a reason is short, and whoever reads it does not wait for a model. */
const READ_MS_MAX = 60_000;

/** What is read, and where it may go. */
export interface Reason {
  readonly reason: string;
  readonly gate: string;
  /** Names that the model is not to see. */
  readonly people: readonly string[];
  readonly mayLeave: boolean;
}

/**
 * Has a model say how the reason for a waiver reads. Nothing may be decided by it, so it needs no licence.
 *
 * @returns null where none answers in its form and in time. Never rejects.
 */
export async function readReason(
  place: JudgePlace,
  prompts: JudgePrompts,
  { mayLeave, ...about }: Reason,
  signal?: AbortSignal,
): Promise<JustificationOpinion | null> {
  const late = AbortSignal.timeout(READ_MS_MAX);
  const ended = signal === undefined ? late : AbortSignal.any([signal, late]);
  const prompt = justificationPrompt(prompts, about, randomBytes(16).toString('hex'));
  if (!prompt.ok) return null;
  const models = await modelsAt(place, ended, mayLeave);
  const [model] = models.ok ? models.value.filter((each) => mayLeave || !each.isRemote) : [];
  if (model === undefined) return null;
  const { promise: given, resolve } = Promise.withResolvers<null>();
  const giveUp = () => resolve(null);
  ended.addEventListener('abort', giveUp, { once: true });
  try {
    const said = await Promise.race([model.answer(prompt.value, ended), given]);
    if (said === null || typeof said === 'string') return null;
    const read = readJustification(said.text);
    return read.ok ? read.value : null;
  } catch {
    return null;
  } finally {
    ended.removeEventListener('abort', giveUp);
  }
}
