import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { modelsAtSocket } from '../../src/adapters/judge/at-socket.ts';
import { judgeAtHost } from '../../src/adapters/judge/hear.ts';
import { shippedJudgePrompts } from '../../src/adapters/judge/shipped-prompts.ts';
import { serveJudge } from '../../src/adapters/llama/judge-daemon.ts';
import type { PinnedModel } from '../../src/adapters/llama/weights.ts';
import type { Judge } from '../../src/ports.ts';
import { proven } from '../3-deliberation/judge/kit.ts';
import { processOf, type TinyFolder, tinyFolder, tinyShelf } from '../adapters/llama/tiny-shelf.ts';
import { adjudicated } from './cycle.ts';
import { policy } from './documents.ts';
import { Story } from './story.ts';

/** Every way a model's process can go wrong, with why it then has no opinion. */
const ways = [
  ['hangs', 'timed-out'],
  ['dies', 'unavailable'],
  ['rambles', 'answer-too-long'],
  ['lies', 'unavailable'],
] as const;

const selfTest = { tokens: [1, 2, 3, 4, 5, 6, 7, 8], by: 'odd 1 on cpu' };
let place: TinyFolder;
let owl: readonly [string, PinnedModel];
beforeAll(async () => {
  place = tinyFolder();
  owl = await place.add('owl', {}, selfTest);
});
afterAll(() => place[Symbol.dispose]());

/** A judge of this machine, by the daemon and its socket, whose model's process does as it is told. */
async function judgeThat(does: string): Promise<AsyncDisposable & { readonly judge: Judge }> {
  const { shelf } = tinyShelf(place.folder, [owl], {
    program: processOf('odd', does),
    graceMs: 50,
  });
  await shelf.open(owl[1].sha256);
  const daemon = await serveJudge(join(place.folder, `${does}.sock`), shelf);
  if (!daemon.ok) throw new Error(daemon.fault.kind);
  const models = await modelsAtSocket(daemon.value.socket);
  const seated = (models.ok ? models.value : []).map((model) => ({
    model,
    anchors: { change: proven() },
  }));
  expect(seated).toHaveLength(1);
  return {
    judge: judgeAtHost(shippedJudgePrompts(), seated),
    [Symbol.asyncDispose]: async () => await daemon.value[Symbol.asyncDispose](),
  };
}

const outcomes = { advisory: 'PASS', required: 'WAIVER_REQUIRED' } as const;
test.each([...ways.map((way) => ['required', ...way] as const), ['advisory', ...ways[0]] as const])(
  'where the judge is %s, a model that %s is no opinion, and never a better verdict',
  async (role, does, because) => {
    // Only who waits for nothing has to be quick.
    const seconds = does === 'hangs' ? 1 : 600;
    const law = policy(`judge: { role: ${role}, timeout_seconds: ${seconds} }`);
    using story = new Story({ law: { '.caws/policy.yaml': law } });
    story.worker.stays();
    await using one = await judgeThat(does);
    story.passes(0.01);
    const publisher = { announce: async () => {} };
    const given = await adjudicated(story, { publisher, judge: one.judge });
    if (!given.ok) throw new Error(JSON.stringify(given.fault));
    const { record } = given.value;
    expect(record.verdict).toBe(outcomes[role]);
    expect(JSON.stringify(record.deliberation)).toContain(`abstains: ${because}`);
    await expect(story).toTellTheSame();
  },
);
