import {
  CHECK_NAME,
  demandedName,
  UNREQUIRED_NAME,
  verdictNames,
} from '../../src/5-publication/check/names.ts';
import type { Bypass, Finding } from '../../src/5-publication/doctor-findings.ts';
import { branchRules } from '../../src/adapters/github/branch-rules.ts';
import { ask, type GitHubClient } from '../../src/adapters/github/client.ts';
import { everyPage, PER_PAGE } from '../../src/adapters/github/pages.ts';
import type { Instant } from '../../src/primitives.ts';
import { plain } from './app-findings.ts';
import { compareWithExpected } from './expected.ts';

export interface RepositoryName {
  readonly owner: string;
  readonly repo: string;
}

/** The installation that a repository belongs to; null where there is none. */
export async function installationFindings(
  client: GitHubClient,
  at: RepositoryName,
  now: () => Instant,
): Promise<{ readonly id: number | null; readonly findings: readonly Finding[] }> {
  const asked = await ask('looking for the installation', now, async () => {
    try {
      return (await client.request('GET /repos/{owner}/{repo}/installation', { ...at })).data;
    } catch (error) {
      if ((error as { readonly status?: number }).status === 404) return null;
      throw error;
    }
  });
  if (!asked.ok) return { id: null, findings: [{ kind: 'forge-fault', fault: asked.fault }] };
  const found = asked.value;
  const repository = `${at.owner}/${at.repo}`;
  if (found === null) return { id: null, findings: [{ kind: 'not-installed', repository }] };
  if (found.suspended_at !== null) return { id: null, findings: [{ kind: 'suspended' }] };
  const compared = compareWithExpected(plain(found.permissions));
  return {
    id: Number(found.id),
    findings: [{ kind: 'permissions', of: 'installation', ...compared }],
  };
}

/** What the default branch demands, of whom, who may pass it by, and how it is merged to. */
export async function branchFindings(
  client: GitHubClient,
  at: RepositoryName,
  { appId, now }: { readonly appId: number; readonly now: () => Instant },
): Promise<readonly Finding[]> {
  const asked = await ask('reading the rules of the branch', now, async () => {
    const { data: repository } = await client.request('GET /repos/{owner}/{repo}', { ...at });
    const branch = repository.default_branch;
    const rules = await rulesOf(client, at, branch);
    const { checks, queue } = await branchRules(client, at, branch);
    const check = demandedName(checks, appId) ?? CHECK_NAME;
    const pins = checks.filter(({ name }) => name === check).map((each) => each.appId);
    const rulesets = await rulesetsDemanding(client, at, check);
    const byPull = queue !== null || rules.some(({ type }) => type === 'pull_request');
    const others = verdictNames(checks).filter((name) => name !== check);
    const isFree = checks.some(({ name }) => name === UNREQUIRED_NAME);
    return [
      { kind: 'required', check, branch, pins, appId },
      ...(isFree ? [{ kind: 'open-name', check: UNREQUIRED_NAME, branch } as const] : []),
      ...(others.length > 0 ? [{ kind: 'several-names', check, others, branch } as const] : []),
      { kind: 'shared-name', check, branches: rulesets.flatMap(branchesOf) },
      ...bypassFindings(rulesets, rules),
      { kind: 'pushes', branch, byPull },
      { kind: 'merge-queue', branch, method: queue },
      messageFinding(
        'squash',
        repository.allow_squash_merge,
        repository.squash_merge_commit_message,
      ),
      messageFinding('merge', repository.allow_merge_commit, repository.merge_commit_message),
    ] satisfies readonly Finding[];
  });
  return asked.ok ? asked.value : [{ kind: 'forge-fault', fault: asked.fault }];
}

const rulesOf = (client: GitHubClient, at: RepositoryName, branch: string) =>
  everyPage('rules', async (page) => {
    const { data, headers } = await client.request(
      'GET /repos/{owner}/{repo}/rules/branches/{branch}',
      { ...at, branch, per_page: PER_PAGE, page },
    );
    return { items: data, link: headers.link, total: null };
  });

type Rules = Awaited<ReturnType<typeof rulesOf>>;

/** A repository has few; whoever has more looks at the others by hand. */
const RULESETS_MAX = 100;

/** Every ruleset in force, of any branch, that demands a check of this name. */
async function rulesetsDemanding(client: GitHubClient, at: RepositoryName, check: string) {
  const listed = await everyPage('rulesets', async (page) => {
    const { data, headers } = await client.request('GET /repos/{owner}/{repo}/rulesets', {
      ...at,
      per_page: PER_PAGE,
      page,
    });
    return { items: data, link: headers.link, total: null };
  });
  const found = await Promise.all(
    listed
      .filter(({ target, enforcement }) => target === 'branch' && enforcement === 'active')
      .slice(0, RULESETS_MAX)
      .map(async ({ id }) => {
        const { data } = await client.request('GET /repos/{owner}/{repo}/rulesets/{ruleset_id}', {
          ...at,
          ruleset_id: id,
        });
        return data;
      }),
  );
  return found.filter(({ rules }) =>
    rules?.some(
      (rule) =>
        rule.type === 'required_status_checks' &&
        rule.parameters?.required_status_checks.some(({ context }) => context === check),
    ),
  );
}

type Ruleset = Awaited<ReturnType<typeof rulesetsDemanding>>[number];

/** Patterns of the branches that a ruleset is for, as it writes them. */
const branchesOf = ({ conditions }: Ruleset): readonly string[] =>
  conditions !== null && conditions !== undefined && 'ref_name' in conditions
    ? (conditions.ref_name?.include ?? [])
    : [];

/** Of the branch's own: whoever passes one by merges without a verdict. */
function bypassFindings(rulesets: readonly Ruleset[], rules: Rules): readonly Finding[] {
  const own = new Set(rules.map(({ ruleset_id: id }) => Number(id)));
  return rulesets
    .filter(({ id }) => own.has(id))
    .map(({ name, bypass_actors: listed }): Finding => {
      const actors = listed?.map(
        ({ actor_type, actor_id, bypass_mode }): Bypass => ({
          who: `${actor_type}${actor_id === null || actor_id === undefined ? '' : ` ${actor_id}`}`,
          mode: bypass_mode ?? 'always',
        }),
      );
      return { kind: 'bypass', ruleset: name, actors: actors ?? null };
    });
}

function messageFinding(
  of: 'squash' | 'merge',
  allowed: boolean | undefined,
  from: string | undefined,
): Finding {
  if (allowed === false) return { kind: 'merge-message-unused', of };
  return { kind: 'merge-message', of, from: from ?? null };
}
