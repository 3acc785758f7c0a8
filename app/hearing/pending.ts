import type { CaseFile } from '../../src/4-verdict/case.ts';
import { type HostedCase, judgeHostedWaivers } from '../../src/4-verdict/hosted-waivers.ts';
import type { VerdictRecord } from '../../src/4-verdict/verdict.ts';
import type { PendingWaiver } from '../../src/5-publication/check/state.ts';
import { readTrustedKeys } from '../../src/caws/trusted-keys.ts';

/** Waivers of a pull request that somebody asked for and nobody has decided, as its newest case has them. */
export function pendingWaivers(file: CaseFile, record: VerdictRecord): readonly PendingWaiver[] {
  if (file.hosted === undefined) return [];
  const trusted = file.law.trustedKeys === null ? null : readTrustedKeys(file.law.trustedKeys);
  const { cases } = judgeHostedWaivers(file.waiverEvents, {
    facts: file.hosted,
    commits: file.change.commits,
    now: file.at,
    trusted: trusted?.ok === true ? trusted.value : null,
    baseRef: file.change.baseRef,
  });
  const { pull } = file.hosted;
  return cases
    .filter(({ status, request }) => status === 'proposed' && request.pull === pull)
    .map((each) => pendingOf(each, record));
}

function pendingOf({ request, approvals }: HostedCase, record: VerdictRecord): PendingWaiver {
  const rule = record.law.waiving.find(({ gate }) => gate === request.gate);
  return {
    id: request.waiver,
    gate: request.gate,
    requestedBy: request.by.login,
    reason: request.reason,
    expiresAt: request.expiresAt,
    approvals: approvals.length,
    approvalsNeeded: rule?.approversMin ?? 1,
  };
}
