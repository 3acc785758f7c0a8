/**
 * Files that examination reads as text on both sides: what a build service or a package manager runs,
 * what changes how git shows a file, who must review, and the gate's own documents.
 */
const FOLDERS = ['.github/workflows/', '.github/actions/', '.caws/'];
const AT_THE_ROOT = '.gitlab-ci.yml';
const NAMES: ReadonlySet<string> = new Set([
  ...['action.yml', 'action.yaml', 'codeowners', '.gitattributes', '.gitmodules'],
  ...['package.json', 'composer.json', 'deno.json'],
  ...['package.jsonc', 'composer.jsonc', 'deno.jsonc'],
  ...['.npmrc', '.yarnrc', '.yarnrc.yml', '.yarnrc.yaml', 'pnpm-workspace.yaml'],
  ...['.pnpmfile.js', '.pnpmfile.cjs', '.pnpmfile.mjs', 'binding.gyp'],
  ...['.pypirc', 'pip.conf', 'pipfile', 'pyproject.toml', 'setup.py', 'setup.cfg'],
  ...['cargo.toml', 'build.rs', 'go.mod', 'gemfile', 'pom.xml', 'package.swift'],
  ...['build.gradle', 'build.gradle.kts', 'settings.gradle', 'settings.gradle.kts'],
]);

/** Nearly every path has none, and lower case of it would be one more copy. */
const hasCapitals = /[^ -@[-~]/;

/** Case does not matter: the file systems these files run on do not look at it either. */
export function isInspected(path: string): boolean {
  const folded = hasCapitals.test(path) ? path.toLowerCase() : path;
  const name = folded.slice(folded.lastIndexOf('/') + 1);
  if (NAMES.has(name) || name.endsWith('.gemspec')) return true;
  if (name.startsWith('requirements') && name.endsWith('.txt')) return true;
  for (const folder of FOLDERS) if (folded.startsWith(folder)) return true;
  return folded === AT_THE_ROOT;
}
