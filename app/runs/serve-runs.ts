import { BUNDLE_BYTES_MAX, isBundleFault } from '../../src/3-deliberation/runner/bundle.ts';
import {
  bundleOfAudience,
  caseAudience,
  claimFault,
  progressAudience,
  type RunnerEnvironment,
} from '../../src/3-deliberation/runner/claims.ts';
import {
  type GateStates,
  PROGRESS_BYTES_MAX,
  readProgress,
} from '../../src/3-deliberation/runner/progress.ts';
import { type RunRefusal, runRefusalWords } from '../../src/5-publication/run-words.ts';
import { sha256Of } from '../../src/ledger/entry.ts';
import type { LedgerFault, LedgerStore, Signer } from '../../src/ports.ts';
import { type Digest, fail, type Instant, ok, type Result } from '../../src/primitives.ts';
import type { PageAnswer, RunRequest } from '../hands.ts';
import { ATTEMPT, recordEvidence } from './record-evidence.ts';
import type { Run, Runs } from './runs.ts';
import type { VerifiedToken, VerifyToken } from './tokens.ts';

export interface ServingRuns {
  readonly runs: Runs;
  readonly verify: VerifyToken;
  readonly environments: readonly RunnerEnvironment[];
  readonly ledgerFor: (repositoryId: number) => Promise<Result<LedgerStore, LedgerFault>>;
  readonly signer: Signer;
  readonly site: string;
  readonly now: () => Instant;
  /** Looks at the forge for a run whose number nobody told. */
  readonly find: (run: Run) => Promise<Run>;
  /** Its evidence stands in the ledger: whoever waits for it is heard. */
  readonly answered: (run: Run) => void;
  /** It says how far its gates are. */
  readonly progressed: (run: Run, states: GateStates) => void;
  readonly refused: (id: string, fault: RunRefusal) => void;
}

const ADDRESS =
  /^\/runs\/([0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12})\/(case|evidence|progress)$/;

/** Answers runners; null where the address is none of theirs. */
export function runAnswers(
  serving: ServingRuns,
): (request: RunRequest) => Promise<PageAnswer> | null {
  // Two bundles for one case at once: the second is told what the first came to.
  const receiving = new Map<string, Promise<unknown>>();
  return (request) => {
    const [, id = '', what] = ADDRESS.exec(request.path) ?? [];
    if (what === undefined) return null;
    const answer = async (): Promise<PageAnswer> => {
      const result = await answers[what as keyof typeof answers](id, request, serving);
      if (result.ok) return json(200, result.value);
      serving.refused(id, result.fault);
      const { status, text } = runRefusalWords(result.fault);
      return json(status, { error: result.fault.kind, message: text });
    };
    if (what !== 'evidence') return answer();
    const before = receiving.get(id) ?? Promise.resolve();
    const turn = before.then(answer, answer);
    receiving.set(id, turn);
    return turn.finally(() => {
      if (receiving.get(id) === turn) receiving.delete(id);
    });
  };
}

const json = (status: number, value: unknown): PageAnswer => ({
  status,
  headers: { 'content-type': 'application/json; charset=utf-8', 'cache-control': 'no-store' },
  body: `${JSON.stringify(value)}\n`,
});

const answers = { case: giveCase, evidence: take, progress: hearProgress };

/** How far a run is, for whoever looks on. */
async function hearProgress(
  id: string,
  request: RunRequest,
  serving: ServingRuns,
): Promise<Result<{ readonly heard: true }, RunRefusal>> {
  if (request.method !== 'POST') return fail({ kind: 'wrong-method' });
  const admitted = await admit(id, request, serving, (audience) =>
    audience === progressAudience(serving.site, id) ? true : null,
  );
  if (!admitted.ok) return admitted;
  const body = await request.body(PROGRESS_BYTES_MAX);
  if (!body.ok) return fail({ kind: 'not-received', because: body.fault });
  const { run } = admitted.value;
  const states = readProgress(body.value, run.file);
  if (!states.ok) return fail({ kind: 'progress-unreadable', detail: states.fault });
  serving.progressed(run, states.value);
  return ok({ heard: true });
}

async function giveCase(
  id: string,
  request: RunRequest,
  serving: ServingRuns,
): Promise<Result<Run['file'], RunRefusal>> {
  if (request.method !== 'GET') return fail({ kind: 'wrong-method' });
  const admitted = await admit(id, request, serving, (audience) =>
    audience === caseAudience(serving.site, id) ? true : null,
  );
  return admitted.ok ? ok(admitted.value.run.file) : admitted;
}

async function take(
  id: string,
  request: RunRequest,
  serving: ServingRuns,
): Promise<Result<{ readonly accepted: Digest }, RunRefusal>> {
  if (request.method !== 'POST') return fail({ kind: 'wrong-method' });
  const admitted = await admit(id, request, serving, (audience) =>
    bundleOfAudience(audience, serving.site, id),
  );
  if (!admitted.ok) return admitted;
  const { run, token, named: wanted } = admitted.value;
  const body = await request.body(BUNDLE_BYTES_MAX);
  if (!body.ok) return fail({ kind: 'not-received', because: body.fault });
  // Before anything of it is read: a token that was taken from its run speaks for these bytes alone.
  const found = sha256Of(body.value);
  if (found !== wanted) return fail({ kind: 'digest-differs', wanted, found });
  const ledger = await serving.ledgerFor(run.repositoryId);
  if (!ledger.ok) return fail({ kind: 'not-recorded' });
  const by = {
    kind: 'token',
    jti: token.jti,
    runnerEnvironment: String(token.claims['runner_environment']),
  } as const;
  const recording = { ...serving, ledger: ledger.value };
  const recorded = await recordEvidence(run, body.value, by, recording);
  if (!recorded.ok) return fail(refusalOf(recorded.fault));
  serving.answered(run);
  return ok({ accepted: recorded.value });
}

/**
 * Whether the sender is the run that this case waits for, with a token for exactly this.
 *
 * @param nameIn what the audience says that the token is for; null: something else.
 */
async function admit<Named>(
  id: string,
  { headers }: RunRequest,
  serving: ServingRuns,
  nameIn: (audience: unknown) => Named | null,
): Promise<
  Result<{ readonly run: Run; readonly token: VerifiedToken; readonly named: Named }, RunRefusal>
> {
  const { runs, now } = serving;
  const verified = await serving.verify(headers.authorization);
  if (!verified.ok) return verified;
  const token = verified.value;
  const known = runs.byId(id);
  if (known === null) return fail({ kind: 'no-such-case' });
  const run = known.state === 'asked' ? await serving.find(known) : known;
  if (run.runId === null || run.workflowSha === null)
    return fail(run.state === 'asked' ? { kind: 'not-started' } : over(run));
  const fault = claimFault(token.claims, {
    repositoryId: run.repositoryId,
    repository: run.repository,
    branch: run.branch,
    workflowSha: run.workflowSha,
    runId: run.runId,
    attempt: ATTEMPT,
    environments: serving.environments,
  });
  if (fault !== null) return fail(fault);
  const named = nameIn(token.audience);
  if (named === null) return fail({ kind: 'wrong-audience' });
  if (!runs.useToken(token.jti, token.expiresAt, now())) return fail({ kind: 'token-used' });
  if (run.state === 'answered') return fail({ kind: 'answered-before' });
  if (run.state !== 'started' || now() >= run.deadline) return fail(over(run));
  return ok({ run, token, named });
}

const over = ({ because }: Run): RunRefusal => ({
  kind: 'nobody-waits',
  because: because === '' ? 'its time has passed' : because,
});

function refusalOf(
  fault: Extract<Awaited<ReturnType<typeof recordEvidence>>, { readonly ok: false }>['fault'],
): RunRefusal {
  return fault.kind === 'answered-before' || isBundleFault(fault)
    ? fault
    : { kind: 'not-recorded' };
}
