import type { Binding } from '../1-pleading/binding.ts';
import type { Change, FileChange } from '../1-pleading/change.ts';
import { gateFiles } from '../1-pleading/governed.ts';
import type { Finding } from '../caws/findings.ts';
import type { Policy, PolicySource } from '../caws/policy.ts';
import { finding, type Spot } from './finding.ts';
import type { TouchedSpots } from './touched.ts';
import { foldPath } from './yardsticks.ts';

/**
 * What the change does to the law that judges it. The base's law counts whatever the change says;
 * a change of it is for people, and together with code it fails unless the policy allows the mixture.
 */
export function examineGovernance(
  change: Change,
  policy: Policy,
  source: PolicySource,
  binding: Binding,
  spots: TouchedSpots,
): readonly Finding[] {
  const gatePaths = gateFiles(change);
  const governed: readonly Spot[] = [...spots.governed];
  const gate = spots.touched.filter(
    (spot) => !spots.governed.has(spot) && gatePaths.has(spot.path),
  );
  const law = [...governed, ...gate];
  // Whatever any of the policies calls law must not come with what it calls code.
  const code = spots.governedBy
    .map((lawful) => {
      const rest = spots.touched.filter((spot) => !lawful.has(spot) && !gatePaths.has(spot.path));
      return rest.length < spots.touched.length ? rest.length : 0;
    })
    .reduce((most, count) => Math.max(most, count), 0);
  const isMixed = code > 0;
  return [
    ...(source.kind === 'default'
      ? [finding('policy.default-used', { subject: source.file })]
      : []),
    ...(isMixed && !policy.editRules.policyAndCodeSamePr
      ? [finding('governance.mixed', { spots: law, detail: { code } })]
      : []),
    ...said('governance.change', governed),
    ...said('governance.gate-edit', gate),
    ...said(
      'governance.keys-edit',
      governed.filter(({ path }) => holdsKeys(path)),
    ),
    ...said(
      'governance.waiver-in-change',
      governed.filter(({ path }) => isWaiver(path)),
    ),
    ...selfEdit(governed, binding),
  ];
}

function selfEdit(governed: readonly Spot[], binding: Binding): readonly Finding[] {
  if (binding.kind !== 'bound') return [];
  const own = new Set(binding.specs.map((spec) => foldPath(spec.file)));
  const edited = governed.filter(({ path }) => own.has(foldPath(path)));
  if (edited.length === 0) return [];
  return [
    finding('governance.spec-self-edit', {
      subject: binding.specs[0].id,
      spots: edited,
      detail: { tier: binding.specs[0].tier },
    }),
  ];
}

function holdsKeys(path: string): boolean {
  return /(?:^|\/)(?:trusted-keys|allowed_signers|keys)[^/]*(?:$|\/)/.test(foldPath(path));
}

function isWaiver(path: string): boolean {
  return foldPath(path).includes('waiver');
}

function said(
  rule:
    | 'governance.change'
    | 'governance.gate-edit'
    | 'governance.keys-edit'
    | 'governance.waiver-in-change',
  spots: readonly Spot[],
): readonly Finding[] {
  return spots.length === 0 ? [] : [finding(rule, { spots })];
}

/** The class of a change: what it needs before anyone looks at what it does. */
export function changeClassOf(
  files: readonly FileChange[],
  binding: Binding,
): 'code' | 'governance' | 'empty' {
  if (files.length === 0) return 'empty';
  return binding.kind === 'governance' ? 'governance' : 'code';
}
