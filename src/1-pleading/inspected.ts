/**
 * Files that examination reads as text on both sides: what a build service or a package manager runs,
 * what changes how git shows a file, who must review, and the gate's own documents.
 */
const INSPECTED = [
  /^\.github\/(?:workflows|actions)\//,
  /(?:^|\/)action\.ya?ml$/,
  /^\.gitlab-ci\.yml$/,
  /^\.caws\//,
  /(?:^|\/)\.git(?:attributes|modules)$/,
  /(?:^|\/)codeowners$/,
  /(?:^|\/)(?:package|composer|deno)\.jsonc?$/,
  /(?:^|\/)\.(?:npmrc|yarnrc|yarnrc\.ya?ml|pnpmfile\.[cm]?js|pypirc)$/,
  /(?:^|\/)(?:pnpm-workspace\.yaml|binding\.gyp|pip\.conf)$/,
  /(?:^|\/)(?:pyproject\.toml|setup\.(?:py|cfg)|requirements[^/]*\.txt|pipfile)$/,
  /(?:^|\/)(?:cargo\.toml|build\.rs|go\.mod|gemfile|pom\.xml|package\.swift)$/,
  /\.gemspec$/,
  /(?:^|\/)(?:build|settings)\.gradle(?:\.kts)?$/,
];

/** Case does not matter: the file systems these files run on do not look at it either. */
export function isInspected(path: string): boolean {
  const folded = path.toLowerCase();
  return INSPECTED.some((pattern) => pattern.test(folded));
}
