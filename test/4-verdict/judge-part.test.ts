import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import type { Judgement } from '../../src/3-deliberation/judge/judgement.ts';
import { caseKeyOf } from '../../src/4-verdict/case-key.ts';
import { judge } from '../../src/4-verdict/judge.ts';
import { judgeUnder } from '../../src/4-verdict/what-if.ts';
import { findingsOf } from '../../src/5-publication/report.ts';
import { wordsOf } from '../../src/5-publication/sentences.ts';
import {
  aJudgement,
  answering,
  type Player,
  placeOf,
  played,
  preferring,
  spoken,
} from '../3-deliberation/judge/kit.ts';
import {
  aJudgedCase,
  caseDigest,
  changeSide,
  type JudgedFacts,
  judgedPolicy,
  verdictId,
} from './judged-case.ts';

const root = join(import.meta.dirname, '../..');
const isRecord = new Ajv2020({ strict: false }).compile(
  JSON.parse(readFileSync(join(root, 'policies/schema/verdict.schema.json'), 'utf8')) as object,
);

type Wish = 'change' | 'base' | 'base uncited' | 'tie' | 'nothing' | 'absent';

function heardOn(facts: JudgedFacts, wish: Wish, player?: Player) {
  const { dossier, record, file } = aJudgedCase(facts);
  const side = changeSide(dossier);
  const other = side === 0 ? 1 : 0;
  const players: Readonly<Record<Exclude<Wish, 'absent'>, Player>> = {
    change: preferring(side),
    base: preferring(other),
    'base uncited': (call) => answering(placeOf(other, call), {}, []),
    tie: () => answering('tie'),
    nothing: () => 'unavailable',
  };
  const judgement: Judgement | undefined =
    wish === 'absent'
      ? undefined
      : played(aJudgement({ surface: 'change', dossier }), player ?? players[wish]);
  return { record: record(judgement), judgement, file };
}

const ruled = ({ record }: ReturnType<typeof heardOn>) =>
  [
    record.verdict,
    ...findingsOf(record)
      .map(({ rule }) => rule)
      .filter((rule) => rule.startsWith('judge.')),
  ].join(' ');

describe('a judge', () => {
  test.each<[string, Wish, string]>([
    ['{ role: advisory }', 'absent', 'PASS'],
    ['{ role: advisory }', 'nothing', 'PASS'],
    ['{ role: advisory }', 'change', 'PASS'],
    ['{ role: advisory }', 'tie', 'PASS'],
    ['{ role: advisory }', 'base uncited', 'PASS'],
    ['{ role: advisory }', 'base', 'WAIVER_REQUIRED judge.concern'],
    ['{}', 'base', 'WAIVER_REQUIRED judge.concern'],
    ['{ role: required }', 'absent', 'WAIVER_REQUIRED judge.absent'],
    ['{ role: required }', 'nothing', 'WAIVER_REQUIRED judge.absent'],
    ['{ role: required }', 'change', 'PASS'],
    ['{ role: required }', 'tie', 'PASS'],
    ['{ role: required }', 'base', 'WAIVER_REQUIRED judge.concern'],
    ['', 'base', 'PASS'],
    ['', 'absent', 'PASS'],
  ])('under %s that is for the %s leaves %s', (policy, wish, wanted) => {
    const found = heardOn({ judge: policy }, wish);
    expect(ruled(found)).toBe(wanted);
    expect(isRecord(found.record), JSON.stringify(isRecord.errors)).toBe(true);
  });

  test.each<Wish>(['change', 'base', 'absent'])(
    'that is for the %s changes nothing where something else stands against the change',
    (wish) => {
      const facts = { judge: '{ role: required }', lines: 900 };
      expect(heardOn(facts, wish).record).toEqual(heardOn(facts, 'absent').record);
    },
  );

  test('moves the score by its half of P and no more', () => {
    const plea = {
      ...aJudgedCase().file.plea,
      claims: [{ id: 'c1', text: 'A1 holds', rests: ['A1'] }],
    };
    const s = (wish: Wish) => heardOn({ plea }, wish).record.deliberation.score;
    const [none, forIt, against] = [s('absent'), s('change'), s('base')];
    expect([none.p, forIt.p, against.p]).toEqual([1, 1, 0.5]);
    expect(none.s - against.s).toBeCloseTo(0.05, 9);
    expect([forIt, against].map(({ e, b, g }) => [e, b, g])).toEqual(
      Array(2).fill([none.e, none.b, none.g]),
    );
  });

  test('is named in the record, and its doubt said without a word of its own', () => {
    const { record } = heardOn({}, 'base', undefined);
    expect(record.deliberation.judge).toMatchObject({
      protocol: 'CAWS-Judge v1',
      models: [{ name: 'owl', file: expect.stringMatching(/^sha256:/) }, { name: 'fox' }],
      said: 'for the base as it is',
      calls: 2,
    });
    const [finding] = record.deliberation.findings;
    if (finding === undefined) throw new Error('no finding');
    expect(wordsOf(finding).says).toBe(
      'A judge would rather leave the base as it is: the change does not meet C1, C2, C3, C4, shown by F1.',
    );
    expect(JSON.stringify(record)).not.toContain('as the facts say');
    expect(finding.holds).toEqual([expect.stringContaining('src/price.ts@100644:')]);
  });

  test('says why it is absent where the policy requires it', () => {
    const { record } = heardOn({ judge: '{ role: required }' }, 'nothing', () => spoken('Well'));
    expect(record.deliberation.findings[0]?.detail).toEqual({ because: 'invalid-answer' });
  });

  test('is replayed from the record alone', () => {
    const { file, judgement, record } = heardOn({}, 'base');
    if (judgement === undefined) throw new Error('no judgement');
    const kept = JSON.parse(JSON.stringify({ ...file, judgement })) as typeof file;
    expect(judge(kept, { id: verdictId, caseDigest })).toEqual({ ok: true, value: record });
  });

  test('that comes to the same in other words gives the same verdict again', () => {
    const { file, judgement } = heardOn({}, 'change');
    const key = (other: Judgement | undefined) =>
      caseKeyOf(other === undefined ? file : { ...file, judgement: other });
    const reworded = {
      ...(judgement as Judgement),
      caseNonce: 'f'.repeat(32),
      calls: (judgement as Judgement).calls.map((call) => ({ ...call, nonce: 'e'.repeat(32) })),
    };
    expect(key(reworded)).toBe(key(judgement));
    expect(key(heardOn({}, 'base').judgement)).not.toBe(key(judgement));
    expect(key(undefined)).not.toBe(key(judgement));
  });

  test('that another policy would require, and that nobody asked, is named as unasked', () => {
    const { file } = heardOn({ judge: '' }, 'absent');
    const other = { file: '.caws/policy.yaml', text: judgedPolicy('{ role: required }') };
    const would = judgeUnder(file, other, { id: verdictId, caseDigest });
    expect(would.ok && [would.value.record.verdict, would.value.unasked]).toEqual([
      'WAIVER_REQUIRED',
      ['judge'],
    ]);
  });
});
