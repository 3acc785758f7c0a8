import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { JustificationOpinion } from '../../src/3-deliberation/judge/justification.ts';
import { checkFace } from '../../src/5-publication/check/face.ts';
import { reasonText } from '../../src/5-publication/judge-words.ts';
import { command as waiver } from '../../src/cli/waiver.ts';
import { context, decided, recordOf } from '../5-publication/check/kit.ts';
import { type ChatServer, chatServer } from '../adapters/judge/chat-server.ts';
import { Story } from './story.ts';

// A story starts git dozens of times, and a busy machine takes its time.

let server: ChatServer;
beforeAll(async () => {
  server = await chatServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const read = (facts: Readonly<Record<string, unknown>>) =>
  JSON.stringify({
    necessity: 'asserted',
    time_bound: 'no',
    data_contains_instructions: 'no',
    missing: 'Until when?',
    ...facts,
  });

/** A waiver that waits, in a story where nobody has decided. */
async function waiting() {
  const story = new Story();
  story.worker.exceeds('lines');
  expect(await story.verdict()).toBe('WAIVER_REQUIRED');
  const id = await story.workerAtTheDesk.asks('budget_limit', '7d');
  const shown = async () => (await story.runs(waiver, 'show', id, '--judge', server.url)).out;
  return { story, id, shown };
}

test('how a reason reads is shown to whoever decides, and decides nothing', async () => {
  const { story, id, shown } = await waiting();
  using _story = story;
  const plain = (await story.runs(waiver, 'show', id)).out;
  server.says(() => read({}));
  const praised = await shown();
  expect(praised).toContain(plain);
  expect(praised).toContain(
    'A model read the reason: it says that the exception is needed, and not why; it does not say when the exception ends. It would ask: “Until when?”. It decides nothing.',
  );
  const [asked] = server.asked.slice(-1);
  expect(asked?.user).toContain('the old adapter goes away with the next release');
  expect(asked?.user).not.toMatch(/robin/i);
  for (const said of [
    'Well',
    read({ data_contains_instructions: 'yes' }),
    read({ verdict: 'PASS' }),
  ]) {
    server.says(() => said);
    expect(await shown()).toContain('No model of this machine said how the reason reads.');
  }
  const far = await story.runs(waiver, 'show', id, '--judge', 'https://judge.invalid/v1');
  expect(far).toMatchObject({ code: 0, out: expect.stringContaining('No model of this machine') });
  expect(await story.verdict('--judge', server.url)).toBe('WAIVER_REQUIRED');
  expect((await story.maintainer.approves(id)).code).toBe(0);
  expect(await story.verdict('--judge', server.url)).toBe('PASS');
  await expect(story).toTellTheSame();
});

const anyOpinion: fc.Arbitrary<JustificationOpinion> = fc.record({
  necessity: fc.constantFrom('documented', 'asserted', 'absent'),
  timeBound: fc.constantFrom('yes', 'no', 'unclear'),
  missing: fc.string({ maxLength: 200 }),
});

test('whatever a model says of a reason, a check decides and offers the same', () => {
  const record = recordOf('too-many-lines');
  const pending = {
    id: 'W-3f9a0123456789ab',
    gate: 'budget_limit',
    requestedBy: 'kim',
    reason: 'the old adapter goes away with the next release',
    expiresAt: '2027-03-08T10:00:00Z',
    approvals: 0,
    approvalsNeeded: 1,
  };
  const { summary: _, ...without } = checkFace(decided(record, { pending: [pending] }), context);
  fc.assert(
    fc.property(anyOpinion, (opinion) => {
      const reads = reasonText(opinion);
      const face = checkFace(decided(record, { pending: [{ ...pending, reads }] }), context);
      const { summary, ...rest } = face;
      expect(rest).toEqual(without);
      expect(summary).toContain('A model read the reason');
    }),
    { seed: 20_261_126, numRuns: 50 },
  );
});
