import type { GateProgress } from '../../src/5-publication/check/progress.ts';
import { archiveFetch, artifactOf } from '../../src/adapters/github/artifacts.ts';
import { ask } from '../../src/adapters/github/client.ts';
import type { LedgerFault, LedgerStore, Signer } from '../../src/ports.ts';
import type { Instant, Result, VerdictId } from '../../src/primitives.ts';
import type { Hands, Tools } from '../hands.ts';
import type { Docket } from '../hearing/docket.ts';
import type { Forges } from '../hearing/forges.ts';
import type { Live } from '../pages/live.ts';
import type { Job } from '../work/task.ts';
import { type Runners, type RunnersPlan, runnersOf } from './runners.ts';
import type { Run, Runs } from './runs.ts';
import { runAnswers } from './serve-runs.ts';
import { findRun } from './start.ts';
import { runsOf } from './stored-runs.ts';
import { tokenVerifier } from './tokens.ts';

export interface RunsPlan {
  readonly tools: Tools;
  readonly docket: Docket;
  readonly signer: Signer;
  readonly forgeFor: Forges['forgeFor'];
  readonly ledgerFor: (repositoryId: number) => Promise<Result<LedgerStore, LedgerFault>>;
  readonly newId: (at: Instant) => VerdictId;
  readonly site: string;
  readonly live: Pick<Live, 'tellGates'>;
}

/** An artifact of the largest bundle, packed; the archive's server is given a minute. */
const ARCHIVE = { limitMs: 60_000, bytesMax: 40 * 1024 * 1024 } as const;

/** Everything about runs: what starts and ends them, and what answers them when they call. */
export function openRuns(plan: RunsPlan): {
  readonly runs: Runs;
  readonly runners: Runners;
  readonly answers: Hands['runs'];
} {
  const { tools, docket, signer, newId } = plan;
  const { settings, now } = tools;
  const runs = runsOf(tools.store);
  const runners = runnersOf({
    ...{ runs, now, newId, signer, environments: settings.runnerEnvironments },
    isCancelled: (name, head) => docket.isCancelled(name, head),
    isOpen: (repositoryId, head) => docket.openAt(repositoryId, head).length > 0,
    artifact: artifactsBy(tools),
  });
  return { runs, runners, answers: answersOf(plan, runs) };
}

function artifactsBy({ octokitOf, settings, now }: Tools): RunnersPlan['artifact'] {
  const download = archiveFetch(settings.forge.apiUrl, ARCHIVE);
  return ({ name, forge }, runId, artifact) =>
    ask('reading an artifact', now, async () => {
      const { owner, name: repo } = forge.repository;
      const wanted = { runId, name: artifact, download };
      return artifactOf(await octokitOf(name.installationId), { owner, repo }, wanted);
    });
}

function answersOf(plan: RunsPlan, runs: Runs): Hands['runs'] {
  const { tools, docket, signer, ledgerFor, site } = plan;
  const { settings, now, log } = tools;
  return runAnswers({
    ...{ runs, signer, ledgerFor, site, now },
    environments: settings.runnerEnvironments,
    verify: tokenVerifier(settings.runIssuer, now),
    find: (run) => findAgain(run, plan, runs),
    answered: ({ repositoryId, head, pull }) => {
      const place = docket.repository(repositoryId);
      if (place === null) return;
      const open = docket.openAt(repositoryId, head).map((row) => row.pull);
      tools.want([...new Set([pull, ...open])].map((each) => ({ ...place, pull: each })));
    },
    progressed: ({ repositoryId, head, pull, file }, states) => {
      const open = docket.openAt(repositoryId, head).map((row) => row.pull);
      const gates = file.gates.map(({ gate }): GateProgress => {
        return { gate, state: states.get(gate) ?? 'waiting' };
      });
      for (const each of new Set([pull, ...open])) {
        const id = docket.nextId({ repositoryId, pull: each }, head, () => plan.newId(now()));
        plan.live.tellGates(id, gates);
      }
    },
    // Whoever has no token may ask as often as the line lets them; that is not worth a line each.
    refused: (id, fault) =>
      log[fault.kind === 'token-refused' ? 'debug' : 'warn'](
        { case: id, fault },
        'a runner was refused',
      ),
  });
}

/** Should the forge not answer, the runner asks again. */
async function findAgain(run: Run, { docket, forgeFor, tools, newId }: RunsPlan, runs: Runs) {
  const place = docket.repository(run.repositoryId);
  if (place === null) return run;
  const job: Job = { ...place, pull: run.pull };
  const forge = await forgeFor(job);
  const found = forge.ok
    ? await findRun(run, { forge: forge.value, runs, now: tools.now, newId })
    : forge;
  return found.ok ? found.value : run;
}
