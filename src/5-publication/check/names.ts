/**
 * The names that a verdict is shown under. A check hangs on a commit, and a forge asks nobody for which
 * branch it was given: what passed for one branch would open every branch that demands the same name. So a
 * verdict speaks under the name that its own target demands.
 */

/** The required check; pinned in a ruleset to the app's number. */
export const CHECK_NAME = 'CAWS verdict';
/** Where the target demands none: it opens no branch, and never passes where a branch demands it after all. */
export const UNREQUIRED_NAME = `${CHECK_NAME} (not required)`;
/** What a policy that only observes shows; nobody should require it, and it is no easier to pass. */
export const PREVIEW_NAME = 'CAWS preview';

/** Who must report a required check; null: anybody may. */
export interface DemandedCheck {
  readonly name: string;
  readonly appId: number | null;
}

const SPECIAL = /^CAWS verdict \([^()]+\)$/;

/** `CAWS verdict`, or `CAWS verdict (WORDS)` for a branch that shares its pass with no other. */
export const isVerdictName = (name: string): boolean =>
  name === CHECK_NAME || (SPECIAL.test(name) && name !== UNREQUIRED_NAME);

/** Every name of a verdict that a branch demands, each once. */
export const verdictNames = (checks: readonly Pick<DemandedCheck, 'name'>[]): readonly string[] => [
  ...new Set(checks.map(({ name }) => name).filter(isVerdictName)),
];

/**
 * Under which name a branch demands a verdict, or null where it demands none. Of several the one that is
 * asked of this app, and then the one that fewest branches share.
 */
export function demandedName(checks: readonly DemandedCheck[], appId: number): string | null {
  const ours = checks.filter(({ name }) => isVerdictName(name));
  const rank = (check: DemandedCheck) =>
    (check.appId === appId ? 0 : 2) + (check.name === CHECK_NAME ? 1 : 0);
  return (
    ours.toSorted((one, other) => rank(one) - rank(other) || (one.name < other.name ? -1 : 1))[0]
      ?.name ?? null
  );
}
