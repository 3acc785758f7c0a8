import type { SqliteLedger } from '../../src/adapters/store-sqlite/ledger.ts';
import type { Forge, ForgeFault } from '../../src/forge.ts';
import type { LedgerFault } from '../../src/ports.ts';
import type { Result } from '../../src/primitives.ts';
import type { Tools } from '../hands.ts';
import type { Where } from '../intake/concern-types.ts';
import type { Records } from '../intake/records.ts';
import type { Reasons } from '../judging/reasons.ts';
import type { Learning } from '../learning.ts';
import type { GroupName, Groups } from '../merging/groups.ts';
import type { Metrics } from '../metrics.ts';
import type { Live } from '../pages/live.ts';
import type { Proposals } from '../proposing/proposals.ts';
import type { Job } from '../work/task.ts';
import type { Rules } from './forges.ts';
import type { Court } from './judge-pull.ts';

/** Everything that hearing pull requests needs beside the forge of one repository. */
export interface HearingDeps extends Court {
  readonly forgeFor: (job: Job, youngerThanMs?: number) => Promise<Result<Forge, ForgeFault>>;
  readonly ledgerFor: (repositoryId: number) => Promise<Result<SqliteLedger, LedgerFault>>;
  /** What a branch asks. Rarely changes, so it may be some minutes old. */
  readonly rulesOf: (forge: Forge, branch: string) => Promise<Result<Rules, ForgeFault>>;
  readonly forgetRepository: (repositoryId: number) => void;
  readonly records: Records;
  readonly metrics: Metrics;
  /** Who has reasons for waivers read; null: nobody. */
  readonly reasons: Reasons | null;
  readonly learning: Learning;
  /** Another pull request is to be looked at again. */
  readonly again: (job: Job) => void;
  readonly errand: Tools['errand'];
  /** How verdicts to come stand now, for pages that are open. */
  readonly live: Live;
  /** What merge queues have put together. */
  readonly groups: Groups;
  /** The commit of a merge queue is to be looked at again. */
  readonly againGroup: (where: Where, group: GroupName) => void;
  /** Patches of workers. */
  readonly proposing: {
    readonly proposals: Proposals;
    /** How many commands there are that write patches. */
    readonly workers: number;
    /** What was asked for on a pull request is to be written. */
    readonly wake: (job: Job) => void;
  };
  /** Debates of candidates that are nearly equal; null: there is no judge to hear them. */
  readonly debating: { readonly wake: (job: Job) => void } | null;
  /** `https://HOST` of the app's own pages. */
  readonly site: string;
}
