/** Reads a working spec of any dialect into one model. */

import { fail, isoOf, ok } from '../primitives.ts';
import { type Dialect, detectDialect } from './dialect.ts';
import { type SpecDocument, validate } from './generated/spec.js';
import { compileGlobs, globHint } from './glob.ts';
import { writtenInstant } from './instant.ts';
import type { DocumentProblem, LawText, Read } from './law.ts';
import { type CheckedDocument, problemAt, quoted, schemaProblems } from './schema-problems.ts';
import type { Spec } from './spec.ts';
import { textDigest } from './text-digest.ts';
import { readYaml } from './yaml.ts';

type Keyed = Readonly<Record<string, unknown>>;

/**
 * Reads what every working spec must say to bind a change, whichever dialect it is written in.
 * Older forms are normalised first: the tier `"1"` is tier 1, a scope of one string is a list of one.
 *
 * @returns a fault where the spec cannot bind: no id, no tier of 1 to 3, no scope, a scope entry
 * that does not name paths within the repository, an experiment without a readable end.
 */
export function readSpec({ file, text }: LawText): Read<Spec> {
  const yaml = readYaml(text, file);
  if (!yaml.ok) return yaml;
  const { placeOf, value } = yaml.value;
  const at = { family: 'spec', placeOf };
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    const message = `the spec is ${value === null ? 'empty' : quoted(value)}, not a map`;
    const hint = 'Write a working spec, or delete the file.';
    return fail({
      file,
      problems: [problemAt(at, { rule: 'not-a-map', path: [], message, hint })],
    });
  }
  const document = normalised(value as Keyed);
  const problems = [...schemaProblems(validate, { ...at, value: document })];
  if (problems.length > 0) return fail({ file, problems });
  // The schema has just accepted it, so it is what its generated type says.
  const spec = document as Keyed & SpecDocument;
  const dialect = detectDialect('spec', spec);
  const until = experimentalUntil(spec, at, problems);
  problems.push(...scopeProblems(spec, at));
  if (problems.length > 0) return fail({ file, problems });
  return ok({
    id: spec.id,
    title: spec.title ?? spec.id,
    file,
    dialect,
    digest: textDigest(text),
    tier: spec.risk_tier,
    mode: modes.find((mode) => mode === spec.mode) ?? 'other',
    lifecycle: lifecycleOf(spec, dialect),
    scopeIn: spec.scope.in,
    scopeOut: spec.scope.out ?? [],
    scopeSupport: spec.scope.support ?? [],
    acceptance: acceptanceOf(spec),
    invariants: textsOf(spec['invariants']),
    contracts: keyedOf(spec['contracts']).map(({ type, path }) => ({
      type: typeof type === 'string' ? type : '',
      path: typeof path === 'string' ? path : null,
    })),
    waiverIds: spec.waiver_ids ?? [],
    changeBudget: budgetOf(spec),
    experimentalUntil: until,
  });
}

const modes = ['feature', 'refactor', 'fix', 'doc', 'chore'] as const;

function normalised(document: Keyed): Keyed {
  const tier = document['risk_tier'];
  const scope = document['scope'];
  return {
    ...document,
    ...(typeof tier === 'string' && /^[123]$/.test(tier) ? { risk_tier: Number(tier) } : {}),
    ...(isKeyed(scope) ? { scope: normalisedScope(scope) } : {}),
  };
}

function normalisedScope(scope: Keyed): Keyed {
  const lists = Object.entries(scope).flatMap(([key, entries]) => {
    // An empty `out:` is what templates leave behind; it excludes nothing.
    if (entries === null && key !== 'in') return [];
    return [[key, typeof entries === 'string' ? [entries] : entries]];
  });
  return Object.fromEntries(lists);
}

/**
 * Specs before version 11 have no lifecycle and are in force as long as they stand there, unless
 * `status` says otherwise; a status that is not known to mean "being worked on" binds nothing.
 */
function lifecycleOf(spec: Keyed & SpecDocument, dialect: Dialect): Spec['lifecycle'] {
  if (spec.lifecycle_state !== undefined) return spec.lifecycle_state;
  if (dialect === '11') return 'draft';
  const status = spec.status?.toLowerCase().replaceAll(/[\s-]/g, '_');
  if (status === undefined || workingStatuses.includes(status)) return 'active';
  if (status === 'draft' || status === 'proposed' || status === 'planned') return 'draft';
  return status === 'archived' ? 'archived' : 'closed';
}

const workingStatuses = ['active', 'in_progress', 'approved', 'ready', 'open', 'implementing'];

function experimentalUntil(
  spec: Keyed,
  at: Pick<CheckedDocument, 'family' | 'placeOf'>,
  problems: DocumentProblem[],
): string | null {
  const mode = spec['experimental_mode'];
  if (mode === undefined || mode === null || mode === false) return null;
  if (isKeyed(mode) && mode['enabled'] === false) return null;
  const written = isKeyed(mode) ? mode['expires_at'] : undefined;
  const until = typeof written === 'string' ? writtenInstant(written, 'end') : undefined;
  if (until !== undefined) return isoOf(until);
  const path = ['experimental_mode', 'expires_at'];
  const message = 'the experiment has no readable end';
  const hint = 'Write expires_at as YYYY-MM-DDTHH:MM:SSZ.';
  problems.push(problemAt(at, { rule: 'experiment-without-end', path, message, hint }));
  return null;
}

function scopeProblems(
  { scope }: SpecDocument,
  at: Pick<CheckedDocument, 'family' | 'placeOf'>,
): readonly DocumentProblem[] {
  return (['in', 'out', 'support'] as const).flatMap((list) => {
    const entries = scope[list];
    if (entries === undefined) return [];
    const compiled = compileGlobs(entries);
    if (compiled.ok) return [];
    const { kind, index, pattern } = compiled.fault;
    const message = `scope.${list}[${index}] is ${quoted(pattern)}: ${kind}`;
    const path = ['scope', list, index];
    return [problemAt(at, { rule: 'glob', path, message, hint: globHint(kind) })];
  });
}

function acceptanceOf(spec: Keyed): Spec['acceptance'] {
  const written = spec['acceptance'] ?? spec['acceptance_criteria'];
  return keyedOf(written).map((entry, index) => {
    const id = entry['id'];
    const outcome = entry['then'] ?? entry['description'];
    const { given, when } = entry;
    return {
      id: typeof id === 'string' ? id : `A${index + 1}`,
      ...(typeof given === 'string' ? { given } : {}),
      ...(typeof when === 'string' ? { when } : {}),
      // biome-ignore lint/suspicious/noThenProperty: the standard's own word; nothing awaits it.
      then: typeof outcome === 'string' ? outcome : '',
    };
  });
}

function budgetOf({ change_budget: budget }: SpecDocument): Spec['changeBudget'] {
  if (budget === undefined || budget === null) return null;
  return { files: budget.max_files ?? null, lines: budget.max_loc ?? null };
}

function keyedOf(value: unknown): readonly Keyed[] {
  return Array.isArray(value) ? value.filter(isKeyed) : [];
}

function textsOf(value: unknown): readonly string[] {
  return Array.isArray(value) ? value.filter((entry) => typeof entry === 'string') : [];
}

function isKeyed(value: unknown): value is Keyed {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
