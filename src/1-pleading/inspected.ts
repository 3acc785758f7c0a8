/**
 * Files that examination reads as text on both sides: what a build service or a package manager runs,
 * what changes how git shows a file, who must review, and the gate's own documents.
 */
const INSPECTED_NAMES = [
  /action\.ya?ml/,
  /\.git(?:attributes|modules)/,
  /codeowners/,
  /(?:package|composer|deno)\.jsonc?/,
  /\.(?:npmrc|yarnrc|yarnrc\.ya?ml|pnpmfile\.[cm]?js|pypirc)/,
  /(?:pnpm-workspace\.yaml|binding\.gyp|pip\.conf)/,
  /(?:pyproject\.toml|setup\.(?:py|cfg)|requirements[^/]*\.txt|pipfile)/,
  /(?:cargo\.toml|build\.rs|go\.mod|gemfile|pom\.xml|package\.swift)/,
  /[^/]*\.gemspec/,
  /(?:build|settings)\.gradle(?:\.kts)?/,
];
const INSPECTED_PLACES = /^(?:\.github\/(?:workflows|actions)\/|\.caws\/|\.gitlab-ci\.yml$)/;

/** One for all, held at the start of a name: most of thousands of names fail at their first letter. */
const INSPECTED_NAME = new RegExp(`^(?:${INSPECTED_NAMES.map(({ source }) => source).join('|')})$`);

/** Case does not matter: the file systems these files run on do not look at it either. */
export function isInspected(path: string): boolean {
  const folded = path.toLowerCase();
  const name = folded.slice(folded.lastIndexOf('/') + 1);
  return INSPECTED_PLACES.test(folded) || INSPECTED_NAME.test(name);
}
