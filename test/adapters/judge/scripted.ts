/** A model that a function plays, behind the same port as any other. */
import type {
  ModelIdentity,
  Silence,
  Spoken,
} from '../../../src/3-deliberation/judge/judgement.ts';
import type { ModelCall } from '../../../src/3-deliberation/judge/prompt.ts';
import type { Model } from '../../../src/ports.ts';

export type Line = string | Spoken | { readonly silence: Silence } | Promise<never>;

/** @param says what it answers; a text counts its characters by fours as tokens. */
export function scripted(
  identity: ModelIdentity,
  says: (call: ModelCall, signal: AbortSignal) => Line,
  isRemote = false,
): Model {
  return {
    identity,
    isRemote,
    answer: async (call, signal) => {
      const { promise: ended, resolve } = Promise.withResolvers<Line>();
      const end = () => resolve({ silence: 'cancelled' });
      signal.addEventListener('abort', end, { once: true });
      const line = await Promise.race([says(call, signal), ended]);
      if (typeof line !== 'string') return 'silence' in line ? line.silence : line;
      const length = call.system.length + call.shared.length + call.own.length;
      return {
        text: line,
        optionLogits: null,
        tokensIn: Math.ceil(length / 4),
        tokensOut: Math.ceil(line.length / 4),
        tokensCached: null,
        ms: 0,
      };
    },
  };
}
