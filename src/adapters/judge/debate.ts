import { randomBytes } from 'node:crypto';
import { SPEECH_CHARS_MAX } from '../../3-deliberation/judge/bounds.ts';
import {
  type Debate,
  nextSpeeches,
  type RecordedSpeech,
} from '../../3-deliberation/judge/debate.ts';
import { speechPrompt } from '../../3-deliberation/judge/debate-prompt.ts';
import type { Silence, Spoken } from '../../3-deliberation/judge/judgement.ts';
import { promptDigests } from '../../3-deliberation/judge/prompt.ts';
import { unfit } from '../../3-deliberation/judge/unfit.ts';
import type { DebatePrompts } from '../../caws/debate-prompts.ts';
import type { Debaters, Model } from '../../ports.ts';
import { cutTo } from '../../primitives.ts';
import { heeding } from './hear.ts';

/**
 * One model of this host as the advocate of both sides, who speak at the same time. A model that hangs, throws or
 * rambles is silent, or cut where nothing more of it would be read; what it says is recorded as it came.
 *
 * @param nonce 32 hex digits that nobody can foresee.
 */
export function debateAtHost(
  prompts: DebatePrompts,
  model: Model,
  nonce: () => string = () => randomBytes(16).toString('hex'),
): Debaters {
  return {
    async hold(about, { timeoutMs, mayLeave, signal: given }) {
      // What no judge may be shown is not argued about either.
      if (unfit(about.dossier) !== null || (model.isRemote && !mayLeave)) return null;
      const { version, digest } = prompts;
      const opening: Debate = {
        schema: 'caws-arbiter/debate@1',
        prompts: { version, digest },
        by: model.identity,
        caseNonce: nonce(),
        ...about,
        spoken: [],
      };
      const deadline = AbortSignal.timeout(timeoutMs);
      const gone = given ?? new AbortController().signal;
      let spoken: readonly RecordedSpeech[] = [];
      for (let round = nextSpeeches(spoken); round !== null; round = nextSpeeches(spoken)) {
        const input = { ...opening, prompts, round, heard: spoken };
        const said = await Promise.all(
          ([0, 1] as const).map((side) =>
            speak({ ...input, side, nonce: nonce() }, { model, deadline, gone }),
          ),
        );
        // A text that holds its own fence is nobody's accident: there is no debate about it.
        const whole = said.filter((each) => each !== null);
        if (whole.length < said.length) return null;
        spoken = [...spoken, ...whole];
      }
      return { ...opening, spoken };
    },
  };
}

async function speak(
  input: Parameters<typeof speechPrompt>[0],
  {
    model,
    ...ends
  }: { readonly model: Model; readonly deadline: AbortSignal; readonly gone: AbortSignal },
): Promise<RecordedSpeech | null> {
  const prompt = speechPrompt(input);
  if (!prompt.ok) return null;
  const said = await heeding(model, prompt.value, ends);
  const { round, side, nonce } = input;
  return { round, side, nonce, ...promptDigests(prompt.value), said: readable(said) };
}

/** Half of a pair of code units has no place in a record, and nobody reads a speech past its end. */
const readable = (said: Spoken | Silence): Spoken | Silence =>
  typeof said === 'string' ? said : { ...said, text: cutTo(said.text, SPEECH_CHARS_MAX) };
