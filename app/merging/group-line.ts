import type { GroupFault } from '../../src/4-verdict/group.ts';
import type { Landing } from '../../src/4-verdict/landing.ts';
import type { VerdictRecord } from '../../src/4-verdict/verdict.ts';
import type { GroupWait } from '../../src/5-publication/check/state.ts';
import { type LineMember, type LineRead, membersOf } from '../../src/adapters/audit/members.ts';
import type { Landings } from '../../src/adapters/git/landings.ts';
import type { LivePull, QueueBranch } from '../../src/forge.ts';
import type { LedgerFault, LedgerStore, RepositoryFault } from '../../src/ports.ts';
import { type CommitSha, ok, type Result } from '../../src/primitives.ts';
import type { Docket } from '../hearing/docket.ts';
import { recordedVerdict } from '../hearing/judge-pull.ts';

/** An open pull request with the verdict that was last given for exactly its head. */
export interface JudgedPull {
  readonly pull: LivePull;
  readonly record: VerdictRecord;
}

/** Open pull requests into the branch that can be what a commit of its queue holds. */
export async function judgedPulls(
  pulls: readonly LivePull[],
  {
    repositoryId,
    docket,
    ledger,
  }: {
    readonly repositoryId: number;
    readonly docket: Docket;
    readonly ledger: LedgerStore;
  },
): Promise<Result<readonly JudgedPull[], LedgerFault>> {
  const judged: JudgedPull[] = [];
  for (const pull of pulls) {
    const row = docket.row({ repositoryId, pull: pull.number });
    if (row?.verdict == null || row.head !== pull.head.sha || row.baseBranch !== pull.base.branch)
      continue;
    const recorded = await recordedVerdict(ledger, row.verdict.id);
    if (!recorded.ok) return recorded;
    if (recorded.value !== null) judged.push({ pull, record: recorded.value.record });
  }
  return ok(judged);
}

/** More commits than these are not looked at: a queue puts a handful of pull requests together. */
const GROUP_COMMITS_MAX = 500;

/** The commits of a group, newest first, down to where the branch stands, and what lies below. */
export interface GroupLine {
  readonly line: readonly Landing[];
  /** The place of the branch's tip on the line. */
  readonly end: number;
}

export type LineFound =
  | ({ readonly kind: 'line' } & GroupLine)
  /** The branch holds the group already. */
  | { readonly kind: 'landed' }
  | { readonly kind: 'waits'; readonly wait: GroupWait }
  | { readonly kind: 'refused'; readonly fault: GroupFault };

/** What a group has put on top of the branch, by the branch's own line. */
export async function lineOf(
  { head, tip }: { readonly head: CommitSha; readonly tip: CommitSha },
  landings: Landings,
): Promise<Result<LineFound, RepositoryFault>> {
  const listed = await landings.between(null, head, GROUP_COMMITS_MAX + 2);
  if (!listed.ok) return listed;
  const line = listed.value;
  const end = line.findIndex(({ sha }) => sha === tip);
  if (end === 0 || (end < 0 && (await landings.allFollow(head, [tip]))))
    return ok({ kind: 'landed' });
  const tooLong = end > GROUP_COMMITS_MAX || (end < 0 && (await landings.allFollow(tip, [head])));
  if (tooLong && line.length > GROUP_COMMITS_MAX) {
    const fault = { kind: 'too-long', commits: line.length - 1, max: GROUP_COMMITS_MAX } as const;
    return ok({ kind: 'refused', fault });
  }
  if (end < 0) return ok({ kind: 'waits', wait: { kind: 'base', tip } });
  return ok({ kind: 'line', line, end });
}

export type MembersFound =
  | { readonly kind: 'members'; readonly members: readonly LineMember<JudgedPull>[] }
  /** The queue names a pull request whose head has no verdict yet. */
  | { readonly kind: 'unheard'; readonly pull: LivePull }
  | { readonly kind: 'refused'; readonly fault: GroupFault };

/** Whose commits these are. The queue's own names only say whom to try first; git decides. */
export async function groupMembers(
  group: GroupLine,
  known: {
    readonly queue: readonly QueueBranch[];
    readonly pulls: readonly LivePull[];
    readonly judged: readonly JudgedPull[];
  },
  landings: Landings,
): Promise<Result<MembersFound, RepositoryFault>> {
  const namedFor = ({ sha }: Landing) => known.queue.find(({ head }) => head === sha)?.pull;
  const likely = (landing: Landing, { pull }: JudgedPull): number => {
    if (pull.number === namedFor(landing)) return 0;
    return landing.parents[1] === pull.head.sha ? 1 : 2;
  };
  const read = await membersOf(
    group,
    (landing) =>
      known.judged.toSorted((one, other) => likely(landing, one) - likely(landing, other)),
    landings,
  );
  if (!read.ok) return read;
  if (read.value.kind === 'members') return ok(read.value);
  const named = namedFor(read.value.landing);
  const live = known.pulls.find(({ number }) => number === named);
  const isJudged =
    known.judged.some(({ pull }) => pull.number === named) &&
    !read.value.tried.some(
      ({ candidate, merged }) => candidate.pull.number === named && merged.kind === 'head-missing',
    );
  if (live !== undefined && !isJudged) return ok({ kind: 'unheard', pull: live });
  return ok({ kind: 'refused', fault: unmatchedFault(read.value, named, known.judged.length) });
}

function unmatchedFault(
  { landing, tried }: Extract<LineRead<JudgedPull>, { readonly kind: 'unmatched' }>,
  named: number | undefined,
  judged: number,
): GroupFault {
  const { sha: commit, tree } = landing;
  const own = tried.find(({ candidate }) => candidate.pull.number === named);
  const expected = own?.merged.kind === 'tree' ? own.merged.tree : null;
  // The same files and yet not its commit: a merge that brings in something else.
  if (own === undefined || expected === tree)
    return { kind: 'foreign-commit', commit, tree, tried: judged };
  const { number, head } = own.candidate.pull;
  return { kind: 'tree-differs', pull: number, head: head.sha, commit, tree, expected };
}
