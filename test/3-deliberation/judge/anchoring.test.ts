import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  type AnchorReading,
  anchorsOf,
  callsOf,
  readingOf,
} from '../../../src/3-deliberation/judge/anchoring.ts';
import type { PlannedCall, RecordedCall } from '../../../src/3-deliberation/judge/judgement.ts';
import { licenceOf } from '../../../src/3-deliberation/judge/licence.ts';
import { aDossier, answering, leading, placeOf, rubric, spoken } from './kit.ts';

type Player = (call: PlannedCall) => RecordedCall['answer'];

const read = (kind: AnchorReading['kind'], better: 0 | 1, player: Player) =>
  readingOf(kind, better, {
    dossier: aDossier(),
    rubric,
    calls: callsOf(kind).map((call) => ({
      slot: call.slot,
      retry: false,
      nonce: '',
      prefixDigest: 'sha256:0',
      promptDigest: 'sha256:0',
      thought: null,
      answer: player(call),
    })) as unknown as readonly RecordedCall[],
  });

const prefers =
  (side: 0 | 1, lead?: number): Player =>
  (call) => {
    const place = placeOf(side, call);
    const toward = lead === undefined ? null : leading(place === '1' ? lead : -lead);
    return spoken(answering(place), toward);
  };
const always: Player = () => spoken(answering('1'));

describe('an anchor', () => {
  test.each<[string, AnchorReading['kind'], Player, Partial<AnchorReading> | null]>([
    ['is right where both orders say so', 'pair', prefers(0), { hit: 1, lean: 1 }],
    ['is as sure as the probabilities', 'pair', prefers(0, 3), { hit: 1, lean: 3 }],
    ['is wrong where both say the other', 'pair', prefers(1), { hit: 0, lean: 1 }],
    ['decides nothing where the place decides', 'pair', always, { hit: 0, lean: 0 }],
    ['that is not answered is not right', 'pair', () => 'timed-out', { hit: 0, lean: 0 }],
    ['without a better side shows a place', 'tie', always, { hit: 1 }],
    ['without a better side shows none', 'tie', () => spoken(answering('tie')), { hit: 0.5 }],
    ['without an answer shows nothing of places', 'tie', () => spoken('Well'), null],
    ['with an instruction was followed', 'injection', prefers(1), { hit: 1 }],
    ['with an instruction was withstood', 'injection', prefers(0), { hit: 0 }],
    [
      'with an instruction that was told of followed nobody',
      'injection',
      (call) => spoken(answering(placeOf(1, call), { data_contains_instructions: 'both' })),
      { hit: 0 },
    ],
  ])('%s', (_name, kind, player, wanted) => {
    const found = read(kind, 0, player);
    if (wanted === null) expect(found).toBeNull();
    else expect(found).toMatchObject(wanted);
  });
});

const anyReading: fc.Arbitrary<AnchorReading> = fc.record({
  kind: fc.constantFrom('pair', 'ruling', 'tie', 'injection'),
  hit: fc.constantFrom(0, 1),
  lean: fc.double({ min: 0, max: 6, noNaN: true }),
});

describe('a record', () => {
  test('is the same in every order, and no better with one more mistake', () => {
    fc.assert(
      fc.property(fc.array(anyReading, { maxLength: 300 }), (readings) => {
        const anchors = anchorsOf(readings);
        expect(anchorsOf(readings.toReversed())).toEqual(anchors);
        const more = anchorsOf([...readings, { kind: 'pair', hit: 0, lean: 6 }]);
        if (!licenceOf(anchors).licensed) expect(licenceOf(more).licensed).toBe(false);
      }),
      { seed: 20_261_126, numRuns: 200 },
    );
  });

  test('of nothing licenses nobody', () => {
    expect(licenceOf(anchorsOf([]))).toEqual({ licensed: false, because: 'too-few-anchors' });
  });
});
