import { compileGlobs, type GlobFault } from '../glob.ts';
import { type Path, quoted } from './document.ts';
import type { StrictBreach, StrictRuleId } from './rules.ts';

/** Paths that have nothing in common: a pattern that names most of them names everything. */
const unrelatedPaths = ['zq', '.zq/zq', 'Zq-9/x_y/zq.md', 'zq/w.zz'];

/** Linux opens no longer path, in bytes; every step below may look at each character twice. */
const entryLengthMax = 4096;

/** What is wrong with a list of paths that a change may touch. */
export function scopeBreaches(entries: unknown, path: Path): readonly StrictBreach[] {
  if (!Array.isArray(entries) || entries.length === 0)
    return [{ rule: 'strict.scope.empty', path, says: `${quoted(entries)} names no path` }];
  return entries.flatMap((entry, at) => entryBreaches(entry, [...path, at]));
}

/** Entries of an exclusion may be broad; they still have to be paths. */
export function exclusionBreaches(entries: unknown, path: Path): readonly StrictBreach[] {
  if (entries === undefined || entries === null) return [];
  if (!Array.isArray(entries))
    return [{ rule: 'strict.scope.not_text', path, says: `${quoted(entries)} is not a list` }];
  return entries.flatMap((entry, at) =>
    entryBreaches(entry, [...path, at]).filter(
      ({ rule }) =>
        rule !== 'strict.scope.whole_repository' && rule !== 'strict.scope.plain_folder',
    ),
  );
}

function entryBreaches(entry: unknown, path: Path): readonly StrictBreach[] {
  const breach = (rule: StrictRuleId, says: string): readonly StrictBreach[] => [
    { rule, path, says },
  ];
  if (typeof entry !== 'string')
    return breach('strict.scope.not_text', `${quoted(entry)} is no path`);
  if (entry.length > entryLengthMax)
    return breach('strict.scope.unreadable', 'is longer than a path can be');
  const bare = entry
    .trim()
    .replace(/^(\.\/)+/, '')
    .replace(/\/+$/, '');
  if (bare === '' || bare === '.') return whole(entry, path);
  const absolute = /^(\/|~|[A-Za-z]:)/.test(bare) || entry.startsWith('\\\\');
  if (absolute)
    return breach('strict.scope.absolute', `${quoted(entry)} is no path in the repository`);
  if (bare.split(/[\\/]/).includes('..'))
    return breach('strict.scope.leaves_repository', `${quoted(entry)} leads out of the repository`);
  const compiled = compileGlobs([bare]);
  if (!compiled.ok)
    return breach(ruleOf(compiled.fault), `${quoted(entry)} ${reasonOf(compiled.fault)}`);
  const named = unrelatedPaths.filter((probe) => compiled.value.matches(probe));
  if (bare === '*' || named.length > 1) return whole(entry, path);
  return isPlainFolder(entry)
    ? breach('strict.scope.plain_folder', `${quoted(entry)} names a folder without saying so`)
    : [];
}

function whole(entry: string, path: Path): readonly StrictBreach[] {
  const says = `${quoted(entry)} names the whole repository`;
  return [{ rule: 'strict.scope.whole_repository', path, says }];
}

/** A name without wildcard, final slash or extension, which a careless prefix test lets grow. */
function isPlainFolder(entry: string): boolean {
  const name = entry.slice(entry.lastIndexOf('/') + 1);
  return /^[\w@-]+$/.test(name);
}

function ruleOf(fault: GlobFault): StrictRuleId {
  if (fault.kind === 'backslash') return 'strict.scope.backslash';
  if (fault.kind === 'parent-segment') return 'strict.scope.leaves_repository';
  if (fault.kind === 'absolute') return 'strict.scope.absolute';
  return 'strict.scope.unreadable';
}

function reasonOf(fault: GlobFault): string {
  return `cannot be matched safely (${fault.kind.replaceAll('-', ' ')})`;
}
