import { describe, expect, test } from 'vitest';
import type { Dossier } from '../../../src/3-deliberation/judge/dossier.ts';
import type { ModelCall } from '../../../src/3-deliberation/judge/prompt.ts';
import { opinionOf } from '../../../src/3-deliberation/judge/protocol.ts';
import { judgeAtHost, type SeatedModel } from '../../../src/adapters/judge/hear.ts';
import { canonicalJson } from '../../../src/ledger/canonical.ts';
import type { Judge, Model } from '../../../src/ports.ts';
import {
  aCandidate,
  aDossier,
  aFileText,
  aModel,
  answering,
  prompts,
  proven,
} from '../../3-deliberation/judge/kit.ts';
import { type Line, scripted } from './scripted.ts';

const seat = (model: Model): SeatedModel => ({ model, anchors: { candidates: proven() } });
const owl = (says: (call: ModelCall, signal: AbortSignal) => Line, isRemote = false) =>
  seat(scripted(aModel('owl'), says, isRemote));
type Terms = Parameters<Judge['hear']>[1];
const terms: Terms = { surface: 'candidates', timeoutMs: 60_000, mayLeave: false };
const never = () => new Promise<never>(() => undefined);

/** Prefers the candidate that holds a word, as a model finds it: by reading the prompt. */
const preferring = (word: string) => (call: ModelCall) => {
  if (call.purpose === 'think') return `One of them holds ${word}.`;
  const [one = ''] = call.own.split('candidate at place 2');
  return answering(one.includes(word) ? '1' : '2');
};

async function heardBy(
  seats: readonly SeatedModel[],
  facts: Partial<Terms> = {},
  dossier: Dossier = aDossier(),
) {
  return opinionOf(await judgeAtHost(prompts, seats).hear(dossier, { ...terms, ...facts }));
}

describe('the judge of a host', () => {
  test('comes to an opinion that its record alone tells again', async () => {
    const judgement = await judgeAtHost(prompts, [owl(preferring('left'))]).hear(aDossier(), terms);
    const side = judgement.dossier.candidates.findIndex(({ id }) => id === 'left');
    expect(opinionOf(JSON.parse(JSON.stringify(judgement)))).toMatchObject({ better: side });
    expect(judgement).toMatchObject({
      prompts: { version: prompts.version, digest: prompts.digest },
      seats: [{ model: aModel('owl') }],
      stopped: null,
    });
  });

  test('fences every call by a mark of its own, and begins all of them alike', async () => {
    const calls: ModelCall[] = [];
    const judgement = await judgeAtHost(prompts, [
      owl((call) => {
        calls.push(call);
        return call.purpose === 'think' ? 'Both do it.' : answering('1');
      }),
    ]).hear(aDossier(), terms);
    expect(calls.map(({ purpose }) => purpose)).toEqual([
      ...Array(2).fill('decide'),
      ...Array(4).fill('think'),
      ...Array(4).fill('decide'),
    ]);
    expect(new Set(calls.map(({ system, shared }) => system + shared)).size).toBe(1);
    const nonces = judgement.calls.map(({ nonce }) => nonce);
    expect(new Set([...nonces, judgement.caseNonce]).size).toBe(7);
    for (const nonce of nonces) expect(nonce).toMatch(/^[0-9a-f]{32}$/);
    expect(judgement.calls.map(({ thought }) => thought?.text ?? null)).toEqual([
      null,
      null,
      ...Array(4).fill('Both do it.'),
    ]);
  });

  test.each<[string, (call: ModelCall) => Line, string]>([
    ['hangs', never, 'timed-out'],
    [
      'throws',
      () => {
        throw new Error('out of memory');
      },
      'unavailable',
    ],
    ['rejects', () => Promise.reject(new Error('gone')), 'unavailable'],
    ['says nothing', () => ({ silence: 'prompt-too-long' }), 'prompt-too-long'],
    ['never ends', () => answering('1', { rationale: 'x'.repeat(50_000) }), 'answer-too-long'],
    ['is another one', () => ({ silence: 'wrong-model' }), 'wrong-model'],
    ['cannot be read', () => 'I prefer the first.', 'invalid-answer'],
  ])('abstains where its model %s', async (_, says, because) => {
    const timeoutMs = says === never ? 1 : 60_000;
    expect(await heardBy([owl(says)], { timeoutMs })).toMatchObject({ kind: 'abstains', because });
  });

  test('cuts reasoning that never ends, and goes on', async () => {
    const opinion = await heardBy([
      owl((call) => (call.purpose === 'think' ? 'x '.repeat(90_000) : answering('1'))),
    ]);
    expect(opinion).toMatchObject({ because: 'orders-disagree', calls: 6 });
  });

  test.each<[string, (call: ModelCall) => Line]>([
    [
      'thinks a character across the bound',
      (call) => (call.purpose === 'think' ? `${'x'.repeat(5_999)}😀` : answering('1')),
    ],
    ['says half of a character', () => answering('1').replace(/"rationale":"/, '$&\ud800')],
    ['says one beside its answer', () => `${answering('1')}\udc00`],
  ])('has a record that can be written down where its model %s', async (_, says) => {
    const judgement = await judgeAtHost(prompts, [owl(says)]).hear(aDossier(), terms);
    expect(judgement.calls.length).toBeGreaterThan(0);
    expect(canonicalJson(judgement)).toMatchObject({ ok: true });
  });

  test('stops asking once nobody waits', async () => {
    const gone = new AbortController();
    const asked: string[] = [];
    const opinion = await heardBy(
      [
        owl((call) => {
          asked.push(call.purpose);
          gone.abort();
          return answering('1');
        }),
      ],
      { signal: gone.signal },
    );
    expect(opinion).toMatchObject({ because: 'cancelled' });
    expect(asked.length).toBeLessThanOrEqual(2);
    expect(
      await heardBy([owl(() => answering('1'))], { signal: AbortSignal.abort() }),
    ).toMatchObject({ because: 'cancelled', calls: 0 });
  });

  test('shows nothing to another machine unless the policy allows it', async () => {
    let shown = 0;
    const remote = owl((call) => {
      shown += 1;
      return preferring('left')(call);
    }, true);
    expect(await heardBy([remote])).toMatchObject({ because: 'may-not-leave' });
    expect(shown).toBe(0);
    expect(await heardBy([remote], { mayLeave: true })).toMatchObject({ kind: 'decides' });
  });

  test('is unlicensed on a surface where nobody measured it, and asks nobody then', async () => {
    const model = scripted(aModel(), () => {
      throw new Error('asked');
    });
    expect(await heardBy([{ model, anchors: {} }])).toMatchObject({
      because: 'unlicensed',
      calls: 0,
    });
    expect(await heardBy([])).toMatchObject({ because: 'no-judge' });
  });

  test('asks nobody about data that holds its mark', async () => {
    const left = aCandidate('left', { files: [aFileText('a.ts', `f('${'0'.repeat(32)}');`)] });
    const judge = judgeAtHost(prompts, [owl(() => answering('1'))], () => '0'.repeat(32));
    const judgement = await judge.hear(aDossier([left, aCandidate('right')]), terms);
    expect(judgement).toMatchObject({ calls: [], stopped: 'nonce-in-data' });
  });

  test('lets another family break the tie', async () => {
    const fox = seat(scripted(aModel('fox'), preferring('left')));
    const torn = owl((call) => {
      if (call.purpose === 'think') return 'Hard to say.';
      return call.seed === 2 || call.seed === 5 ? answering('1') : preferring('left')(call);
    });
    const dossier = aDossier();
    const opinion = await heardBy([torn, fox], {}, dossier);
    expect(opinion.calls).toBeGreaterThan(2);
  });
});
