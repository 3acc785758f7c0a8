/** What rulesets and branch protection ask of a branch, and who may pass them by. */
import type { CheckRun } from './check-state.ts';
import type {
  Account,
  BypassActor,
  Pull,
  Repository,
  RequiredCheck,
  Rule,
  Ruleset,
} from './state.ts';
import { atLeast, roleOf, type World } from './world.ts';

export interface RuleOf {
  readonly ruleset: Ruleset;
  readonly rule: Rule;
}

/** Active rules of a branch, each with the ruleset it stands in. */
export function rulesOf(repository: Repository, branch: string): readonly RuleOf[] {
  return [...repository.rulesets.values()]
    .filter((ruleset) => ruleset.enforcement === 'active' && covers(repository, ruleset, branch))
    .flatMap((ruleset) => ruleset.rules.map((rule) => ({ ruleset, rule })));
}

function covers(repository: Repository, ruleset: Ruleset, branch: string): boolean {
  const matches = (pattern: string) =>
    pattern === '~ALL' ||
    (pattern === '~DEFAULT_BRANCH' && branch === repository.defaultBranch) ||
    globbed(pattern).test(`refs/heads/${branch}`);
  return ruleset.include.some(matches) && !ruleset.exclude.some(matches);
}

/** `*` within one segment, `**` across: as fnmatch does for GitHub. */
function globbed(pattern: string): RegExp {
  const source = pattern.replace(/\*\*|\*|\?|[.+^${}()|[\]\\]/g, (found) => {
    if (found === '**') return '.*';
    if (found === '*') return '[^/]*';
    return found === '?' ? '[^/]' : `\\${found}`;
  });
  return new RegExp(`^${source}$`);
}

function maySkip(
  world: World,
  repository: Repository,
  ruleset: Ruleset,
  by: Account,
  how: 'push' | 'merge',
): boolean {
  return ruleset.bypass.some(
    (actor) =>
      (how === 'merge' || actor.bypass_mode !== 'pull_request') &&
      isActor(world, repository, actor, by),
  );
}

/** GitHub's numbers for the roles that a ruleset can name. */
const roleNumbers = { 2: 'maintain', 4: 'write', 5: 'admin' } as const;

function isActor(world: World, repository: Repository, actor: BypassActor, by: Account): boolean {
  switch (actor.actor_type) {
    case 'Integration':
      return by.appId !== null && by.appId === actor.actor_id;
    case 'User':
      return by.id === actor.actor_id;
    case 'OrganizationAdmin':
      return world.members.get(repository.ownerId)?.get(by.id) === 'admin';
    case 'Team':
      return world.teams.get(actor.actor_id ?? -1)?.members.get(by.id)?.state === 'active';
    case 'RepositoryRole': {
      const role = roleNumbers[(actor.actor_id ?? 0) as keyof typeof roleNumbers];
      return role !== undefined && atLeast(roleOf(world, repository, by.id), role);
    }
  }
}

export interface Demand extends RequiredCheck {
  /** The head must contain the base's tip. */
  readonly strict: boolean;
}

/** Checks that a branch requires; of somebody, only those this account cannot pass by. */
export function demandsOf(
  world: World,
  repository: Repository,
  branch: string,
  by: Account | null,
): readonly Demand[] {
  const ofRules = rulesOf(repository, branch)
    .filter(({ ruleset }) => by === null || !maySkip(world, repository, ruleset, by, 'merge'))
    .filter(({ rule }) => rule.type === 'required_status_checks')
    .flatMap(({ rule }) => demandsOfRule(rule));
  return [...ofRules, ...demandsOfProtection(world, repository, branch, by)];
}

function demandsOfRule(rule: Rule): readonly Demand[] {
  const listed = rule.parameters?.['required_status_checks'];
  const strict = rule.parameters?.['strict_required_status_checks_policy'] === true;
  if (!Array.isArray(listed)) return [];
  return listed.map((each: { context: string; integration_id?: number | null }) => ({
    context: each.context,
    appId: each.integration_id ?? null,
    strict,
  }));
}

function demandsOfProtection(
  world: World,
  repository: Repository,
  branch: string,
  by: Account | null,
): readonly Demand[] {
  const protection = repository.protections.get(branch);
  if (protection === undefined) return [];
  const admin = by !== null && roleOf(world, repository, by.id) === 'admin';
  if (admin && !protection.enforceAdmins) return [];
  return protection.checks.map((check) => ({ ...check, strict: protection.strict }));
}

export type Standing = 'passed' | 'pending' | 'failed' | 'missing';

/** GitHub counts these three as passing for a required check. */
const passing = new Set(['success', 'neutral', 'skipped']);

/**
 * How a required check stands for a head. Where the trial merge has been reported on under this name, that
 * is what counts, and the head is not looked at.
 */
export function standingFor(
  world: World,
  repository: Repository,
  pull: Pick<Pull, 'head' | 'mergeability'>,
  check: RequiredCheck,
): Standing {
  const trial = pull.mergeability?.commit ?? null;
  const there = trial === null ? 'missing' : standingOf(world, repository, trial, check);
  return there === 'missing' ? standingOf(world, repository, pull.head.sha, check) : there;
}

/** How a required check stands at a commit. Where one is unpinned, every source of its name must pass. */
export function standingOf(
  world: World,
  repository: Repository,
  sha: string,
  check: RequiredCheck,
): Standing {
  const found = [
    ...checkStandings(repository, sha, check),
    ...statusStandings(world, repository, sha, check),
  ];
  if (found.length === 0) return 'missing';
  return (['failed', 'pending'] as const).find((each) => found.includes(each)) ?? 'passed';
}

function checkStandings(repository: Repository, sha: string, check: RequiredCheck): Standing[] {
  const newest = new Map<number, CheckRun>();
  for (const run of repository.checks.values()) {
    const counts = check.appId === null || run.appId === check.appId;
    if (run.headSha === sha && run.name === check.context && counts) newest.set(run.appId, run);
  }
  return [...newest.values()].map((run) => {
    if (run.status !== 'completed') return 'pending';
    return passing.has(run.conclusion ?? '') ? 'passed' : 'failed';
  });
}

function statusStandings(
  world: World,
  repository: Repository,
  sha: string,
  check: RequiredCheck,
): Standing[] {
  const newest = repository.statuses.findLast(
    (status) =>
      status.sha === sha &&
      status.context === check.context &&
      (check.appId === null || world.apps.get(check.appId)?.botId === status.creatorId),
  );
  if (newest === undefined) return [];
  if (newest.state === 'pending') return ['pending'];
  return [newest.state === 'success' ? 'passed' : 'failed'];
}

const closedToPushes = new Set(['pull_request', 'merge_queue', 'update', 'required_status_checks']);

/** Branches that this account may change by a pull request only. */
export function branchesClosedTo(
  world: World,
  repository: Repository,
  by: Account,
): readonly string[] {
  const branches = [...repository.refs.keys()]
    .filter((ref) => ref.startsWith('refs/heads/'))
    .map((ref) => ref.slice('refs/heads/'.length));
  return branches.filter(
    (branch) =>
      demandsOfProtection(world, repository, branch, by).length > 0 ||
      rulesOf(repository, branch).some(
        ({ ruleset, rule }) =>
          closedToPushes.has(rule.type) && !maySkip(world, repository, ruleset, by, 'push'),
      ),
  );
}

export const queueRule = (repository: Repository, branch: string): Rule | undefined =>
  rulesOf(repository, branch).find(({ rule }) => rule.type === 'merge_queue')?.rule;
