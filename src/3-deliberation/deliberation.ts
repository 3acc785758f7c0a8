import type { Quantity, WeighedFinding } from '../caws/findings.ts';
import type { EvidenceFormat, Gate, TrustLevel } from '../caws/policy.ts';
import type { Digest, Instant } from '../primitives.ts';

/** What the cycle asks the world for: one entry a gate that is not answered by the arbiter itself. */
export interface PlannedGate {
  readonly gate: Gate;
  /** The threshold in force for this change's tier, or null. */
  readonly minimum: number | null;
  /**
   * Where its command runs, if not on the head as it is: on the base, to be compared with, or on the head
   * with the base's own tests in it. Its id is then `GATE@base` or `GATE@base-tests`.
   */
  readonly on?: 'base' | 'base-tests';
}

/** One report file or output as collected, bounded. */
export interface EvidenceItem {
  readonly name: string;
  readonly format: EvidenceFormat;
  readonly digest: Digest;
  readonly trust: TrustLevel;
  /** The report's text; the collector refuses files over EVIDENCE_BYTES_MAX. */
  readonly text: string;
}

/** A folder that a run of the base left, as a later run found it. */
export interface CacheUsed {
  readonly path: string;
  /** Of what was in it. */
  readonly digest: Digest;
}

/** What the world answered for one planned gate. Recorded whole, so that replay needs no world. */
export type GateAnswerGiven =
  | {
      readonly gate: string;
      readonly state: 'answered';
      readonly trust: TrustLevel;
      readonly exitCode: number | null;
      readonly durationMs: number;
      readonly evidence: readonly EvidenceItem[];
      /** Last lines of the output, bounded, stripped of control characters. */
      readonly outputTail: string;
      readonly isolation: string;
      /** Folders of earlier runs of the base that it found; absent: none. */
      readonly caches?: readonly CacheUsed[];
    }
  | {
      readonly gate: string;
      readonly state:
        | 'missing'
        | 'timed-out'
        | 'too-much-output'
        | 'unreadable'
        | 'digest-differs'
        | 'could-not-start';
      readonly detail: string;
      readonly durationMs: number;
    };

/** A gate that is answered elsewhere and not yet: nothing can be decided, and nothing was wrong. */
export interface GateRunning {
  readonly gate: string;
  readonly state: 'running';
  /** What it waits for, as a person would say it. */
  readonly detail: string;
  /** From then on it is not waited for any more. */
  readonly until: Instant;
  /** When to look again, where no event may say that there is something to see. */
  readonly againAt?: Instant;
}

/** A gate whose runner failed as often as it may: ours to mend, and no word about the change. */
export interface GateLost {
  readonly gate: string;
  readonly state: 'lost';
  /** What a person finds it by, e.g. `run 12 of .github/workflows/arbitrate.yml`. */
  readonly runner: string;
  readonly because: string;
  /** Of the last attempt. */
  readonly afterMs: number;
  readonly attempts: number;
  /** The command that shows what is to be mended, where one does. */
  readonly shownBy?: string;
}

export const EVIDENCE_BYTES_MAX = 16 * 1024 * 1024;

/** How one gate came out. Only `passed` passes. */
export interface GateOutcome {
  readonly gate: string;
  readonly mode: 'block' | 'warn' | 'skip';
  readonly outcome:
    | 'passed'
    | 'failed'
    | 'missing'
    | 'unreadable'
    | 'timed-out'
    | 'untrusted'
    | 'skipped';
  readonly measured: Quantity | null;
  readonly limit: Quantity | null;
  readonly trust: TrustLevel | null;
  readonly evidence: readonly { readonly name: string; readonly digest: Digest }[];
  readonly durationMs: number;
}

/** S = 0.4E + 0.3B + 0.2G + 0.1P, each 0..1. Ranks candidates and informs; never gates. */
export interface Score {
  readonly e: number;
  readonly b: number;
  readonly g: number;
  readonly p: number;
  readonly s: number;
}

/** What a judge came to, and which it was; how, is in the case file. */
export interface JudgeSaid {
  readonly protocol: string;
  readonly prompts: Digest;
  readonly models: readonly {
    readonly name: string;
    /** Of its weights; null where they are somebody else's. */
    readonly file: Digest | null;
    readonly backend: string;
  }[];
  readonly said: string;
  readonly calls: number;
  /** Of the calls, those that said the same by themselves; 0 where it abstained. */
  readonly agreeing: number;
}

/** Stage 3: what the gates showed. */
export interface Deliberation {
  readonly gates: readonly GateOutcome[];
  readonly findings: readonly WeighedFinding[];
  readonly score: Score;
  /** Absent where the policy asks for no judge, or where none was asked. */
  readonly judge?: JudgeSaid;
}
