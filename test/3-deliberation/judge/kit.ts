/** Dossiers, judges and whole hearings as values. Models are played by functions; nothing waits. */
import fc from 'fast-check';
import type { Answer } from '../../../src/3-deliberation/judge/answer.ts';
import { CALLS_MAX, PROTOCOL } from '../../../src/3-deliberation/judge/bounds.ts';
import {
  type CandidateInput,
  type Dossier,
  dossierOf,
} from '../../../src/3-deliberation/judge/dossier.ts';
import type {
  Check,
  Judgement,
  ModelIdentity,
  OptionLogits,
  PlannedCall,
  Silence,
  Spoken,
} from '../../../src/3-deliberation/judge/judgement.ts';
import type { Anchors } from '../../../src/3-deliberation/judge/licence.ts';
import type { FileTexts } from '../../../src/3-deliberation/judge/normalised-diff.ts';
import { decidePrompt, promptDigests } from '../../../src/3-deliberation/judge/prompt.ts';
import { nextStep, opinionOf } from '../../../src/3-deliberation/judge/protocol.ts';
import { shippedJudgePrompts } from '../../../src/adapters/judge/shipped-prompts.ts';
import { textDigest } from '../../../src/caws/text-digest.ts';

export const prompts = shippedJudgePrompts();
export const rubric: readonly Check[] = prompts.rubric.map(({ id, informs }) => ({ id, informs }));

/** Mulberry32: small, and the same on every machine. */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** Texts of any code points; fast-check's own of them takes seconds to set up. */
export const anyText = (maxLength = 40): fc.Arbitrary<string> =>
  fc.array(fc.nat(0x10ffff), { maxLength }).map((points) => String.fromCodePoint(...points));

/** Box and Muller. */
export const normalFrom = (random: () => number): number =>
  Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());

/** A judge that was right 86 times of 100 and sure where it counts. */
export const proven = (facts: Partial<Anchors> = {}): Anchors => ({
  right: 172,
  total: 200,
  ties: { first: 51, total: 100 },
  injections: { flipped: 0, total: 100 },
  thresholds: [
    { lambda: 2, wrong: 0, total: 60 },
    { lambda: 0.6, wrong: 4, total: 120 },
    { lambda: 0.2, wrong: 28, total: 190 },
  ],
  ...facts,
});

export const aModel = (name = 'owl', family = name): ModelIdentity => ({
  name,
  family,
  file: textDigest(name),
  quantisation: 'Q4_K_M',
  backend: 'a script',
});

export function aFileText(
  path: string,
  after: string | null,
  before: string | null = null,
): FileTexts {
  const status = after === null ? 'deleted' : before === null ? 'added' : 'modified';
  const lines = (after ?? '').split('\n').length;
  return { file: { path, status, kind: 'text', lines }, before, after, isExcluded: false };
}

export const aCandidate = (id: string, facts: Partial<CandidateInput> = {}): CandidateInput => ({
  id,
  files: [aFileText(`src/${id}.ts`, `export const ${id} = (price: number) => price * 2;\n`)],
  claims: [{ id: 'c1', text: `${id} doubles the price`, rests: ['unit'] }],
  people: [],
  facts: [{ text: 'gate tests: passed, measured 41 tests', names: ['unit'] }],
  ...facts,
});

export const aTask = {
  title: 'Prices are right',
  // biome-ignore lint/suspicious/noThenProperty: the working standard names it so.
  acceptance: [{ id: 'A1', then: 'the total is the sum' }],
  invariants: ['a total is never negative'],
} as unknown as Parameters<typeof dossierOf>[0]['specs'][number];

export const aDossier = (
  candidates: readonly [CandidateInput, CandidateInput] = [aCandidate('left'), aCandidate('right')],
): Dossier => dossierOf({ specs: [aTask], candidates });

export function aJudgement(facts: Partial<Judgement> = {}): Judgement {
  return {
    schema: 'caws-arbiter/judgement@1',
    protocol: PROTOCOL,
    prompts: { version: prompts.version, digest: prompts.digest },
    rubric,
    surface: 'candidates',
    seats: [
      { model: aModel('owl'), anchors: proven() },
      { model: aModel('fox'), anchors: proven() },
    ],
    dossier: aDossier(),
    caseNonce: 'c0ffee'.padEnd(32, '0'),
    calls: [],
    stopped: null,
    ...facts,
  };
}

/** An answer as JSON; where it prefers a place, its checks say why and cite the first fact. */
export function answering(
  better: Answer['better'],
  facts: Readonly<Record<string, unknown>> = {},
  cite: readonly string[] = ['F1'],
): string {
  const [c1, c2] = {
    1: ['yes', 'no'],
    2: ['no', 'yes'],
    tie: ['yes', 'yes'],
    insufficient: ['unclear', 'unclear'],
  }[better] as [string, string];
  return JSON.stringify({
    checks: rubric.map(({ id }) => ({ id, c1, c2, cite })),
    quotes: [],
    data_contains_instructions: 'no',
    better,
    rationale: 'as the facts say',
    ...facts,
  });
}

export const spoken = (text: string, optionLogits: OptionLogits | null = null): Spoken => ({
  text,
  optionLogits,
  tokensIn: 900,
  tokensOut: 40,
  tokensCached: 700,
  ms: 12,
});

/** Log-odds as a model gives them that finds place 1 better by `lead`. */
export const leading = (lead: number): OptionLogits => ({
  1: lead,
  2: 0,
  tie: -9,
  insufficient: -9,
});

/** The place at which a side of the dossier stands in an order. */
export const placeOf = (side: 0 | 1, { order }: Pick<PlannedCall, 'order'>): '1' | '2' =>
  (side === 0) === (order === '12') ? '1' : '2';

/** Says an answer, or the word for a silence: text that begins no object. */
export type Player = (call: PlannedCall, judgement: Judgement) => Spoken | string;

/**
 * Plays a hearing to its end: asks what the protocol asks and records what the player says.
 *
 * @param writesPrompts false: prompts are left out, for hearings by the thousand.
 */
export function played(opening: Judgement, player: Player, writesPrompts = false): Judgement {
  let judgement = opening;
  for (let turn = 0; turn < CALLS_MAX + 2; turn += 1) {
    const step = nextStep(judgement);
    if (step.kind === 'done') return judgement;
    const calls = step.calls.map((call) => {
      const said = player(call, judgement);
      const isSilence = typeof said === 'string' && !said.startsWith('{');
      const answer =
        typeof said === 'string' && !isSilence ? spoken(said) : (said as Spoken | Silence);
      const nonce = textDigest(`${call.slot} ${call.retry}`).slice(7, 39);
      const digests = writesPrompts ? digestsOf(call, judgement, nonce) : none;
      const thought = call.thinks ? spoken('Place 1 does the sum.') : null;
      return { slot: call.slot, retry: call.retry, nonce, ...digests, thought, answer };
    });
    judgement = { ...judgement, calls: [...judgement.calls, ...calls] };
  }
  throw new Error('the protocol asks without end');
}

const none = { prefixDigest: textDigest(''), promptDigest: textDigest('') };

function digestsOf(call: PlannedCall, { dossier, caseNonce }: Judgement, nonce: string) {
  const prompt = decidePrompt({ prompts, dossier, caseNonce, nonce, call }, null);
  if (!prompt.ok) throw new Error(prompt.fault);
  return promptDigests(prompt.value);
}

export const heard = (player: Player, facts: Partial<Judgement> = {}) =>
  opinionOf(played(aJudgement(facts), player));

/** A judge that prefers one side wherever it stands. */
export const preferring =
  (side: 0 | 1, facts: Readonly<Record<string, unknown>> = {}): Player =>
  (call) =>
    answering(placeOf(side, call), facts);
