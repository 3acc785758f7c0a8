import type { Instant } from '../../src/primitives.ts';
import type { Hands, Tools } from '../hands.ts';
import type { HearingDeps } from '../hearing/hearing-deps.ts';
import type { Lease, Outcome } from '../work/task.ts';
import { pushedTo, tell } from './landed.ts';

type Audit = Parameters<Hands['audit']>;

/** Word of a push comes before word of the merge that made it, whose note is written a little later. */
const GRACE_MS = 120_000;
/** A push has no pull request; its commits are remembered as seen under this number. */
const NO_PULL = 0;

/**
 * Audits what was pushed to a branch that is judged: whatever no verdict let through is written down,
 * counted and logged. Nothing is undone: that is for people. What is taken back is held against the model that made it.
 */
export async function auditPush(
  { where, push, lease }: { where: Audit[0]; push: Audit[1]; lease: Lease },
  deps: HearingDeps,
  { metrics, log }: Tools,
): Promise<Outcome> {
  // A branch of somebody's own work lands nowhere, and ends here without a single call.
  if (!deps.docket.enrolled(where.repositoryId)) return { kind: 'done' };
  const forge = await deps.forgeFor({ ...where, pull: NO_PULL });
  if (!forge.ok) return again(forge.fault);
  if (push.branch !== forge.value.repository.defaultBranch) {
    const rules = await deps.rulesOf(forge.value, push.branch);
    if (!rules.ok) return again(rules.fault);
    if (!rules.value.required) return { kind: 'done' };
  }
  const ledger = await deps.ledgerFor(where.repositoryId);
  if (!ledger.ok) return again(ledger.fault);
  const work = { forge: forge.value, ledger: ledger.value, court: deps, signal: lease.signal };
  const found = await pushedTo(push, work);
  if (!found.ok) return again(found.fault);
  const { reverted, unverified } = found.value;
  if (reverted.length > 0) {
    const learned = await deps.learning.from([ledger.value], reverted);
    if (!learned.ok) return again(learned.fault);
  }
  if (unverified.length === 0) return { kind: 'done' };
  const name = { repositoryId: where.repositoryId, pull: NO_PULL };
  const since = deps.docket.seen(name, push.after, deps.now());
  const until = (since + GRACE_MS) as Instant;
  if (deps.now() < until) return { kind: 'done', againAt: until };
  for (const entry of unverified) {
    if (!lease.stillHeld()) return { kind: 'done', againAt: deps.now() };
    const told = await tell(entry, work);
    if (!told.ok) return again(told.fault);
    metrics.unverifiedMerge();
    log.warn({ ...entry, repository: where.repositoryId }, 'a commit landed without its verdict');
  }
  return { kind: 'done' };
}

function again(fault: { readonly kind: string; readonly retryAt?: Instant }): Outcome {
  const { retryAt } = fault;
  return {
    kind: 'retry',
    because: fault.kind,
    ...(retryAt === undefined ? {} : { notBefore: retryAt }),
  };
}
