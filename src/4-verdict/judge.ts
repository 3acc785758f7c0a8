import type { Change } from '../1-pleading/change.ts';
import { touchedPaths } from '../1-pleading/spec-scope.ts';
import type { Examination } from '../2-examination/examination.ts';
import { weighContextOf } from '../2-examination/examine.ts';
import { approversNeeded, lifetimeOf } from '../2-examination/waiver-grounds.ts';
import { weighFindings } from '../2-examination/waivers.ts';
import { type ReadItem, readItem } from '../3-deliberation/answered.ts';
import type { Deliberation } from '../3-deliberation/deliberation.ts';
import { scoreOf } from '../3-deliberation/score.ts';
import { weighGates } from '../3-deliberation/weigh.ts';
import type { WeighedFinding } from '../caws/findings.ts';
import type { Policy } from '../caws/policy.ts';
import { textDigest } from '../caws/text-digest.ts';
import type { Waiver } from '../caws/waiver.ts';
import {
  type Digest,
  type Instant,
  isoOf,
  ok,
  type Result,
  type VerdictId,
} from '../primitives.ts';
import { supersededFindings } from './acceptance.ts';
import type { CaseFile, OpenedCase } from './case.ts';
import { onlyConcerned } from './concerned.ts';
import { decide, lower } from './decide.ts';
import { type CaseFault, type Hearing, hear } from './hearing.ts';
import { judgePart } from './judge-part.ts';
import { glassFindings, glassOfRecord, letThrough, mayLetThrough } from './let-through.ts';
import type { Verdict, VerdictRecord, WaivingRule } from './verdict.ts';

/** A case as it stands before a judge is heard. */
export interface Unjudged {
  readonly verdict: Verdict;
  readonly gates: Deliberation['gates'];
  /** What examination found, and what deliberation did. */
  readonly examined: readonly WeighedFinding[];
  readonly deliberated: readonly WeighedFinding[];
  /** As they were before anybody let them through. */
  readonly asFound: readonly WeighedFinding[];
  readonly letThrough: number;
}

/**
 * Weighs the gates' answers, and everything else but a judge.
 *
 * @param read gives what comes of each report, where that was found out before.
 */
export function weighWithoutJudge(
  hearing: Hearing,
  file: CaseFile,
  read: ReadItem = readItem,
): Unjudged {
  const { reading, examination, input, planned } = hearing;
  const context = weighContextOf(input);
  const weighed = weighGates({ planned, answers: file.answers, context, read });
  const named = (found: readonly WeighedFinding[]) =>
    onlyConcerned(found, hearing.waivers, context);
  const asFound = [...examination.findings, ...weighed.findings];
  const { counts } = hearing.glass;
  const count = counts === null ? 0 : asFound.filter(mayLetThrough).length;
  const examined = letThrough(named(examination.findings), counts);
  const deliberated = letThrough(named(weighed.findings), counts);
  const verdict = decide({
    standings: [...examined, ...deliberated].map(({ standing }) => standing),
    measured: isMeasured(examination, reading.policy) || weighed.measured,
  });
  return { verdict, gates: weighed.gates, examined, deliberated, asFound, letThrough: count };
}

/**
 * Weighs the gates' answers, hears the judge and decides. Pure: the same hearing, case and id give the
 * same record.
 *
 * @param identity.caseDigest of the canonical case file, which the record points to.
 * @param read as for `weighWithoutJudge`.
 */
export function conclude(
  hearing: Hearing,
  file: CaseFile,
  identity: { readonly id: VerdictId; readonly caseDigest: Digest },
  read: ReadItem = readItem,
): VerdictRecord {
  const { reading, examination } = hearing;
  const { counts } = hearing.glass;
  const unjudged = weighWithoutJudge(hearing, file, read);
  const judged = hearJudge(hearing, file, unjudged);
  const count = unjudged.letThrough + judged.letThrough;
  const superseded = supersededFindings(file.acceptance);
  const examined = [...unjudged.examined, ...glassFindings(hearing.glass, count), ...superseded];
  const deliberation: Deliberation = {
    gates: unjudged.gates,
    findings: [...unjudged.deliberated, ...judged.findings],
    // An emergency makes no change better, so the score does not hear of it.
    score: scoreFor(hearing, file, unjudged, judged.rationale),
    ...(judged.said === null ? {} : { judge: judged.said }),
  };
  const findings = [...examined, ...deliberation.findings];
  const apart = superseded.map(({ standing }) => standing);
  // Last of all: what it would be without another one that was accepted stays as it is, the judge's opinion included.
  const verdict = lower(
    lower(unjudged.verdict, judged.verdict),
    decide({ standings: apart, measured: true }),
  );
  const used = usedWaivers(hearing.waivers, findings);
  return {
    schema: 'caws-arbiter/verdict@1',
    id: identity.id,
    verdict,
    decidedAt: isoOf(file.at),
    tool: { name: 'caws-arbiter', version: file.tool.version, rules: String(file.tool.rules) },
    mode: reading.policy.mode,
    subject: subjectOf(file),
    law: {
      policy: {
        file: reading.source.file,
        kind: reading.source.kind,
        digest: reading.source.digest,
      },
      ...(reading.source.organization === undefined
        ? {}
        : { organization: reading.source.organization }),
      spec: specOfRecord(hearing),
      waivers: used.map(({ id, digest, expiresAt }) => ({
        id,
        digest,
        expiresAt: expiresAt === null ? null : isoOf(expiresAt),
      })),
      ...(counts === null || count === 0 ? {} : { breakGlass: glassOfRecord(counts, count) }),
      trustedKeys: trustedKeysOf(hearing, file),
      waiving: waivingRules(findings, reading.policy),
    },
    totals: totalsOf(file.change),
    examination: {
      changeClass: examination.changeClass,
      tier: examination.tier,
      ...(file.recordForm === 2 ? { linesCounted: examination.linesCounted } : {}),
      budgets: examination.budgets,
      findings: examined,
    },
    deliberation,
    validUntil: earliestEnd(findings, hearing),
    caseDigest: identity.caseDigest,
  };
}

/** Hears and concludes in one go: what replay does. */
export function judge(
  file: CaseFile,
  identity: { readonly id: VerdictId; readonly caseDigest: Digest },
  read: ReadItem = readItem,
): Result<VerdictRecord, CaseFault> {
  const hearing = hear(file);
  return hearing.ok ? ok(conclude(hearing.value, file, identity, read)) : hearing;
}

/** The arbiter's own measurements count unless the policy skips every one of them. */
function isMeasured({ budgets }: Examination, { gates }: Policy): boolean {
  const modeOf = (id: string) => gates.find((gate) => gate.id === id)?.mode;
  const own = ['budget_limit', 'scope_boundary', 'spec_completeness'];
  return budgets.length > 0 && own.some((id) => modeOf(id) !== 'skip');
}

/** What the judge makes of a case, weighed like any finding: people can approve it all the same. */
function hearJudge(hearing: Hearing, file: CaseFile, unjudged: Unjudged) {
  const context = weighContextOf(hearing.input);
  const part = judgePart({
    judgement: file.judgement,
    policy: hearing.reading.policy,
    without: unjudged.verdict,
    changeClass: hearing.examination.changeClass,
    change: file.change,
  });
  const weighed = weighFindings(part.findings, context);
  const { counts } = hearing.glass;
  const findings = letThrough(onlyConcerned(weighed, hearing.waivers, context), counts);
  return {
    ...part,
    findings,
    letThrough: counts === null ? 0 : weighed.filter(mayLetThrough).length,
    verdict: decide({ standings: findings.map(({ standing }) => standing), measured: true }),
  };
}

function scoreFor(
  { reading, examination, binding }: Hearing,
  file: CaseFile,
  { gates, asFound: findings }: Unjudged,
  judge: number | null,
): Deliberation['score'] {
  const recorded = new Set(gates.flatMap(({ evidence }) => evidence.map(({ digest }) => digest)));
  const specs = binding.kind === 'bound' ? binding.specs : [];
  const scored = scoreOf({
    policy: reading.policy,
    gates,
    budgets: examination.budgets,
    findings,
    claims: file.plea.claims,
    known: {
      evidence: new Set(
        file.plea.evidence.filter(({ digest }) => recorded.has(digest)).map(({ name }) => name),
      ),
      paths: new Set(file.change.files.flatMap(touchedPaths)),
      acceptance: new Set(specs.flatMap((spec) => spec.acceptance.map(({ id }) => id))),
    },
    judge,
  });
  if (!scored.ok) throw new Error(`part ${scored.fault.part} of the score is out of range`);
  return scored.value;
}

function specOfRecord({ binding, examination, reading }: Hearing): VerdictRecord['law']['spec'] {
  if (examination.spec === null) return null;
  const { id, standing } = examination.spec;
  const digest = binding.kind === 'bound' ? binding.specs[0].digest : reading.source.digest;
  return { id, digest, standing };
}

function subjectOf({ change, branches }: OpenedCase): VerdictRecord['subject'] {
  const { repository, baseRef, base, mergeBase, head, headTree } = change;
  return { repository, baseRef, branches, base, mergeBase, head, headTree, change: change.digest };
}

function totalsOf({ files, commits }: Change): VerdictRecord['totals'] {
  const sum = (measure: (file: Change['files'][number]) => number) =>
    files.reduce((total, file) => total + measure(file), 0);
  return {
    files: files.length,
    added: sum((file) => file.added),
    deleted: sum((file) => file.deleted),
    lines: sum((file) => file.lines),
    bytes: sum((file) => file.bytesAdded),
    commits: commits.length,
  };
}

function usedWaivers(
  waivers: readonly Waiver[],
  findings: readonly WeighedFinding[],
): readonly Waiver[] {
  const used = new Set(findings.map(({ waivedBy }) => waivedBy));
  return waivers.filter(({ id }) => used.has(id));
}

/** When the first thing that this verdict rests on ends: a waiver under this policy, a broken glass, or an experimental spec. */
function earliestEnd(
  findings: readonly WeighedFinding[],
  { waivers, reading, binding, glass }: Hearing,
): string | null {
  const { policy } = reading;
  const ends = findings.flatMap(({ waivedBy, gate }) => {
    const waiver = waivers.find(({ id }) => id === waivedBy);
    const own = policy.gates.find(({ id }) => id === gate);
    const life = waiver === undefined ? null : lifetimeOf(waiver, own, policy);
    return life === null ? [] : [life.until];
  });
  if (glass.counts !== null && findings.some(({ waivedBy }) => waivedBy === glass.counts?.id))
    ends.push(glass.counts.expiresAt);
  const specs = binding.kind === 'bound' ? binding.specs : [];
  for (const { experimentalUntil } of specs)
    if (experimentalUntil !== null) ends.push(Date.parse(experimentalUntil));
  return ends.length === 0 ? null : isoOf(Math.min(...ends) as Instant);
}

function trustedKeysOf(
  { trusted }: Hearing,
  { law }: OpenedCase,
): VerdictRecord['law']['trustedKeys'] {
  if (trusted === null || law.trustedKeys === null) return null;
  return {
    digest: textDigest(law.trustedKeys.text),
    maintainers: trusted.keys.filter(({ role }) => role === 'maintainer').length,
  };
}

/** By whom and for how long each gate that holds the change up may be waived. */
function waivingRules(findings: readonly WeighedFinding[], policy: Policy): readonly WaivingRule[] {
  const held = findings.filter(({ standing }) => standing === 'needs-waiver');
  return [...new Set(held.map(({ gate }) => gate))].toSorted().map((id) => waivingRule(id, policy));
}

/** By whom and for how long a gate may be waived under a policy. */
export function waivingRule(id: string, policy: Policy): WaivingRule {
  const gate = policy.gates.find((candidate) => candidate.id === id);
  const named = gate?.approvers ?? [];
  return {
    gate: id,
    approvers: named.length > 0 ? named : policy.waivers.approvers,
    approversMin: approversNeeded(id, gate, policy),
    longestDays: Math.min(
      policy.waivers.longestDays,
      gate?.longestWaiverDays ?? policy.waivers.longestDays,
    ),
  };
}
