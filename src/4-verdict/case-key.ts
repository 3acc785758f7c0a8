import type { Judgement } from '../3-deliberation/judge/judgement.ts';
import { opinionOf } from '../3-deliberation/judge/protocol.ts';
import { canonicalJson } from '../ledger/canonical.ts';
import { sha256Of } from '../ledger/entry.ts';
import type { Digest } from '../primitives.ts';
import type { CaseFile } from './case.ts';
import type { HostedFacts } from './waivers/hosted-facts.ts';

/**
 * Names all that a verdict rests on: two cases with the same key give the same verdict while nothing in
 * them runs out. Left out is what moves without meaning anything: the instant, how long a gate took, when
 * people were asked about, in which words a judge came to its opinion, and the tips of the target and of its owner's repository, whose law is in the key itself.
 *
 * @returns null where the case is not plain data; only a bug makes it so.
 */
export function caseKeyOf(file: CaseFile): Digest | null {
  const { hosted } = file;
  const canonical = canonicalJson({
    ...without(without(file, 'at'), 'judgement'),
    ...(file.judgement === undefined ? {} : { judgement: meaningOf(file.judgement) }),
    hosted: hosted === undefined ? null : undated(hosted),
    tool: null,
    rules: file.tool.rules,
    change: without(file.change, 'base'),
    law: untipped(file.law),
    answers: file.answers.map((answer) => without(answer, 'durationMs')),
  });
  return canonical.ok ? sha256Of(canonical.value) : null;
}

/** Two judgements that come to the same of the same dossier are one. */
function meaningOf(judgement: Judgement) {
  const { dossier, seats, prompts } = judgement;
  const opinion = opinionOf(judgement);
  const came =
    opinion.kind === 'abstains'
      ? opinion.because
      : { ...opinion, lean: null, calls: null, agreeing: null };
  return { dossier, seats, prompts: prompts.digest, came };
}

function untipped(law: CaseFile['law']) {
  const { organization } = law;
  return organization === undefined
    ? law
    : { ...law, organization: without(organization, 'commit') };
}

function undated(facts: HostedFacts) {
  const people = facts.people.map((person) => without(person, 'askedAt'));
  return { ...without(facts, 'askedAt'), people };
}

function without<Whole extends object, Name extends keyof Whole>(
  whole: Whole,
  name: Name,
): Omit<Whole, Name> {
  const rest: Partial<Whole> = { ...whole };
  delete rest[name];
  return rest as Omit<Whole, Name>;
}
