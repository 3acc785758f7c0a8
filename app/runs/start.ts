import { randomBytes } from 'node:crypto';
import { BUNDLE_BYTES_MAX } from '../../src/3-deliberation/runner/bundle.ts';
import { RUN_WORKFLOW } from '../../src/3-deliberation/runner/claims.ts';
import { planDigest, type RunGate } from '../../src/3-deliberation/runner/run-case.ts';
import { textDigest } from '../../src/caws/text-digest.ts';
import type { Forge, ForgeFault, LivePull, StartedRun } from '../../src/forge.ts';
import {
  type CommitSha,
  type Digest,
  type Instant,
  isoOf,
  ok,
  type Result,
  type VerdictId,
} from '../../src/primitives.ts';
import type { Run, Runs } from './runs.ts';

/** So long a run may wait for a machine before its gates begin. */
const START_MS = 30 * 60_000;
/** However long its gates may take together. */
const RUN_MS_MAX = 24 * 3_600_000;

/** What is to be answered, for which head, under which policy. */
export interface Question {
  readonly gates: readonly RunGate[];
  readonly base: CommitSha;
  readonly head: CommitSha;
  readonly policy: Digest;
}

export interface Starting {
  readonly forge: Forge;
  readonly pull: LivePull;
  readonly runs: Runs;
  readonly now: () => Instant;
  readonly newId: (at: Instant) => VerdictId;
}

/**
 * Evidence under the same key answers the same question; the target may have moved under one policy. Another
 * target is another question, whatever its policy: whoever may write there writes the workflow that answers.
 */
export const keyOf = ({ gates, policy }: Question, { base }: Pick<LivePull, 'base'>): Digest =>
  textDigest(`${policy} ${planDigest(gates)} ${base.branch}`);

/**
 * Asks the forge to run the target's own workflow. It is written down first: a crash, or an answer that is
 * lost, leaves a run that is found by its case.
 *
 * @returns the forge's fault where it was not asked for; then nothing is remembered of it.
 */
export async function startRun(
  question: Question,
  attempt: number,
  starting: Starting,
): Promise<Result<Run, ForgeFault>> {
  const { forge, runs, now } = starting;
  const run = runs.begin(newRun(question, attempt, starting), now());
  const started = await forge.startRun({
    branch: run.branch,
    workflow: RUN_WORKFLOW,
    inputs: { case: run.id, head: question.head },
  });
  if (!started.ok) {
    // Refused, nothing began; after any other fault something may have.
    if (started.fault.kind !== 'forge-refused' && started.fault.kind !== 'forge-busy')
      return ok(run);
    runs.drop(run.id);
    return started;
  }
  if (started.value === null) return ok(run);
  const live = await forge.startedRun(started.value);
  return ok(live.ok && live.value !== null ? known(run, live.value, runs) : run);
}

/** Looks for a run whose number nobody told: its workflow calls it by its case. */
export async function findRun(
  run: Run,
  { forge, runs }: Omit<Starting, 'pull'>,
): Promise<Result<Run, ForgeFault>> {
  const listed = await forge.startedRuns(run.branch, (run.askedAt - 60_000) as Instant);
  if (!listed.ok) return listed;
  const named = listed.value.filter(({ title }) => title.split(' ').includes(run.id));
  const [found, other] = named;
  // Two of one case: somebody copied it, and neither is known to be ours.
  return ok(found === undefined || other !== undefined ? run : known(run, found, runs));
}

/** Only a run of the target's own workflow, as it stands on its branch, is one. */
function known(run: Run, live: StartedRun, runs: Runs): Run {
  const isOurs =
    live.path === RUN_WORKFLOW && live.event === 'workflow_dispatch' && live.branch === run.branch;
  if (!isOurs) return run;
  runs.started(run.id, live.id, live.head);
  return { ...run, state: 'started', runId: live.id, workflowSha: live.head };
}

function newRun(
  { gates, base, head, policy }: Question,
  attempt: number,
  { forge, pull, now, newId }: Starting,
): Parameters<Runs['begin']>[0] {
  const askedAt = now();
  const ownMs = gates.reduce((sum, { timeoutMs }) => sum + timeoutMs, 0);
  const deadline = (askedAt + START_MS + Math.min(ownMs, RUN_MS_MAX)) as Instant;
  const id = newId(askedAt);
  const { id: repositoryId, owner, name } = forge.repository;
  const plan = planDigest(gates);
  return {
    ...{ id, repositoryId, head, attempt, askedAt, deadline },
    repository: `${owner}/${name}`,
    pull: pull.number,
    branch: pull.base.branch,
    key: keyOf({ gates, base, head, policy }, pull),
    file: {
      schema: 'caws-arbiter/run-case@1',
      case: id,
      nonce: randomBytes(16).toString('hex'),
      repository: { id: repositoryId, url: forge.gitUrl },
      ...{ base, head, policy, plan },
      headRef: `refs/pull/${pull.number}/head`,
      gates: gates.map(({ command, tests, caches, ...gate }) => ({
        ...{ ...gate, command: [...command] },
        ...(tests && { tests: [...tests] }),
        ...(caches && {
          caches: caches.map(({ path, key: files }) => ({ path, key: [...files] })),
        }),
      })),
      deadline: isoOf(deadline),
      bundleBytesMax: BUNDLE_BYTES_MAX,
    },
  };
}
