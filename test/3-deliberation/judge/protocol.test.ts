import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { logOf } from '../../../src/3-deliberation/judge/call-log.ts';
import type {
  Abstention,
  Judgement,
  PlannedCall,
} from '../../../src/3-deliberation/judge/judgement.ts';
import { nextStep, opinionOf } from '../../../src/3-deliberation/judge/protocol.ts';
import {
  aCandidate,
  aDossier,
  aJudgement,
  aModel,
  answering,
  heard,
  leading,
  type Player,
  placeOf,
  played,
  preferring,
  proven,
  spoken,
} from './kit.ts';

const callsOf = (player: Player, facts: Partial<Judgement> = {}) =>
  played(aJudgement(facts), player).calls.map(({ slot, retry }) =>
    retry ? `${slot} again` : slot,
  );
const round1 = ['1.12.0', '1.21.0'];
const round2 = ['2.12.0', '2.12.1', '2.21.0', '2.21.1'];
const round3 = ['3.12.0', '3.21.0'];
const one = [{ model: aModel(), anchors: proven() }];
/** Says the first place is better, whatever stands there. */
const positional: Player = () => answering('1');

describe('the protocol asks', () => {
  test('both orders, and no more where they agree', () => {
    expect(callsOf(preferring(0))).toEqual(round1);
    expect(heard(preferring(0))).toMatchObject({ kind: 'decides', better: 0, lean: 1, calls: 2 });
    expect(heard(preferring(1))).toMatchObject({ kind: 'decides', better: 1, lean: -1, calls: 2 });
  });

  test('twice more in each order where they do not', () => {
    const player: Player = (call) =>
      call.slot === '1.21.0' ? answering('1') : answering(placeOf(0, call));
    expect(callsOf(player)).toEqual([...round1, ...round2]);
    expect(heard(player)).toMatchObject({ kind: 'decides', better: 0, calls: 6 });
  });

  test('another family of models where five of six do not agree', () => {
    const player: Player = (call) =>
      ['1.21.0', '2.21.0'].includes(call.slot) ? answering('1') : answering(placeOf(0, call));
    expect(callsOf(player)).toEqual([...round1, ...round2, ...round3]);
    expect(callsOf(player, { seats: one })).toEqual([...round1, ...round2]);
  });

  test('the surest word first, reasons after, and never the same sample twice', () => {
    const asked: PlannedCall[] = [];
    heard((call) => {
      asked.push(call);
      return answering('1');
    });
    expect(
      asked.map(({ round, temperature, thinks, seat }) => [round, temperature, thinks, seat]),
    ).toEqual([
      ...Array(2).fill([1, 0, false, 0]),
      ...Array(4).fill([2, 0.6, true, 0]),
      ...Array(2).fill([3, 0, true, 1]),
    ]);
    expect(new Set(asked.map(({ seed }) => seed)).size).toBe(8);
    for (const round of [1, 2, 3])
      for (const what of ['order', 'view'] as const) {
        const seen = asked.filter((call) => call.round === round).map((call) => call[what]);
        expect(seen.filter((each) => each === seen[0]).length * 2).toBe(seen.length);
      }
  });

  test('again, once, where an answer cannot be read', () => {
    let rambled = 0;
    const player: Player = (call) => {
      if (call.slot === '1.12.0' && rambled++ === 0) return spoken('I think');
      return answering(placeOf(1, call));
    };
    expect(callsOf(player)).toEqual([...round1, '1.12.0 again']);
    rambled = 0;
    expect(heard(player)).toMatchObject({ kind: 'decides', better: 1, calls: 3 });
  });

  test('at most eight times and one, whatever is answered', () => {
    const word = fc.constantFrom('1', '2', 'tie', 'insufficient', 'rambling', 'silence');
    fc.assert(
      fc.property(fc.array(word, { minLength: 12, maxLength: 12 }), (words) => {
        let at = 0;
        const judgement = played(aJudgement(), () => {
          const said = words[at++ % 12] as string;
          if (said === 'silence') return 'unavailable';
          return said === 'rambling' ? spoken('Well') : answering(said as '1');
        });
        expect(judgement.calls.length).toBeLessThanOrEqual(9);
        expect(nextStep(judgement).kind).toBe('done');
        // Replay: the record alone says what was decided.
        expect(opinionOf(JSON.parse(JSON.stringify(judgement)))).toEqual(opinionOf(judgement));
      }),
      { numRuns: 200 },
    );
  });
});

describe('a judge abstains', () => {
  const always =
    (facts: Readonly<Record<string, unknown>>): Player =>
    (call) =>
      answering(placeOf(0, call), facts);
  const from =
    (slot: string, otherwise: Player, player: Player): Player =>
    (call, judgement) =>
      call.slot >= slot ? otherwise(call, judgement) : player(call, judgement);
  const framed: Player = (call) => answering(placeOf(call.view === 'V1' ? 0 : 1, call));

  test.each<[string, Abstention, Player, Partial<Judgement>]>([
    ['that prefers a place to the end', 'orders-disagree', positional, {}],
    [
      'that prefers a place, where nobody else is there',
      'orders-disagree',
      positional,
      { seats: one },
    ],
    [
      'beside one of the same family',
      'orders-disagree',
      positional,
      { seats: [...one, { model: aModel('owl-2', 'owl'), anchors: proven() }] },
    ],
    [
      'beside one without a licence',
      'orders-disagree',
      positional,
      { seats: [...one, { model: aModel('fox'), anchors: proven({ right: 0 }) }] },
    ],
    [
      'whose other judge contradicts it',
      'orders-disagree',
      (call) =>
        ['1.21.0', '2.21.0'].includes(call.slot)
          ? answering('1')
          : answering(placeOf(call.seat, call)),
      {},
    ],
    ['that believes what is said around the code', 'views-differ', framed, {}],
    [
      'that finds instructions',
      'instructions-found',
      always({ data_contains_instructions: 'in_2' }),
      {},
    ],
    [
      'that finds them late',
      'instructions-found',
      from('2', always({ data_contains_instructions: 'both' }), positional),
      {},
    ],
    [
      'that cites what is not there',
      'invalid-answer',
      always({ quotes: [{ cand: 1, text: 'nowhere in the diff' }] }),
      {},
    ],
    ['that rambles twice', 'invalid-answer', () => spoken('Let me think'), {}],
    [
      'whose numbers are none',
      'invalid-answer',
      (call) => spoken(answering(placeOf(0, call)), leading(Number.NaN)),
      {},
    ],
    [
      'whose numbers say another word',
      'invalid-answer',
      () => spoken(answering('1'), leading(-3)),
      {},
    ],
    ['that hangs', 'timed-out', () => 'timed-out', {}],
    ['that is gone', 'unavailable', () => 'unavailable', {}],
    ['that is another one', 'wrong-model', () => 'wrong-model', {}],
    ['that cannot read it all', 'prompt-too-long', () => 'prompt-too-long', {}],
    [
      'that has not earned a licence',
      'unlicensed',
      preferring(0),
      { seats: [{ model: aModel(), anchors: proven({ right: 0 }) }] },
    ],
    ['that is not there', 'no-judge', preferring(0), { seats: [] }],
    ['whose time is up', 'deadline', preferring(0), { stopped: 'deadline' }],
    [
      'about two that are the same',
      'nothing-to-compare',
      preferring(0),
      { dossier: aDossier([aCandidate('same'), aCandidate('same')]) },
    ],
    [
      'that is not sure enough',
      'orders-disagree',
      (call) => spoken(answering(placeOf(0, call)), leading(placeOf(0, call) === '1' ? 0.3 : -0.3)),
      {},
    ],
  ])('%s: %s', (_, because, player, facts) => {
    expect(heard(player, facts)).toMatchObject({ kind: 'abstains', because });
  });

  test.each<[string, (judgement: Judgement) => Judgement]>([
    ['cut off', (judgement) => ({ ...judgement, calls: judgement.calls.slice(0, 1) })],
    [
      'with a call of its own',
      (judgement) => ({
        ...judgement,
        calls: judgement.calls.map((call) => ({ ...call, slot: '9.12.0' })),
      }),
    ],
    [
      'with a call three times',
      (judgement) => ({
        ...judgement,
        calls: [...judgement.calls, ...judgement.calls, ...judgement.calls],
      }),
    ],
    [
      'with a retry alone',
      (judgement) => ({
        ...judgement,
        calls: judgement.calls.map((call) => ({ ...call, retry: true })),
      }),
    ],
  ])('on a record %s', (_, forge) => {
    const forged = forge(played(aJudgement(), preferring(0)));
    expect(opinionOf(forged)).toMatchObject({ kind: 'abstains', because: 'unreadable' });
  });
});

describe('an opinion', () => {
  test('is the same whichever candidate came first', () => {
    const [a, b] = [aCandidate('left'), aCandidate('right')];
    const [there, back] = [aDossier([a, b]), aDossier([b, a])];
    expect(heard(preferring(0), { dossier: back })).toEqual(
      heard(preferring(0), { dossier: there }),
    );
  });

  test('that is no difference needs both orders to say so', () => {
    expect(heard(() => answering('tie'))).toMatchObject({
      kind: 'decides',
      better: 'tie',
      concerns: [],
    });
    expect(heard((call) => answering(call.order === '12' ? 'tie' : '1'))).not.toMatchObject({
      better: 'tie',
    });
  });

  test('loses a bias toward a place where the model gives numbers', () => {
    const biased =
      (bias: number): Player =>
      (call) => {
        const lead = (placeOf(0, call) === '1' ? 2 : -2) + bias;
        return spoken(answering(lead > 0 ? '1' : '2'), leading(lead));
      };
    expect(heard(biased(0))).toMatchObject({ lean: 2 });
    expect(heard(biased(1.5))).toMatchObject({ lean: 2, better: 0 });
  });

  test('bounds how sure one call can be', () => {
    expect(
      heard((call) =>
        spoken(answering(placeOf(0, call)), leading(placeOf(0, call) === '1' ? 1e300 : -1e300)),
      ),
    ).toMatchObject({ lean: 6 });
  });

  test('holds against a side what answers in both orders cite', () => {
    expect(heard(preferring(0))).toMatchObject({
      concerns: ['C1', 'C2', 'C3', 'C4'].map((check) => ({ check, facts: ['F1'], quotes: [] })),
      rationale: [1, 0],
    });
    const uncited: Player = (call) =>
      answering(placeOf(0, call), {}, call.order === '12' ? ['F2'] : []);
    expect(heard(uncited)).toMatchObject({ better: 0, concerns: [] });
    const quoting: Player = (call, { dossier }) => {
      const place = Number(placeOf(1, call)) as 1 | 2;
      const text = dossier.candidates[1].diff.slice(0, 30);
      return answering(placeOf(0, call), { quotes: [{ cand: place, text }] }, []);
    };
    expect(heard(quoting)).toMatchObject({
      concerns: [{ check: 'C1', facts: [], quotes: [expect.any(String)] }, {}, {}, {}],
    });
  });
});

test('the log tells of each call what it said, what it weighed and why it may not count', () => {
  let rambled = 0;
  const judgement = played(
    aJudgement(),
    (call) =>
      call.slot === '1.12.0' && rambled++ === 0 ? spoken('Hm') : answering(placeOf(0, call)),
    true,
  );
  const { calls, opinion } = logOf(judgement);
  expect(calls.map(({ slot, retry, fault, lean }) => [slot, retry, fault, lean])).toEqual([
    ['1.12.0', false, 'not-json', null],
    ['1.12.0', true, null, 1],
    ['1.21.0', false, null, 1],
  ]);
  expect(calls[2]).toMatchObject({
    order: '21',
    view: 'V1',
    round: 1,
    seed: 2,
    temperature: 0,
    model: aModel('owl'),
    protocol: 'CAWS-Judge v1',
    prompts: judgement.prompts,
    parsed: { better: '2' },
    lambda: 0.6,
    answer: { tokensIn: 900, tokensCached: 700, ms: 12 },
  });
  expect(new Set(calls.map(({ prefixDigest }) => prefixDigest)).size).toBe(1);
  expect(new Set(calls.map(({ promptDigest }) => promptDigest)).size).toBe(3);
  expect(opinion).toEqual(opinionOf(judgement));
});
