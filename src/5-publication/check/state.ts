/** What a check can be asked to show. Everything is given: no state is guessed from another. */
import type { Reply } from '../../4-verdict/commands/reply.ts';
import type { GroupRecord } from '../../4-verdict/group.ts';
import type { VerdictRecord } from '../../4-verdict/verdict.ts';
import { instantOf } from '../../4-verdict/waivers/event.ts';
import type { ForgeFault } from '../../forge.ts';
import type { CommitSha, Digest, Instant } from '../../primitives.ts';
import type { AnyFault } from '../fault-words.ts';
import type { Progress } from './progress.ts';

/** Where in the world a face stands. */
export interface CheckContext {
  /** `https://HOST`, without a slash at the end. */
  readonly site: string;
  readonly repository: { readonly owner: string; readonly name: string };
  /** Under which name a verdict that enforces is shown here; see `names.ts`. */
  readonly name: string;
  /** Of this adjudication; it stands from the first state to the last. */
  readonly id: string;
  readonly now: Instant;
  /** Whether the target's policy enforces; `decided` reads it from its record. */
  readonly mode: VerdictRecord['mode'];
  /** Other names of a verdict that the target requires, too, and that nobody answers; absent: none. */
  readonly unanswered?: readonly string[];
  /** Ids of other apps that show a check of our name at this head; null: the forge named none. */
  readonly imitators: readonly (number | null)[];
  /** What the forge lets nobody read but here; null: comments and reactions are taken. */
  readonly unsaid: Unsaid | null;
  /** null: it stands where its target looks for it. */
  readonly aside: Aside | null;
}

/** Why a verdict stands under a name that lets nothing through; it never concludes `success` there. */
export type Aside =
  /** The merge queue of a branch has this commit, and the name of its demand speaks for the queue alone. */
  | { readonly kind: 'queue'; readonly name: string; readonly branch: string }
  /** A branch demands the very name that is kept for those that demand none. */
  | { readonly kind: 'opens-nothing'; readonly branch: string };

/** A comment or reaction that the forge refused. */
export interface Unsaid {
  readonly what: 'comment' | 'reaction';
  readonly status: number;
  /** The permission that is missing, as the forge names it, or null. */
  readonly permission: string | null;
  /** Answers that were to be written, the newest last; bounded by whoever keeps them. */
  readonly replies: readonly UnsaidReply[];
}

export interface UnsaidReply {
  readonly reply: Reply;
  /** The login of whoever commented. */
  readonly asker: string;
  /** The command's own line as it was typed. */
  readonly line: string;
}

/** The entry that holds a verdict: recorded before anyone is told. */
export interface LedgerPlace {
  readonly sequence: number;
  readonly digest: Digest;
}

/** A waiver that somebody asked for and nobody has decided. */
export interface PendingWaiver {
  readonly id: string;
  readonly gate: string;
  readonly requestedBy: string;
  readonly reason: string;
  /** ISO 8601 UTC. */
  readonly expiresAt: string;
  readonly approvals: number;
  readonly approvalsNeeded: number;
  /** How its reason reads to a model, in words; it decides nothing. Absent: nobody said. */
  readonly reads?: string;
}

export interface Decided {
  readonly kind: 'decided';
  readonly record: VerdictRecord;
  readonly entry: LedgerPlace;
  readonly tookMs: number | null;
  /** Files of the change that stand in the head, as git names them: only these carry annotations. */
  readonly annotatable: ReadonlySet<string>;
  readonly pending: readonly PendingWaiver[];
}

/** Whether a PASS held only until a waiver ended. The end is exclusive; one that cannot be read has passed. */
export function hasLapsed(
  { record }: Pick<Decided, 'record'>,
  { now }: Pick<CheckContext, 'now'>,
): boolean {
  if (record.verdict !== 'PASS' || record.validUntil === null) return false;
  const end = instantOf(record.validUntil);
  return end === undefined || end <= now;
}

/** What stopped a cycle, when it was not the change. */
export type Stopped =
  | { readonly kind: 'fault'; readonly fault: AnyFault }
  | { readonly kind: 'forge'; readonly fault: ForgeFault }
  | { readonly kind: 'deadline'; readonly limitMs: number }
  | {
      readonly kind: 'runner-lost';
      readonly runner: string;
      readonly afterMs: number;
      /** What is known of its end; nothing where it only fell silent. */
      readonly because?: string;
    }
  | { readonly kind: 'internal' };

export interface Failed {
  readonly kind: 'error';
  readonly stopped: Stopped;
  /** The stage it was in, e.g. `Deliberation`. */
  readonly stage: string;
  readonly attempt: number;
  readonly attemptsMax: number;
  /** What a person quotes when asking for help; it stands in the log. */
  readonly reference: string;
}

export type SingleState =
  | {
      readonly kind: 'queued';
      /** How many cases come first; null where nobody knows. */
      readonly ahead: number | null;
      readonly runner: string | null;
      readonly since: Instant;
    }
  | { readonly kind: 'running'; readonly progress: Progress }
  | Decided
  | Failed
  | {
      /** Something of the forge's answer is not here whole, and a part is never judged. */
      readonly kind: 'waiting';
      readonly fault: ForgeFault;
      readonly since: Instant;
      readonly attempt: number;
      /** When the next look is due. */
      readonly againAt: Instant;
      /** Past it the check fails; it waits in the meantime, which blocks as well. */
      readonly deadline: Instant;
    }
  | { readonly kind: 'superseded'; readonly by: CommitSha }
  /** Nothing at this head is heard under this name any more: it landed so, or it is aimed elsewhere. */
  | { readonly kind: 'left'; readonly landed: CommitSha | null }
  /** Pull requests that a queue has put on top of each other. */
  | { readonly kind: 'merge-group'; readonly baseBranch: string; readonly shown: GroupShown };

export type GroupShown =
  | { readonly kind: 'judging'; readonly since: Instant }
  | {
      readonly kind: 'waiting';
      readonly wait: GroupWait;
      readonly since: Instant;
      readonly againAt: Instant;
      /** Past it the check fails; until then it blocks as well. */
      readonly deadline: Instant;
    }
  | { readonly kind: 'decided'; readonly record: GroupRecord; readonly entry: LedgerPlace }
  /** The queue has another commit by now, or none. */
  | { readonly kind: 'dropped' };

/** What a group waits for. */
export type GroupWait =
  /** Its head, or something said on it, has not been heard yet. */
  | { readonly kind: 'pull'; readonly pull: number; readonly head: CommitSha }
  /** The branch has moved past it: the queue is to build it anew. */
  | { readonly kind: 'base'; readonly tip: CommitSha }
  | {
      readonly kind: 'gates';
      readonly gates: readonly { readonly gate: string; readonly detail: string }[];
    };

/** One state, or those of several pull requests that share a head. */
export type CheckState =
  | SingleState
  | {
      readonly kind: 'several';
      readonly pulls: readonly {
        readonly number: number;
        readonly baseBranch: string;
        /** Under which its verdict is shown where it enforces. */
        readonly name: string;
        readonly state: SingleState;
      }[];
    };
