/** A repository whose policy has gates that run a command, and whoever runs them, for stories. */
import { createHash } from 'node:crypto';
import type { EvidenceBundle } from '../../src/3-deliberation/runner/bundle.ts';
import {
  caseAudience,
  evidenceAudience,
  progressAudience,
} from '../../src/3-deliberation/runner/claims.ts';
import type { RunCase } from '../../src/3-deliberation/runner/run-case.ts';
import { textDigest } from '../../src/caws/text-digest.ts';
import { runWorkflowTemplate } from '../../src/cli/run-workflow-template.ts';
import type { Digest } from '../../src/primitives.ts';
import type { PullHandle } from '../hub/handles.ts';
import type { RunHandle } from '../hub/workflow-run.ts';
import { law, openTown, type Town } from './town.ts';

export const workflowFile = '.github/workflows/arbitrate.yml';

const gate = (command: readonly string[], report = '', more = '') =>
  `{ mode: block, waivable: false, min_trust: runner${more}, answer: { by: command, command: ${JSON.stringify(command)}${report} } }`;

/** Tests that print a report, and a command that only ends, which the one of the target has to pass as well. */
const gates = `  tests: ${gate(['/bin/sh', 'ci/tests.sh'], ', report: { format: junit, path: junit.xml }, caches: [{ path: deps, key: [ci/lock] }]')}
  lint: ${gate(['/bin/sh', 'ci/lint.sh'], ', base: { tests: [ci] }', ', timeout_seconds: 600')}
`;

export const runLaw: Readonly<Record<string, string>> = {
  ...law,
  '.caws/policy.yaml': `${law['.caws/policy.yaml']}${gates}`,
  [workflowFile]: runWorkflowTemplate(`acme/arbiter/action@${'a'.repeat(40)}`),
  'ci/tests.sh': `test -e deps || mkdir deps; cp src/cart/junit.xml junit.xml || test -e ci/lock\n`,
  'ci/lock': 'one\n',
  // So long as it is told by what it looks at, which is no part of the tests.
  'ci/lint.sh':
    'test ! -e src/cart/slow.ts || exec sleep "$(cat src/cart/slow.ts)"; test ! -e src/cart/ugly.ts\n',
};

/** A town in which gates are run, on the app's known address. */
export const openRunTown = (
  options: Parameters<typeof openTown>[0] = {},
): ReturnType<typeof openTown> =>
  openTown({ files: runLaw, visited: true, events: ['workflow_run'], ...options });

/**
 * The newest run that the app started.
 *
 * @param pull for whose head it is; where the target moves, each open pull request has one, in any order.
 */
export function newestRun(town: Town, pull?: PullHandle): RunHandle {
  const isFor = ({ state }: RunHandle) => pull === undefined || state.inputs['head'] === pull.head;
  const run = town.hub.runs(town.repository).findLast(isFor);
  if (run === undefined) throw new Error('no run was started');
  return run;
}

export const caseOf = (run: RunHandle): string => String(run.state.inputs['case']);

/** What a request of a runner came to. */
export interface Told {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

async function told(response: Response): Promise<Told> {
  return { status: response.status, body: (await response.json()) as Told['body'] };
}

export async function askCase(town: Town, run: RunHandle, token?: string): Promise<Told> {
  const { address } = town.app;
  const bearer = token ?? (await run.idToken(caseAudience(address, caseOf(run))));
  return told(
    await fetch(`${address}/runs/${caseOf(run)}/case`, {
      headers: { authorization: `Bearer ${bearer}` },
    }),
  );
}

export const digestOf = (bytes: Uint8Array): Digest =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}` as Digest;

/** Sends a bundle as a run does. @param token made for exactly these bytes, where none is given. */
export async function send(
  town: Town,
  run: RunHandle,
  bundle: unknown,
  token?: string,
): Promise<Told> {
  const { address } = town.app;
  const bytes = Buffer.from(JSON.stringify(bundle));
  const audience = evidenceAudience(address, caseOf(run), digestOf(bytes));
  const bearer = token ?? (await run.idToken(audience));
  return told(
    await fetch(`${address}/runs/${caseOf(run)}/evidence`, {
      method: 'POST',
      headers: { authorization: `Bearer ${bearer}`, 'content-type': 'application/json' },
      body: bytes,
    }),
  );
}

/** Says how far a run is, as a run does. @param audience of the token, where it is another. */
export async function tells(
  town: Town,
  run: RunHandle,
  gates: unknown,
  audience = progressAudience(town.app.address, caseOf(run)),
): Promise<Told> {
  return told(
    await fetch(`${town.app.address}/runs/${caseOf(run)}/progress`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${await run.idToken(audience)}`,
        'content-type': 'application/json',
      },
      body: JSON.stringify({ gates }),
    }),
  );
}

const passing = '<testsuite><testcase name="a"/><testcase name="b"/></testsuite>';

/** The report that the plan asks for. */
export const reportOf = (text: string): EvidenceBundle['files'][number] => ({
  ...{ gate: 'tests', format: 'junit', path: 'junit.xml', text },
  digest: textDigest(text),
});

/** A bundle in which every gate of a case passed. */
export function passingBundle(
  asked: RunCase,
  run: RunHandle,
  changed: Partial<EvidenceBundle> = {},
): EvidenceBundle {
  const { case: id, nonce, base, head, policy, plan, repository } = asked;
  const answered = { state: 'answered', exitCode: 0, durationMs: 5, outputTail: '' } as const;
  const isolation = 'bwrap 0.11.0, no network';
  return {
    ...{ schema: 'caws-arbiter/evidence@1', case: id, nonce, base, head, policy, plan },
    ...{ repository: repository.id, run: { id: run.id, attempt: 1 } },
    runner: { name: 'm2-01', os: 'macOS', arch: 'arm64' },
    tools: { arbiter: '1.2.3', node: '24.21.0', git: '2.47.3', sandbox: 'bwrap 0.11.0' },
    startedAt: '2026-11-26T09:00:00.000Z',
    endedAt: '2026-11-26T09:01:00.000Z',
    gates: asked.gates.map(({ gate }) => ({ gate, ...answered, isolation })),
    files: [reportOf(passing)],
    ...changed,
  };
}

/** Runs a run, the newest where none is named: it asks for its case and sends what it found. */
export async function answers(
  town: Town,
  change: (asked: RunCase) => Partial<EvidenceBundle> = () => ({}),
  run = newestRun(town),
): Promise<Told> {
  await run.begins();
  const asked = (await askCase(town, run)).body as unknown as RunCase;
  const told = await send(town, run, passingBundle(asked, run, change(asked)));
  await run.ends('success');
  await town.rest();
  return told;
}
