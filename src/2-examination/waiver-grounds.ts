import type { WaiverRefusal } from '../caws/findings.ts';
import type { Gate, Policy } from '../caws/policy.ts';
import { ANY_MAINTAINER, approverParts } from '../caws/stricter.ts';
import type { Approval, Waiver } from '../caws/waiver.ts';
import type { Digest, Instant } from '../primitives.ts';
import { distinctPeople, isNobody, namesOf, sameIdentity, shareName } from './identities.ts';

const DAY_MS = 86_400_000;

/** Everything outside a finding that decides whether a waiver counts for this change. */
export interface WaiverGrounds {
  readonly now: Instant;
  readonly policy: Policy;
  readonly policyDigest: Digest;
  /** The spec that binds, or null. */
  readonly spec: {
    readonly id: string;
    readonly digest: Digest | null;
    readonly waiverIds: readonly string[];
  } | null;
  readonly repository: string;
  /** Pull request number as text and names of the head branch, as far as known. */
  readonly branches: readonly string[];
  /** The head of the change and every commit between merge base and head. */
  readonly commits: ReadonlySet<string>;
  /** Everyone who took part in the change: names, addresses and handles. None known: nobody may approve. */
  readonly participants: readonly string[];
  /** How many other changes each waiver has served, by id; null: not known. */
  readonly waiverUses: Readonly<Record<string, number>> | null;
}

/** The grounds with all names of the participants, worked out once for all waivers. */
export interface JudgedGrounds extends WaiverGrounds {
  readonly involved: ReadonlySet<string>;
}

type Refused = Pick<WaiverRefusal, 'because' | 'detail'>;

/**
 * Why the waiver does not count for the gate, or null where it does. What it covers is another question.
 *
 * @param gate the policy's own gate of that id, or undefined where it names none.
 */
export function refusalOf(
  waiver: Waiver,
  gateId: string,
  gate: Gate | undefined,
  grounds: JudgedGrounds,
): Refused | null {
  return (
    statusRefusal(waiver) ??
    timeRefusal(waiver, gate, grounds) ??
    scopeRefusal(waiver, grounds) ??
    usesRefusal(waiver, grounds) ??
    approvalRefusal(waiver, gateId, gate, grounds)
  );
}

/** The people that a waiver of the gate needs: the strictest of what gate and policy ask for, at least one. */
export function approversNeeded(gateId: string, gate: Gate | undefined, policy: Policy): number {
  const { editRules } = policy;
  return Math.max(
    1,
    gate?.approversMin ?? 1,
    policy.waivers.approversMin,
    gateId === 'budget_limit' ? editRules.minApproversForBudgetRaise : 1,
    gateId === 'governance' ? policy.governanceApproversMin : 1,
    gateId === 'governance' && editRules.requireDualControlForGovernance ? 2 : 1,
  );
}

/**
 * When the waiver begins and ends under this policy, end exclusive; null where it names no end.
 * Where no grant is dated, only the last days before its own end count, so that its life is bounded all the same.
 */
export function lifetimeOf(
  waiver: Waiver,
  gate: Gate | undefined,
  policy: Policy,
): { readonly from: number; readonly until: number } | null {
  if (waiver.expiresAt === null) return null;
  const longestMs =
    DAY_MS *
    Math.min(policy.waivers.longestDays, gate?.longestWaiverDays ?? policy.waivers.longestDays);
  const dated = [waiver.grantedAt, ...waiver.approvals.map((approval) => approval.at)].filter(
    (at) => at !== null,
  );
  if (dated.length === 0) return { from: waiver.expiresAt - longestMs, until: waiver.expiresAt };
  return {
    from: waiver.grantedAt ?? Math.min(...dated),
    until: Math.min(waiver.expiresAt, Math.min(...dated) + longestMs),
  };
}

function statusRefusal(waiver: Waiver): Refused | null {
  if (waiver.status === 'active') return null;
  return refused(waiver.status === 'proposed' ? 'not-granted' : waiver.status);
}

function timeRefusal(
  waiver: Waiver,
  gate: Gate | undefined,
  grounds: WaiverGrounds,
): Refused | null {
  const life = lifetimeOf(waiver, gate, grounds.policy);
  if (life === null || waiver.expiresAt === null) return refused('not-bounded', { expiry: 'none' });
  if (!(grounds.now < waiver.expiresAt)) return refused('expired', { at: waiver.expiresAt });
  if (!(grounds.now < life.until))
    return refused('longer-than-policy-allows', { until: life.until });
  if (grounds.now >= life.from) return null;
  return waiver.grantedAt === null
    ? refused('longer-than-policy-allows', { from: life.from })
    : refused('not-yet-valid', { from: life.from });
}

function scopeRefusal(waiver: Waiver, grounds: WaiverGrounds): Refused | null {
  const { scope } = waiver;
  // What the arbiter grants names everything; what it does not name it was not granted for.
  const strict = waiver.shape === 'arbiter';
  const differs = (named: string | null, own: string | null) =>
    named === null ? strict && own !== null : named !== own;
  if (differs(scope.repository, grounds.repository)) return refused('other-repository');
  if (
    scope.branch === null
      ? strict && grounds.branches.length > 0
      : !grounds.branches.includes(scope.branch)
  )
    return refused('other-branch', { branch: scope.branch ?? 'none' });
  // A name serves one change after another; what was looked at is still part of this one, or never was.
  if (strict && scope.head !== null && !grounds.commits.has(scope.head))
    return refused('other-change', { head: scope.head });
  if (differs(scope.spec, grounds.spec?.id ?? null))
    return refused('other-spec', { spec: scope.spec ?? 'none' });
  if (differs(scope.specDigest, grounds.spec?.digest ?? null)) return refused('spec-changed');
  if (differs(scope.policyDigest, grounds.policyDigest)) return refused('policy-changed');
  // The 2025 shapes have no scope of their own: a spec applies them by naming them.
  const named = grounds.spec?.waiverIds.includes(waiver.id) === true;
  if (waiver.shape !== 'arbiter' && waiver.shape !== 'v11' && !named)
    return refused('other-spec', { spec: 'none' });
  return null;
}

function usesRefusal(waiver: Waiver, grounds: WaiverGrounds): Refused | null {
  if (waiver.usesMax === null) return null;
  const uses = grounds.waiverUses;
  if (uses === null) return refused('used-up', { max: waiver.usesMax, known: false });
  const count = Object.hasOwn(uses, waiver.id) ? (uses[waiver.id] ?? Number.NaN) : 0;
  return count < waiver.usesMax ? null : refused('used-up', { max: waiver.usesMax, known: true });
}

function approvalRefusal(
  waiver: Waiver,
  gateId: string,
  gate: Gate | undefined,
  grounds: JudgedGrounds,
): Refused | null {
  const judged = waiver.approvals.map((approval) => ({
    approval,
    because: approverRefusal(approval, waiver, gate, grounds),
  }));
  const counting = judged.filter(({ because }) => because === null);
  const people = distinctPeople(counting.map(({ approval }) => approval.by));
  const needed = approversNeeded(gateId, gate, grounds.policy);
  if (people >= needed) return null;
  // Too few may have one telling cause: name the first by the order of the approvers' names.
  const causes = judged
    .filter(({ because }) => because !== null)
    .toSorted((one, other) => (one.approval.by < other.approval.by ? -1 : 1));
  return refused(causes[0]?.because ?? 'too-few-approvers', { people, needed });
}

/** Why one approval of the waiver does not count, or null where it does. */
export function approverRefusal(
  approval: Approval,
  waiver: Pick<Waiver, 'shape' | 'file' | 'requestedBy'>,
  gate: Gate | undefined,
  grounds: Pick<JudgedGrounds, 'now' | 'policy' | 'participants' | 'involved'>,
): Refused['because'] | null {
  const { policy, involved } = grounds;
  // A document that calls its own approvals signed is still only a document.
  const proof =
    waiver.shape === 'arbiter' && waiver.file === null ? approval.proof : 'file-on-base';
  if (proof === 'file-on-base' && !policy.waivers.filesAreApprovals)
    return 'files-are-not-approvals';
  if (approval.against !== undefined) return approval.against;
  if (isNobody(approval.by) || grounds.participants.length === 0) return 'approver-unverified';
  if (approval.at !== null && !(approval.at <= grounds.now)) return 'approver-unverified';
  const names = namesOf(approval.by);
  if (shareName(names, involved) || shareName(names, namesOf(waiver.requestedBy ?? '')))
    return 'approver-is-author';
  return isAdmitted(approval, gate, policy) ? null : 'approver-not-allowed';
}

/** Whom the policy names for a waiver of the gate; empty: whoever maintains the repository. */
export function approversNamed(gate: Gate | undefined, policy: Policy): readonly string[] {
  const own = gate?.approvers ?? [];
  return own.length > 0 ? own : policy.waivers.approvers;
}

/** Whether the policy admits the approver for the gate, whoever they are otherwise. */
export function isAdmitted(approval: Approval, gate: Gate | undefined, policy: Policy): boolean {
  const named = approversNamed(gate, policy);
  if (named.length === 0) return maintains(approval);
  return named.some((entry) => admits(entry, approval));
}

/** Whether an approver is everything that an entry asks for. */
function admits(entry: string, approval: Approval): boolean {
  return approverParts(entry).every((part) =>
    part === ANY_MAINTAINER ? maintains(approval) : isWho(part, approval),
  );
}

/** Offline every maintainer's key may; a forge knows people without a key, and says what they may do. */
const maintains = ({ proof, rights }: Approval): boolean =>
  proof !== 'hosted-event' || rights === 'maintains';

/**
 * `@org/team` admits whom the proof shows to be a member; every other entry admits itself. A handle and the
 * name of a team can both be given away and taken by somebody else, who then may not write here.
 */
function isWho(entry: string, approval: Approval): boolean {
  if (!mayWrite(approval)) return false;
  if (isTeam(entry)) return (approval.teams ?? []).some((team) => sameIdentity(team, entry));
  const { by, proof, handleHolds } = approval;
  return sameIdentity(entry, by) && (proof !== 'hosted-event' || handleHolds === true);
}

/** A key is trusted by the target's own list; of an account the forge says it. */
const mayWrite = ({ proof, rights }: Approval): boolean =>
  proof !== 'hosted-event' || rights === 'writes' || rights === 'maintains';

/** Whether a policy's entry names a team, `@org/team`. */
export function isTeam(entry: string): boolean {
  return /^@[^/]+\/[^/]+$/.test(entry.trim());
}

function refused(because: Refused['because'], detail: Refused['detail'] = {}): Refused {
  return { because, detail };
}
