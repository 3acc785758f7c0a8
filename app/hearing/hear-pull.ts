import { isDenial } from '../../src/4-verdict/commands/verbs.ts';
import { PREVIEW_NAME } from '../../src/5-publication/check/names.ts';
import { after, begun, type Progress } from '../../src/5-publication/check/progress.ts';
import { mergeRefusedText } from '../../src/5-publication/merge-words.ts';
import type { Step } from '../../src/cycle/world.ts';
import type { Forge, ForgeFault, LivePull } from '../../src/forge.ts';
import type { LedgerFault } from '../../src/ports.ts';
import { fail, type Instant, ok, type Result } from '../../src/primitives.ts';
import { readAhead } from '../comment-readings.ts';
import { type MergeOutcome, mergePull } from '../merging/merge-pull.ts';
import { leaveWaitingMerge } from '../merging/waiting-merge.ts';
import { proposeAfterFail } from '../proposing/after-fail.ts';
import type { Job, Lease, Outcome } from '../work/task.ts';
import { endByPlace, settleAccepted } from './acceptances.ts';
import { announce } from './announce.ts';
import { type Answered, answerCommands, answerWithoutVerdict } from './answer-commands.ts';
import { close } from './close-pull.ts';
import type { Saying } from './docket.ts';
import { heardUntil } from './docket-heard.ts';
import {
  againGroupsOf,
  type HeardPull,
  leaveNames,
  ownRun,
  remember,
  remembersShown,
  show,
  supersede,
} from './heard-pull.ts';
import type { HearingDeps } from './hearing-deps.ts';
import { type Judged, type JudgeFault, judgePull } from './judge-pull.ts';
import { rulesAtHead } from './rules-at-head.ts';
import { unansweredOf } from './said.ts';
import { tell } from './say-answers.ts';
import { caseFileOf, stoppedState } from './states.ts';
import { showUnread } from './unread.ts';
import { retry, waitFor } from './waiting.ts';

/** Where the forge names no time, this long is waited before it is asked again. */
const AGAIN_MS = 30_000;
/** So long after its head came a check waits for a whole answer; then it says that none came. */
const PATIENCE_MS = 30 * 60_000;

/**
 * Hears one pull request by what the forge says now: no matter which event asked for it, how often, or in
 * which order, the same state ends in the same check.
 */
export async function hearPull(job: Job, lease: Lease, deps: HearingDeps): Promise<Outcome> {
  const { docket } = deps;
  const known = () => JSON.stringify([docket.row(job), docket.answers(job)]);
  const before = known();
  const outcome = await hearLive(job, lease, deps);
  const row = docket.row(job);
  if (row !== null && known() !== before) againGroupsOf(job, row.baseBranch, deps);
  return outcome;
}

async function hearLive(job: Job, lease: Lease, deps: HearingDeps): Promise<Outcome> {
  const forge = await deps.forgeFor(job);
  if (!forge.ok) return retry(forge.fault);
  const live = await forge.value.pull(job.pull);
  if (!live.ok) return unread({ job, lease, deps }, forge.value, live.fault);
  if (live.value === null || live.value.state !== 'open')
    return close({ job, lease, deps }, forge.value, live.value);
  const opened = await openPull({ job, lease, deps }, forge.value, live.value);
  if (!opened.ok) return unread({ job, lease, deps }, forge.value, opened.fault);
  const pull = opened.value;
  const left = await supersede(pull);
  const outcome = await hearOpen(pull);
  return left === null || outcome.kind !== 'done'
    ? outcome
    : { ...outcome, againAt: Math.min(left, outcome.againAt ?? left) as Instant };
}

async function hearOpen(pull: HeardPull): Promise<Outcome> {
  const { forge, live } = pull;
  leaveHead(pull);
  remember(pull, null);
  const settled = await settleAccepted(pull, endByPlace(live));
  if (!settled.ok) return unread(pull, forge, settled.fault);
  if (pull.refused !== null) return stopShort(pull, pull.refused);
  const left = await leaveNames(pull);
  if (!left.ok) return unread(pull, forge, left.fault);
  const taken = await leaveWaitingMerge(pull);
  if (!taken.ok) return unread(pull, forge, taken.fault);
  await pull.deps.runners.leave({ name: pull.job, forge }, live.head.sha);
  pull.deps.bench?.leave(pull.job, live.head.sha);
  const begun = await beginCheck(pull);
  if (!begun.ok) return retry(begun.fault);
  // A word that is missing may be the one that takes a waiver back: without all of them nothing passes.
  const comments = live.comments === 0 ? ok([]) : await forge.comments(live);
  if (!comments.ok) return stopShort(pull, comments.fault);
  await readAhead(comments.value);
  pull.comments = comments.value;
  const judged = await judgeNow(pull);
  const { outcome, undecided } = judged.ok
    ? await count(pull, judged.value)
    : await countWithoutVerdict(pull, judged.fault);
  if (outcome.kind !== 'done') return outcome;
  // Last of all: no comment that the forge does not take keeps a command from counting, or the check from showing it.
  const told = await tell(pull, outcome);
  if (told.kind !== 'done') return told;
  if (undecided !== null) return retry(undecided.fault);
  pull.deps.docket.heard(pull.job, heardUntil(live, pull.deps.now()));
  return told;
}

interface Counted {
  readonly outcome: Outcome;
  readonly undecided: Answered['undecided'];
}

/** With a verdict to speak about, what was said counts before anything is shown: it may change the verdict at once. */
async function count(pull: HeardPull, judged: Judged): Promise<Counted> {
  const { deps, job } = pull;
  const as = (outcome: Outcome) => ({ outcome, undecided: null });
  if (judged.kind !== 'judged') return as(await announce(pull, judged));
  pull.adjudicated = judged.adjudicated;
  const answered = await answerCommands(pull, judged.adjudicated);
  if (!answered.ok) {
    const outcome = await announce(pull, judged);
    return as(outcome.kind === 'done' ? retry(answered.fault) : outcome);
  }
  const { judgeAgain, fresh, merge, undecided } = answered.value;
  if (merge !== null) return { outcome: await carryOutMerge(pull, merge), undecided };
  if (judgeAgain) {
    if (fresh) deps.docket.forgetIntent(job);
    pull.id = deps.docket.nextId(job, pull.live.head.sha, () => deps.newId(deps.now()));
  }
  const again: Result<Judged, JudgeFault> = judgeAgain ? await judgeNow(pull) : ok(judged);
  if (!again.ok) return { outcome: await stopShort(pull, again.fault), undecided };
  // No pass while it may have been taken back.
  const held = undecided?.denial === true && passes(again.value) ? undecided.fault : null;
  const outcome = held === null ? await announce(pull, again.value) : await stopShort(pull, held);
  const asked = outcome.kind === 'done' ? await proposeAfterFail(pull) : ok(undefined);
  return { outcome: asked.ok ? outcome : retry(asked.fault), undecided };
}

/**
 * Gates that still run are waited for, unless somebody who may said that nobody is to wait; a runner that was
 * lost, or a report that could not be read, stays so until somebody asks again.
 */
async function countWithoutVerdict(pull: HeardPull, fault: JudgeFault): Promise<Counted> {
  const stopped = async (because: JudgeFault, undecided: Answered['undecided'] = null) => ({
    outcome: await stopShort(pull, because),
    undecided,
  });
  const { kind } = fault;
  const isLost = kind === 'runner-lost' || kind === 'report-unread';
  if (kind !== 'gates-running' && !isLost) return stopped(fault);
  const answered = await answerWithoutVerdict(pull, [
    'unaccept',
    ...(isLost ? (['recheck'] as const) : []),
  ]);
  if (!answered.ok) return stopped(answered.fault);
  const { judgeAgain, undecided } = answered.value;
  const again = judgeAgain ? await judgeNow(pull) : fail(fault);
  return again.ok ? count(pull, again.value) : stopped(again.fault, undecided);
}

const passes = (judged: Judged): boolean =>
  judged.kind === 'judged' && judged.adjudicated.record.verdict === 'PASS';

/** Judged and shown once more, so that what is merged is what stands at this moment. */
async function carryOutMerge(
  pull: HeardPull,
  { wish, commentId, key }: NonNullable<Answered['merge']>,
): Promise<Outcome> {
  const { deps, forge, job, ledger } = pull;
  deps.organizations.forget({ ...job, owner: forge.repository.owner });
  const judged = await judgeNow(pull);
  if (!judged.ok) return stopShort(pull, judged.fault);
  const outcome = await announce(pull, judged.value);
  if (judged.value.kind !== 'judged' || outcome.kind !== 'done') return outcome;
  // What was denied meanwhile is heard first, and the wish after it.
  if (unansweredOf(pull).some(({ verb }) => isDenial(verb))) {
    deps.again(job);
    return outcome;
  }
  const { adjudicated } = judged.value;
  const file = await caseFileOf(adjudicated.record, ledger);
  if (!file.ok) return retry(file.fault);
  const merged = await mergePull(pull, wish, adjudicated, file.value);
  if (!merged.ok) return retry(merged.fault);
  deps.docket.answered(job, key, sayingOfMerge(merged.value, { commentId, key }));
  // What follows a merge is done where the pull request is seen to be merged.
  if (merged.value.kind === 'merged') deps.again(job);
  return outcome;
}

/** The reaction says it; only a refusal needs words. */
function sayingOfMerge(
  outcome: MergeOutcome,
  { commentId, key }: Pick<NonNullable<Answered['merge']>, 'commentId' | 'key'>,
): Saying {
  const refused = outcome.kind === 'refused' || outcome.kind === 'refused-by-forge';
  const content = refused ? '-1' : outcome.kind === 'merged' ? 'rocket' : '+1';
  return {
    key,
    reaction: commentId === null ? null : { comment: commentId, content },
    says: refused ? mergeRefusedText(outcome) : null,
  };
}

/** How things stand is not known: a pass from before must not stand in for it for long. */
async function unread(
  errand: Pick<HeardPull, 'job' | 'lease' | 'deps'>,
  forge: Forge,
  fault: ForgeFault | LedgerFault,
): Promise<Outcome> {
  await showUnread(errand, forge, fault);
  return retry(fault);
}

async function openPull(
  { job, lease, deps }: Pick<HeardPull, 'job' | 'lease' | 'deps'>,
  forge: Forge,
  live: LivePull,
): Promise<Result<HeardPull, ForgeFault | LedgerFault>> {
  const { now, docket, newId } = deps;
  const checkRuns = await forge.checkRuns(live.head.sha);
  if (!checkRuns.ok) return checkRuns;
  const at = await rulesAtHead({ job, lease, deps }, forge, live, checkRuns.value);
  if (!at.ok) return at;
  const ledger = await deps.ledgerFor(job.repositoryId);
  if (!ledger.ok) return ledger;
  return ok({
    ...{ job, lease, deps, forge, live, ledger: ledger.value },
    ...at.value,
    seenAt: docket.seen(job, live.head.sha, now()),
    mode: at.value.rules.required ? 'enforce' : docket.modeInto(job.repositoryId, live.base.branch),
    comments: [],
    id: docket.nextId(job, live.head.sha, () => newId(now())),
    progress: begun(now()),
    adjudicated: null,
    unsaid: docket.unsaid(job),
    shown: null,
  });
}

function judgeNow(pull: HeardPull): Promise<Result<Judged, JudgeFault>> {
  return judgePull(
    {
      ...pull,
      required: pull.rules.required,
      mayRun: true,
      name: pull.job,
      pull: pull.live,
      at: pull,
      signal: pull.lease.signal,
      watch: (step) => {
        pull.progress = after(pull.progress, step);
        // While gates are waited for elsewhere, looking again from the start is no step back.
        if (pull.shown?.state.kind !== 'running')
          pull.deps.live.tell(pull.id, { kind: 'running', progress: pull.progress });
        measure(step, pull);
      },
    },
    pull.deps,
  );
}

/** Only what is newly recorded counts; a verdict that stands already was counted when it was given. */
function measure(step: Step, { deps: { metrics }, job, progress }: HeardPull): void {
  if (step.kind === 'decided') metrics.verdict(step.record.verdict);
  if (step.kind !== 'published') return;
  metrics.ledgerHeight(job.repositoryId, step.entry.sequence);
  for (const { name, startedAt, endedAt } of progress.stages)
    if (startedAt !== null && endedAt !== null)
      metrics.stage(name.toLowerCase(), (endedAt - startedAt) / 1_000);
}

/** The author sees at once that a verdict is on its way, where one is sure to come. */
async function beginCheck(pull: HeardPull): Promise<Result<void, ForgeFault>> {
  const { deps, job, seenAt } = pull;
  const stands = ownRun(pull, pull.rules.name);
  // A pass that was not given to this pull request, into this target, is none of it.
  const isOther =
    stands?.conclusion === 'success' && deps.docket.row(job)?.shown !== stands.externalId;
  const isOver = stands?.conclusion === 'cancelled';
  if (!isOther && !isOver && (stands !== null || ownRun(pull, PREVIEW_NAME) !== null))
    return ok(undefined);
  if (!pull.rules.required && !deps.docket.enrolled(job.repositoryId)) return ok(undefined);
  return show(pull, { kind: 'queued', ahead: null, runner: null, since: seenAt });
}

/** A check that was left no longer speaks of this pull request, but of those still there. */
function leaveHead({ deps, job, live, rules }: HeardPull): void {
  const before = deps.docket.row(job);
  if (before === null || (before.head === live.head.sha && before.name === rules.name)) return;
  for (const other of deps.docket.openAt(before.repositoryId, before.head))
    if (other.pull !== job.pull) deps.again({ ...job, pull: other.pull });
}

/** No verdict: the check says what it waits for, or that we failed; it is never a pass. */
async function stopShort(pull: HeardPull, fault: JudgeFault): Promise<Outcome> {
  const { deps, seenAt, id } = pull;
  const now = deps.now();
  remembersShown(pull, null);
  if (fault.kind === 'gates-running') {
    const running = await show(pull, { kind: 'running', progress: atGates(pull, fault) });
    if (!running.ok) return retry(running.fault);
    const looks = fault.gates.map(({ until, againAt }) => againAt ?? until);
    return { kind: 'done', againAt: Math.min(...looks) as Instant };
  }
  const againAt = waitFor(fault, now, AGAIN_MS);
  // A repository that never asked for verdicts is not told that there is none.
  if (pull.rules.required || deps.docket.enrolled(pull.job.repositoryId)) {
    const deadline = (seenAt + PATIENCE_MS) as Instant;
    const patience = { attempt: 1, since: seenAt, againAt: againAt ?? now, deadline };
    const stopped = await show(pull, stoppedState(fault, id, patience));
    if (!stopped.ok) return retry(stopped.fault);
  }
  return againAt === null ? { kind: 'done' } : retry(fault, againAt);
}

/** What the case waits for, as the stage table shows it. */
function atGates(
  { progress, deps }: HeardPull,
  { gates }: Extract<JudgeFault, { readonly kind: 'gates-running' }>,
): Progress {
  const [first] = gates;
  return first === undefined
    ? progress
    : {
        ...progress,
        gate: { id: first.gate, at: 1, startedAt: deps.now(), waitsFor: first.detail },
      };
}
