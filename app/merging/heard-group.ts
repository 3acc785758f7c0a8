import type { GroupFault, GroupMember } from '../../src/4-verdict/group.ts';
import type { GroupWait } from '../../src/5-publication/check/state.ts';
import type { AuditFault } from '../../src/adapters/audit/audit-line.ts';
import type { Landings } from '../../src/adapters/git/landings.ts';
import type { ReadBefore } from '../../src/adapters/git/remembered.ts';
import type { SqliteLedger } from '../../src/adapters/store-sqlite/ledger.ts';
import type { Forge, LiveCheckRun, LivePull, QueueBranch } from '../../src/forge.ts';
import type { CommitSha, Instant, ObjectId } from '../../src/primitives.ts';
import type { Rules } from '../hearing/forges.ts';
import type { HearingDeps } from '../hearing/hearing-deps.ts';
import type { JudgeFault } from '../hearing/judge-pull.ts';
import type { StoppingFault } from '../hearing/states.ts';
import type { Where } from '../intake/concern-types.ts';
import type { Lease } from '../work/task.ts';
import type { GroupName } from './groups.ts';

/** What is in hand while a group of a merge queue is heard. */
export interface HeardGroup {
  readonly where: Where;
  readonly group: GroupName;
  readonly lease: Lease;
  readonly deps: HearingDeps;
  readonly forge: Forge;
  readonly ledger: SqliteLedger;
  /** Under which its check is shown. */
  readonly name: string;
  /** Why that name lets nothing land; null: it does. */
  readonly aside: Rules['aside'];
  readonly rules: Rules;
  /** Everything that the queue has now, and which of it this group is. */
  readonly queue: readonly QueueBranch[];
  readonly own: QueueBranch;
  /** When the queue was first seen to have it. */
  readonly since: Instant;
  /** When what keeps it from being decided began: a judgement that stood until now ended an earlier wait. */
  readonly waitsSince: Instant;
  readonly checkRuns: readonly LiveCheckRun[];
}

/** The same before it is known whether the queue has it. */
export type HeldGroup = Omit<
  HeardGroup,
  'ledger' | 'rules' | 'queue' | 'own' | 'since' | 'waitsSince'
>;

export type GroupJudged =
  | {
      readonly kind: 'judged';
      readonly fault: GroupFault | null;
      readonly base: CommitSha;
      readonly tree: ObjectId;
      readonly members: readonly GroupMember[];
      readonly validUntil: string | null;
    }
  | { readonly kind: 'waits'; readonly wait: GroupWait; readonly until?: Instant }
  /** Something about one pull request cannot be judged at all. */
  | { readonly kind: 'stopped'; readonly pull: number; readonly fault: StoppingFault }
  /** The branch holds it already. */
  | { readonly kind: 'landed' };

export type GroupStop = JudgeFault | AuditFault;

/** Objects of a group that are here, and what the branch stands at. */
export interface GroupObjects extends ReadBefore {
  readonly tip: CommitSha;
  readonly pulls: readonly LivePull[];
  readonly landings: Landings;
}
