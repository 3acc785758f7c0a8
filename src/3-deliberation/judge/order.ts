import { byText } from '../../2-examination/finding.ts';
import type { Digest, Instant } from '../../primitives.ts';
import { TIE_BAND } from './bounds.ts';
import type { Opinion } from './judgement.ts';

/** One of several changes for the same spec, judged without any model. */
export interface Contender {
  readonly id: string;
  /** Whether its verdict is PASS. */
  readonly passes: boolean;
  /** S with P as computed; no judge's opinion is in it. */
  readonly score: number;
  readonly lines: number;
  readonly submittedAt: Instant;
  readonly digest: Digest;
}

/** What judges came to about two contenders: whom they prefer, or nobody. */
export type Preference = (one: string, other: string) => string | null;

/**
 * All contenders, the best first; the winner is the first, if it passes.
 *
 * A judge orders only those that pass and lie within TIE_BAND of the best score: by how many of the
 * others it prefers them to. Everything else is the score, then the smaller change, then the earlier one,
 * then its digest: never chance, and never the order in which anybody answered.
 */
export function orderOf(
  contenders: readonly Contender[],
  prefers: Preference,
): readonly Contender[] {
  const band = bandOf(contenders);
  const points = new Map(band.map((one) => [one.id, copelandOf(one, band, prefers)]));
  return contenders.toSorted(
    (one, other) =>
      Number(other.passes) - Number(one.passes) ||
      (points.get(other.id) ?? -1) - (points.get(one.id) ?? -1) ||
      withoutJudge(one, other),
  );
}

/** Those that pass and lie within TIE_BAND of the best of them: among these alone opinions count. */
export function bandOf(contenders: readonly Contender[]): readonly Contender[] {
  const best = Math.max(...contenders.filter(({ passes }) => passes).map(({ score }) => score));
  return contenders.filter(({ passes, score }) => passes && score >= best - TIE_BAND);
}

/** One point for each other that it is preferred to, half a one where nobody is. */
function copelandOf(one: Contender, band: readonly Contender[], prefers: Preference): number {
  return band
    .filter(({ id }) => id !== one.id)
    .reduce((sum, { id }) => {
      const preferred = prefers(one.id, id);
      return sum + (preferred === one.id ? 1 : preferred === id ? 0 : 0.5);
    }, 0);
}

function withoutJudge(one: Contender, other: Contender): number {
  return (
    other.score - one.score ||
    one.lines - other.lines ||
    one.submittedAt - other.submittedAt ||
    byText(one.digest, other.digest)
  );
}

/** Whom an opinion prefers, by the ids of its dossier. */
export function preferred(
  opinion: Opinion,
  candidates: readonly [{ readonly id: string }, { readonly id: string }],
): string | null {
  return opinion.kind === 'decides' && opinion.better !== 'tie'
    ? candidates[opinion.better].id
    : null;
}
