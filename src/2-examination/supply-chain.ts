import type { RuleId } from '../caws/rules.ts';
import { readYaml } from '../caws/yaml.ts';
import type { Hazard, Inspector, Reading } from './inspection.ts';

/** Scripts that a package manager runs without being asked. */
const lifecycle = new Set([
  'preinstall',
  'install',
  'postinstall',
  'preprepare',
  'prepare',
  'postprepare',
  'prepublish',
  'dependencies',
]);

const dependencyLists = [
  'dependencies',
  'devDependencies',
  'optionalDependencies',
  'peerDependencies',
  'overrides',
  'resolutions',
] as const;

/** `package.json`: code that runs on install, and packages from outside the registry. */
const manifests: Inspector = {
  reads: (path) => /(?:^|\/)package\.json$/i.test(path),
  unreadable: 'supply.unreadable',
  read: (text, path) => {
    const read = readYaml(text, path);
    if (!read.ok || !isMap(read.value.value)) {
      const problem = read.ok ? undefined : read.fault.problems[0];
      return { kind: 'unreadable', line: problem?.line ?? null, column: problem?.column ?? null };
    }
    const manifest = read.value.value;
    const { placeOf } = read.value;
    const hazards: Hazard[] = [];
    const scripts = manifest['scripts'];
    for (const [name, value] of isMap(scripts) ? Object.entries(scripts) : [])
      if (lifecycle.has(name)) {
        const { line, column } = placeOf(['scripts', name]);
        hazards.push({
          rule: 'supply.lifecycle-script',
          key: `${name}: ${String(value)}`,
          line,
          column,
        });
      }
    for (const list of dependencyLists)
      for (const { path: at, value } of leaves(manifest[list], [list]))
        if (isRemote(value)) {
          const { line, column } = placeOf(at);
          hazards.push({
            rule: 'supply.remote-dependency',
            key: `${at.join('.')}: ${value}`,
            line,
            column,
          });
        }
    return { kind: 'read', hazards };
  },
};

/** Attributes that change what a diff shows, what git runs, or what a release leaves out. */
const attributes = byLine(
  /(?:^|\/)\.gitattributes$/i,
  'supply.git-attributes',
  /(?:^|\s)(?:[-!]?(?:diff|text|merge|crlf|ident|filter|export-\w+|delta)(?:=|\s|$)|binary|filter=|working-tree-encoding|(?:[-!]?(?:linguist|gitlab|github))-|\[attr\]|eol=)/i,
);

const submodules = byLine(
  /(?:^|\/)\.gitmodules$/i,
  'supply.submodule-url',
  /^\s*(?:url|path|update|branch|fetchrecursesubmodules|shallow|ignore)\s*=|\[include/i,
);

/** Where packages come from, with which rights, and what runs with them: every line of it counts. */
const registries = byLine(
  /(?:^|\/)(?:\.npmrc|\.yarnrc|\.yarnrc\.ya?ml|\.pnpmfile\.cjs|pip\.conf|\.pypirc)$/i,
  'supply.registry',
  /\S/,
);

/** Inspectors of everything that fetches or runs code outside of workflows. */
export const supplyInspectors: readonly Inspector[] = [
  manifests,
  attributes,
  submodules,
  registries,
];

/** A kind of file in which each line that matches is a hazard of one rule. */
function byLine(paths: RegExp, rule: RuleId, hazardous: RegExp): Inspector {
  return {
    reads: (path) => paths.test(path),
    unreadable: 'supply.unreadable',
    read: (text): Reading => ({
      kind: 'read',
      hazards: text.split(/\r\n|\r|\n/).flatMap((written, index) => {
        const line = written.trim();
        const isComment = /^[#;]/.test(line);
        return isComment || !hazardous.test(line)
          ? []
          : [{ rule, key: line, line: index + 1, column: null }];
      }),
    }),
  };
}

/** A dependency that no registry serves: a URL, a git host, a file, or `owner/repository`. */
function isRemote(version: string): boolean {
  const value = version.trim();
  return (
    /^(?:git|https?|ssh|file|link|portal|patch|exec|github|gitlab|bitbucket|gist)(?:\+\w+)?:/i.test(
      value,
    ) ||
    /^git@/i.test(value) ||
    /^[\w.-]+\/[\w.-]+(?:#.*)?$/.test(value) ||
    /^(?:\.{1,2}|~)?\//.test(value)
  );
}

type Keyed = Readonly<Record<string, unknown>>;

/** Every text in a tree of overrides, with its path. */
function leaves(
  value: unknown,
  path: readonly string[],
): readonly { readonly path: readonly string[]; readonly value: string }[] {
  if (typeof value === 'string') return [{ path, value }];
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => leaves(item, [...path, key]));
}

function isMap(value: unknown): value is Keyed {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
