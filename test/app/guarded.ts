/** Branches that require a verdict, and what stories of them have in common. */
import type { Ruleset } from '../hub/state.ts';
import { law, type Town } from './town.ts';

export const CHECK = 'CAWS verdict';
/** Under which a verdict is shown where the target requires none. */
export const FREE = `${CHECK} (not required)`;

/** The law's policy, with another bound on lines. */
export const policyOf = (max: number): Readonly<Record<string, string>> => ({
  '.caws/policy.yaml': (law['.caws/policy.yaml'] ?? '').replaceAll(
    /max_loc: \d+/g,
    `max_loc: ${max}`,
  ),
});

/** @param branches patterns; the default branch without. */
export function guards(town: Town, branches: readonly string[] = [], name = CHECK): Ruleset {
  return town.hub.ruleset(town.repository, {
    requires: [{ context: name, appId: town.installed.appId }],
    ...(branches.length === 0 ? {} : { branches }),
  });
}

/** What each name of the app says at a commit: the newest check counts. */
export const shownAt = (town: Town, sha: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    town.hub
      .checks(town.repository, sha)
      .filter(({ appId }) => appId === town.installed.appId)
      .map(({ name, status, conclusion }) => [name, conclusion ?? status]),
  );
