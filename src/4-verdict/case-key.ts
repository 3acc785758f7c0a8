import { canonicalJson } from '../ledger/canonical.ts';
import { sha256Of } from '../ledger/entry.ts';
import type { Digest } from '../primitives.ts';
import type { CaseFile } from './case.ts';
import type { HostedFacts } from './waivers/hosted-facts.ts';

/**
 * Names all that a verdict rests on: two cases with the same key give the same verdict while nothing in
 * them runs out. Left out is what moves without meaning anything: the instant, how long a gate took, when
 * people were asked about, and the tip of the target, whose law and merge base are in the key themselves.
 *
 * @returns null where the case is not plain data; only a bug makes it so.
 */
export function caseKeyOf({
  at: _,
  tool,
  change,
  answers,
  hosted,
  ...rest
}: CaseFile): Digest | null {
  const { base: __, ...measured } = change;
  const canonical = canonicalJson({
    ...rest,
    hosted: hosted === undefined ? null : undated(hosted),
    rules: tool.rules,
    change: measured,
    answers: answers.map(({ durationMs: ___, ...answer }) => answer),
  });
  return canonical.ok ? sha256Of(canonical.value) : null;
}

function undated({ askedAt: _, people, ...facts }: HostedFacts) {
  return { ...facts, people: people.map(({ askedAt: __, ...person }) => person) };
}
