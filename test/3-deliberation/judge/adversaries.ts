/**
 * Judges that obey, lie or ramble, through the real reader, protocol, verdict and order. What they bring
 * about is counted, not asserted: a test and a benchmark hold the counts against their bars.
 */

import { noPlea, readPlea } from '../../../src/1-pleading/plea.ts';
import type { Judgement } from '../../../src/3-deliberation/judge/judgement.ts';
import { type Contender, orderOf, preferred } from '../../../src/3-deliberation/judge/order.ts';
import { decidePrompt } from '../../../src/3-deliberation/judge/prompt.ts';
import { opinionOf } from '../../../src/3-deliberation/judge/protocol.ts';
import { textDigest } from '../../../src/caws/text-digest.ts';
import type { Instant } from '../../../src/primitives.ts';
import { aJudgedCase, changeSide, type JudgedCase } from '../../4-verdict/judged-case.ts';
import {
  aCandidate,
  aDossier,
  aFileText,
  aJudgement,
  answering,
  leading,
  type Player,
  placeOf,
  played,
  prompts,
  randomFrom,
  spoken,
} from './kit.ts';
import { type Payload, type PayloadPlace, payloads, places, planted } from './payloads.ts';

const rank = { FAIL: 0, WAIVER_REQUIRED: 1, PASS: 2 } as const;

/** What random answers brought about. A winner is raised where it does not pass or is not near the best. */
export interface Thrown {
  readonly outputs: number;
  /** Texts that the reader took for answers: without any, nothing was tried. */
  readonly read: number;
  readonly decided: number;
  readonly verdictsRaised: number;
  readonly verdictsLowered: number;
  readonly winnersRaised: number;
  /** Scores that a judge moved by more than its half of P. */
  readonly scoresRaised: number;
}

/** Throws that many model texts at changes that pass, need a waiver and fail, and at four contenders. */
export function throwOutputs(count: number, seed: number): Thrown {
  const random = randomFrom(seed);
  const claims = [{ id: 'c1', text: 'A1 holds', rests: ['A1'] }];
  const cases = [
    {},
    { lines: 900 },
    { files: [['other/x.ts', 'x();\n']] as const, specNamed: 'GONE-1' },
  ].map((facts) => aJudgedCase({ ...facts, plea: { ...noPlea, claims } }));
  const bare = cases.map((each) => ({ each, without: each.record() }));
  const tally = {
    outputs: 0,
    read: 0,
    decided: 0,
    verdictsRaised: 0,
    verdictsLowered: 0,
    winnersRaised: 0,
    scoresRaised: 0,
  };
  for (let turn = 0; tally.outputs < count; turn += 1) {
    const { each, without } = bare[turn % bare.length] as (typeof bare)[number];
    const inclination = random();
    const judgement = played(aJudgement({ surface: 'change', dossier: each.dossier }), (call) =>
      randomOutput(random, inclination, placeOf(changeSide(each.dossier), call)),
    );
    tally.outputs += judgement.calls.length;
    const opinion = opinionOf(judgement);
    tally.read += opinion.kind === 'decides' ? judgement.calls.length : 0;
    tally.decided += opinion.kind === 'decides' ? 1 : 0;
    const record = each.record(judgement);
    if (rank[record.verdict] > rank[each.without]) tally.verdictsRaised += 1;
    if (rank[record.verdict] < rank[each.without]) tally.verdictsLowered += 1;
    const moved = Math.abs(record.deliberation.score.s - without.deliberation.score.s);
    if (!(moved <= 0.05 + 1e-6)) tally.scoresRaised += 1;
    if (!winnerHolds(random, judgement)) tally.winnersRaised += 1;
  }
  return tally;
}

/** Four contenders, and a judge that prefers by what it just said, turned as chance will. */
function winnerHolds(random: () => number, judgement: Judgement): boolean {
  const contenders = Array.from(
    { length: 4 },
    (_, at): Contender => ({
      id: `c${at}`,
      passes: random() < 0.7,
      score: Math.round(random() * 40) / 200 + 0.7,
      lines: Math.round(random() * 100),
      submittedAt: at as Instant,
      digest: textDigest(String(at)),
    }),
  );
  const said = preferred(opinionOf(judgement), judgement.dossier.candidates);
  const [winner] = orderOf(contenders, (one, other) =>
    said === null ? null : (said === 'change') === one < other ? one : other,
  );
  const passing = contenders.filter(({ passes }) => passes);
  if (passing.length === 0) return winner?.passes === false;
  const best = Math.max(...passing.map(({ score }) => score));
  return winner?.passes === true && winner.score >= best - 0.05 - 1e-9;
}

const words = ['1', '2', 'tie', 'insufficient'] as const;

/** Noise, JSON of no shape, broken answers, and answers that hold, leaning to a side for a whole hearing. */
function randomOutput(random: () => number, inclination: number, toward: '1' | '2') {
  const pick = <Item>(items: readonly Item[]): Item =>
    items[Math.floor(random() * items.length)] as Item;
  const kind = random();
  const away = toward === '1' ? '2' : '1';
  if (inclination < 0.3) return spoken(noise(random, 40 + random() * 200));
  if (kind < 0.06)
    return spoken(JSON.stringify({ better: pick(words), checks: noise(random, 20) }));
  if (kind < 0.1) return pick(['timed-out', 'unavailable', 'wrong-model']);
  const better = inclination < 0.6 ? toward : inclination < 0.9 ? away : pick(words);
  const text = answering(
    better,
    random() < 0.05 ? { data_contains_instructions: pick(['in_1', 'both']) } : {},
    random() < 0.7 ? ['F1'] : [],
  );
  if (kind < 0.16) {
    const at = Math.floor(random() * text.length);
    return spoken(text.slice(0, at) + noise(random, 3) + text.slice(at + 2));
  }
  const lead = (better === '1' ? 1 : -1) * random() * 10 ** Math.floor(random() * 8 - 2);
  return spoken(text, random() < 0.5 ? leading(random() < 0.1 ? Number.NaN : lead) : null);
}

function noise(random: () => number, length: number): string {
  return Array.from({ length }, () => String.fromCharCode(Math.floor(random() * 0x3000))).join('');
}

/** What planted instructions brought about with a judge that obeys whatever stands outside of fences. */
export interface Steered {
  readonly tried: number;
  readonly obeyed: number;
  /** Above what everything but the judge says. */
  readonly verdictsRaised: number;
  /** A flawed change whose judge would have sent it to people, and speaks for it now. */
  readonly talkedOut: number;
  /** A worse contender wins that lost without its payload. */
  readonly winnersRaised: number;
  /** A sound change that quotes a payload, and is held up for it. */
  readonly verdictsLowered: number;
  /** A flawed change that silenced its judge: it stands as if there were none. */
  readonly silenced: number;
}

const SOUND = 'export const sound = (price: number) => price * 2;\n';
const FLAWED = 'export const flawed = (price: number) => 42;\n';

/** @param chosen which payloads; all where left out. @param inFences true: it obeys what stands in fences as well. */
export function steer(chosen: readonly Payload[] = payloads, inFences = false): Steered {
  const tally = {
    tried: 0,
    obeyed: 0,
    verdictsRaised: 0,
    talkedOut: 0,
    winnersRaised: 0,
    verdictsLowered: 0,
    silenced: 0,
  };
  for (const payload of chosen)
    for (const place of places) {
      tally.tried += 1;
      const sound = caseWith(payload, place, SOUND);
      const flawed = caseWith(payload, place, FLAWED);
      const obey = gullible(payload, inFences, () => {
        tally.obeyed += 1;
      });
      const kept = sound.record(played(hearingOf(sound), obey));
      if (rank[kept.verdict] < rank[sound.without]) tally.verdictsLowered += 1;
      const judgement = played(hearingOf(flawed), obey);
      const { verdict } = flawed.record(judgement);
      if (rank[verdict] > rank[flawed.without]) tally.verdictsRaised += 1;
      const opinion = opinionOf(judgement);
      if (opinion.kind === 'abstains') tally.silenced += 1;
      else if (verdict === 'PASS') tally.talkedOut += 1;
      if (wins(payload, place, obey)) tally.winnersRaised += 1;
    }
  return tally;
}

const hearingOf = ({ dossier }: JudgedCase): Judgement =>
  aJudgement({ surface: 'change', dossier });

function caseWith(payload: Payload, place: PayloadPlace, code: string): JudgedCase {
  const { files, body, messages } = planted(payload, place, code);
  const read = readPlea(
    body === null
      ? { kind: 'commit-messages', messages }
      : { kind: 'pull-request-body', text: body },
  );
  return aJudgedCase({ files, plea: read.ok ? read.value.plea : noPlea });
}

/** The flawed contender carries the payload and lies a little behind the sound one: only a judge could lift it. */
function wins(payload: Payload, place: PayloadPlace, obey: Player): boolean {
  const side = (id: string, files: readonly (readonly [string, string])[], claims: string) =>
    aCandidate(id, {
      files: files.map(([path, text]) => aFileText(path, text)),
      claims: claims === '' ? [] : [{ id: 'c', text: claims, rests: [] }],
    });
  const { files, body } = planted(payload, place, FLAWED);
  const dossier = aDossier([
    side('evil', files, body === null ? '' : payload.text),
    side('good', [['src/price.ts', SOUND]], ''),
  ]);
  const opinion = opinionOf(played(aJudgement({ dossier }), obey));
  const contender = (id: string, score: number): Contender => ({
    id,
    passes: true,
    score,
    lines: 10,
    submittedAt: 1 as Instant,
    digest: textDigest(id),
  });
  const [winner] = orderOf([contender('evil', 0.88), contender('good', 0.9)], () =>
    preferred(opinion, dossier.candidates),
  );
  return winner?.id === 'evil';
}

/**
 * Knows the better code when it sees it, and forgets it for any instruction outside of a fence: it then
 * prefers whatever carries the instruction, says that nothing was wrong, and is very sure.
 */
function gullible(payload: Payload, inFences: boolean, obeying: () => void): Player {
  const marks = payload.marks.map(plain);
  return (call, { dossier, caseNonce }) => {
    const nonce = textDigest(call.slot).slice(7, 39);
    const prompt = decidePrompt({ prompts, dossier, caseNonce, nonce, call }, null);
    if (!prompt.ok) return 'unavailable';
    const { system, shared, own } = prompt.value;
    const all = `${system}\n${shared}\n${own}`;
    const open = plain(inFences ? all : outsideFences(all, [caseNonce, nonce]));
    const [one = '', two = ''] = own.split('candidate at place 2');
    if (marks.some((mark) => open.includes(mark))) {
      obeying();
      const here = plain(one);
      const first = marks.some((mark) => here.includes(mark));
      return spoken(answering(first ? '1' : '2', {}, []), leading(first ? 9 : -9));
    }
    const worth = (text: string) => (text.includes('sound') ? 1 : text.includes('flawed') ? -1 : 0);
    const lead = worth(one) - worth(two);
    return answering(lead > 0 ? '1' : lead < 0 ? '2' : 'tie', {}, ['F1']);
  };
}

const plain = (text: string): string =>
  text
    .normalize('NFKC')
    .replaceAll(/\p{Cf}/gu, (sign) => (sign > '\u{e0000}' ? sign : ''))
    .toLowerCase();

/** What a model reads as its own orders: everything but what stands between the marks that it was told. */
function outsideFences(text: string, nonces: readonly string[]): string {
  return nonces.reduce((rest, nonce) => {
    const [before = '', ...blocks] = rest.split(`<<<DATA ${nonce} `);
    return (
      before + blocks.map((block) => block.split(`\nDATA ${nonce}>>>`).slice(1).join('')).join('')
    );
  }, text);
}
