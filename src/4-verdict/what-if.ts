import type { LawText } from '../caws/law.ts';
import { type Digest, ok, type Result, type VerdictId } from '../primitives.ts';
import type { CaseFile } from './case.ts';
import { type CaseFault, hear } from './hearing.ts';
import { conclude } from './judge.ts';
import type { VerdictRecord } from './verdict.ts';

/** What a case comes to under another policy. Nobody signs it. */
export interface WouldBe {
  readonly record: VerdictRecord;
  /** Gates that the other policy plans and that nobody was asked then: they count as missing. */
  readonly unasked: readonly string[];
}

/**
 * Hears a recorded case again with another policy as the law, and everything else as it was: specs,
 * waivers, keys, answers and the instant.
 */
export function judgeUnder(
  file: CaseFile,
  policy: LawText,
  identity: { readonly id: VerdictId; readonly caseDigest: Digest },
): Result<WouldBe, CaseFault> {
  const other: CaseFile = { ...file, law: { ...file.law, policy } };
  const hearing = hear(other);
  if (!hearing.ok) return hearing;
  const answered = new Set(file.answers.map(({ gate }) => gate));
  const unasked = hearing.value.planned
    .map(({ gate }) => gate.id)
    .filter((id) => !answered.has(id));
  const record = conclude(hearing.value, other, identity);
  const judged = record.deliberation.findings.some(({ rule }) => rule === 'judge.absent');
  const noJudge = judged && file.judgement === undefined ? ['judge'] : [];
  return ok({ record, unasked: [...unasked, ...noJudge] });
}

/** A past verdict beside what it would be. */
export interface Replayed {
  readonly was: VerdictRecord;
  readonly outcome:
    | { readonly kind: 'judged'; readonly wouldBe: WouldBe }
    /** Dropped by retention. */
    | { readonly kind: 'case-gone' }
    | { readonly kind: 'case-differs' }
    | { readonly kind: 'other-rules'; readonly needed: number };
}

/** Whether a verdict, or whether it binds, would be another. */
export function flips({ was, outcome }: Replayed): boolean {
  if (outcome.kind !== 'judged') return false;
  const { verdict, mode } = outcome.wouldBe.record;
  return verdict !== was.verdict || mode !== was.mode;
}
