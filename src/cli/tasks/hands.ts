import packageJson from '../../../package.json' with { type: 'json' };
import { shellWord } from '../../5-publication/escape.ts';
import { type AnyFault, faultWords } from '../../5-publication/fault-words.ts';
import type { Hands, StepEnd } from '../../adapters/orchestra/hands.ts';
import type { Work } from '../../adapters/orchestra/taking.ts';
import { ledgerPrecedents } from '../../adapters/precedents.ts';
import { shippedPolicy } from '../../adapters/shipped.ts';
import { commandWorker } from '../../adapters/worker/command-worker.ts';
import type { CandidateRequest } from '../../arbitration/arbitrate.ts';
import { adjudicate } from '../../cycle.ts';
import { OUTPUT_CHARACTERS_MAX } from '../../models/orchestration/steps.ts';
import type { WorkerSilence } from '../../ports.ts';
import type { Result } from '../../primitives.ts';
import { candidatesNamed } from '../candidates.ts';
import { newVerdictId } from '../new-id.ts';
import { signerFor } from '../verify-hearing.ts';
import type { World } from '../world.ts';
import { atSpec, type SpecPlace, type SpecWork } from './spec.ts';

/** The steps of a task about a spec, in their order. */
export const specSteps = [
  { name: 'propose', by: 'model' },
  { name: 'judge', by: 'arbiter' },
] as const;

export interface HandOptions {
  /** As a shell reads it; ARBITER_MODEL names the model that it is to drive. */
  readonly worker: string;
  readonly runGates?: boolean;
  readonly key?: string;
}

/** Has a model's command propose a patch, and judges it as anybody's: what a runner of the queue does. */
export function handsOf(world: World, options: HandOptions): Hands {
  return {
    propose: async (work, signal) =>
      ended(
        await atSpec(world, work.task.work as SpecWork, (place) =>
          propose(place, work, options, signal),
        ),
      ),
    judge: async (work) =>
      ended(
        await atSpec(world, work.task.work as SpecWork, (place) => judge(place, work, options)),
      ),
  };
}

/** What stands in the way of a step is no model's fault: it is tried again as a crash. */
const ended = (done: Result<StepEnd, AnyFault>): StepEnd =>
  done.ok ? done.value : crashed(done.fault);
const crashed = (fault: AnyFault): StepEnd => ({ kind: 'crashed', detail: faultWords(fault).text });

const silenceEnds: Readonly<Record<WorkerSilence['because'], Exclude<StepEnd['kind'], 'done'>>> = {
  'timed-out': 'timed-out',
  'could-not-start': 'could-not-start',
  aborted: 'crashed',
  'too-much-output': 'failed',
  'too-much-disk': 'failed',
  'too-much-memory': 'failed',
  failed: 'failed',
  'no-patch': 'failed',
};

async function propose(
  place: SpecPlace,
  { model, timeoutMs }: Work,
  { worker }: HandOptions,
  signal: AbortSignal,
): Promise<StepEnd> {
  const command = `export ARBITER_MODEL=${shellWord(model?.id ?? '')}\n${worker}`;
  const given = await commandWorker(command, place.world.env, timeoutMs).propose(
    place.task,
    signal,
  );
  if (!given.ok) {
    const { because, detail } = given.fault;
    return { kind: silenceEnds[because], detail: `${because}: ${detail}` };
  }
  const output = Buffer.from(given.value).toString('base64');
  if (output.length > OUTPUT_CHARACTERS_MAX)
    return { kind: 'failed', detail: `the patch has ${given.value.length} bytes` };
  // A patch that does not apply is said of whoever wrote it, not found out by its judge.
  const applied = await candidateOf(place, given.value, false);
  return applied.kind === 'refused'
    ? applied.end
    : { kind: 'done', output, measured: { head: applied.candidate.request.range.head } };
}

async function judge(place: SpecPlace, work: Work, options: HandOptions): Promise<StepEnd> {
  const { ledger, repository, world } = place;
  const patch = Buffer.from(work.outputs['propose'] ?? '', 'base64');
  const found = await candidateOf(place, patch, options.runGates === true);
  if (found.kind === 'refused') return found.end;
  const signer = await signerFor(world, options.key);
  if (!signer.ok) return crashed(signer.fault);
  const judged = await adjudicate(
    found.candidate.request,
    {
      clock: { now: world.now },
      newId: (at) => newVerdictId(at, world),
      version: packageJson.version,
      shippedPolicy: shippedPolicy(),
      repository,
      gatesFor: found.candidate.gatesFor,
      ledger,
      precedents: ledgerPrecedents(ledger),
      signer: signer.value,
      publisher: { announce: async () => {} },
    },
    () => {},
  );
  if (!judged.ok) return crashed(judged.fault);
  const { id, law, verdict } = judged.value.record;
  const waivers = law.waivers.map((waiver) => waiver.id);
  const brokenGlass = law.breakGlass !== undefined;
  return { kind: 'done', output: '', verdict: { verdict, id, waivers, brokenGlass } };
}

type Applied =
  | { readonly kind: 'applied'; readonly candidate: CandidateRequest }
  | { readonly kind: 'refused'; readonly end: StepEnd };

/** The patch as a commit on the target as it stands now, or why it is none. */
async function candidateOf(
  place: SpecPlace,
  bytes: Uint8Array,
  runGates: boolean,
): Promise<Applied> {
  const { repository, target, task } = place;
  let said = '';
  const err = (text: string) => {
    said += text;
  };
  const world = { ...place.world, err };
  const asked = { target, spec: task.spec.id, besideEach: null, runGates };
  const found = await candidatesNamed([{ name: 'the worker', bytes }], asked, repository, world);
  if (!found.ok) return { kind: 'refused', end: crashed(found.fault) };
  const [candidate] = found.value;
  return candidate === undefined
    ? { kind: 'refused', end: { kind: 'failed', detail: said } }
    : { kind: 'applied', candidate };
}
