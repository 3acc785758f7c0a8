import type { RunnerEnvironment } from '../../src/3-deliberation/runner/claims.ts';
import type { Forge, ForgeFault, LivePull, Role } from '../../src/forge.ts';
import type { GateSource, LedgerStore, Signer } from '../../src/ports.ts';
import {
  type CommitSha,
  type Digest,
  type Instant,
  ok,
  type Result,
  type VerdictId,
} from '../../src/primitives.ts';
import type { Where } from '../intake/concern-types.ts';
import { runnerGates } from './runner-gates.ts';
import type { Runs } from './runs.ts';

/** The pull request whose gates are asked for. */
export interface RunnersFor {
  readonly name: Pick<Where, 'installationId' | 'repositoryId'> & { readonly pull: number };
  readonly forge: Forge;
  readonly pull: LivePull;
  readonly ledger: LedgerStore;
  /** False: what is recorded counts, and nothing is started. */
  readonly mayRun: boolean;
}

/** Machines that run what the target's policy names. */
export interface Runners {
  /** Answers the gates of one pull request that run a command, under a policy of this digest. */
  source(about: RunnersFor, policy: Digest): Promise<GateSource>;
  /** Runs of heads that are left, or of a pull request that is closed (null), are ended. */
  leave(about: Pick<RunnersFor, 'name' | 'forge'>, head: CommitSha | null): Promise<void>;
  /**
   * Whatever was answered for a pull request is asked for again.
   *
   * @param letRun whoever asks may let a stranger's head be run, and has seen this one; null: not so.
   */
  again(about: Pick<RunnersFor, 'name' | 'forge'>, letRun: CommitSha | null): Promise<void>;
}

export interface RunnersPlan {
  readonly runs: Runs;
  /** Empty: nobody runs anything. */
  readonly environments: readonly RunnerEnvironment[];
  readonly signer: Signer;
  readonly now: () => Instant;
  readonly newId: (at: Instant) => VerdictId;
  readonly isCancelled: (name: RunnersFor['name'], head: CommitSha) => boolean;
  /** Whether anything open stands at a head. */
  readonly isOpen: (repositoryId: number, head: CommitSha) => boolean;
  readonly artifact: (
    about: Pick<RunnersFor, 'name' | 'forge'>,
    runId: number,
    artifact: string,
  ) => Promise<Result<Uint8Array | null, ForgeFault>>;
}

export function runnersOf(plan: RunnersPlan): Runners {
  const { runs, now } = plan;
  const end = async (
    { forge }: Pick<RunnersFor, 'forge'>,
    id: string,
    runId: number | null,
    because: string,
  ) => {
    // Should this fail, it runs to its end and nobody listens.
    if (runId !== null) await forge.cancelRun(runId);
    runs.ended(id, 'over', because, now());
  };
  return {
    async source(about, policy) {
      const { forge, pull, ledger, name } = about;
      return runnerGates({
        ...{ forge, pull, ledger, policy, runs, now },
        ...{ newId: plan.newId, signer: plan.signer },
        refused: await refusalOf(about, plan),
        cancelled: plan.isCancelled(name, pull.head.sha),
        artifact: (runId, artifact) => plan.artifact(about, runId, artifact),
      });
    },
    async leave(about, head) {
      for (const run of runs.ofPull(about.name)) {
        const isLeft = run.head !== head && !plan.isOpen(run.repositoryId, run.head);
        const waits = run.state === 'asked' || run.state === 'started';
        if (isLeft && waits) await end(about, run.id, run.runId, `its head was left`);
      }
    },
    async again(about, letRun) {
      if (letRun !== null) runs.let(about.name, letRun);
      for (const run of runs.ofPull(about.name)) {
        const waits = run.state === 'asked' || run.state === 'started';
        await end(about, run.id, waits ? run.runId : null, 'it was asked for again');
      }
    },
  };
}

/** Why no run may be started for a pull request, or null where one may. */
async function refusalOf(
  about: RunnersFor,
  plan: RunnersPlan,
): Promise<Result<string | null, ForgeFault>> {
  if (plan.environments.length === 0) return ok('no runner is connected that could answer it');
  if (!about.mayRun) return ok('no run has answered it under the law that would stand there');
  const trusted = await isTrusted(about, plan.runs);
  if (!trusted.ok) return trusted;
  return ok(
    trusted.value
      ? null
      : 'its head comes from a fork: somebody who may write lets it run with /caws recheck',
  );
}

/**
 * What a stranger wrote is run on nobody's machine before somebody who may write has looked at it; the
 * sandbox is a second wall, not the first.
 */
async function isTrusted(
  { name, forge, pull }: RunnersFor,
  runs: Runs,
): Promise<Result<boolean, ForgeFault>> {
  if (pull.head.repositoryId === forge.repository.id) return ok(true);
  if (runs.isLet(name, pull.head.sha)) return ok(true);
  const role = await forge.role(pull.author);
  return role.ok ? ok(mayWrite(role.value)) : role;
}

export const mayWrite = (role: Role): boolean => ['write', 'maintain', 'admin'].includes(role);

/** Each gate by whoever answers its kind, in the order in which they were asked for. */
export function byAnswer(
  checks: GateSource,
  runners: () => Promise<GateSource | null>,
): GateSource {
  return {
    async answer(planned, subject, progress) {
      const ran = planned.filter(({ gate }) => gate.answer.by === 'command');
      const others = planned.filter(({ gate }) => gate.answer.by !== 'command');
      const runner = ran.length === 0 ? null : await runners();
      const answers = [
        ...(await checks.answer(others, subject, progress)),
        ...(await (runner ?? checks).answer(ran, subject, progress)),
      ];
      const place = new Map(planned.map(({ gate }, at) => [gate.id, at]));
      return answers.toSorted(
        (one, other) => (place.get(one.gate) ?? 0) - (place.get(other.gate) ?? 0),
      );
    },
  };
}
