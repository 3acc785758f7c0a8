import type { Binding, SpecReading } from '../1-pleading/binding.ts';
import type { Change } from '../1-pleading/change.ts';
import { boundPolicy } from '../caws/bound-policy.ts';
import type { Finding } from '../caws/findings.ts';
import type { Policy, PolicySource } from '../caws/policy.ts';
import type { Instant } from '../primitives.ts';
import { examineBinaries } from './binaries.ts';
import { dimensions, examineBudgets, type Ledgered, spendBudgets } from './budgets.ts';
import type { BudgetSpent, Examination } from './examination.ts';
import { finding } from './finding.ts';
import { changeClassOf, examineGovernance } from './governance.ts';
import { examineHistory } from './history.ts';
import { inspect } from './inspection.ts';
import { examinePathNames } from './paths.ts';
import { examineProtected } from './protected.ts';
import { examineRolling, type RollingHistory } from './rolling.ts';
import { examineScope } from './scope.ts';
import { examineSpecs } from './specs.ts';
import { examineStructure } from './structure.ts';
import { supplyInspectors } from './supply-chain.ts';
import { touchedSpots } from './touched.ts';
import { examineUnicode } from './unicode.ts';
import { unread } from './unread.ts';
import { type WaiverReading, type WeighContext, type Weighing, weigh } from './waivers.ts';
import { workflowInspector } from './workflows.ts';
import { compileYardsticks, specOf, type Yardsticks } from './yardsticks.ts';

export interface ExaminationInput {
  readonly change: Change;
  readonly policy: Policy;
  readonly source: PolicySource;
  readonly binding: Binding;
  /** The specs of the base that the binding was chosen among, as far as they can be read. */
  readonly specs: readonly SpecReading[];
  /** Waivers of the base and of the ledger, in any order. */
  readonly waivers: readonly WaiverReading[];
  /** People of the change beyond its commits: who opened it, who runs the arbiter. */
  readonly identities: readonly string[];
  /** Merges of the target that the forge made itself and that add nothing of their own: nobody wrote them. */
  readonly updateMerges?: ReadonlySet<string>;
  /** Pull request number as text and names of the head branch, as far as known. */
  readonly branches: readonly string[];
  /** Needed where the policy has rolling budgets. */
  readonly rolling: RollingHistory | null;
  /** How many other changes each waiver has served, by id; null: not known. */
  readonly waiverUses: Readonly<Record<string, number>> | null;
  readonly now: Instant;
}

/**
 * Stage 2: holds the change against the law of the base and weighs the waivers. Pure and total: the
 * order of files, commits, documents and waivers never shows in the answer.
 */
export function examine(input: ExaminationInput): Examination {
  const { change, policy, binding } = input;
  const yardsticks = compileYardsticks(change, policy, binding);
  const spent = spendBudgets(change, policy, yardsticks);
  const weighings = weigh(collect(input, yardsticks, spent), weighContextOf(input));
  return {
    policy: input.source,
    spec: specOf(binding),
    changeClass: changeClassOf(change.files, binding),
    tier: yardsticks.tier,
    linesCounted: policy.linesCounted,
    budgets: spent.map(({ budget }) => effective(budget, policy, weighings)),
    findings: weighings.map((weighing) => weighing.finding),
  };
}

/** What waivers are weighed by: the same for the findings of examination and of deliberation. */
export function weighContextOf(input: ExaminationInput): WeighContext {
  const { change, policy, source, binding } = input;
  return {
    now: input.now,
    policy,
    policyDigest: boundPolicy(source),
    spec: waiverSpec(binding, source),
    repository: change.repository,
    branches: input.branches,
    commits: new Set([change.head, ...change.commits.map(({ sha }) => sha)]),
    participants: participantsOf(change, input.identities, input.updateMerges),
    waiverUses: input.waiverUses,
    waivers: input.waivers,
  };
}

/** Everyone who wrote, committed or co-wrote the change, and who else is known to belong to it. */
export function participantsOf(
  change: Pick<Change, 'commits'>,
  identities: readonly string[],
  updateMerges: ReadonlySet<string> = new Set(),
): readonly string[] {
  const written = change.commits.filter(({ sha }) => !updateMerges.has(sha));
  const everyone = written.flatMap((commit) => [
    commit.authorName,
    commit.authorEmail,
    ...(commit.committerName === undefined ? [] : [commit.committerName]),
    commit.committerEmail,
    ...commit.coAuthors,
    ...(commit.signature.state === 'good' ? [commit.signature.signer] : []),
  ]);
  return [...new Set([...everyone, ...identities])].filter((name) => name.trim() !== '').toSorted();
}

function collect(
  input: ExaminationInput,
  yardsticks: Yardsticks,
  spent: readonly Ledgered[],
): readonly Finding[] {
  const { change, policy, source, binding } = input;
  const spots = touchedSpots(change.files, yardsticks);
  const charged = (id: string) => spent.find(({ budget }) => budget.id === id);
  const tierSpent = charged('tier')?.budget.spent;
  const isAdded = policy.linesCounted === 'added';
  const net = {
    files: tierSpent?.files ?? 0,
    lines: (isAdded ? tierSpent?.linesAdded : tierSpent?.lines) ?? 0,
  };
  return [
    ...yardsticks.faults,
    ...examineSpecs(change.files, policy, binding, input.specs),
    ...examineBudgets(change, policy, spent, yardsticks.tier),
    ...(tierSpent === undefined
      ? []
      : examineRolling(policy, specOf(binding)?.id ?? null, tierSpent, input.rolling, input.now)),
    ...examineScope(change.files, policy, yardsticks, spots),
    ...examineProtected(spots, yardsticks),
    ...examineGovernance(change, policy, source, binding, spots),
    ...examineHistory(change, policy, yardsticks, {
      net,
      excluded: charged('excluded')?.files ?? [],
    }),
    ...examinePathNames(change),
    ...examineBinaries(change.files),
    ...examineUnicode(change, input.branches),
    ...examineStructure(change, policy, yardsticks),
    ...inspect(change, [workflowInspector, ...supplyInspectors]),
    ...unreadableWaivers(input.waivers),
  ];
}

function unreadableWaivers(waivers: readonly WaiverReading[]): readonly Finding[] {
  const files = waivers.flatMap((reading) => (reading.ok ? [] : [reading.fault.file]));
  if (files.length === 0) return [];
  return [finding('waiver.unreadable', unread([...new Set(files)], waivers))];
}

/** The caps with what waivers let stand beyond them; one waiver a cap, never a sum. */
function effective(
  budget: BudgetSpent,
  policy: Policy,
  weighings: readonly Weighing[],
): BudgetSpent {
  const raised = dimensions(policy).flatMap(({ rule, cap }) => {
    const waived = weighings.find(
      ({ finding: { rule: own, subject, standing } }) =>
        own === rule && subject === budget.id && standing === 'waived',
    );
    return waived?.allows == null ? [] : [[cap, waived.allows] as const];
  });
  return { ...budget, effective: { ...budget.caps, ...Object.fromEntries(raised) } };
}

/** A standing spec stands in the policy, so the policy's digest is its own. */
function waiverSpec(binding: Binding, source: PolicySource): WeighContext['spec'] {
  const spec = specOf(binding);
  if (spec === null) return null;
  if (binding.kind !== 'bound') return { id: spec.id, digest: source.digest, waiverIds: [] };
  const { digest, waiverIds } = binding.specs[0];
  return { id: spec.id, digest, waiverIds };
}
