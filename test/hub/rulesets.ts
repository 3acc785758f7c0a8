/** Rulesets as a test writes them down: the checks that a branch requires, and what else it asks. */
import type { BypassActor, Repository, Rule, Ruleset } from './state.ts';
import { nextId, type World } from './world.ts';

export interface NewRuleset {
  readonly name?: string;
  /** Branch patterns; the default branch without. */
  readonly branches?: readonly string[];
  /** Names of checks, pinned to an app where one is given. */
  readonly requires?: readonly { readonly context: string; readonly appId?: number }[];
  readonly strict?: boolean;
  readonly rules?: readonly Rule[];
  readonly bypass?: readonly BypassActor[];
  readonly enforcement?: Ruleset['enforcement'];
}

export function createRuleset(world: World, repository: Repository, wanted: NewRuleset): Ruleset {
  const ruleset: Ruleset = {
    id: nextId(world),
    createdAt: world.now(),
    name: wanted.name ?? 'law of the branch',
    enforcement: wanted.enforcement ?? 'active',
    include: wanted.branches?.map(patternOf) ?? ['~DEFAULT_BRANCH'],
    exclude: [],
    bypass: wanted.bypass ?? [],
    rules: [...checksRule(wanted), ...(wanted.rules ?? [])],
    updatedAt: world.now(),
  };
  repository.rulesets.set(ruleset.id, ruleset);
  return ruleset;
}

const patternOf = (branch: string): string =>
  branch.startsWith('~') || branch.startsWith('refs/') ? branch : `refs/heads/${branch}`;

function checksRule(wanted: NewRuleset): readonly Rule[] {
  if (wanted.requires === undefined) return [];
  return [
    {
      type: 'required_status_checks',
      parameters: {
        strict_required_status_checks_policy: wanted.strict ?? false,
        do_not_enforce_on_create: false,
        required_status_checks: wanted.requires.map(({ context, appId }) => ({
          context,
          ...(appId === undefined ? {} : { integration_id: appId }),
        })),
      },
    },
  ];
}
