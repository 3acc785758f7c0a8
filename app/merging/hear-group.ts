import type { GroupRecord } from '../../src/4-verdict/group.ts';
import type { Undecided } from '../../src/5-publication/pages/state-page.ts';
import { canonicalJson } from '../../src/ledger/canonical.ts';
import { sha256Of } from '../../src/ledger/entry.ts';
import type { LedgerEntry, LedgerFault } from '../../src/ports.ts';
import { type Instant, isoOf, ok, type Result, type VerdictId } from '../../src/primitives.ts';
import { type Hands, outcomeOfFault } from '../hands.ts';
import type { HearingDeps } from '../hearing/hearing-deps.ts';
import { type StoppingFault, stoppedState } from '../hearing/states.ts';
import { waitFor } from '../hearing/waiting.ts';
import type { Lease, Outcome } from '../work/task.ts';
import { dropGroup } from './drop-group.ts';
import { NO_PULL } from './groups.ts';
import type { GroupJudged, HeardGroup } from './heard-group.ts';
import { judgeGroup } from './judge-group.ts';
import { groupCheck, show, write } from './show-group.ts';

type Group = Parameters<Hands['mergeGroup']>;

/** So long a group waits for what is missing; a queue gives up by itself after an hour, as it comes. */
const PATIENCE_MS = 30 * 60_000;
const AGAIN_MS = 30_000;

/**
 * Hears what a merge queue has put together, by what the forge says of the queue now. What a commit shows
 * that the queue does not have any more ends, but a pass that landed.
 */
export async function hearGroup(
  { where, group, lease }: { where: Group[0]; group: Group[1]; lease: Lease },
  deps: HearingDeps,
): Promise<Outcome> {
  const forge = await deps.forgeFor({ ...where, pull: NO_PULL });
  if (!forge.ok) return outcomeOfFault(forge.fault);
  const rules = await deps.rulesOf(forge.value, group.branch);
  if (!rules.ok) return outcomeOfFault(rules.fault);
  if (!rules.value.required && !deps.docket.enrolled(where.repositoryId)) return { kind: 'done' };
  const queue = await forge.value.queueBranches(group.branch);
  if (!queue.ok) return outcomeOfFault(queue.fault);
  const runs = await forge.value.checkRuns(group.head);
  if (!runs.ok) return outcomeOfFault(runs.fault);
  const own = queue.value.find(({ head }) => head === group.head);
  const { repositoryId } = where;
  const { name, aside } = rules.value;
  const held = {
    where,
    group,
    lease,
    deps,
    forge: forge.value,
    name,
    aside,
    checkRuns: runs.value,
  };
  if (own === undefined) return dropGroup(held);
  const ledger = await deps.ledgerFor(repositoryId);
  if (!ledger.ok) return { kind: 'retry', because: ledger.fault.kind };
  const begun = deps.groups.begin(repositoryId, group, deps.now(), () => deps.newId(deps.now()));
  const heard: HeardGroup = {
    ...held,
    ledger: ledger.value,
    rules: rules.value,
    queue: queue.value,
    own,
    since: begun.since,
    waitsSince: waitsSince(deps.groups.shown(begun.id), begun.since) ?? deps.now(),
  };
  if (groupCheck(held) === null) {
    const shown = await show(held, begun.id, { kind: 'judging', since: begun.since });
    if (!shown.ok) return outcomeOfFault(shown.fault);
    // What was made just now is what is written to from here on.
    return hearBegun({ ...heard, checkRuns: [...runs.value, shown.value] }, begun.id);
  }
  return hearBegun(heard, begun.id);
}

function waitsSince(shown: Undecided | null, first: Instant): Instant | null {
  if (shown === null) return null;
  if (shown.kind === 'waiting') return shown.since;
  const isOpen =
    shown.kind === 'merge-group' &&
    (shown.shown.kind === 'waiting' || shown.shown.kind === 'judging');
  return isOpen ? shown.shown.since : first;
}

async function hearBegun(heard: HeardGroup, id: VerdictId): Promise<Outcome> {
  const judged = await judgeGroup(heard);
  if (!judged.ok) {
    if (judged.fault.kind === 'gates-running' || judged.fault.kind === 'line-too-long')
      return { kind: 'retry', because: judged.fault.kind };
    return stopped(heard, id, judged.fault, 'Pleading');
  }
  switch (judged.value.kind) {
    case 'landed':
      return { kind: 'done' };
    case 'stopped':
      return stopped(heard, id, judged.value.fault, `Hearing #${judged.value.pull}`);
    case 'waits':
      return waits(heard, id, judged.value);
    case 'judged':
      return announce(heard, judged.value);
  }
}

const deadlineOf = ({ waitsSince }: HeardGroup) => (waitsSince + PATIENCE_MS) as Instant;

async function waits(
  heard: HeardGroup,
  id: VerdictId,
  { wait, until }: Extract<GroupJudged, { readonly kind: 'waits' }>,
): Promise<Outcome> {
  const now = heard.deps.now();
  // A gate has its own time, which the policy names.
  const deadline = Math.max(deadlineOf(heard), until ?? 0) as Instant;
  const againAt = Math.min(now + AGAIN_MS, Math.max(now, deadline)) as Instant;
  const { waitsSince: since } = heard;
  const shown = await show(heard, id, { kind: 'waiting', wait, since, againAt, deadline });
  if (!shown.ok) return outcomeOfFault(shown.fault);
  return now >= deadline ? { kind: 'done' } : { kind: 'done', againAt };
}

/** No whole answer, or something of the repository that cannot be judged: never a pass. */
async function stopped(
  heard: HeardGroup,
  id: VerdictId,
  fault: StoppingFault,
  stage: string,
): Promise<Outcome> {
  const now = heard.deps.now();
  const deadline = deadlineOf(heard);
  const againAt = waitFor(fault, now, AGAIN_MS);
  const patience = { attempt: 1, since: heard.waitsSince, againAt: againAt ?? now, deadline };
  const state = stoppedState(fault, id, patience);
  // A queue takes a failure for the last word, so what is tried again is none yet.
  const isOver = againAt === null || now >= deadline;
  const shown =
    state.kind !== 'error'
      ? await write(heard, id, state)
      : isOver
        ? await write(heard, id, { ...state, stage })
        : await show(heard, id, { kind: 'judging', since: heard.waitsSince });
  if (!shown.ok) return outcomeOfFault(shown.fault);
  // Logged whole, for whoever operates the app: a check says no more than people need.
  if (againAt === null || isOver)
    return { kind: 'park', because: JSON.stringify(fault).slice(0, FAULT_LENGTH_MAX) };
  return { kind: 'done', againAt };
}

const FAULT_LENGTH_MAX = 600;

/** Recorded first, with the verdict that each commit is to land by; then the check says it. */
async function announce(
  heard: HeardGroup,
  judged: Extract<GroupJudged, { readonly kind: 'judged' }>,
): Promise<Outcome> {
  const { where, group, deps, lease } = heard;
  if (!lease.stillHeld()) return { kind: 'done', againAt: deps.now() };
  const recorded = await record(heard, judged);
  if (!recorded.ok) return { kind: 'retry', because: recorded.fault.kind };
  const { entry, body } = recorded.value;
  if (body.outcome === 'PASS')
    for (const { commit, verdict } of body.members)
      deps.groups.lands(where.repositoryId, commit, verdict);
  const place = { sequence: entry.sequence, digest: entry.digest };
  const shown = await show(heard, body.id, { kind: 'decided', record: body, entry: place });
  if (!shown.ok) return outcomeOfFault(shown.fault);
  return body.validUntil === null || body.outcome === 'FAIL' || group.head !== body.head
    ? { kind: 'done' }
    : { kind: 'done', againAt: Date.parse(body.validUntil) as Instant };
}

async function record(
  { where, group, deps, ledger }: HeardGroup,
  { fault, base, tree, members, validUntil }: Extract<GroupJudged, { readonly kind: 'judged' }>,
): Promise<Result<{ readonly entry: LedgerEntry; readonly body: GroupRecord }, LedgerFault>> {
  const now = deps.now();
  const says = {
    schema: 'caws-arbiter/group@1',
    outcome: fault === null ? 'PASS' : 'FAIL',
    baseRef: `refs/heads/${group.branch}`,
    ...{ base, head: group.head, tree, members, fault, validUntil },
  } as const;
  const canonical = canonicalJson(says);
  if (!canonical.ok) throw new Error('a group is plain data');
  const key = sha256Of(canonical.value);
  const id = deps.groups.idFor(where.repositoryId, group.head, key, () => deps.newId(now));
  const known = await ledger.find('group', id);
  if (!known.ok) return known;
  if (known.value !== null)
    return ok({ entry: known.value, body: JSON.parse(known.value.body) as GroupRecord });
  const body: GroupRecord = { ...says, id, decidedAt: isoOf(now) };
  const entry = await ledger.append(
    { at: now, kind: 'group', about: id, body, blobs: [] },
    deps.signer,
  );
  return entry.ok ? ok({ entry: entry.value, body }) : entry;
}
