import { type Binding, bindSpec } from '../1-pleading/binding.ts';
import type { Examination } from '../2-examination/examination.ts';
import { type ExaminationInput, examine, weighContextOf } from '../2-examination/examine.ts';
import { finding } from '../2-examination/finding.ts';
import { weighFindings } from '../2-examination/waivers.ts';
import type { PlannedGate } from '../3-deliberation/deliberation.ts';
import { planGates } from '../3-deliberation/plan.ts';
import { boundPolicy } from '../caws/bound-policy.ts';
import type { Finding } from '../caws/findings.ts';
import type { DocumentFault } from '../caws/law.ts';
import { type PolicyReading, readLawPolicy } from '../caws/read-policy.ts';
import { readSpec } from '../caws/read-spec.ts';
import { readWaivers } from '../caws/read-waiver.ts';
import { RULE_SET } from '../caws/rules.ts';
import { readTrustedKeys, type TrustedKeys } from '../caws/trusted-keys.ts';
import type { Waiver } from '../caws/waiver.ts';
import { fail, ok, type Result } from '../primitives.ts';
import type { GlassJudged } from './break-glass.ts';
import type { OpenedCase } from './case.ts';
import { judgeEveryGlass } from './hosted-break-glass.ts';
import { hostedInput } from './hosted-input.ts';
import { waiversOf } from './waiver-events.ts';

/** Why a case cannot be judged at all. */
export type CaseFault =
  /** A document of the base that binds every change cannot be read. */
  | { readonly kind: 'law-invalid'; readonly document: DocumentFault }
  /** The owner's policy binds every change of its repositories, and cannot be read. */
  | {
      readonly kind: 'organization-law-invalid';
      /** `OWNER/.github`. */
      readonly repository: string;
      readonly document: DocumentFault;
    }
  /** The case was judged by rules that this version no longer has. */
  | { readonly kind: 'other-rules'; readonly needed: number; readonly have: number };

/** A case heard up to the point where the gates have to answer. */
export interface Hearing {
  readonly reading: PolicyReading;
  readonly binding: Binding;
  readonly examination: Examination;
  readonly planned: readonly PlannedGate[];
  readonly input: ExaminationInput;
  readonly waivers: readonly Waiver[];
  /** Those of the waivers that stand in documents of the base. */
  readonly filed: readonly Waiver[];
  readonly trusted: TrustedKeys | null;
  readonly glass: GlassJudged;
}

/**
 * Reads the law, binds the spec, examines the change and plans the gates: everything before the world
 * is asked again.
 *
 * @returns a fault where the policy or the trusted keys of the base cannot be read: a broken law is
 * mended first, never replaced by a milder one.
 */
export function hear(opened: OpenedCase): Result<Hearing, CaseFault> {
  if (opened.tool.rules !== RULE_SET)
    return fail({ kind: 'other-rules', needed: opened.tool.rules, have: RULE_SET });
  const reading = readLawPolicy(opened.law, opened.shipped);
  if (!reading.ok) return fail(lawFault(opened.law, reading.fault));
  const trusted = opened.law.trustedKeys === null ? null : readTrustedKeys(opened.law.trustedKeys);
  if (trusted !== null && !trusted.ok)
    return fail({ kind: 'law-invalid', document: trusted.fault });
  const { policy, source } = reading.value;
  const { change, at } = opened;
  const specs = opened.law.specs.map(readSpec);
  const binding = bindSpec({
    named: opened.specNamed,
    trailers: specsNamedBy(opened),
    specs,
    change,
    policy,
    now: at,
  });
  const readings = opened.law.waivers.map(readWaivers);
  const filed = readings.flatMap((read) => (read.ok ? read.value : []));
  const signed = waiversOf(
    opened.waiverEvents,
    trusted === null ? null : trusted.value,
    at,
    // Asked for against a lax branch, a waiver is no answer on a strict one.
    change.baseRef,
  ).waivers;
  const hosted = hostedInput(opened, trusted === null ? null : trusted.value);
  const granted = [...signed, ...hosted.waivers];
  const input: ExaminationInput = {
    change,
    policy,
    source,
    binding,
    specs,
    waivers: [...readings, ok(granted)],
    identities: hosted.identities,
    updateMerges: hosted.updateMerges,
    branches: [...opened.branches, ...hosted.branches],
    rolling: opened.history,
    waiverUses: opened.waiverUses,
    now: at,
  };
  const examination = withPlea(examine(input), opened, input);
  return ok({
    reading: reading.value,
    binding,
    examination,
    planned: planGates({ policy, tier: examination.tier, changeClass: examination.changeClass }),
    input,
    trusted: trusted === null ? null : trusted.value,
    waivers: [...filed, ...granted],
    filed,
    glass: judgeEveryGlass(opened.breakGlassEvents ?? [], {
      hosted: opened.hosted,
      trusted: trusted === null ? null : trusted.value,
      policy,
      policyDigest: boundPolicy(source),
      repository: change.repository,
      baseRef: change.baseRef,
      head: change.head,
      now: at,
    }),
  });
}

/** Whose document cannot be read decides who has to mend it. */
function lawFault({ organization }: OpenedCase['law'], document: DocumentFault): CaseFault {
  return document.file === organization?.policy.file
    ? { kind: 'organization-law-invalid', repository: organization.repository, document }
    : { kind: 'law-invalid', document };
}

function specsNamedBy({ change, plea }: OpenedCase): readonly string[] {
  const trailers = change.commits.flatMap((commit) => commit.specTrailers);
  return plea.spec === null ? trailers : [...trailers, plea.spec];
}

/** What the plea itself gives away, weighed beside what examination found. */
function withPlea(
  examination: Examination,
  opened: OpenedCase,
  input: ExaminationInput,
): Examination {
  const found = pleaFindings(opened);
  if (found.length === 0) return examination;
  const weighed = weighFindings(found, weighContextOf(input));
  return { ...examination, findings: [...weighed, ...examination.findings] };
}

function pleaFindings({ diff, pleaFault, pleaSigns }: OpenedCase): readonly Finding[] {
  const problem = pleaFault?.problems[0];
  return [
    // A change.diff that tells something else than git is a forged plea.
    ...(diff.kind === 'differs'
      ? [
          finding('plea.diff-differs', {
            spots: [{ path: diff.path, file: null, line: null, column: null }],
            detail: { because: diff.what },
          }),
        ]
      : []),
    ...(pleaFault === null
      ? []
      : [
          finding('plea.unreadable', {
            spots: [
              {
                path: pleaFault.file,
                file: null,
                line: problem?.line ?? null,
                column: problem?.column ?? null,
              },
            ],
            detail: { because: problem?.message ?? '' },
          }),
        ]),
    ...(pleaSigns.some(({ kind }) => kind !== 'homoglyph')
      ? [finding('plea.hidden-text', { detail: { codePoints: codePointsOf(pleaSigns) } })]
      : []),
  ];
}

/** `U+202E U+2066`, each once. */
function codePointsOf(signs: OpenedCase['pleaSigns']): string {
  const notations = signs.map(
    ({ codePoint }) => `U+${codePoint.toString(16).toUpperCase().padStart(4, '0')}`,
  );
  return [...new Set(notations)].join(' ');
}
