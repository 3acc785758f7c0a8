/** A decision once more, from what the ledger keeps alone: no model, no repository, no network. */
import { type Debate, groundsOf, heldAgainst, withDebate } from '../3-deliberation/judge/debate.ts';
import type { Judgement } from '../3-deliberation/judge/judgement.ts';
import { preferred } from '../3-deliberation/judge/order.ts';
import { opinionOf } from '../3-deliberation/judge/protocol.ts';
import { canonicalJson } from '../ledger/canonical.ts';
import type { VerdictId } from '../primitives.ts';
import { type AcceptanceRecord, acceptedAmong } from './acceptance.ts';
import {
  type ArbitrationRecord,
  type Compared,
  type ComparisonRecord,
  type Judged,
  preferenceIn,
  rank,
} from './arbitration.ts';
import type { CaseFile } from './case.ts';
import { peopleOfAll } from './change-dossier.ts';
import { judge } from './judge.ts';
import type { VerdictRecord } from './verdict.ts';

/** What the ledger holds of one candidate. */
export interface KeptCandidate {
  readonly record: VerdictRecord;
  readonly file: CaseFile;
}

/** What it holds of one comparison. */
export interface KeptComparison {
  readonly judgement: Judgement;
  readonly debate: Debate | null;
}

/** How many of the sentences rest on what is there, and how many on nothing. */
export interface SentencesHeld {
  readonly held: number;
  readonly struck: number;
}

/** What is decided again: who is accepted, by the order or by a person, or only who is the best of those that were compared. */
export type Decision =
  | Pick<ArbitrationRecord, 'schema' | 'spec' | 'candidates' | 'compared' | 'winner'>
  | Pick<ComparisonRecord, 'schema' | 'spec' | 'candidates' | 'compared' | 'winner'>
  | Pick<AcceptanceRecord, 'schema' | 'spec' | 'candidates' | 'compared' | 'winner'>;

/** In what a decision and its grounds do not agree. */
export type ReplayDiffers =
  /** The verdict of a candidate is another than its case gives. */
  | { readonly what: 'verdict'; readonly id: VerdictId }
  /** What the judge was shown is not what was said and holds. */
  | { readonly what: 'debate'; readonly between: Compared['between'] }
  | { readonly what: 'preference'; readonly between: Compared['between'] }
  /** Order, standings or numbers. */
  | { readonly what: 'order' };

/**
 * Decides again: each case by itself, every sentence of each debate against its facts and lines, each judge's answers
 * by the protocol, then the order.
 *
 * @returns null where all of it comes to what was recorded.
 */
export function decidedOtherwise(
  decision: Decision,
  kept: readonly KeptCandidate[],
  comparisons: readonly KeptComparison[],
): ReplayDiffers | null {
  const judged: Judged[] = [];
  for (const { name, submittedAt, verdict } of decision.candidates) {
    const one = kept.find(({ record }) => record.id === verdict);
    const again = one === undefined ? null : judgedAgain(one);
    if (one === undefined || again === null) return { what: 'verdict', id: verdict };
    judged.push({ name, submittedAt, record: one.record, score: again });
  }
  for (const [at, compared] of decision.compared.entries()) {
    const comparison = comparisons[at];
    const { between } = compared;
    if (comparison === undefined || !isOfPair(comparison, between))
      return { what: 'preference', between };
    if (!heardWhatHolds(comparison, between, kept)) return { what: 'debate', between };
    if (!prefersSo(comparison, compared)) return { what: 'preference', between };
  }
  const ranked = rank(judged, decision.spec, preferenceIn(decision.compared));
  const again =
    decision.schema === 'caws-arbiter/acceptance@1'
      ? acceptedAmong(ranked, decision.winner)
      : ranked;
  const accepted = again.find(({ standing }) => standing === 'accepted');
  // A person chooses among those that pass; the order is the scores' all the same.
  const isLawful = accepted === undefined || accepted.outcome === 'PASS';
  return isLawful &&
    (accepted?.verdict ?? null) === decision.winner &&
    isSame(again, decision.candidates)
    ? null
    : { what: 'order' };
}

/** The score without an opinion; null where the case gives another record. */
function judgedAgain({ record, file }: KeptCandidate): Judged['score'] | null {
  const decided = { id: record.id, caseDigest: record.caseDigest };
  const again = judge(file, decided);
  if (!again.ok || !isSame(again.value, record)) return null;
  if (record.deliberation.judge === undefined) return record.deliberation.score;
  const { judgement: _, ...unjudged } = file;
  const without = judge(unjudged, decided);
  return without.ok ? without.value.deliberation.score : null;
}

/** An opinion about other changes, or on another surface, says nothing of these. */
function isOfPair({ judgement, debate }: KeptComparison, between: Compared['between']): boolean {
  const ids = [judgement.dossier, ...(debate === null ? [] : [debate.dossier])].map(
    ({ candidates }) => candidates.map(({ id }) => id).toSorted(),
  );
  return (
    judgement.surface === 'candidates' && ids.every((pair) => isSame(pair, [...between].toSorted()))
  );
}

function heardWhatHolds(
  { judgement, debate }: KeptComparison,
  between: Compared['between'],
  kept: readonly KeptCandidate[],
): boolean {
  if (debate === null) return true;
  const { dossier, lines, spoken } = debate;
  const pair = between.flatMap((id) => kept.find(({ record }) => record.id === id) ?? []);
  const shown = withDebate(dossier, spoken, groundsOf(dossier, lines), peopleOfAll(pair));
  return isSame(shown, judgement.dossier);
}

function prefersSo({ judgement }: KeptComparison, compared: Compared): boolean {
  const opinion = opinionOf(judgement);
  const because = opinion.kind === 'abstains' ? opinion.because : null;
  return (
    preferred(opinion, judgement.dossier.candidates) === compared.preferred &&
    because === compared.abstained
  );
}

/** Sentences of a debate, held once more against what they name. */
export function sentencesOf({ debate }: KeptComparison): SentencesHeld {
  if (debate === null) return { held: 0, struck: 0 };
  const grounds = groundsOf(debate.dossier, debate.lines);
  const sentences = debate.spoken.flatMap(({ said }) =>
    typeof said === 'string' ? [] : heldAgainst(said.text, grounds),
  );
  const held = sentences.filter(({ struck }) => struck === null).length;
  return { held, struck: sentences.length - held };
}

function isSame(one: unknown, other: unknown): boolean {
  const [here, there] = [canonicalJson(one), canonicalJson(other)];
  return here.ok && there.ok && here.value === there.value;
}
