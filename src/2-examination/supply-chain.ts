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
] as const;

/** What stands here replaces packages that others asked for, so an alias counts as well. */
const replacements = [['overrides'], ['resolutions'], ['pnpm', 'overrides']] as const;

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
    for (const { path: at, value } of remoteDependencies(manifest)) {
      const { line, column } = placeOf(at);
      const key = `${at.join('.')}: ${value}`;
      hazards.push({ rule: 'supply.remote-dependency', key, line, column });
    }
    return { kind: 'read', hazards };
  },
};

function remoteDependencies(manifest: Keyed): readonly Leaf[] {
  const listed = dependencyLists.flatMap((list) => leaves(manifest[list], [list]));
  const replaced = replacements.flatMap((path) =>
    leaves(
      path.reduce<unknown>((value, key) => (isMap(value) ? value[key] : undefined), manifest),
      path,
    ),
  );
  return [
    ...listed.filter(({ value }) => isRemote(value)),
    ...replaced.filter(({ value }) => isRemote(value) || /^\s*npm:/i.test(value)),
  ];
}

/** Attributes that change what a diff shows, what git runs, or what a release leaves out. */
const attributes = byLine(
  /(?:^|\/)\.gitattributes$/i,
  'supply.git-attributes',
  /(?:^|\s)(?:[-!]?(?:diff|text|merge|crlf|ident|filter|export-\w+|delta)(?:=|\s|$)|binary|filter=|working-tree-encoding|(?:[-!]?(?:linguist|gitlab|github))-|\[attr\]|eol=)/i,
  /^#/,
);

const submodules = byLine(
  /(?:^|\/)\.gitmodules$/i,
  'supply.submodule-url',
  /^\s*(?:url|path|update|branch|fetchrecursesubmodules|shallow|ignore)\s*=|\[include/i,
  /^[#;]/,
);

/** Where packages come from, with which rights, and what runs with them: every line of it counts. */
const registries = byLine(
  /(?:^|\/)(?:\.npmrc|pip\.conf|\.pypirc)$/i,
  'supply.registry',
  /\S/,
  /^[#;]/,
);

const yarnSettings = byLine(/(?:^|\/)\.yarnrc(?:\.ya?ml)?$/i, 'supply.registry', /\S/, /^#/);

/** A program that rewrites what is installed: no line of it is only a comment to everyone. */
const installHooks = byLine(/(?:^|\/)\.pnpmfile\.[cm]?js$/i, 'supply.registry', /\S/, null);

/** Its mere presence makes npm build, which runs what it says. */
const nativeBuilds = byLine(/(?:^|\/)binding\.gyp$/i, 'supply.lifecycle-script', /\S/, null);

const requirements = /(?:^|\/)requirements[^/]*\.txt$/i;

/** pip takes any beginning of an option that is not ambiguous, and joins words that a backslash parts. */
const pythonIndexes = byLine(
  requirements,
  'supply.registry',
  /^-[if]|^--(?:ind|ext|fin|tru|no-ind)|\S\\$/i,
  /^#/,
);

const pythonSources = byLine(
  requirements,
  'supply.remote-dependency',
  /\b(?:git|hg|svn|bzr)\+|\b(?:https?|ftp|ssh|file):/i,
  /^#|^-[if]|^--(?:ind|ext|fin|tru)/,
);

/** Inspectors of everything that fetches or runs code outside of workflows. */
export const supplyInspectors: readonly Inspector[] = [
  manifests,
  attributes,
  submodules,
  registries,
  yarnSettings,
  installHooks,
  nativeBuilds,
  pythonIndexes,
  pythonSources,
];

/**
 * A kind of file in which each line that matches is a hazard of one rule.
 *
 * @param passedOver how lines begin that say nothing of the kind, such as comments; null: none does.
 */
function byLine(
  paths: RegExp,
  rule: RuleId,
  hazardous: RegExp,
  passedOver: RegExp | null,
): Inspector {
  return {
    reads: (path) => paths.test(path),
    unreadable: 'supply.unreadable',
    read: (text): Reading => ({
      kind: 'read',
      hazards: text.split(/\r\n|\r|\n/).flatMap((written, index) => {
        const line = written.trim();
        return passedOver?.test(line) === true || !hazardous.test(line)
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

interface Leaf {
  readonly path: readonly string[];
  readonly value: string;
}

/** Every text in a tree of overrides, with its path. */
function leaves(value: unknown, path: readonly string[]): readonly Leaf[] {
  if (typeof value === 'string') return [{ path, value }];
  if (!isMap(value)) return [];
  return Object.entries(value).flatMap(([key, item]) => leaves(item, [...path, key]));
}

function isMap(value: unknown): value is Keyed {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
