import type { Binding } from '../1-pleading/binding.ts';
import type { Change } from '../1-pleading/change.ts';
import { gateFiles } from '../1-pleading/governed.ts';
import { compileScope, type Standpoint } from '../1-pleading/spec-scope.ts';
import type { Finding } from '../caws/findings.ts';
import { compileGlobs, type PathMatcher } from '../caws/glob.ts';
import { type ReadPath, readPath } from '../caws/glob-index.ts';
import type { Caps, PathBudget, Policy, RiskTier } from '../caws/policy.ts';
import { finding } from './finding.ts';

/** Everything of the law that files are held against, compiled once for all of them. */
export interface Yardsticks {
  readonly tier: RiskTier;
  /** The tier's caps, made stricter by the specs' own budgets. */
  readonly caps: Caps;
  readonly excluded: PathMatcher;
  readonly pathBudgets: readonly { readonly budget: PathBudget; readonly paths: PathMatcher }[];
  readonly protectedPaths: Guard;
  readonly controlPlane: Guard;
  /** What is guarded as law. */
  readonly governed: Guard;
  /** What is law to each of the policies that bind; one, unless two of them govern different paths. */
  readonly governedBy: readonly [Guard, ...Guard[]];
  /** What is law to all of them, and so stands in no scope. */
  readonly governedByAll: Guard;
  /** Where a path stands towards what binds; null where nothing with a scope binds. */
  readonly standpointOf: ((path: ReadPath) => Standpoint) | null;
  /** Patterns of the policy that cannot be read: the change cannot be held against them. */
  readonly faults: readonly Finding[];
}

/** A list that guards, whatever a file system makes of the names of its paths. */
interface Guard {
  readonly names: (path: TouchedPath) => boolean;
  /** The first pattern that names the path, as it was written or as it is folded. */
  readonly which: (path: TouchedPath) => string | undefined;
}

/** A path read once for all that it is held against. */
export interface TouchedPath {
  readonly read: ReadPath;
  /** What `foldPath` makes of it; the same object where there is nothing to fold. */
  readonly folded: ReadPath;
}

export function touchedPath(path: string): TouchedPath {
  const read = readPath(path);
  const folded = foldPath(path);
  return { read, folded: folded === path ? read : readPath(folded) };
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
  const guarded = (list: string, patterns: readonly string[]): Guard => {
    const loose = compile(list, patterns.map(foldPath));
    // Only a negated class can name a path as it is written and not as it is folded.
    const strict = patterns.some((pattern) => pattern.includes('['))
      ? compile(list, patterns)
      : nothing;
    return {
      names: ({ read, folded }) => strict.matches(read) || loose.matches(folded),
      which: ({ read, folded }) => strict.which(read) ?? loose.which(folded),
    };
  };
  const lawful = (patterns: readonly string[]) =>
    guarded('governance', [...governedAlways, ...patterns]);
  const governedByAll = lawful(policy.governancePaths);
  const [first, ...others] = (policy.governedBy ?? []).map(lawful);
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
    governed: policy.governedBy === undefined ? governedByAll : lawful(policy.governedBy.flat()),
    governedBy: first === undefined ? [governedByAll] : [first, ...others],
    governedByAll,
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
  // Most paths are ASCII in lower case, where there is nothing to fold.
  if (isFolded.test(path)) return path;
  return isAscii.test(path)
    ? path.toLowerCase()
    : path
        .replace(/\p{Cf}/gu, '')
        .normalize('NFKC')
        .toLowerCase();
}

const isFolded = /^[ -@[-~]*$/;
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
    return (path) => (governed.matches(path) || gate.has(path.written) ? 'in' : 'outside');
  }
  if (binding.kind !== 'bound') return null;
  const scopes = binding.specs
    .map(compileScope)
    .flatMap((scope) => (scope.ok ? [scope.value] : []));
  const zones = compile('non-governed zones', policy.nonGovernedZones);
  const rootNames = new Set(policy.rootPassthrough);
  return (path) => {
    let best: Standpoint = 'outside';
    for (const scope of scopes) {
      const standpoint = scope.standpointOf(path);
      if (standpoint === 'in') return 'in';
      if (standpoint === 'support' || best === 'outside') best = standpoint;
    }
    if (best !== 'outside') return best;
    return zones.matches(path) || rootNames.has(path.written) ? 'support' : 'outside';
  };
}

function dedupe(findings: readonly Finding[]): readonly Finding[] {
  return [...new Map(findings.map((each) => [each.subject, each])).values()];
}
