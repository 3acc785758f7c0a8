import type { Binding, Neighbours, SpecReading, Unbound } from '../1-pleading/binding.ts';
import type { FileChange } from '../1-pleading/change.ts';
import { touchedPaths } from '../1-pleading/spec-scope.ts';
import type { Finding } from '../caws/findings.ts';
import { compileGlobs } from '../caws/glob.ts';
import type { Policy, TierPolicy } from '../caws/policy.ts';
import type { Spec } from '../caws/spec.ts';
import { unreachable } from '../primitives.ts';
import { finding, type Spot, spotAt, spotOf } from './finding.ts';
import { unread } from './unread.ts';

/** What is held against the way the change is bound, and what the tier asks of spec and people. */
export function examineSpecs(
  files: readonly FileChange[],
  policy: Policy,
  binding: Binding,
  readings: readonly SpecReading[],
): readonly Finding[] {
  if (binding.kind === 'empty' || binding.kind === 'governance') return [];
  if (binding.kind === 'standing')
    return [
      ...neighbours(binding.neighbours, readings),
      ...manualReview(files, policy.tiers[binding.spec.tier], binding.spec.id),
    ];
  if (binding.kind !== 'bound') return [unbound(files, binding, readings)];
  const [strictest] = binding.specs;
  return [
    ...neighbours(binding.neighbours, readings),
    ...binding.specs.flatMap((spec) => completeness(spec, policy)),
    ...manualReview(files, policy.tiers[strictest.tier], strictest.id),
  ];
}

function unbound(
  files: readonly FileChange[],
  binding: Unbound,
  readings: readonly SpecReading[],
): Finding {
  switch (binding.kind) {
    case 'none':
      return uncovered(files, binding);
    case 'several':
      return finding('spec.several', {
        measured: { value: binding.candidates.length, unit: 'specs' },
        limit: { value: 1, unit: 'specs' },
        detail: { candidates: listed(binding.candidates) },
      });
    case 'named-missing':
      return finding('spec.named-missing', {
        subject: binding.named,
        detail: { known: listed(binding.known) },
      });
    case 'not-active':
      return finding('spec.not-active', {
        subject: binding.named,
        detail: { lifecycle: binding.lifecycle },
      });
    case 'expired':
      return finding('spec.expired', { subject: binding.named, detail: { until: binding.until } });
    case 'unreadable':
      return finding('spec.unreadable', {
        subject: binding.named ?? '',
        ...unread(binding.files, readings),
      });
    case 'conflict':
      return finding('spec.conflict', {
        subject: binding.why,
        detail: { between: listed(binding.between) },
      });
    default:
      return unreachable(binding);
  }
}

/** Everything that is touched lies outside of every active spec; one alone is shown with its bounds. */
function uncovered(
  files: readonly FileChange[],
  { active, unproven }: Extract<Unbound, { readonly kind: 'none' }>,
): Finding {
  const [only, second] = active;
  const touched = files.flatMap((file) => touchedPaths(file).map((path) => spotAt(path, file)));
  return finding('spec.none', {
    spots: only === undefined ? [] : touched,
    detail: {
      active: listed([...new Set(active.map(({ id }) => id))]),
      unproven: listed(unproven),
      ...(only === undefined || second !== undefined
        ? {}
        : { file: only.file, in: listed(only.scopeIn), ...excluded(only, touched) }),
    },
  });
}

/** `scope.out`, where it takes out something that is touched. */
function excluded({ scopeOut }: Spec, touched: readonly Spot[]): { readonly out?: string } {
  const out = compileGlobs(scopeOut);
  return out.ok && touched.some(({ path }) => out.value.matches(path))
    ? { out: listed(scopeOut) }
    : {};
}

function neighbours(
  { stricter, unreadable }: Neighbours,
  readings: readonly SpecReading[],
): readonly Finding[] {
  return [
    ...stricter.map(({ id, tier }) =>
      finding('spec.stricter-touched', { subject: id, detail: { tier } }),
    ),
    ...(unreadable.length === 0
      ? []
      : [finding('spec.neighbour-unreadable', unread(unreadable, readings))]),
  ];
}

function completeness(spec: Spec, policy: Policy): readonly Finding[] {
  const missing = [
    ...(spec.acceptance.length === 0 ? ['acceptance'] : []),
    ...(spec.scopeIn.length === 0 ? ['scope.in'] : []),
  ];
  // A chore changes no contract; the published standard exempts it from naming one.
  const needsContracts = policy.tiers[spec.tier].contractsRequired && spec.mode !== 'chore';
  return [
    ...(missing.length === 0
      ? []
      : [
          finding('spec.incomplete', {
            subject: spec.id,
            spots: [spotAt(spec.file)],
            detail: { missing: listed(missing) },
          }),
        ]),
    ...(needsContracts && spec.contracts.length === 0
      ? [
          finding('spec.contracts-missing', {
            subject: spec.id,
            spots: [spotAt(spec.file)],
            detail: { tier: spec.tier },
          }),
        ]
      : []),
  ];
}

/** A review is of these very files: it names all of them as they are. */
function manualReview(
  files: readonly FileChange[],
  { manualReviewRequired }: TierPolicy,
  spec: string,
): readonly Finding[] {
  return manualReviewRequired
    ? [finding('spec.manual-review', { subject: spec, spots: files.map(spotOf) })]
    : [];
}

function listed(names: readonly string[]): string {
  return names.join(', ');
}
