import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isInspected } from '../../src/1-pleading/inspected.ts';
import { supplyInspectors } from '../../src/2-examination/supply-chain.ts';
import { workflowInspector } from '../../src/2-examination/workflows.ts';

/** The same files as patterns. */
const PATTERNS = [
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

const piece = fc.constantFrom(
  ...['.github', 'workflows', 'actions', '.caws', '/', '/', '.', 'action', 'y', 'ml', 'yaml', 'a'],
  ...['.gitlab-ci.yml', '.git', 'attributes', 'modules', 'CODEOWNERS', 'package', 'composer'],
  ...['deno', '.json', 'c', '.npmrc', '.yarnrc', '.pnpmfile', '.mjs', '.cjs', '.js', '.pypirc'],
  ...['pnpm-workspace', 'binding.gyp', 'pip.conf', 'pyproject.toml', 'setup', '.py', '.cfg'],
  ...['requirements', '-dev', '.txt', 'pipfile', 'cargo.toml', 'build', '.rs', 'go.mod', 'Gemfile'],
  ...[
    'pom.xml',
    '.swift',
    '.gemspec',
    'settings',
    '.gradle',
    '.kts',
    '\n',
    '\u212a',
    '\u0130',
    '\0',
  ],
);
const path = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(''));

test('names are looked up as the patterns of the same files read them', () => {
  fc.assert(
    fc.property(path, (name) => {
      const folded = name.toLowerCase();
      expect(isInspected(name)).toBe(PATTERNS.some((pattern) => pattern.test(folded)));
    }),
    { numRuns: 20_000 },
  );
});

test('what examination reads has been brought', () => {
  fc.assert(
    fc.property(path, (name) => {
      for (const { reads } of [workflowInspector, ...supplyInspectors])
        if (reads(name)) expect(isInspected(name)).toBe(true);
    }),
    { numRuns: 20_000 },
  );
});
