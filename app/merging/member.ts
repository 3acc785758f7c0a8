import type { Change } from '../../src/1-pleading/change.ts';
import { saidAt } from '../../src/4-verdict/commands/answer.ts';
import { isDenial } from '../../src/4-verdict/commands/verbs.ts';
import type { GroupFault } from '../../src/4-verdict/group.ts';
import type { VerdictRecord } from '../../src/4-verdict/verdict.ts';
import { decides } from '../../src/5-publication/check/titles.ts';
import { findingsOf } from '../../src/5-publication/report.ts';
import type { LineMember } from '../../src/adapters/audit/members.ts';
import type { Forge, ForgeFault, LivePull } from '../../src/forge.ts';
import { type CommitSha, type Instant, ok, type Result } from '../../src/primitives.ts';
import { readAhead } from '../comment-readings.ts';
import { type Hearing, isLive, type JudgeFault } from '../hearing/judge-pull.ts';
import { type Said, unansweredOf } from '../hearing/said.ts';
import { mayWrite } from '../runs/runners.ts';
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
  { located, readings, tip }: GroupObjects,
): Promise<Result<MemberJudged, JudgeFault>> {
  const { deps } = heard;
  const { record } = candidate;
  const opened = await openMember(heard, candidate);
  if (!opened.ok) return opened;
  const { hearing, isWhole } = opened.value;
  if (!isWhole) return ok({ kind: 'unheard', pull: hearing.pull });
  const at = { located, readings, commit: landing.sha };
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
 * What is said later than this after a group began to wait is not waited for: whoever never stops talking would keep
 * a queue waiting for ever. The forge's clock may be some way from ours.
 */
const WORDS_MS = 60_000;

/** @returns whether it is still what was matched, and every word on it that could take it out was heard. */
async function openMember(
  { where, forge, ledger, rules, lease, deps, waitsSince }: HeardGroup,
  { pull: matched, record }: JudgedPull,
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
  await readAhead(comments.value);
  const said = isSame ? unansweredOf({ deps, job, live, comments: comments.value }) : [];
  const isLate = ({ heard }: Said) => saidAt({ heard, now: deps.now() }) > waitsSince + WORDS_MS;
  const falls = await mayTakeOut(said.filter(isLate), record, forge);
  if (!falls.ok) return falls;
  const isHeard = isSame && said.every(isLate) && !falls.value;
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

/** Of so many who deny something late the forge is asked: each hearing of the pull request answers those before. */
const LATE_SPEAKERS_MAX = 20;

/**
 * Whether somebody who may write has said a word by which it does not pass any more, or leaves its queue. It ends
 * its own waiting, so it is waited for however late it came: a crowd of others may keep it from being heard.
 */
async function mayTakeOut(
  said: readonly Said[],
  record: VerdictRecord,
  forge: Pick<Forge, 'role'>,
): Promise<Result<boolean, ForgeFault>> {
  const waivers = findingsOf(record).flatMap(({ waivedBy }) => waivedBy ?? []);
  const speakers = new Map(
    said
      .filter(({ verb, target }) =>
        verb === 'revoke' || verb === 'reject'
          ? waivers.some((waiver) => waiver.startsWith(target ?? ''))
          : isDenial(verb),
      )
      .map(({ by }) => [by.id, by]),
  );
  for (const by of [...speakers.values()].slice(0, LATE_SPEAKERS_MAX)) {
    const role = await forge.role(by);
    if (!role.ok) return role;
    if (mayWrite(role.value)) return ok(true);
  }
  return ok(false);
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
