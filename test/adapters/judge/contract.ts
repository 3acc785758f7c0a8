import { describe, expect, test } from 'vitest';
import type { ModelCall } from '../../../src/3-deliberation/judge/prompt.ts';
import { opinionOf } from '../../../src/3-deliberation/judge/protocol.ts';
import { judgeAtHost } from '../../../src/adapters/judge/hear.ts';
import type { Model } from '../../../src/ports.ts';
import { aDossier, answering, prompts, proven } from '../../3-deliberation/judge/kit.ts';
import type { Line } from './scripted.ts';

/** A backend with its model's lines in the hands of a test. */
export interface Backend extends AsyncDisposable {
  readonly model: Model;
}

const aCall: ModelCall = {
  purpose: 'decide',
  system: 'You compare.',
  shared: 'TASK\nPrices are right',
  own: 'Place 1 is K.',
  schema: { type: 'object' },
  temperature: 0,
  seed: 3,
  tokensMax: 64,
};

/**
 * What every backend of judge models keeps.
 *
 * @param open a backend whose model says what it is told to; the call reaches the line as the backend got it.
 */
export function modelContract(
  name: string,
  open: (says: (call: ModelCall) => Line) => Promise<Backend>,
): void {
  const signal = () => new AbortController().signal;

  describe(`${name}, as any backend,`, () => {
    test('hands the call over whole, the longest-lived part first', async () => {
      const calls: ModelCall[] = [];
      await using backend = await open((call) => {
        calls.push(call);
        return '{}';
      });
      expect(await backend.model.answer(aCall, signal())).toMatchObject({ text: '{}' });
      const text = calls.map(({ system, shared, own }) => [system, shared, own].join('\n\n'));
      expect(text).toEqual([[aCall.system, aCall.shared, aCall.own].join('\n\n')]);
      expect(calls).toMatchObject([
        { schema: aCall.schema, temperature: 0, seed: 3, tokensMax: 64 },
      ]);
    });

    test('asks for reasons without a form', async () => {
      const calls: ModelCall[] = [];
      await using backend = await open((call) => {
        calls.push(call);
        return 'Both do it.';
      });
      const think = { ...aCall, purpose: 'think', schema: null } as const;
      expect(await backend.model.answer(think, signal())).toMatchObject({ text: 'Both do it.' });
      expect(calls).toMatchObject([{ schema: null }]);
    });

    test('gives up when nobody waits any more', async () => {
      const gone = new AbortController();
      await using backend = await open(() => {
        gone.abort();
        return new Promise<never>(() => undefined);
      });
      expect(await backend.model.answer(aCall, gone.signal)).toBe('cancelled');
    });

    test('can be a judge', async () => {
      await using backend = await open((call) => {
        if (call.purpose === 'think') return 'One of them is left.';
        const [one = ''] = call.own.split('candidate at place 2');
        return answering(one.includes('left =') ? '1' : '2');
      });
      const judge = judgeAtHost(prompts, [
        { model: backend.model, anchors: { candidates: proven() } },
      ]);
      const judgement = await judge.hear(aDossier(), {
        surface: 'candidates',
        timeoutMs: 60_000,
        mayLeave: false,
      });
      const left = judgement.dossier.candidates.findIndex(({ id }) => id === 'left');
      expect(opinionOf(judgement)).toMatchObject({ kind: 'decides', better: left, calls: 2 });
    });
  });
}
