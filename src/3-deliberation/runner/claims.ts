import type { CommitSha, Digest } from '../../primitives.ts';
import { digest } from '../../primitives.ts';

/** Where a repository's own workflow for runs stands; read from the target's branch alone. */
export const RUN_WORKFLOW = '.github/workflows/arbitrate.yml';

/** On whose machines a run may be: the forge's, or the repository owner's own. */
export type RunnerEnvironment = 'self-hosted' | 'github-hosted';

/** What is known of a run, against which its token is held. */
export interface ExpectedClaims {
  readonly repositoryId: number;
  /** `OWNER/NAME` as it is now. */
  readonly repository: string;
  /** The target's branch, from which the workflow was started. */
  readonly branch: string;
  /** The commit of that branch whose workflow runs. */
  readonly workflowSha: CommitSha;
  readonly runId: number;
  readonly attempt: number;
  readonly environments: readonly RunnerEnvironment[];
}

/** A claim that does not hold: what was wanted, and what the token says. */
export interface ClaimFault {
  readonly kind: 'claim-differs';
  readonly claim: string;
  readonly wanted: string;
  readonly found: string;
}

/** What a signed token says; nothing in it has a form yet. */
export type Claims = Readonly<Record<string, unknown>>;

/**
 * Holds the claims of a verified token against a run. The signature, the issuer and the times are the
 * verifier's; who is speaking is decided here.
 *
 * @returns the first claim that differs, or null where all hold.
 */
export function claimFault(claims: Claims, expected: ExpectedClaims): ClaimFault | null {
  const ref = `refs/heads/${expected.branch}`;
  const workflow = `${expected.repository}/${RUN_WORKFLOW}@${ref}`;
  const wanted: Readonly<Record<string, string>> = {
    repository_id: String(expected.repositoryId),
    event_name: 'workflow_dispatch',
    ref,
    workflow_ref: workflow,
    workflow_sha: expected.workflowSha,
    // The job is written in that file itself: one that is called from elsewhere has another.
    job_workflow_ref: workflow,
    job_workflow_sha: expected.workflowSha,
    run_id: String(expected.runId),
    run_attempt: String(expected.attempt),
  };
  for (const [claim, value] of Object.entries(wanted))
    if (said(claims, claim) !== value) return differs(claim, value, claims);
  const environments: readonly string[] = expected.environments;
  return environments.includes(said(claims, 'runner_environment'))
    ? null
    : differs('runner_environment', environments.join(' or '), claims);
}

function said(claims: Claims, claim: string): string {
  const value = Object.hasOwn(claims, claim) ? claims[claim] : undefined;
  return typeof value === 'string' ? value : '';
}

function differs(claim: string, wanted: string, claims: Claims): ClaimFault {
  const found = said(claims, claim);
  return {
    ...{ kind: 'claim-differs', claim, wanted },
    found: found === '' ? 'nothing' : found.slice(0, 200),
  };
}

/** For what a token may be used: one address of one case and, where something is sent, exactly these bytes. */
export const caseAudience = (site: string, id: string): string => `${site}/runs/${id}/case`;
export const progressAudience = (site: string, id: string): string => `${site}/runs/${id}/progress`;
export const evidenceAudience = (site: string, id: string, bundle: Digest): string =>
  `${site}/runs/${id}/evidence#${bundle}`;

/** The digest that a token for evidence names, or null where it is for something else. */
export function bundleOfAudience(audience: unknown, site: string, id: string): Digest | null {
  const [address, named, ...more] = typeof audience === 'string' ? audience.split('#') : [];
  if (address !== `${site}/runs/${id}/evidence` || more.length > 0) return null;
  return digest(named ?? '') ?? null;
}
