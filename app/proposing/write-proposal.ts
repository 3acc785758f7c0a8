import packageJson from '../../package.json' with { type: 'json' };
import type { PatchFault } from '../../src/1-pleading/candidate-patch.ts';
import { normalisedPatch } from '../../src/1-pleading/normalised-patch.ts';
import type { GateAnswerGiven } from '../../src/3-deliberation/deliberation.ts';
import type { EarlierTry } from '../../src/4-verdict/worker-task.ts';
import { workerTask } from '../../src/4-verdict/worker-task.ts';
import type { AnyFault } from '../../src/5-publication/fault-words.ts';
import type { NotProposed } from '../../src/5-publication/worker-words.ts';
import { type PatchedRange, rangeOfPatch } from '../../src/adapters/git/candidate-range.ts';
import type { OpenedRepository } from '../../src/adapters/git/repository.ts';
import { ledgerPrecedents, noPrecedents } from '../../src/adapters/precedents.ts';
import { shippedPolicy } from '../../src/adapters/shipped.ts';
import { commandWorker } from '../../src/adapters/worker/command-worker.ts';
import { shippedWorkerGuide } from '../../src/adapters/worker/shipped-guide.ts';
import { askWorkers } from '../../src/arbitration/ask-workers.ts';
import { examinePlan } from '../../src/arbitration/examine-plan.ts';
import { proposalOf } from '../../src/arbitration/propose.ts';
import type { LawTexts } from '../../src/caws/law.ts';
import type { Policy } from '../../src/caws/policy.ts';
import type { Spec } from '../../src/caws/spec.ts';
import type { CycleFault } from '../../src/cycle/world.ts';
import { type Weighed, weigh } from '../../src/cycle.ts';
import { checksPatches } from '../../src/models/strategies/strategy.ts';
import type { GateSource, LedgerStore } from '../../src/ports.ts';
import type { CommitSha } from '../../src/primitives.ts';
import { fail, ok, type Result } from '../../src/primitives.ts';
import type { Court } from '../hearing/judge-pull.ts';

/** Where patches are tried: the target as it was fetched, and its law. */
export interface Bench {
  readonly court: Pick<Court, 'now' | 'newId' | 'signer' | 'env'>;
  readonly repository: OpenedRepository;
  readonly ledger: LedgerStore;
  /** `refs/heads/…` and what it is. */
  readonly target: { readonly name: string; readonly tip: CommitSha };
  readonly law: LawTexts;
  readonly policy: Policy;
  readonly spec: Spec;
}

/** A patch, applied and heard by the whole cycle; nothing of it is recorded yet. */
export interface Tried extends PatchedRange {
  readonly weighed: Weighed;
}

/** Why a patch came to nothing that can be judged. */
export type TryFault = PatchFault | CycleFault;

/** By whom, and why nothing came of it. */
export interface Unwritten {
  readonly worker: number;
  readonly because: NotProposed | AnyFault;
}

type Written =
  | { readonly tried: Tried; readonly bytes: Uint8Array }
  | { readonly because: NotProposed | AnyFault };

/**
 * Asks the workers for a patch that betters an earlier try, as the policy's strategy says.
 *
 * @param earlier null: it passed.
 * @returns the patch that is taken; else what every answer came to.
 */
export async function writeProposal(
  bench: Bench,
  earlier: EarlierTry | null,
  commands: readonly string[],
  signal: AbortSignal,
): Promise<Result<{ readonly bytes: Uint8Array; readonly tried: Tried }, readonly Unwritten[]>> {
  const { policy, spec, target } = bench;
  const { strategy: name, samples } = policy.workers;
  const guide = shippedWorkerGuide();
  const place = { base: target.tip, baseRef: target.name };
  const task = workerTask({ spec, policy, guide }, place, earlier);
  const examine = (plan: Parameters<typeof examinePlan>[0]) =>
    examinePlan(plan, place, { ...basics(bench), precedents: noPrecedents });
  const attempt = async (at: number, losing: AbortSignal): Promise<Written> => {
    const { env } = bench.court;
    const repository = bench.repository.commonDirectory;
    const worker = commandWorker({ command: commands[at] ?? '', env, repository });
    const written = await proposalOf(worker, task, { guide, examine }, losing);
    if (!written.ok) return { because: written.fault };
    const tried = await tryPatch(written.value.patch, bench);
    if (tried.ok) return { tried: tried.value, bytes: written.value.patch };
    const { fault } = tried;
    return fault.kind === 'patch-refused'
      ? { because: { kind: 'candidate-patch-refused', file: 'change.patch', fault } }
      : { because: fault };
  };
  const strategy = { name, workers: commands.length, ...(samples === null ? {} : { samples }) };
  const asked = await askWorkers<Written>(
    strategy,
    async (at, losing) => {
      const value = await attempt(at, losing);
      if (!('tried' in value)) return { key: null, holds: false, value };
      const key = normalisedPatch(value.tried.patch.text);
      return { key, holds: !checksPatches.has(name) || holdsSoFar(value.tried), value };
    },
    signal,
  );
  const [taken] = asked.taken;
  if (taken !== undefined && 'tried' in taken.value) return ok(taken.value);
  return fail(
    asked.tried.map(({ worker, value }) => ({
      worker,
      because: 'because' in value ? value.because : { kind: 'not-taken' },
    })),
  );
}

/** Applies a patch in the view of the repository, and hears it as any other change; nothing is recorded. */
export async function tryPatch(bytes: Uint8Array, bench: Bench): Promise<Result<Tried, TryFault>> {
  const patched = await rangeOfPatch(bytes, bench.target, bench.repository);
  if (!patched.ok) return patched;
  const request = {
    range: patched.value.range,
    plea: null,
    pleaFile: async () => null,
    specNamed: bench.spec.id,
    branches: [],
  };
  const { ledger, court } = bench;
  const weighed = await weigh(
    request,
    {
      ...basics(bench),
      signer: court.signer,
      precedents: ledgerPrecedents(ledger),
      gatesFor: () => notRunYet,
    },
    () => {},
  );
  return weighed.ok ? ok({ ...patched.value, weighed: weighed.value }) : weighed;
}

/** Nothing of a stranger's runs for a patch that nobody has opened a pull request for. */
const notRunYet: GateSource = {
  answer: async (gates) =>
    gates.map(
      ({ gate }): GateAnswerGiven => ({
        ...{ gate: gate.id, state: 'missing', durationMs: 0 },
        detail: 'it is asked once there is a pull request',
      }),
    ),
};

const basics = ({ court, repository, law }: Bench) => ({
  clock: { now: court.now },
  newId: court.newId,
  version: packageJson.version,
  shippedPolicy: shippedPolicy(),
  repository: { ...repository, law: async () => ok(law) },
});

/** Whether nothing stands against it but what only a pull request can answer. */
export function holdsSoFar({ weighed: { record } }: Pick<Tried, 'weighed'>): boolean {
  return [...record.examination.findings, ...record.deliberation.findings].every(
    ({ standing, rule }) =>
      standing === 'warns' ||
      standing === 'waived' ||
      rule === 'gate.missing' ||
      rule === 'judge.absent',
  );
}
