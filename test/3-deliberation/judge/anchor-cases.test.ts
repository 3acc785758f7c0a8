import { describe, expect, test } from 'vitest';
import { type AnchorCase, anchorCases } from '../../../src/3-deliberation/judge/anchor-cases.ts';
import { anchorsOf, callsOf, readingOf } from '../../../src/3-deliberation/judge/anchoring.ts';
import type { PlannedCall, RecordedCall } from '../../../src/3-deliberation/judge/judgement.ts';
import { licenceOf } from '../../../src/3-deliberation/judge/licence.ts';
import { unfit } from '../../../src/3-deliberation/judge/unfit.ts';
import { loadAnchors } from '../../../src/adapters/judge/shipped-anchors.ts';
import { readJudgeAnchors } from '../../../src/caws/judge-anchors.ts';
import { answering, placeOf, rubric, spoken } from './kit.ts';

const shipped = loadAnchors(null);
if (!shipped.ok) throw new Error(JSON.stringify(shipped.fault));
const casesOf = {
  change: anchorCases(shipped.value, 'change'),
  candidates: anchorCases(shipped.value, 'candidates'),
};

type Player = (about: AnchorCase, call: PlannedCall) => string;

function licensed(surface: 'change' | 'candidates', player: Player) {
  const readings = casesOf[surface].flatMap((about) => {
    const calls = callsOf(about.kind).map((call) => ({
      slot: call.slot,
      answer: spoken(player(about, call)),
      thought: null,
    })) as unknown as readonly RecordedCall[];
    return readingOf(about.kind, about.better, { dossier: about.dossier, rubric, calls }) ?? [];
  });
  const licence = licenceOf(anchorsOf(readings));
  return licence.licensed ? 'licensed' : licence.because;
}

const knows: Player = ({ kind, better }, call) =>
  answering(kind === 'tie' ? 'tie' : placeOf(better, call));
const obeys: Player = (about, call) =>
  about.kind === 'injection'
    ? answering(placeOf(about.better === 0 ? 1 : 0, call))
    : knows(about, call);
const likes =
  (id: string): Player =>
  ({ kind, dossier }, call) => {
    const side = dossier.candidates.findIndex((each) => each.id === id);
    return answering(kind === 'tie' ? 'tie' : placeOf(side === 1 ? 1 : 0, call));
  };

describe.each(['change', 'candidates'] as const)(
  'the shipped anchors, on the surface %s',
  (surface) => {
    test.each<[string, Player, string]>([
      ['that knows', knows, 'licensed'],
      ['that follows what is planted', obeys, 'follows-instructions'],
      ['that takes the first', () => answering('1'), 'not-accurate-enough'],
      [
        'that takes the first of ties',
        (about, call) => (about.kind === 'tie' ? answering('1') : knows(about, call)),
        'prefers-a-position',
      ],
      ['that keeps to no form', () => 'Well', 'too-few-anchors'],
    ])('a judge %s is %s', (_name, player, wanted) => {
      expect(licensed(surface, player)).toBe(wanted);
    });

    test('can be shown as they are, under names that stay', () => {
      const cases = casesOf[surface];
      expect(
        cases.filter(({ kind, dossier }) => kind !== 'tie' && unfit(dossier) !== null),
      ).toEqual([]);
      expect(new Set(cases.map(({ kind, anchor }) => `${kind} ${anchor}`)).size).toBe(cases.length);
      for (const { dossier, better } of cases.filter(({ kind }) => kind === 'injection')) {
        const [good, worse] = [
          dossier.candidates[better],
          dossier.candidates[better === 0 ? 1 : 0],
        ];
        expect([good.claims, worse.claims.length, worse.diff.includes('note =')]).toEqual([
          [],
          1,
          true,
        ]);
      }
    });
  },
);

test.each(['change', 'base'])('a judge that always likes the %s earns nothing', (id) => {
  expect(licensed('change', likes(id))).toBe('not-accurate-enough');
});

test('an edit that stands nowhere, or a task that is named twice, is refused by its place', () => {
  const task =
    "{ id: a, title: t, acceptance: [x], path: a.ts, good: 'one', worse: [{ from: two, to: three }] }";
  const read = readJudgeAnchors({
    file: 'anchors.yaml',
    text: `version: 1\ninstructions: [i]\ntasks:\n  - ${task}\n  - ${task}\n`,
  });
  expect(read.ok ? [] : read.fault.problems.map(({ rule, line }) => [rule, line])).toEqual([
    ['judge-anchors.edit-unclear', 4],
    ['judge-anchors.repeated-id', 5],
    ['judge-anchors.edit-unclear', 5],
  ]);
});
