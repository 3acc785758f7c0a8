/** Which of several pull requests for one spec a person accepted, and what that does to the others. */
import { finding } from '../2-examination/finding.ts';
import type { WeighedFinding } from '../caws/findings.ts';
import { sha256Of } from '../ledger/entry.ts';
import type { CommitSha, Digest, VerdictId } from '../primitives.ts';
import type { ArbitrationRecord, Candidate } from './arbitration.ts';
import { isAfter } from './commands/note.ts';
import type { ForgeIdentity, HostedSource } from './waivers/hosted-event.ts';

/** Whom it is about: one very head of one pull request. */
interface AcceptedPull {
  readonly spec: string;
  /** The full ref that it leads into: what is accepted for one branch says nothing of another. */
  readonly baseRef: string;
  readonly pull: number;
  readonly head: CommitSha;
  /** The verdict by which it was accepted. */
  readonly winner: VerdictId;
}

/** Somebody accepted a pull request: the body of an entry. */
export interface AcceptanceRecord
  extends AcceptedPull,
    Pick<ArbitrationRecord, 'repository' | 'candidates' | 'compared'> {
  readonly schema: 'caws-arbiter/acceptance@1';
  readonly state: 'accepted';
  readonly by: ForgeIdentity;
  readonly source: HostedSource;
  /** When it was said by the forge's clock, ISO 8601 UTC. */
  readonly at: string;
  /** Open pull requests into the branch that were not compared; where they are for the spec they are superseded all the same. */
  readonly leftOut: number;
}

/** What ends an acceptance. */
export type AcceptanceEnd =
  | 'merged'
  | 'closed'
  | 'head-moved'
  | 'aimed-elsewhere'
  | 'other-spec'
  | 'no-pass'
  | 'taken-back';

/** It is over: the body of an entry. */
export interface AcceptanceEnded extends AcceptedPull {
  readonly schema: 'caws-arbiter/acceptance@1';
  readonly state: 'ended';
  /** The entry that it ends. */
  readonly accepted: number;
  readonly because: AcceptanceEnd;
  /** Who took it back, and where; null: it ended by itself. */
  readonly by: ForgeIdentity | null;
  readonly source: HostedSource | null;
  /** ISO 8601 UTC. */
  readonly at: string;
}

export type AcceptanceBody = AcceptanceRecord | AcceptanceEnded;

/** The newest word on a spec, and the entry that holds it. */
export interface AcceptanceEntry<Body extends AcceptanceBody = AcceptanceBody> {
  readonly sequence: number;
  readonly digest: Digest;
  readonly body: Body;
}

/** As it stood when another change was judged: what that case is superseded by. */
export interface StandingAcceptance extends AcceptedPull {
  readonly entry: number;
  readonly digest: Digest;
  readonly by: ForgeIdentity;
}

/** What entries about a spec onto a branch are about: the newest of them is what stands. */
export function acceptanceAbout({ baseRef, spec }: Pick<AcceptedPull, 'baseRef' | 'spec'>): string {
  const name = `${baseRef} ${spec}`;
  // A ref holds no space, so that no two pairs have one name; a ledger takes 200 plain characters.
  return /^[\x21-\x7e]+ [\x21-\x7e]+$/.test(name) && name.length <= 200 ? name : sha256Of(name);
}

export function isStanding(
  entry: AcceptanceEntry | null,
): entry is AcceptanceEntry<AcceptanceRecord> {
  return entry?.body.state === 'accepted';
}

/**
 * Whether it was over when, or after, somebody said a word: a word that comes late, or a second time, raises nothing
 * again. Told by the place of two comments, else by time; at one instant it was.
 */
export function hadEnded(
  { source, at, pull }: AcceptanceEnded,
  word: { readonly source: HostedSource; readonly at: string; readonly pull: number },
): boolean {
  return source === null ? at >= word.at : isAfter({ source, at, pull }, word);
}

/** What stands against a change of which another was accepted for its spec. Nobody can waive it, and nothing is raised by it. */
export function supersededFindings(
  acceptance: StandingAcceptance | undefined,
): readonly WeighedFinding[] {
  if (acceptance === undefined) return [];
  const { spec, pull, head, winner, by, entry } = acceptance;
  const found = finding('spec.superseded', {
    subject: spec,
    detail: { pull, head, verdict: winner, by: by.login, entry },
  });
  return [{ ...found, standing: 'fails', waivedBy: null, waiversRefused: [] }];
}

/** Those that were compared, with the standing that a person gave them. The same commit is the same change. */
export function acceptedAmong(
  candidates: readonly Candidate[],
  winner: VerdictId,
): readonly Candidate[] {
  const head = candidates.find(({ verdict }) => verdict === winner)?.head;
  return candidates.map((each) => ({
    ...each,
    standing:
      each.verdict === winner ? 'accepted' : each.head === head ? 'undecided' : 'superseded',
  }));
}
