import { PROPOSALS_MAX } from '../../src/4-verdict/commands/decide-other.ts';
import { hear } from '../../src/4-verdict/hearing.ts';
import type { LedgerFault } from '../../src/ports.ts';
import { ok, type Result } from '../../src/primitives.ts';
import type { HeardPull } from '../hearing/heard-pull.ts';
import { caseFileOf } from '../hearing/states.ts';
import { PROPOSAL_BRANCH } from './offer-branch.ts';

/**
 * Asks a worker for a patch where the policy wants one after a FAIL, once a head. What a worker wrote is not
 * bettered by another one without a person who asks.
 */
export async function proposeAfterFail(pull: HeardPull): Promise<Result<void, LedgerFault>> {
  const { deps, job, live, adjudicated, ledger } = pull;
  const { proposals, workers } = deps.proposing;
  const record = adjudicated?.record;
  const command = `after ${live.head.sha}`;
  // Another one was accepted: no patch betters that.
  if (record?.examination.findings.some(({ rule }) => rule === 'spec.superseded'))
    return ok(undefined);
  const isOwn = live.head.branch.startsWith(PROPOSAL_BRANCH);
  if (record?.verdict !== 'FAIL' || record.law.spec === null || workers === 0) return ok(undefined);
  if (isOwn || proposals.isAsked(job, command) || proposals.count(job) >= PROPOSALS_MAX)
    return ok(undefined);
  const file = await caseFileOf(record, ledger);
  if (!file.ok) return file;
  const hearing = file.value === null ? null : hear(file.value);
  if (hearing?.ok !== true || !hearing.value.reading.policy.workers.afterFail) return ok(undefined);
  const { repositoryId, pull: number } = job;
  const { sha: head } = live.head;
  proposals.ask({ repositoryId, pull: number, head, command, asker: null });
  deps.proposing.wake(job);
  return ok(undefined);
}
