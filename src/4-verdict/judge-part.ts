import type { Change } from '../1-pleading/change.ts';
import type { Examination } from '../2-examination/examination.ts';
import { finding, spotOf } from '../2-examination/finding.ts';
import type { JudgeSaid } from '../3-deliberation/deliberation.ts';
import type { Judgement, Opinion } from '../3-deliberation/judge/judgement.ts';
import { opinionOf } from '../3-deliberation/judge/protocol.ts';
import type { Finding } from '../caws/findings.ts';
import type { Policy } from '../caws/policy.ts';
import type { Verdict } from './verdict.ts';

/** What a judge's opinion adds to a case. It has nothing by which anything could be raised. */
export interface JudgePart {
  readonly findings: readonly Finding[];
  /** The linguistic half of P, 0..1; null leaves P as computed. */
  readonly rationale: number | null;
  readonly said: JudgeSaid | null;
}

const NOTHING: JudgePart = { findings: [], rationale: null, said: null };

/**
 * A judge is heard last, and only about code that everything else lets pass: it can send that to people,
 * with a citation. Where it was not asked, or says nothing, an advisory one is the same as none.
 *
 * @param without the verdict as it is without any judge.
 */
export function judgePart(input: {
  readonly judgement: Judgement | undefined;
  readonly policy: Policy;
  readonly without: Verdict;
  readonly changeClass: Examination['changeClass'];
  readonly change: Change;
}): JudgePart {
  const { judgement, policy, change } = input;
  if (!isAskedOf(input) || policy.judge === null) return NOTHING;
  const opinion = judgement === undefined ? null : opinionOf(judgement);
  const side = judgement?.dossier.candidates.findIndex(({ id }) => id === 'change') ?? -1;
  const said =
    judgement === undefined || opinion === null ? null : saidBy(judgement, opinion, side);
  const spots = change.files.map(spotOf);
  if (opinion?.kind !== 'decides' || side < 0) {
    const because = opinion?.kind === 'abstains' ? opinion.because : 'no-judge';
    if (policy.judge.role === 'advisory') return { ...NOTHING, said };
    const absent = finding('judge.absent', { spots, detail: { because } });
    return { ...NOTHING, findings: [absent], said };
  }
  const prefersBase = opinion.better !== 'tie' && opinion.better !== side;
  const concerns = prefersBase ? opinion.concerns : [];
  const shown = concerns.flatMap(({ facts, quotes }) => [
    ...facts,
    ...(quotes.length === 0 ? [] : ['a quote']),
  ]);
  const detail = {
    checks: concerns.map(({ check }) => check).join(', '),
    shown: [...new Set(shown)].join(', '),
    calls: opinion.calls,
  };
  return {
    findings: concerns.length === 0 ? [] : [finding('judge.concern', { spots, detail })],
    rationale: opinion.rationale[side === 0 ? 0 : 1],
    said,
  };
}

/** Whether a judge is to be asked: the policy has one, and nothing else stands against the change. */
export function isAskedOf(input: {
  readonly policy: Policy;
  readonly without: Verdict;
  readonly changeClass: Examination['changeClass'];
}): boolean {
  const { policy, without, changeClass } = input;
  return policy.judge !== null && without === 'PASS' && changeClass === 'code';
}

function saidBy(judgement: Judgement, opinion: Opinion, side: number): JudgeSaid {
  const { protocol, prompts, seats } = judgement;
  const said =
    opinion.kind === 'abstains'
      ? `abstains: ${opinion.because}`
      : opinion.better === 'tie'
        ? 'no difference'
        : opinion.better === side
          ? 'for the change'
          : 'for the base as it is';
  return {
    protocol,
    prompts: prompts.digest,
    models: seats.map(({ model }) => ({
      name: model.name,
      file: model.file,
      backend: model.backend,
    })),
    said,
    calls: opinion.calls,
    agreeing: opinion.kind === 'decides' ? opinion.agreeing : 0,
  };
}
