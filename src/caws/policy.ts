import type { CommitSha, Digest } from '../primitives.ts';
import type { Dialect } from './dialect.ts';

export type RiskTier = 1 | 2 | 3;
export type GateMode = 'block' | 'warn' | 'skip';

/** Upper bounds of one budget; null means that the policy sets none. */
export interface Caps {
  readonly files: number | null;
  readonly lines: number | null;
  readonly bytes: number | null;
  readonly longestLineBytes: number | null;
}

export interface TierPolicy extends Caps {
  /** Percent of branches (0..100) that tests must cover, or null. */
  readonly coveragePercentMin: number | null;
  /** Percent of mutants (0..100) that tests must kill, or null. */
  readonly mutationPercentMin: number | null;
  readonly contractsRequired: boolean;
  readonly manualReviewRequired: boolean;
}

/** A budget of its own for the paths that its globs match, beside the tier's. */
export interface PathBudget extends Caps {
  readonly id: string;
  readonly paths: readonly string[];
}

/** Report formats that deliberation reads. */
export type EvidenceFormat =
  | 'junit'
  | 'lcov'
  | 'cobertura'
  | 'istanbul-summary'
  | 'stryker'
  | 'sarif';

/** A folder that a run of the target's own code leaves for later runs. */
export interface NamedCache {
  /** Relative to the checkout. */
  readonly path: string;
  /** Files that say what is in it: another content of one of them is another cache. */
  readonly key: readonly string[];
}

/** What of a command is held against the target. */
export interface HeldAgainstBase {
  /** True: it runs on the target too, and what it measures on the head may be no lower. */
  readonly compare: boolean;
  /** Globs of files that are put back as they are at the target, for one more run on the head; may be empty. */
  readonly tests: readonly string[];
}

/** Who may answer a gate: the arbiter's own examination, a command of the base policy, a CI check, or a report. */
export type GateAnswer =
  | { readonly by: 'arbiter' }
  | {
      readonly by: 'command';
      /** Program and arguments; never through a shell. */
      readonly command: readonly string[];
      readonly report: { readonly format: EvidenceFormat; readonly path: string } | null;
      /** 'required': not run where nothing isolates it; 'preferred': run all the same, and recorded so. */
      readonly sandbox: 'required' | 'preferred';
      /** True: it may reach the network, e.g. to install what it builds with. */
      readonly network: boolean;
      /** Absent: it is asked on the head alone. */
      readonly base?: HeldAgainstBase;
      /** Folders that a runner may keep for it; absent: none. */
      readonly caches?: readonly NamedCache[];
    }
  | {
      readonly by: 'check';
      readonly name: string;
      readonly appId: number;
      readonly workflow: string | null;
    }
  | { readonly by: 'evidence'; readonly format: EvidenceFormat; readonly file: string }
  /** A gate of an older dialect that nothing here can answer; its mode is never `block`. */
  | { readonly by: 'nobody' };

/** What the report must measure for the gate to hold. */
export type GateMeasure = 'tests' | 'coverage' | 'mutation' | 'security' | 'exit-code';

/** How much evidence may be trusted; runner > check > local. */
export type TrustLevel = 'runner' | 'check' | 'local';

export interface Gate {
  readonly id: string;
  readonly description: string;
  readonly mode: GateMode;
  readonly answer: GateAnswer;
  readonly measures: GateMeasure;
  /** Percent (0..100) for coverage and mutation; null: the tier's own threshold. Findings allowed for security. */
  readonly minimum: number | null;
  readonly timeoutMs: number;
  readonly waivable: boolean;
  /** People or teams who may waive it; empty means the policy's waiver approvers. */
  readonly approvers: readonly string[];
  readonly approversMin: number;
  readonly longestWaiverDays: number;
  readonly trustMin: TrustLevel;
}

export interface WaiverPolicy {
  /** People (`@handle`, signer principals) or teams (`@org/team`) who may approve a waiver. */
  readonly approvers: readonly string[];
  readonly approversMin: number;
  readonly longestDays: number;
  readonly defaultDays: number;
  readonly activePerGateMax: number | null;
  /** True: a waiver file on the base counts as an approval, since review protects the base. */
  readonly filesAreApprovals: boolean;
}

export interface EditRules {
  /** False: a change that touches policy and code at once fails. */
  readonly policyAndCodeSamePr: boolean;
  readonly requireSignedCommits: boolean;
  readonly requireDualControlForGovernance: boolean;
  readonly minApproversForBudgetRaise: number;
}

/** A path-bounded spec that binds without being asked for, e.g. dependency bumps. */
export interface StandingSpec {
  readonly id: string;
  readonly title: string;
  readonly tier: RiskTier;
  readonly paths: readonly string[];
  /** Only a change whose every commit was authored by one of these; empty: anyone. */
  readonly authors: readonly string[];
  /** Of two policies that meet only one has it: what it would bind has no spec. */
  readonly bindsNothing?: true;
}

/** On what terms a judge model is heard. */
export interface JudgePolicy {
  /** required: without an opinion people decide. */
  readonly role: 'advisory' | 'required';
  readonly timeoutMs: number;
  /** Whether the change may be shown to a model on another machine. */
  readonly mayLeave: boolean;
}

/** What the app's workers write, and whose patch is taken; see `models/strategies`. */
export interface WorkersPolicy {
  readonly afterFail: boolean;
  readonly offer: 'suggestion' | 'branch';
  readonly strategy: 'cascade' | 'self-consistency' | 'majority' | 'race';
  /** null: as many as are usual. */
  readonly samples: number | null;
}

export interface BreakGlass {
  readonly people: readonly string[];
  readonly longestMinutes: number;
}

/** The law a change is judged by, read at the merge target. Every default is filled in. */
export interface Policy {
  readonly version: 1;
  readonly mode: 'enforce' | 'observe';
  readonly tiers: Readonly<Record<RiskTier, TierPolicy>>;
  readonly linesCounted: 'changed' | 'added';
  readonly pathBudgets: readonly PathBudget[];
  readonly excluded: { readonly paths: readonly string[]; readonly caps: Caps };
  /** Touching one of these needs a waiver by people, whatever the spec's scope says. */
  readonly protectedPaths: readonly string[];
  /** Files that steer agents or git (AGENTS.md, .mcp.json, CODEOWNERS, .git*): always a human's decision. */
  readonly controlPlanePaths: readonly string[];
  /** What counts as governance, and so needs no spec: `.caws/**` and what the policy adds. */
  readonly governancePaths: readonly string[];
  /**
   * Where two policies meet that do not govern the same: what each of them governs. What only one of them
   * lists is guarded as law and needs a spec like code.
   */
  readonly governedBy?: readonly (readonly string[])[];
  /** Different people who must approve a change that touches only governance paths. */
  readonly governanceApproversMin: number;
  readonly gates: readonly Gate[];
  readonly editRules: EditRules;
  readonly waivers: WaiverPolicy;
  readonly standingSpecs: readonly StandingSpec[];
  readonly severalSpecsPerChange: boolean;
  readonly breakGlass: BreakGlass | null;
  /** null: no judge is asked, and none is heard. */
  readonly judge: JudgePolicy | null;
  readonly workers: WorkersPolicy;
  /** Paths outside any spec's scope that anyone may touch (v11's non_governed_zones). */
  readonly nonGovernedZones: readonly string[];
  readonly rootPassthrough: readonly string[];
  /** 'net': the net difference alone; 'each-commit': budgets and scope also for every commit. */
  readonly history: 'net' | 'each-commit';
  /** Budgets summed over the changes of one spec in a window of days; null: none. */
  readonly rolling: {
    readonly days: number;
    readonly files: number | null;
    readonly lines: number | null;
  } | null;
}

/** Where a policy in force came from. */
export interface PolicySource {
  /** `organization`: the base has none of its own, and its owner has. */
  readonly kind: 'base' | 'default' | 'organization';
  readonly file: string;
  readonly dialect: Dialect;
  readonly digest: Digest;
  /** The owner's policy, wherever there is one: alone, or where the stricter of both holds. */
  readonly organization?: OrganizationSource;
}

export interface OrganizationSource {
  /** `OWNER/.github`. */
  readonly repository: string;
  /** Of its default branch; null: a file that somebody named. */
  readonly commit: CommitSha | null;
  readonly file: string;
  readonly digest: Digest;
  /** Paths of the values that hold because of it, e.g. `risk_tiers.2.max_loc`; sorted, and the first of many. */
  readonly sets: readonly string[];
}
