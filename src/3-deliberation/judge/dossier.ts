import type { Claim } from '../../caws/plea.ts';
import type { Spec } from '../../caws/spec.ts';
import { textDigest } from '../../caws/text-digest.ts';
import { cutTo, type Digest } from '../../primitives.ts';
import {
  CLAIM_CHARS_MAX,
  CLAIMS_MAX,
  FACTS_MAX,
  REFERENCE_CHARS_MAX,
  TASK_CHARS_MAX,
} from './bounds.ts';
import { type FileTexts, normalisedDiff } from './normalised-diff.ts';
import { seenText, withoutNames } from './seen-text.ts';

/** One sentence of a plea as a judge sees it. */
export interface SeenClaim {
  /** `K1`, `K2`, …: a worker's own names are not shown. */
  readonly id: string;
  readonly text: string;
  /** Facts it rests on, by id. */
  readonly evidence: readonly string[];
}

/** One side of a comparison as a judge sees it. Nothing of it is raw text of a pull request. */
export interface SeenCandidate {
  /** Whose it is; no judge sees it. */
  readonly id: string;
  readonly diff: string;
  readonly linesTotal: number;
  readonly linesLeftOut: number;
  readonly claims: readonly SeenClaim[];
  readonly claimsLeftOut: number;
  /** Characters that were taken out because no reader sees them for what they are. */
  readonly signs: number;
  /** Of the diff: the order of two candidates is that of these, whoever came first. */
  readonly digest: Digest;
}

/** A line of the fact table: what the arbiter has measured, never what anybody pleads. */
export interface Fact {
  /** `F1`, `F2`, … */
  readonly id: string;
  /** Which candidate it is about; null: both. */
  readonly about: 0 | 1 | null;
  readonly text: string;
}

/** All that a judge is shown of one comparison: bounded, recorded whole, and enough to check its answers. */
export interface Dossier {
  readonly task: string;
  readonly facts: readonly Fact[];
  /** An accepted patch or another oracle, where there is one. */
  readonly reference: string | null;
  readonly candidates: readonly [SeenCandidate, SeenCandidate];
}

/** What is known of one side before it is made fit to be seen. */
export interface CandidateInput {
  readonly id: string;
  readonly files: readonly FileTexts[];
  readonly claims: readonly Claim[];
  /** Names and addresses of its authors, which no judge may see. */
  readonly people: readonly string[];
  /** Measured facts in words of the arbiter's own, and by what names a claim may rest on each. */
  readonly facts: readonly { readonly text: string; readonly names: readonly string[] }[];
}

export const BASE_AS_IT_IS: CandidateInput = {
  id: 'base',
  files: [],
  claims: [],
  people: [],
  facts: [],
};

/** Whoever is given first, the dossier is the same. */
export function dossierOf(input: {
  readonly specs: readonly Pick<Spec, 'title' | 'acceptance' | 'invariants'>[];
  readonly candidates: readonly [CandidateInput, CandidateInput];
  readonly reference?: string | null;
}): Dossier {
  const [one, other] = input.candidates.map((each) => ({ each, diff: normalisedDiff(each.files) }));
  const sides = [one, other]
    .flatMap((side) =>
      side === undefined ? [] : [{ ...side, digest: textDigest(side.diff.text) }],
    )
    .toSorted((a, b) => (a.digest + a.each.id < b.digest + b.each.id ? -1 : 1));
  const facts: Fact[] = [];
  const names = [new Map<string, string>(), new Map<string, string>()];
  for (const about of [0, 1] as const)
    for (const { text, names: of } of sides[about]?.each.facts ?? []) {
      if (facts.length >= FACTS_MAX) break;
      const id = `F${facts.length + 1}`;
      facts.push({ id, about, text: cutTo(seenText(text).text, 200) });
      for (const name of of) names[about]?.set(name, id);
    }
  const seen = sides.map((side, at) => candidateOf(side, names[at] ?? new Map()));
  const { reference = null } = input;
  return {
    task: taskOf(input.specs),
    facts,
    reference: reference === null ? null : cutTo(seenText(reference).text, REFERENCE_CHARS_MAX),
    candidates: seen as unknown as Dossier['candidates'],
  };
}

function candidateOf(
  side: {
    readonly each: CandidateInput;
    readonly diff: ReturnType<typeof normalisedDiff>;
    readonly digest: Digest;
  },
  factOf: ReadonlyMap<string, string>,
): SeenCandidate {
  const { each, diff, digest } = side;
  const claims = each.claims.slice(0, CLAIMS_MAX).map(({ text, rests }, at): SeenClaim => {
    const evidence = rests.flatMap((name) => factOf.get(name) ?? []);
    const plain = seenText(text).text.replaceAll(/\s+/g, ' ').trim();
    return {
      id: `K${at + 1}`,
      text: cutTo(withoutNames(plain, each.people), CLAIM_CHARS_MAX),
      evidence: [...new Set(evidence)],
    };
  });
  return {
    id: each.id,
    diff: diff.text,
    linesTotal: diff.linesTotal,
    linesLeftOut: diff.linesLeftOut,
    claims,
    claimsLeftOut: Math.max(0, each.claims.length - claims.length),
    signs: diff.signs + each.claims.reduce((sum, { text }) => sum + seenText(text).signs, 0),
    digest,
  };
}

function taskOf(specs: readonly Pick<Spec, 'title' | 'acceptance' | 'invariants'>[]): string {
  const lines = specs.flatMap(({ title, acceptance, invariants }) => [
    `Task: ${title}`,
    ...acceptance.map(({ id, then }) => `Acceptance ${id}: ${then}`),
    ...invariants.map((each) => `Always: ${each}`),
  ]);
  return cutTo(seenText(lines.join('\n')).text, TASK_CHARS_MAX);
}
