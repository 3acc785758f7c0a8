/** What a debate makes of a planted judge on the shipped anchors, where the better side of each pair is known. */
import { type AnchorCase, anchorCases } from '../../../src/3-deliberation/judge/anchor-cases.ts';
import {
  groundsOf,
  type QuotableLine,
  type Speech,
  withDebate,
} from '../../../src/3-deliberation/judge/debate.ts';
import type { Dossier } from '../../../src/3-deliberation/judge/dossier.ts';
import { opinionOf } from '../../../src/3-deliberation/judge/protocol.ts';
import { quotableLines } from '../../../src/3-deliberation/judge/quotable.ts';
import { loadAnchors } from '../../../src/adapters/judge/shipped-anchors.ts';
import { aJudgement, aModel, played, proven, randomFrom } from './kit.ts';
import { leanOn, type Plant, reading } from './planted.ts';

/**
 * How often each side's advocate finds a line to quote; else it makes one up. And whether what rests on nothing is
 * struck before the judge sees it.
 */
export const debates = {
  'the better side finds more to quote': { better: 0.9, worse: 0.3, isStruck: true },
  'both find as much': { better: 0.6, worse: 0.6, isStruck: true },
  'only the worse side speaks, and nothing is struck': { better: null, worse: 0, isStruck: false },
} as const;

function speech(
  line: QuotableLine | undefined,
  finds: number | null,
  random: () => number,
): string {
  if (line === undefined || finds === null) return '';
  const quoted = random() < finds ? line.text.trim() : 'all that was asked for';
  return `It says «${line.path}:${line.line} ${quoted}».`;
}

/** How far one claim of a side moves this judge towards it, in log-odds: it counts them, and looks nothing up. */
const HEEDS = 0.5;

export interface DebateRow {
  /** Right; where it has no opinion, half. */
  readonly without: number;
  readonly with: number;
  /** Of the same pairs and the same errors, heard both ways. */
  readonly gain: number;
  /** Half of the gain's interval of 95 percent. */
  readonly within: number;
}

export function debateRow(
  plant: Plant,
  name: keyof typeof debates,
  seeds: readonly number[],
): DebateRow {
  const { better, worse, isStruck } = debates[name];
  const gains: number[] = [];
  let [without, with_] = [0, 0];
  for (const seed of seeds) {
    const random = randomFrom(seed);
    for (const pair of pairs) {
      const speeches = [1, 2].flatMap((round): readonly Speech[] =>
        ([0, 1] as const).map((side) => {
          const finds = side === pair.better ? better : worse;
          const text = speech(pair.lines[side][round - 1], finds, random);
          return { round: round as 1 | 2, side, said: { text } };
        }),
      );
      const debated = isStruck
        ? withDebate(pair.dossier, speeches, groundsOf(pair.dossier, pair.lines), [])
        : believed(pair.dossier, speeches);
      const lean = leanOn(plant, random);
      const plain = scoreOf(pair, pair.dossier, lean, { plant, random });
      const heard = scoreOf(pair, debated, lean, { plant, random });
      without += plain;
      with_ += heard;
      gains.push(heard - plain);
    }
  }
  const count = gains.length;
  const gain = gains.reduce((sum, each) => sum + each, 0) / count;
  const variance = gains.reduce((sum, each) => sum + (each - gain) ** 2, 0) / (count - 1);
  const within = 1.96 * Math.sqrt(variance / count);
  return { without: without / count, with: with_ / count, gain, within };
}

interface Pair extends Pick<AnchorCase, 'dossier' | 'better'> {
  readonly lines: readonly [readonly QuotableLine[], readonly QuotableLine[]];
}

const loaded = loadAnchors(null);
if (!loaded.ok) throw new Error(loaded.fault.kind);
const anchors = loaded.value;
const pairs: readonly Pair[] = anchorCases(anchors, 'candidates')
  .filter(({ kind }) => kind === 'pair')
  .map(({ anchor, dossier, better }): Pair => {
    const [, id, edit] = anchor.split('/');
    const task = anchors.tasks.find((each) => each.id === id);
    const change = task?.worse[Number(edit) - 1];
    if (task === undefined || change === undefined) throw new Error(`no anchor ${anchor}`);
    const worse = task.good.replace(change.from, () => change.to);
    const linesOf = (side: 0 | 1, other: string, own: string) =>
      quotableLines([[task.path, Buffer.from(own)]], dossier.candidates[side].diff)
        // What both have tells them apart no more than it is worth.
        .toSorted((a, b) => Number(other.includes(a.text)) - Number(other.includes(b.text)));
    const lines = ([0, 1] as const).map((side) =>
      side === better ? linesOf(side, worse, task.good) : linesOf(side, task.good, worse),
    );
    return { dossier, better, lines: lines as unknown as Pair['lines'] };
  });

/** As if a debater's word were enough. */
function believed(dossier: Dossier, spoken: readonly Speech[]): Dossier {
  const [one, other] = ([0, 1] as const).map((side) => {
    const texts = spoken.flatMap(({ side: of, said }) =>
      of === side && typeof said !== 'string' && said.text !== '' ? [said.text] : [],
    );
    const claims = texts.map((text, at) => ({ id: `K${at + 1}`, text, evidence: [] }));
    return { ...dossier.candidates[side], claims };
  });
  return { ...dossier, candidates: [one, other] as unknown as Dossier['candidates'] };
}

function scoreOf(
  { better }: Pair,
  dossier: Dossier,
  lean: number,
  { plant, random }: { readonly plant: Plant; readonly random: () => number },
): number {
  const claimsOf = (side: 0 | 1) =>
    dossier.candidates[side].claims.filter(({ text }) => text !== '[struck]').length;
  const moved = lean + HEEDS * (claimsOf(better) - claimsOf(better === 0 ? 1 : 0));
  const judgement = played(aJudgement({ seats, dossier }), reading(better, moved, plant, random));
  const opinion = opinionOf(judgement);
  if (opinion.kind !== 'decides') return 0.5;
  return opinion.better === better ? 1 : 0;
}

const seats = [
  { model: aModel(), anchors: proven({ thresholds: [{ lambda: 0.8, wrong: 0, total: 60 }] }) },
];
