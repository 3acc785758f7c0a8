import packageJson from '../../../package.json' with { type: 'json' };
import { shellWord } from '../../5-publication/escape.ts';
import { type AnyFault, faultWords } from '../../5-publication/fault-words.ts';
import { isNotProposed, notProposedText } from '../../5-publication/worker-words.ts';
import type { Hands, StepEnd } from '../../adapters/orchestra/hands.ts';
import type { Work } from '../../adapters/orchestra/taking.ts';
import { ledgerPrecedents } from '../../adapters/precedents.ts';
import { shippedPolicy } from '../../adapters/shipped.ts';
import type { CandidateRequest } from '../../arbitration/arbitrate.ts';
import { adjudicate } from '../../cycle.ts';
import { OUTPUT_CHARACTERS_MAX } from '../../models/orchestration/steps.ts';
import type { Result } from '../../primitives.ts';
import { candidatesNamed } from '../candidates.ts';
import { newVerdictId } from '../new-id.ts';
import { signerFor } from '../verify-hearing.ts';
import { proposalBy } from '../worker-patches.ts';
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

/** Silences that say nothing of what a model can do; with every other one it failed. */
const silenceEnds: ReadonlyMap<string, Exclude<StepEnd['kind'], 'done'>> = new Map([
  ['timed-out', 'timed-out'],
  ['could-not-start', 'could-not-start'],
  ['aborted', 'crashed'],
  ['killed', 'crashed'],
]);

async function propose(
  place: SpecPlace,
  { model, timeoutMs }: Work,
  { worker }: HandOptions,
  signal: AbortSignal,
): Promise<StepEnd> {
  const command = `export ARBITER_MODEL=${shellWord(model?.id ?? '')}\n${worker}`;
  const { repository, target, task, world } = place;
  const given = await proposalBy({ command, task, target, timeoutMs }, repository, world, signal);
  if (!given.ok) return notProposed(given.fault);
  const { patch } = given.value;
  const output = Buffer.from(patch).toString('base64');
  if (output.length > OUTPUT_CHARACTERS_MAX)
    return { kind: 'failed', detail: `the patch has ${patch.length} bytes` };
  // A patch that does not apply is said of whoever wrote it, not found out by its judge.
  const applied = await candidateOf(place, patch, false);
  return applied.kind === 'refused'
    ? applied.end
    : { kind: 'done', output, measured: { head: applied.candidate.request.range.head } };
}

function notProposed(
  fault: Extract<Awaited<ReturnType<typeof proposalBy>>, { ok: false }>['fault'],
): StepEnd {
  if (!isNotProposed(fault)) return crashed(fault);
  if (fault.kind !== 'worker-silent') return { kind: 'failed', detail: notProposedText(fault) };
  const { because, detail } = fault;
  return { kind: silenceEnds.get(because) ?? 'failed', detail: `${because}: ${detail}` };
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
