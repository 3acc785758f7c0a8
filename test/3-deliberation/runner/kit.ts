/** One case for a runner, the bundle that answers it, and the claims of the run that does. */
import type { EvidenceBundle } from '../../../src/3-deliberation/runner/bundle.ts';
import type { ExpectedClaims } from '../../../src/3-deliberation/runner/claims.ts';
import {
  planDigest,
  type RunCase,
  type RunGate,
} from '../../../src/3-deliberation/runner/run-case.ts';
import { textDigest } from '../../../src/caws/text-digest.ts';
import type { CommitSha } from '../../../src/primitives.ts';

export const junit = '<testsuite><testcase name="a"/></testsuite>';

const gates: readonly RunGate[] = [
  {
    gate: 'tests',
    command: ['npm', 'test'],
    report: { format: 'junit', path: 'out/junit.xml' },
    network: false,
    timeoutMs: 60_000,
  },
  { gate: 'types', command: ['npx', 'tsc'], report: null, network: false, timeoutMs: 60_000 },
];

export const runCase: RunCase = {
  schema: 'caws-arbiter/run-case@1',
  case: '0198f0a0-0000-7000-8000-000000000001',
  nonce: '0123456789abcdef0123456789abcdef',
  repository: { id: 41, url: 'https://github.com/acme/shop.git' },
  base: 'b'.repeat(40),
  head: 'a'.repeat(40),
  headRef: 'refs/pull/7/head',
  policy: textDigest('the policy'),
  plan: planDigest(gates),
  gates: JSON.parse(JSON.stringify(gates)),
  deadline: '2026-11-26T10:00:00.000Z',
  bundleBytesMax: 1_000_000,
};

export const run = { id: 901, attempt: 1 } as const;

export function bundle(changed: Partial<EvidenceBundle> = {}): EvidenceBundle {
  const { case: id, nonce, base, head, policy, plan, repository } = runCase;
  return {
    ...{ schema: 'caws-arbiter/evidence@1', case: id, nonce, base, head, policy, plan, run },
    repository: repository.id,
    runner: { name: 'm2-01', os: 'macOS', arch: 'arm64' },
    tools: { arbiter: '1.2.3', node: '24.21.0', git: '2.47.3', sandbox: 'bwrap 0.11.0' },
    startedAt: '2026-11-26T09:00:00.000Z',
    endedAt: '2026-11-26T09:01:00.000Z',
    gates: [
      {
        ...{ gate: 'types', state: 'answered', exitCode: 0, durationMs: 20 },
        ...{ isolation: 'bwrap 0.11.0, no network', outputTail: '' },
      },
      {
        ...{ gate: 'tests', state: 'answered', exitCode: 0, durationMs: 900 },
        ...{ isolation: 'bwrap 0.11.0, no network', outputTail: '1 passed\n' },
      },
    ],
    files: [
      {
        ...{ gate: 'tests', format: 'junit', path: 'out/junit.xml' },
        digest: textDigest(junit),
        text: junit,
      },
    ],
    ...changed,
  };
}

export const bytesOf = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value));

export const expected: ExpectedClaims = {
  repositoryId: 41,
  repository: 'acme/shop',
  branch: 'main',
  workflowSha: 'b'.repeat(40) as CommitSha,
  runId: 901,
  attempt: 1,
  environments: ['self-hosted'],
};

export const claims: Readonly<Record<string, unknown>> = {
  repository_id: '41',
  event_name: 'workflow_dispatch',
  ref: 'refs/heads/main',
  workflow_ref: 'acme/shop/.github/workflows/arbitrate.yml@refs/heads/main',
  workflow_sha: 'b'.repeat(40),
  job_workflow_ref: 'acme/shop/.github/workflows/arbitrate.yml@refs/heads/main',
  job_workflow_sha: 'b'.repeat(40),
  run_id: '901',
  run_attempt: '1',
  runner_environment: 'self-hosted',
};
