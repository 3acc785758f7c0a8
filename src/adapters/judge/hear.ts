import { randomBytes } from 'node:crypto';
import {
  ANSWER_CHARS_MAX,
  CALLS_MAX,
  PROTOCOL,
  THOUGHT_CHARS_MAX,
} from '../../3-deliberation/judge/bounds.ts';
import type {
  JudgedSurface,
  Judgement,
  PlannedCall,
  RecordedCall,
  Silence,
  Spoken,
} from '../../3-deliberation/judge/judgement.ts';
import type { Anchors } from '../../3-deliberation/judge/licence.ts';
import {
  decidePrompt,
  type ModelCall,
  promptDigests,
  thinkPrompt,
} from '../../3-deliberation/judge/prompt.ts';
import { nextStep } from '../../3-deliberation/judge/protocol.ts';
import type { JudgePrompts } from '../../caws/judge-prompts.ts';
import type { Judge, Model } from '../../ports.ts';
import { cutTo, type Result } from '../../primitives.ts';

/** A model at this host, and what it earned on each surface. */
export interface SeatedModel {
  readonly model: Model;
  readonly anchors: Readonly<Partial<Record<JudgedSurface, Anchors>>>;
}

const UNPROVEN: Anchors = {
  right: 0,
  total: 0,
  ties: { first: 0, total: 0 },
  injections: { flipped: 0, total: 0 },
  thresholds: [],
};

/** Every call once and one retry, two calls a turn at least: more turns than this are a bug of ours. */
const TURNS_MAX = CALLS_MAX + 2;

/**
 * The judge of this host: asks its models what the protocol says, in parallel where it says so, and
 * records what came back. A model that hangs, throws, rambles or is another one is silent.
 *
 * @param seated the first hears rounds 1 and 2, the second breaks ties.
 * @param nonce 32 hex digits that nobody can foresee.
 */
export function judgeAtHost(
  prompts: JudgePrompts,
  seated: readonly SeatedModel[],
  nonce: () => string = () => randomBytes(16).toString('hex'),
): Judge {
  return {
    hear: async (dossier, terms) => {
      const staying = seated.filter(({ model }) => terms.mayLeave || !model.isRemote);
      const opening: Judgement = {
        schema: 'caws-arbiter/judgement@1',
        protocol: PROTOCOL,
        prompts: { version: prompts.version, digest: prompts.digest },
        rubric: prompts.rubric.map(({ id, informs }) => ({ id, informs })),
        surface: terms.surface,
        seats: staying.map(({ model, anchors }) => ({
          model: model.identity,
          anchors: anchors[terms.surface] ?? UNPROVEN,
        })),
        dossier,
        caseNonce: nonce(),
        calls: [],
        stopped: staying.length === 0 && seated.length > 0 ? 'may-not-leave' : null,
      };
      const deadline = new AbortController();
      const timer = setTimeout(() => deadline.abort(), terms.timeoutMs);
      try {
        const models = staying.map(({ model }) => model);
        const gone = terms.signal ?? new AbortController().signal;
        return await hearTurns(opening, {
          prompts,
          models,
          nonce,
          deadline: deadline.signal,
          gone,
        });
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/**
 * Asks a model some calls about a case whose answer is known. It needs no licence for that: it earns one.
 *
 * @returns what came back; a call that may not be sent is left out.
 */
export async function askedOutOfCourt(
  model: Model,
  prompts: JudgePrompts,
  {
    dossier,
    calls,
    timeoutMs,
  }: {
    readonly dossier: Judgement['dossier'];
    readonly calls: readonly PlannedCall[];
    readonly timeoutMs: number;
  },
): Promise<readonly RecordedCall[]> {
  const nonce = () => randomBytes(16).toString('hex');
  const deadline = AbortSignal.timeout(timeoutMs);
  const bench = { prompts, models: [model], nonce, deadline, gone: new AbortController().signal };
  const about = { dossier, caseNonce: nonce() };
  const asked = await Promise.all(calls.map((call) => ask(call, about, bench)));
  return asked.filter((each) => each !== 'nonce-in-data');
}

interface Bench {
  readonly prompts: JudgePrompts;
  readonly models: readonly Model[];
  readonly nonce: () => string;
  readonly deadline: AbortSignal;
  readonly gone: AbortSignal;
}

async function hearTurns(opening: Judgement, bench: Bench): Promise<Judgement> {
  let judgement = opening;
  for (let turn = 0; turn < TURNS_MAX; turn += 1) {
    const step = nextStep(judgement);
    if (step.kind === 'done') return judgement;
    if (bench.gone.aborted) return { ...judgement, stopped: 'cancelled' };
    if (bench.deadline.aborted) return { ...judgement, stopped: 'deadline' };
    const asked = await Promise.all(step.calls.map((call) => ask(call, judgement, bench)));
    const calls = asked.filter((each) => each !== 'nonce-in-data');
    judgement = {
      ...judgement,
      calls: [...judgement.calls, ...calls],
      stopped: calls.length < asked.length ? 'nonce-in-data' : null,
    };
  }
  return judgement;
}

async function ask(
  call: PlannedCall,
  judgement: Pick<Judgement, 'dossier' | 'caseNonce'>,
  bench: Bench,
): Promise<RecordedCall | 'nonce-in-data'> {
  const { dossier, caseNonce } = judgement;
  const nonce = bench.nonce();
  const input = { prompts: bench.prompts, dossier, caseNonce, nonce, call };
  const thought = call.thinks ? await speak(thinkPrompt(input), call, bench) : null;
  if (thought === 'nonce-in-data') return thought;
  const decide = decidePrompt(input, typeof thought === 'string' ? null : (thought?.text ?? null));
  if (!decide.ok) return decide.fault;
  const silent = typeof thought === 'string' ? thought : null;
  const answer = silent ?? (await speak(decide, call, bench));
  if (answer === 'nonce-in-data') return answer;
  return {
    slot: call.slot,
    retry: call.retry,
    nonce,
    ...promptDigests(decide.value),
    thought: silent === null ? (thought as Spoken | null) : null,
    answer,
  };
}

async function speak(
  prompt: Result<ModelCall, 'nonce-in-data'>,
  { seat }: PlannedCall,
  bench: Bench,
): Promise<Spoken | Silence | 'nonce-in-data'> {
  if (!prompt.ok) return prompt.fault;
  const model = bench.models[seat];
  if (model === undefined) return 'unavailable';
  const spoken = await heeding(model, prompt.value, bench);
  if (typeof spoken === 'string') return spoken;
  // Reasoning is cut, since more of it changes nothing; half an answer is none.
  if (prompt.value.purpose === 'think')
    return { ...spoken, text: cutTo(spoken.text, THOUGHT_CHARS_MAX) };
  if (spoken.text.length > ANSWER_CHARS_MAX) return 'answer-too-long';
  // No record holds half of a character, and a judge that says one must cost nobody the verdict.
  return { ...spoken, text: spoken.text.toWellFormed() };
}

/** The model's word, or its silence once time is up: it is not asked whether it heard the signal. */
export async function heeding(
  model: Model,
  call: ModelCall,
  { deadline, gone }: Pick<Bench, 'deadline' | 'gone'>,
): Promise<Spoken | Silence> {
  const signal = AbortSignal.any([deadline, gone]);
  if (signal.aborted) return gone.aborted ? 'cancelled' : 'timed-out';
  const { promise: ended, resolve } = Promise.withResolvers<Silence>();
  const end = () => resolve(gone.aborted ? 'cancelled' : 'timed-out');
  signal.addEventListener('abort', end, { once: true });
  try {
    const answer = model.answer(call, signal).catch((): Silence => 'unavailable');
    return await Promise.race([answer, ended]);
  } catch {
    return 'unavailable';
  } finally {
    signal.removeEventListener('abort', end);
  }
}
