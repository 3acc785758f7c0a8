import type { SingleState } from '../../src/5-publication/check/state.ts';
import type { Instant } from '../../src/primitives.ts';
import { renewWaitingMerge } from '../merging/waiting-merge.ts';
import type { Outcome } from '../work/task.ts';
import { endByVerdict, settleAccepted, watchAccepted } from './acceptances.ts';
import { describe } from './describe.ts';
import type { DocketRow } from './docket.ts';
import {
  type HeardPull,
  leaveNames,
  readsOf,
  remember,
  remembersShown,
  show,
} from './heard-pull.ts';
import type { Judged } from './judge-pull.ts';
import { decidedState, stateAtHead } from './states.ts';
import { retry } from './waiting.ts';

/** A git server may show a push some seconds after the API does. */
const BEHIND_MS = 3_000;

/**
 * Nobody tells that an approver lost a role or left a team, so what rests on people's word is heard again this often.
 */
const PEOPLE_BELIEVED_MS = 3_600_000;

/** The verdict is in the ledger by now; whatever fails from here on is announced again later. */
export async function announce(pull: HeardPull, judged: Judged): Promise<Outcome> {
  if (judged.kind === 'no-policy') return { kind: 'done' };
  if (judged.kind === 'behind')
    return {
      kind: 'retry',
      because: `git shows ${judged.found ?? 'nothing'} where ${judged.expected} was announced`,
      notBefore: (pull.deps.now() + BEHIND_MS) as Instant,
    };
  const { record } = judged.adjudicated;
  pull.adjudicated = judged.adjudicated;
  remember(pull, judged.adjudicated, judged.looked);
  const settled = await settleAccepted(pull, endByVerdict(record));
  if (!settled.ok) return retry(settled.fault);
  const watched = await watchAccepted(pull, record);
  if (!watched.ok) return retry(watched.fault);
  const decided = await decidedState(judged.adjudicated, pull.ledger, readsOf(pull));
  if (!decided.ok) return retry(decided.fault);
  const others = othersAtHead(pull);
  if (others.length > 0) {
    // Heard at once, each may have made a check; the newest is the one that counts.
    const runs = await pull.forge.checkRuns(pull.live.head.sha);
    if (!runs.ok) return retry(runs.fault);
    pull.checkRuns = runs.value;
  }
  const state = await stateOfHead(pull, decided.value, others);
  if (!state.ok) return retry(state.fault);
  const described = await describe(pull, record);
  if (!described.ok) return retry(described.fault);
  const renews = await renewWaitingMerge(pull, judged.adjudicated);
  if (!renews.ok) return retry(renews.fault);
  const written = await show(pull, state.value, record.mode);
  if (!written.ok) return retry(written.fault);
  const renewed = await renews.value?.();
  if (renewed?.ok === false) return retry(renewed.fault);
  remembersShown(pull, record.id);
  const left = await leaveNames(pull);
  if (!left.ok) return retry(left.fault);
  // Whoever was heard at this head meanwhile may have written before us what we wrote over.
  if (JSON.stringify(othersAtHead(pull)) !== JSON.stringify(others)) pull.deps.again(pull.job);
  const { validUntil } = record;
  if (validUntil === null) return { kind: 'done' };
  const againAt = Math.min(Date.parse(validUntil), pull.deps.now() + PEOPLE_BELIEVED_MS);
  return { kind: 'done', againAt: againAt as Instant };
}

/** What was last decided of the other pull requests that stand at this head. */
function othersAtHead({ deps, job, live }: HeardPull): readonly DocketRow[] {
  return deps.docket.openAt(job.repositoryId, live.head.sha).filter((row) => row.pull !== job.pull);
}

/** What the check of the head shows, with those of others that stand there. */
function stateOfHead(
  { deps, live, ledger, rules }: HeardPull,
  state: SingleState,
  others: readonly DocketRow[],
) {
  const { name } = rules;
  const own = { number: live.number, baseBranch: live.base.branch, name, state };
  return stateAtHead(own, others, ledger, deps.now());
}
