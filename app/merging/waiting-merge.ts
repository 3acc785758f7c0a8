import { isDenial } from '../../src/4-verdict/commands/verbs.ts';
import { verdictNamedBy } from '../../src/5-publication/merge-message.ts';
import { wishEndedText } from '../../src/5-publication/merge-words.ts';
import type { Adjudicated } from '../../src/cycle/world.ts';
import type { ForgeFault, LivePull } from '../../src/forge.ts';
import type { LedgerFault } from '../../src/ports.ts';
import { ok, type Result, type VerdictId } from '../../src/primitives.ts';
import type { HeardPull } from '../hearing/heard-pull.ts';
import { recordedVerdict } from '../hearing/judge-pull.ts';
import { unansweredOf } from '../hearing/said.ts';
import { caseFileOf } from '../hearing/states.ts';
import { mergePull } from './merge-pull.ts';

type Fault = ForgeFault | LedgerFault;

/** The verdict by which the forge is to merge as soon as its rules allow; null: it is to merge nothing of ours. */
function waitingFor({ autoMerge }: LivePull): VerdictId | null {
  const named = autoMerge === null ? null : verdictNamedBy(autoMerge.message);
  return named?.by === 'trailer' || named?.by === 'line' ? (named.id as VerdictId) : null;
}

/**
 * Takes back what the forge was to merge of another head or into another branch: the check of the new one opens
 * it the moment it passes, and nobody wished for that.
 */
export async function leaveWaitingMerge(pull: HeardPull): Promise<Result<void, Fault>> {
  const { forge, ledger, live } = pull;
  const named = waitingFor(live);
  if (named === null) return ok(undefined);
  const recorded = await recordedVerdict(ledger, named);
  if (!recorded.ok) return recorded;
  const subject = recorded.value?.record.subject;
  const isSame =
    subject?.head === live.head.sha && subject.baseRef === `refs/heads/${live.base.branch}`;
  if (isSame) return ok(undefined);
  const stopped = await forge.stopMerging(live.number);
  if (!stopped.ok) return stopped;
  pull.live = { ...live, autoMerge: null };
  return ok(undefined);
}

/**
 * Takes back, before another verdict is shown, what the forge was to merge by an earlier one on the same head: its
 * message would name a verdict that does not stand any more. Where it is not asked for again after all, people are told.
 *
 * @returns asks for the merge again, by the verdict that stands then; null: nothing was taken back.
 */
export async function renewWaitingMerge(
  pull: HeardPull,
  adjudicated: Adjudicated,
): Promise<Result<(() => Promise<Result<void, Fault>>) | null, Fault>> {
  const { forge, ledger, live, deps, job } = pull;
  const named = waitingFor(live);
  if (named === null || named === adjudicated.record.id) return ok(null);
  const method = live.autoMerge?.method ?? null;
  const key = `renew ${named}`;
  // First: once it is stopped nobody but us knows that somebody wished for it.
  deps.docket.answered(job, key, { key, reaction: null, says: wishEndedText() });
  const stopped = await forge.stopMerging(live.number);
  if (!stopped.ok) return stopped;
  pull.live = { ...live, autoMerge: null };
  // Somebody took it back while the verdict was made; what was said meanwhile is heard first.
  if (!stopped.value || unansweredOf(pull).some(({ verb }) => isDenial(verb))) {
    if (!stopped.value) deps.docket.said(job, key);
    return ok(null);
  }
  return ok(async () => {
    const file = await caseFileOf(adjudicated.record, ledger);
    if (!file.ok) return file;
    const merged = await mergePull(pull, { head: live.head.sha, method }, adjudicated, file.value);
    if (merged.ok && merged.value.kind === 'merged') deps.again(job);
    const isAsked = merged.ok && !merged.value.kind.startsWith('refused');
    if (isAsked) deps.docket.said(job, key);
    return merged.ok ? ok(undefined) : merged;
  });
}
