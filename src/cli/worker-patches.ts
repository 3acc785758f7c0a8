import packageJson from '../../package.json' with { type: 'json' };
import { normalisedPatch } from '../1-pleading/normalised-patch.ts';
import type { CaseFile } from '../4-verdict/case.ts';
import type { VerdictRecord } from '../4-verdict/verdict.ts';
import { type EarlierTry, type WorkerTask, workerTask } from '../4-verdict/worker-task.ts';
import { type AnyFault, faultWords } from '../5-publication/fault-words.ts';
import {
  isNotProposed,
  nothingTakenText,
  workerRefusedText,
  workerSilentText,
} from '../5-publication/worker-words.ts';
import { gateRunner } from '../adapters/gates/gate-runner.ts';
import { rangeOfPatch } from '../adapters/git/candidate-range.ts';
import type { OpenedRepository } from '../adapters/git/repository.ts';
import { ledgerPrecedents, noPrecedents } from '../adapters/precedents.ts';
import { shippedPolicy } from '../adapters/shipped.ts';
import { commandWorker } from '../adapters/worker/command-worker.ts';
import { shippedWorkerGuide } from '../adapters/worker/shipped-guide.ts';
import { askWorkers } from '../arbitration/ask-workers.ts';
import { examinePlan } from '../arbitration/examine-plan.ts';
import { proposalOf } from '../arbitration/propose.ts';
import { readLawPolicy } from '../caws/read-policy.ts';
import { readSpec } from '../caws/read-spec.ts';
import { weigh } from '../cycle.ts';
import { checksPatches, type StrategyName } from '../models/strategies/strategy.ts';
import type { LedgerStore, Signer } from '../ports.ts';
import { fail, ok, type Result } from '../primitives.ts';
import { type Branch, lawOf } from './branch.ts';
import { newVerdictId } from './new-id.ts';
import { gatesHere } from './verify-hearing.ts';
import type { World } from './world.ts';

/** A patch that a worker wrote, and which one it was. */
export interface WrittenPatch {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Whom to ask, for what, and whose patch to take. */
export interface WorkersAsked {
  readonly commands: readonly string[];
  readonly strategy: StrategyName;
  readonly samples: number | undefined;
  readonly spec: string;
  readonly target: Branch;
  readonly runGates: boolean;
}

/** Where their patches are tried. */
interface Workshop {
  readonly repository: OpenedRepository;
  readonly ledger: LedgerStore;
  readonly signer: Signer;
}

/** Verdicts that are looked through for the last try at a spec. */
const VERDICTS_READ_MAX = 200;

/** Asks workers by a strategy. One that gives no patch is said and left out. */
export async function patchesOfWorkers(
  asked: WorkersAsked,
  shop: Workshop,
  world: World,
): Promise<Result<readonly WrittenPatch[], AnyFault>> {
  const { commands, strategy: name, samples } = asked;
  if (commands.length === 0) return ok([]);
  const task = await specTask(asked.spec, asked.target, shop);
  if (!task.ok) return task;
  const strategy = {
    name,
    workers: commands.length,
    ...(samples === undefined ? {} : { samples }),
  };
  const { tried, taken } = await askWorkers(
    strategy,
    (at, signal) => attempt(at, signal, { asked, task: task.value }, shop, world),
    new AbortController().signal,
  );
  if (taken.length === 0 && name !== 'every') world.err(nothingTakenText(name, tried.length));
  return ok(taken.flatMap(({ value }) => value ?? []));
}

const nothing = { key: null, holds: false, value: null };

/** Asks one worker once. What it wrote is looked at only as far as the strategy needs. */
async function attempt(
  at: number,
  signal: AbortSignal,
  { asked, task }: { readonly asked: WorkersAsked; readonly task: WorkerTask },
  shop: Workshop,
  world: World,
): Promise<{
  readonly key: string | null;
  readonly holds: boolean;
  readonly value: WrittenPatch | null;
}> {
  const { commands, target, strategy } = asked;
  const name = `worker ${at + 1}`;
  const command = commands[at] ?? '';
  const written = await proposalBy({ command, task, target }, shop.repository, world, signal);
  if (!written.ok) {
    const { fault } = written;
    if (signal.aborted) return nothing;
    if (isNotProposed(fault)) world.err(workerSilentText(name, command, fault));
    else world.err(workerRefusedText(name, faultWords(fault).text));
    return nothing;
  }
  const bytes = written.value.patch;
  const key = normalisedPatch(Buffer.from(bytes).toString('utf8')) ?? `unread ${at}`;
  const value = { name, bytes };
  if (!checksPatches.has(strategy)) return { key, holds: true, value };
  return { key, holds: await holds(bytes, asked, shop, world), value };
}

/** A plan and a patch by one command; the plan is examined before the patch is asked for. */
export function proposalBy(
  asked: {
    /** As a shell reads it. */
    readonly command: string;
    readonly task: WorkerTask;
    readonly target: Branch;
    readonly timeoutMs?: number;
  },
  repository: OpenedRepository,
  world: World,
  signal: AbortSignal,
): ReturnType<typeof proposalOf> {
  const { target, task, ...called } = asked;
  const worker = commandWorker({
    ...called,
    env: world.env,
    repository: repository.commonDirectory,
  });
  const place = { base: target.tip, baseRef: target.name };
  const plans = { ...cycleBasics(world), repository, precedents: noPrecedents };
  const examine = (plan: Parameters<typeof examinePlan>[0]) => examinePlan(plan, place, plans);
  return proposalOf(worker, task, { guide: shippedWorkerGuide(), examine }, signal);
}

/** Whether the whole cycle would let a patch pass, with nothing recorded of it yet. */
async function holds(
  bytes: Uint8Array,
  { target, spec, runGates }: WorkersAsked,
  { repository, ledger, signer }: Workshop,
  world: World,
): Promise<boolean> {
  const patched = await rangeOfPatch(bytes, target, repository);
  if (!patched.ok) return false;
  const { range } = patched.value;
  const weighed = await weigh(
    {
      range,
      plea: null,
      pleaFile: async () => null,
      specNamed: spec,
      branches: range.branches,
    },
    {
      ...cycleBasics(world),
      ...{ repository, signer, precedents: ledgerPrecedents(ledger) },
      gatesFor: (references) =>
        gateRunner({
          evidenceDirectory: null,
          references,
          runGates: runGates ? gatesHere(world) : null,
        }),
    },
    () => {},
  );
  return weighed.ok && weighed.value.record.verdict === 'PASS';
}

const cycleBasics = (world: World) => ({
  clock: { now: world.now },
  newId: (at: Parameters<typeof newVerdictId>[0]) => newVerdictId(at, world),
  version: packageJson.version,
  shippedPolicy: shippedPolicy(),
});

/** What a worker is told of a spec: the law of the target, and what stood against the last try at it. */
export async function specTask(
  id: string,
  target: Branch,
  { repository, ledger }: { readonly repository: OpenedRepository; readonly ledger: LedgerStore },
): Promise<Result<WorkerTask, AnyFault>> {
  const law = await lawOf(repository, target);
  if (!law.ok) return law;
  const specs = law.value.specs.map(readSpec).flatMap((read) => (read.ok ? [read.value] : []));
  const spec = specs.find((each) => each.id === id);
  if (spec === undefined)
    return fail({ kind: 'spec-unknown', spec: id, known: specs.map((each) => each.id) });
  const reading = readLawPolicy(law.value, shippedPolicy());
  if (!reading.ok) return fail({ kind: 'law-invalid', document: reading.fault });
  const earlier = await earlierTry(id, ledger);
  if (!earlier.ok) return earlier;
  const place = { base: target.tip, baseRef: target.name };
  return ok(
    workerTask(
      { spec, policy: reading.value.policy, guide: shippedWorkerGuide() },
      place,
      earlier.value,
    ),
  );
}

/** The newest try at a spec, where it did not pass: what passed since leaves nothing to better. */
async function earlierTry(
  id: string,
  ledger: LedgerStore,
): Promise<Result<EarlierTry | null, AnyFault>> {
  const entries = await ledger.recent(VERDICTS_READ_MAX, 'verdict');
  if (!entries.ok) return entries;
  const records = entries.value.map(
    ({ body }) => (JSON.parse(body) as { readonly record: VerdictRecord }).record,
  );
  const record = records.find(({ law: { spec: bound } }) => bound?.id === id);
  if (record === undefined || record.verdict === 'PASS') return ok(null);
  const blob = await ledger.blob(record.caseDigest);
  if (!blob.ok) return blob;
  // Where the case was erased nobody knows any more what its gates printed.
  const file =
    blob.value === null ? null : (JSON.parse(Buffer.from(blob.value).toString('utf8')) as CaseFile);
  return ok({ record, answers: file?.answers ?? [] });
}
