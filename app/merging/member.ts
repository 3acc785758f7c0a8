import type { Change } from '../../src/1-pleading/change.ts';
import { saidAt } from '../../src/4-verdict/commands/answer.ts';
import type { GroupFault } from '../../src/4-verdict/group.ts';
import { decides } from '../../src/5-publication/check/titles.ts';
import { findingsOf } from '../../src/5-publication/report.ts';
import type { LineMember } from '../../src/adapters/audit/members.ts';
import type { LivePull } from '../../src/forge.ts';
import { type CommitSha, type Instant, ok, type Result } from '../../src/primitives.ts';
import { type Hearing, isLive, type JudgeFault } from '../hearing/judge-pull.ts';
import { unansweredOf } from '../hearing/said.ts';
import type { JudgedPull } from './group-line.ts';
import type { GroupJudged, GroupObjects, HeardGroup } from './heard-group.ts';
import { type WeighedOnto, weighOnto } from './weigh-onto.ts';

/** A member of a group that passes where it stands. */
export interface MemberHeard {
  readonly kind: 'heard';
  readonly weighed: WeighedOnto;
}

type MemberJudged =
  | MemberHeard
  /** Something about it has not been heard yet, and is asked for. */
  | { readonly kind: 'unheard'; readonly pull: LivePull }
  | { readonly kind: 'refused'; readonly fault: GroupFault }
  | Extract<GroupJudged, { readonly kind: 'waits' | 'stopped' }>;

/** Hears one pull request of a group on the commit before it, by what the forge says of it now. */
export async function judgeMember(
  heard: HeardGroup,
  { candidate, landing, onto }: LineMember<JudgedPull>,
  { directory, tip }: GroupObjects,
): Promise<Result<MemberJudged, JudgeFault>> {
  const { deps } = heard;
  const { record } = candidate;
  const opened = await openMember(heard, candidate.pull);
  if (!opened.ok) return opened;
  const { hearing, isWhole } = opened.value;
  if (!isWhole) return ok({ kind: 'unheard', pull: hearing.pull });
  const at = { directory, commit: landing.sha };
  const weighed = await weighOnto(hearing, deps, { ...at, onto });
  if (!weighed.ok) return stoppedBy(weighed.fault, candidate.pull.number);
  const refused = refusalOf(weighed.value, candidate.pull.number, onto);
  if (refused !== null) return ok({ kind: 'refused', fault: refused });
  const stands = ({ key }: WeighedOnto) =>
    record.verdict === 'PASS' &&
    isLive(record, deps.now()) &&
    deps.docket.intent(hearing.name, key) === record.id;
  if (stands(weighed.value)) return ok({ kind: 'heard', weighed: weighed.value });
  // Either its verdict is behind what is known by now, or it is what stands below that makes the difference.
  const alone = onto === tip ? weighed : await weighOnto(hearing, deps, { ...at, onto: tip });
  if (onto === tip || !alone.ok || !stands(alone.value))
    return ok({ kind: 'unheard', pull: hearing.pull });
  const pull = candidate.pull.number;
  const fault = { kind: 'heard-otherwise', pull, onto, verdict: record.id } as const;
  return ok({ kind: 'refused', fault });
}

/**
 * What is said later than this after a group began to wait takes it out of its queue by itself, once it is heard.
 * Waiting for that as well, whoever never stops talking would keep a queue waiting for ever. The forge's clock
 * may be some way from ours.
 */
const WORDS_MS = 60_000;

/** @returns whether it is still what was matched, and every word on it was heard. */
async function openMember(
  { where, forge, ledger, rules, lease, deps, waitsSince }: HeardGroup,
  matched: LivePull,
): Promise<Result<{ readonly hearing: Hearing; readonly isWhole: boolean }, JudgeFault>> {
  const job = { ...where, pull: matched.number };
  const asked = await forge.pull(matched.number);
  if (!asked.ok) return asked;
  const live = asked.value;
  const isSame =
    live?.state === 'open' &&
    live.head.sha === matched.head.sha &&
    live.base.branch === matched.base.branch;
  const comments = !isSame || live.comments === 0 ? ok([]) : await forge.comments(live);
  if (!comments.ok) return comments;
  const isHeard =
    isSame &&
    unansweredOf({ deps, job, live, comments: comments.value }).every(
      ({ heard }) => saidAt({ heard, now: deps.now() }) > waitsSince + WORDS_MS,
    );
  const checkRuns = await forge.checkRuns(matched.head.sha);
  if (!checkRuns.ok) return checkRuns;
  const seenAt = deps.docket.seen(job, matched.head.sha, deps.now());
  const hearing = {
    name: job,
    forge,
    pull: live ?? matched,
    at: { checkRuns: checkRuns.value, seenAt },
    ledger,
    signal: lease.signal,
    required: rules.required,
    mayRun: false,
    watch: () => undefined,
  };
  return ok({ hearing, isWhole: isHeard });
}

function stoppedBy(fault: JudgeFault, pull: number): Result<MemberJudged, JudgeFault> {
  if (fault.kind !== 'gates-running') return ok({ kind: 'stopped', pull, fault });
  const { gates } = fault;
  const until = gates.reduce<Instant | undefined>(
    (first, gate) => (first === undefined || gate.until < first ? gate.until : first),
    undefined,
  );
  const wait = { kind: 'gates', gates } as const;
  return ok({ kind: 'waits', wait, ...(until === undefined ? {} : { until }) });
}

function refusalOf(
  { record, file, step }: WeighedOnto,
  pull: number,
  onto: CommitSha,
): GroupFault | null {
  if (record.mode === 'observe') return { kind: 'observes-only', pull };
  if (record.verdict !== 'PASS') {
    const finding = findingsOf(record).find(decides) ?? null;
    return { kind: 'does-not-pass', pull, onto, verdict: record.verdict, finding };
  }
  const met =
    together('path.collision', step.collisions, file.change.collisions) ??
    together('structure.shadow', step.shadows, file.change.shadows);
  return met === null ? null : { kind: 'together', pull, ...met };
}

/** A pair that is there only together with what stands below: alone it was judged as it is. */
function together(
  rule: 'path.collision' | 'structure.shadow',
  pairs: Change['collisions'],
  own: Change['collisions'],
) {
  const known = new Set(own.map((pair) => JSON.stringify(pair)));
  const [made, beside] = pairs.find((pair) => !known.has(JSON.stringify(pair))) ?? [];
  return made === undefined || beside === undefined ? null : { rule, made, beside };
}
