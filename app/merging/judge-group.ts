import type { GroupFault, GroupMember } from '../../src/4-verdict/group.ts';
import type { VerdictRecord } from '../../src/4-verdict/verdict.ts';
import { VERDICT_TRAILER } from '../../src/5-publication/merge-message.ts';
import { auditLine } from '../../src/adapters/audit/audit-line.ts';
import { namedKeys } from '../../src/adapters/audit/branch-keys.ts';
import type { LineMember } from '../../src/adapters/audit/members.ts';
import { NOTES_REF, openLandings } from '../../src/adapters/git/landings.ts';
import type { FetchedObjects } from '../../src/adapters/github/object-cache.ts';
import type { ForgeFault, LivePull } from '../../src/forge.ts';
import { type CommitSha, fail, type ObjectId, ok, type Result } from '../../src/primitives.ts';
import { gatesOfGroup } from './group-gates.ts';
import { groupMembers, type JudgedPull, judgedPulls, lineOf } from './group-line.ts';
import type { GroupJudged, GroupObjects, GroupStop, HeardGroup } from './heard-group.ts';
import { ownKey } from './landed.ts';
import { judgeMember, type MemberHeard } from './member.ts';

/** Pull requests into one branch that are tried for a commit; the queue's own come first. */
const PULLS_TRIED_MAX = 100;

/**
 * Judges what a merge queue has put together. Each commit has to be the judged head of an open pull
 * request, put onto the commit before; each of those is heard once more as if its branch stood at that
 * commit; and the whole has to be what an audit would find proven, were it the branch. Where git and the
 * forge do not say all of that now, nothing passes.
 */
export async function judgeGroup(heard: HeardGroup): Promise<Result<GroupJudged, GroupStop>> {
  const { forge, group, deps, own } = heard;
  const open = await forge.openPulls(group.branch);
  if (!open.ok) return open;
  const named = new Set(heard.queue.map(({ pull }) => pull));
  const pulls = open.value
    .toSorted((one, other) => Number(named.has(other.number)) - Number(named.has(one.number)))
    .slice(0, PULLS_TRIED_MAX);
  const fetched = await fetchGroup(heard, pulls);
  if (!fetched.ok) return fetched;
  using objects = fetched.value;
  const tip = objects.tips.get(`refs/heads/${group.branch}`);
  const found = objects.tips.get(own.ref);
  if (tip === undefined || found !== group.head) return fail(behind(group.head, found));
  const opened = await openLandings(objects.located, deps.env);
  if (!opened.ok) return opened;
  using landings = opened.value;
  // Awaited here: the objects are let go of when this returns.
  return await judgeLine(heard, {
    located: objects.located,
    readings: objects.readings,
    tip,
    pulls,
    landings,
  });
}

async function fetchGroup(
  { forge, group, deps, own, where, lease }: HeardGroup,
  pulls: readonly LivePull[],
): Promise<Result<FetchedObjects, GroupStop>> {
  const token = await forge.gitToken();
  if (!token.ok) return token;
  return deps.objects.fetch(
    { repositoryId: where.repositoryId, url: forge.gitUrl, token: token.value },
    [
      `refs/heads/${group.branch}`,
      own.ref,
      NOTES_REF,
      ...pulls.map(({ number }) => `refs/pull/${number}/head`),
    ],
    lease.signal,
  );
}

/** A git server may show a push some seconds after the API does. */
function behind(expected: CommitSha, found: CommitSha | undefined): ForgeFault {
  const detail = `git shows ${found ?? 'nothing'} where the queue has ${expected}`;
  return { kind: 'forge-unexpected', doing: 'fetching the merge queue', detail };
}

async function judgeLine(
  heard: HeardGroup,
  at: GroupObjects,
): Promise<Result<GroupJudged, GroupStop>> {
  const { group, deps, ledger, where, queue } = heard;
  const found = await lineOf({ head: group.head, tip: at.tip }, at.landings);
  if (!found.ok) return found;
  if (found.value.kind === 'landed' || found.value.kind === 'waits') return ok(found.value);
  const tree = await at.landings.between(null, group.head, 1);
  if (!tree.ok) return tree;
  const judgedOf = (fault: GroupFault | null, members: readonly LineMember<JudgedPull>[]) =>
    ok({
      kind: 'judged',
      fault,
      base: at.tip,
      tree: tree.value[0]?.tree as ObjectId,
      members: members.map(memberOf),
      validUntil: earliest(members.map(({ candidate }) => candidate.record)),
    } as const);
  if (found.value.kind === 'refused') return judgedOf(found.value.fault, []);
  const { repositoryId } = where;
  const judged = await judgedPulls(at.pulls, { repositoryId, docket: deps.docket, ledger });
  if (!judged.ok) return judged;
  const known = { queue, pulls: at.pulls, judged: judged.value };
  const read = await groupMembers(found.value, known, at.landings);
  if (!read.ok) return read;
  if (read.value.kind === 'unheard') return ok(waitFor(heard, read.value.pull));
  if (read.value.kind === 'refused') return judgedOf(read.value.fault, []);
  const { members } = read.value;
  const heardMembers: MemberHeard[] = [];
  for (const member of members) {
    const each = await judgeMember(heard, member, at);
    if (!each.ok) return each;
    if (each.value.kind === 'unheard') return ok(waitFor(heard, each.value.pull));
    if (each.value.kind === 'refused') return judgedOf(each.value.fault, members);
    if (each.value.kind !== 'heard') return ok(each.value);
    heardMembers.push(each.value);
  }
  const gates = await gatesOfGroup(heard, heardMembers, at.tip);
  if (!gates.ok) return gates;
  if (gates.value?.kind === 'waits') return ok(gates.value);
  if (gates.value !== null) return judgedOf(gates.value, members);
  const proven = await proof(heard, members, at);
  return proven.ok ? judgedOf(proven.value, members) : proven;
}

/** It is heard at once; what that gives, has the group looked at again. */
function waitFor(
  { where, deps }: Pick<HeardGroup, 'where' | 'deps'>,
  { number, head }: LivePull,
): Extract<GroupJudged, { readonly kind: 'waits' }> {
  deps.again({ ...where, pull: number });
  return { kind: 'waits', wait: { kind: 'pull', pull: number, head: head.sha } };
}

function memberOf({ candidate, landing, way, onto }: LineMember<JudgedPull>): GroupMember {
  const { pull, record } = candidate;
  return {
    pull: pull.number,
    head: pull.head.sha,
    verdict: record.id,
    onto,
    commit: landing.sha,
    tree: landing.tree,
    way,
  };
}

function earliest(records: readonly VerdictRecord[]): string | null {
  const ends = records.flatMap(({ validUntil }) => validUntil ?? []);
  return ends.toSorted()[0] ?? null;
}

/**
 * Looks at the group as an audit would after it has landed: with the notes that will be written, by the
 * messages that its commits have now.
 */
async function proof(
  { group, deps, ledger }: HeardGroup,
  members: readonly LineMember<JudgedPull>[],
  { landings, tip }: GroupObjects,
): Promise<Result<GroupFault | null, GroupStop>> {
  const notes = new Map(
    members.map(({ landing, candidate }) => [
      landing.sha,
      `${VERDICT_TRAILER}: ${candidate.record.id}`,
    ]),
  );
  const audit = await auditLine({
    landings: {
      ...landings,
      async between(...asked) {
        const listed = await landings.between(...asked);
        if (!listed.ok) return listed;
        return ok(
          listed.value.map((landing) => ({
            ...landing,
            note: notes.get(landing.sha) ?? landing.note,
          })),
        );
      },
    },
    ledger,
    keys: namedKeys([ownKey(deps.signer)]),
    ref: `refs/heads/${group.branch}`,
    formerNames: [],
    since: tip,
    until: group.head,
    countMax: Number.MAX_SAFE_INTEGER,
  });
  if (!audit.ok) return audit;
  const { commits } = audit.value;
  // Oldest first: what fails there makes the rest fail as well.
  const place = commits.findLastIndex(({ state }) => state !== 'verified');
  const failing = commits[place];
  if (failing === undefined) return ok(null);
  const owner = members.find(({ landing }) =>
    commits.slice(0, place + 1).some((commit) => commit.landing.sha === landing.sha),
  );
  return ok({
    kind: 'would-not-be-proven',
    pull: owner?.candidate.pull.number ?? 0,
    commit: failing.landing.sha,
    verdict: failing.verdict,
    fault: failing.fault ?? 'no-verdict-named',
  });
}
