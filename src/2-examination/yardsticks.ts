import type { Binding } from '../1-pleading/binding.ts';
import type { Change } from '../1-pleading/change.ts';
import { gateFiles } from '../1-pleading/governed.ts';
import { compileScope, type Standpoint } from '../1-pleading/spec-scope.ts';
import type { Finding } from '../caws/findings.ts';
import { compileGlobs, type PathMatcher } from '../caws/glob.ts';
import type { Caps, PathBudget, Policy, RiskTier } from '../caws/policy.ts';
import { finding } from './finding.ts';

/** Everything of the law that files are held against, compiled once for all of them. */
export interface Yardsticks {
  readonly tier: RiskTier;
  /** The tier's caps, made stricter by the specs' own budgets. */
  readonly caps: Caps;
  readonly excluded: PathMatcher;
  readonly pathBudgets: readonly { readonly budget: PathBudget; readonly paths: PathMatcher }[];
  readonly protectedPaths: PathMatcher;
  readonly controlPlane: PathMatcher;
  readonly governed: PathMatcher;
  /** Where a path stands towards what binds; null where nothing with a scope binds. */
  readonly standpointOf: ((path: string) => Standpoint) | null;
  /** Patterns of the policy that cannot be read: the change cannot be held against them. */
  readonly faults: readonly Finding[];
}

/**
 * Files that steer coding agents, hooks or what git shows, whatever the policy lists. Left to the
 * policy alone, a policy written before an agent existed would let the agent rewrite its own orders.
 */
const controlPlaneAlways = [
  '**/AGENT.md',
  '**/AGENTS.md',
  '**/AGENTS.override.md',
  '**/CLAUDE.md',
  '**/CLAUDE.local.md',
  '**/GEMINI.md',
  '**/QWEN.md',
  '**/.mcp.json',
  '**/.claude/**',
  '**/.cursor/**',
  '**/.cursorrules',
  '**/.windsurfrules',
  '**/.clinerules',
  '**/.clinerules/**',
  '**/.roo/**',
  '**/.vscode/**',
  '**/.aider*',
  '**/.gitattributes',
  '**/.gitmodules',
  '**/CODEOWNERS',
  '.github/copilot-instructions.md',
  '.github/instructions/**',
  '.github/workflows/**',
  '.github/actions/**',
  '.githooks/**',
  '.husky/**',
] as const;

const governedAlways = ['.caws'] as const;

const nothing: PathMatcher = { matches: () => false, which: () => undefined };

/** Compiles the policy and what binds. Patterns that cannot be read become faults, never a throw. */
export function compileYardsticks(change: Change, policy: Policy, binding: Binding): Yardsticks {
  const faults: Finding[] = [];
  const compile = (list: string, patterns: readonly string[]): PathMatcher => {
    const compiled = compileGlobs(patterns);
    if (compiled.ok) return compiled.value;
    const { kind, pattern } = compiled.fault;
    faults.push(
      finding('policy.pattern-unreadable', { subject: list, detail: { pattern, because: kind } }),
    );
    return nothing;
  };
  const fold = remembered(foldPath);
  const guarded = (list: string, patterns: readonly string[]): PathMatcher => {
    const folded = compile(list, patterns.map(foldPath));
    const loose: PathMatcher = {
      matches: (path) => folded.matches(fold(path)),
      which: (path) => folded.which(fold(path)),
    };
    // Only a negated class can name a path as it is written and not as it is folded.
    return patterns.some((pattern) => pattern.includes('['))
      ? anyOf(compile(list, patterns), loose)
      : loose;
  };
  // The strictest where no spec says another.
  const tier = specOf(binding)?.tier ?? 1;
  return {
    tier,
    caps: capsOf(policy, binding, tier),
    excluded: compile('excluded', policy.excluded.paths),
    pathBudgets: policy.pathBudgets.map((budget) => ({
      budget,
      paths: compile(`budget ${budget.id}`, budget.paths),
    })),
    protectedPaths: guarded('protected', policy.protectedPaths),
    controlPlane: guarded('control plane', [...controlPlaneAlways, ...policy.controlPlanePaths]),
    governed: guarded('governance', [...governedAlways, ...policy.governancePaths]),
    standpointOf: standpointOf(change, policy, binding, compile),
    faults: dedupe(faults),
  };
}

/** The spec that a binding names, the strictest of several; null where none binds. */
export function specOf(
  binding: Binding,
): { readonly id: string; readonly tier: RiskTier; readonly standing: boolean } | null {
  if (binding.kind !== 'bound' && binding.kind !== 'standing') return null;
  const { id, tier } = binding.kind === 'bound' ? binding.specs[0] : binding.spec;
  return { id, tier, standing: binding.kind === 'standing' };
}

/**
 * A path as a case-insensitive, normalising or ignoring file system may read it: `.GitHub`, `.gitꞏ`
 * with invisible letters, full-width dots. Used to guard, never to allow.
 */
export function foldPath(path: string): string {
  // Most paths are ASCII, where lower case is all there is to fold.
  return isAscii.test(path)
    ? path.toLowerCase()
    : path
        .replace(/\p{Cf}/gu, '')
        .normalize('NFKC')
        .toLowerCase();
}

const isAscii = /^[\u0020-\u007e]*$/;

function capsOf(policy: Policy, binding: Binding, tier: RiskTier): Caps {
  const own = policy.tiers[tier];
  const budgets = binding.kind === 'bound' ? binding.specs.map((spec) => spec.changeBudget) : [];
  return {
    files: smallest([own.files, ...budgets.map((budget) => budget?.files ?? null)]),
    lines: smallest([own.lines, ...budgets.map((budget) => budget?.lines ?? null)]),
    bytes: own.bytes,
    longestLineBytes: own.longestLineBytes,
  };
}

function smallest(caps: readonly (number | null)[]): number | null {
  const set = caps.filter((cap) => cap !== null);
  return set.length === 0 ? null : Math.min(...set);
}

function standpointOf(
  change: Change,
  policy: Policy,
  binding: Binding,
  compile: (list: string, patterns: readonly string[]) => PathMatcher,
): Yardsticks['standpointOf'] {
  if (binding.kind === 'standing') {
    const paths = compile(`standing spec ${binding.spec.id}`, binding.spec.paths);
    return (path) => (paths.matches(path) ? 'in' : 'outside');
  }
  if (binding.kind === 'governance') {
    const governed = compile('governance', [...governedAlways, ...policy.governancePaths]);
    const gate = gateFiles(change);
    return (path) => (governed.matches(path) || gate.has(path) ? 'in' : 'outside');
  }
  if (binding.kind !== 'bound') return null;
  const scopes = binding.specs
    .map(compileScope)
    .flatMap((scope) => (scope.ok ? [scope.value] : []));
  const zones = compile('non-governed zones', policy.nonGovernedZones);
  const rootNames = new Set(policy.rootPassthrough);
  return (path) => {
    const standpoints = scopes.map((scope) => scope.standpointOf(path));
    if (standpoints.includes('in')) return 'in';
    if (standpoints.includes('support')) return 'support';
    if (standpoints.includes('out')) return 'out';
    return zones.matches(path) || rootNames.has(path) ? 'support' : 'outside';
  };
}

function anyOf(one: PathMatcher, other: PathMatcher): PathMatcher {
  return {
    matches: (path) => one.matches(path) || other.matches(path),
    which: (path) => one.which(path) ?? other.which(path),
  };
}

/** The same answer for the same path, worked out once: three lists ask for each. */
function remembered(work: (path: string) => string): (path: string) => string {
  const known = new Map<string, string>();
  return (path) => {
    const found = known.get(path) ?? work(path);
    known.set(path, found);
    return found;
  };
}

function dedupe(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((each) => [each.subject, each])).values()];
}
