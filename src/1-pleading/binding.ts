import { compileGlobs } from '../caws/glob.ts';
import type { Read } from '../caws/law.ts';
import type { Policy, RiskTier, StandingSpec } from '../caws/policy.ts';
import type { Spec } from '../caws/spec.ts';
import { fail, type Instant, ok, type Result } from '../primitives.ts';
import type { Change, FileChange } from './change.ts';
import { isGovernanceOnly } from './governed.ts';
import {
  compileScope,
  fixedBeginning,
  isNarrower,
  type SpecScope,
  touchedPaths,
  touches,
  touchesOnly,
} from './spec-scope.ts';

/** One working spec of the base as read, or why it could not be. */
export type SpecReading = Read<Spec>;

export interface BindingInput {
  /** What the person who runs the arbiter named (`--spec`), or null. */
  readonly named: string | null;
  /** What the change names: `CAWS-SPEC` of its commits and of the plea. */
  readonly trailers: readonly string[];
  /** Every working spec of the base, in any order. */
  readonly specs: readonly SpecReading[];
  readonly change: Change;
  readonly policy: Policy;
  readonly now: Instant;
}

/** Something about the specs beside the one that binds, which people have to settle. */
export interface Neighbours {
  /** Active specs of a lower tier or narrower scope that the change touches as well. */
  readonly stricter: readonly { readonly id: string; readonly tier: RiskTier }[];
  /** Files of specs that cannot be read, and so might have bound the change. */
  readonly unreadable: readonly string[];
}

/** Which law of the base the change stands under. Only the first three let a change pass. */
export type Binding =
  | {
      readonly kind: 'bound';
      readonly by: 'name' | 'scope';
      /** The strictest first. More than one only where the policy allows several. */
      readonly specs: readonly [Spec, ...Spec[]];
      readonly neighbours: Neighbours;
    }
  | { readonly kind: 'standing'; readonly spec: StandingSpec; readonly neighbours: Neighbours }
  | { readonly kind: 'governance' }
  | { readonly kind: 'empty' }
  | Unbound;

/** Why no spec binds. Lists are sorted and hold at most NAMED_MAX names. */
export type Unbound =
  | {
      readonly kind: 'none';
      /** The active specs, none of which claims what the change touches; by id. */
      readonly active: readonly Spec[];
      /** Standing specs whose paths fit, but whose authors no signature proves. */
      readonly unproven: readonly string[];
    }
  | { readonly kind: 'several'; readonly candidates: readonly string[] }
  | { readonly kind: 'named-missing'; readonly named: string; readonly known: readonly string[] }
  | { readonly kind: 'not-active'; readonly named: string; readonly lifecycle: Spec['lifecycle'] }
  | { readonly kind: 'expired'; readonly named: string; readonly until: string }
  | {
      readonly kind: 'unreadable';
      readonly named: string | null;
      readonly files: readonly string[];
    }
  | {
      readonly kind: 'conflict';
      readonly why: 'two-names' | 'duplicate-id' | 'file-under-several';
      /** The names, the files of the duplicates, or the path and the specs that claim it. */
      readonly between: readonly string[];
    };

/** A sentence names the first; the rest is not read. */
const NAMED_MAX = 20;

/**
 * Which spec of the base binds the change: a named one, else the only active one whose scope the change
 * touches, else a standing spec of the policy that holds every path. A change of governed documents
 * alone needs none. What the head says of specs counts for nothing but the name.
 */
export function bindSpec(input: BindingInput): Binding {
  const { files } = input.change;
  if (files.length === 0) return { kind: 'empty' };
  if (isGovernanceOnly(input.change, input.policy)) return { kind: 'governance' };
  const shelf = shelve(input);
  const names = distinct([...(input.named === null ? [] : [input.named]), ...input.trailers]);
  if (names.length > 1 && !input.policy.severalSpecsPerChange)
    return { kind: 'conflict', why: 'two-names', between: listed(names) };
  return names.length > 0 ? bindNamed(names, shelf, input) : bindTouched(shelf, input);
}

interface Shelf {
  readonly scopes: readonly SpecScope[];
  readonly active: readonly SpecScope[];
  readonly unreadable: readonly string[];
}

function shelve({ specs, now }: BindingInput): Shelf {
  const scopes: SpecScope[] = [];
  const unreadable: string[] = [];
  for (const reading of specs) {
    const scope = reading.ok ? compileScope(reading.value) : reading;
    if (scope.ok) scopes.push(scope.value);
    else unreadable.push(reading.ok ? reading.value.file : reading.fault.file);
  }
  const active = scopes.filter(({ spec }) => spec.lifecycle === 'active' && !hasExpired(spec, now));
  return { scopes, active, unreadable: listed(unreadable) };
}

function bindNamed(names: readonly string[], shelf: Shelf, input: BindingInput): Binding {
  const chosen: SpecScope[] = [];
  for (const name of names) {
    const found = findActive(name, shelf, input.now);
    if (found.ok) chosen.push(found.value);
    else {
      const standing = input.policy.standingSpecs.filter(({ id }) => id === name);
      if (found.fault.kind !== 'named-missing' || standing.length === 0 || names.length > 1)
        return found.fault;
      return bindStanding(standing, shelf, input);
    }
  }
  return bindAll(chosen, 'name', shelf, input);
}

function findActive(name: string, shelf: Shelf, now: Instant): Result<SpecScope, Unbound> {
  const found = shelf.scopes.filter(({ spec }) => spec.id === name);
  const [scope, second] = found;
  if (scope === undefined) {
    const files = shelf.unreadable.filter((file) => stemOf(file) === name);
    if (files.length > 0) return fail({ kind: 'unreadable', named: name, files });
    const known = listed(shelf.active.map(({ spec }) => spec.id));
    return fail({ kind: 'named-missing', named: name, known });
  }
  if (second !== undefined) return fail(duplicates(found));
  const { spec } = scope;
  if (spec.lifecycle !== 'active')
    return fail({ kind: 'not-active', named: name, lifecycle: spec.lifecycle });
  if (hasExpired(spec, now))
    return fail({ kind: 'expired', named: name, until: spec.experimentalUntil ?? '' });
  return ok(scope);
}

function bindTouched(shelf: Shelf, input: BindingInput): Binding {
  const candidates = shelf.active.filter((scope) => touches(scope, input.change.files));
  const ids = distinct(candidates.map(({ spec }) => spec.id));
  const twice = ids
    .map((id) => shelf.scopes.filter(({ spec }) => spec.id === id))
    .find((found) => found.length > 1);
  if (twice !== undefined) return duplicates(twice);
  if (candidates.length > 1 && !input.policy.severalSpecsPerChange)
    return { kind: 'several', candidates: listed(ids) };
  if (candidates.length > 0) return bindAll(candidates, 'scope', shelf, input);
  return bindStanding(input.policy.standingSpecs, shelf, input);
}

function bindAll(
  chosen: readonly SpecScope[],
  by: 'name' | 'scope',
  shelf: Shelf,
  { change }: BindingInput,
): Binding {
  const contested = chosen.length > 1 ? contestedPath(chosen, change.files) : null;
  if (contested !== null) return contested;
  const [first, ...rest] = chosen.map(({ spec }) => spec).toSorted(byStrictness);
  if (first === undefined) return { kind: 'several', candidates: [] };
  const isNeighbour = (other: SpecScope) =>
    !chosen.includes(other) && chosen.some((scope) => isStricter(other, scope));
  return {
    kind: 'bound',
    by,
    specs: [first, ...rest],
    neighbours: neighboursOf(shelf, change.files, isNeighbour),
  };
}

/** The active specs that the change touches and that are stricter than what binds, the strictest first. */
function neighboursOf(
  { active, unreadable }: Shelf,
  files: readonly FileChange[],
  isNeighbour: (other: SpecScope) => boolean,
): Neighbours {
  return {
    stricter: active
      .filter((other) => touches(other, files) && isNeighbour(other))
      .map(({ spec: { id, tier } }) => ({ id, tier }))
      .toSorted(byStrictness)
      .slice(0, NAMED_MAX),
    unreadable,
  };
}

/** The first path, in alphabetical order, that two of the specs claim as their own work. */
function contestedPath(chosen: readonly SpecScope[], files: readonly FileChange[]): Unbound | null {
  for (const path of files.flatMap(touchedPaths).toSorted()) {
    const claiming = chosen.filter((scope) => scope.standpointOf(path) === 'in');
    if (claiming.length > 1) {
      const ids = claiming.map(({ spec }) => spec.id);
      return { kind: 'conflict', why: 'file-under-several', between: [path, ...listed(ids)] };
    }
  }
  return null;
}

function bindStanding(
  standing: readonly StandingSpec[],
  shelf: Shelf,
  { change }: BindingInput,
): Binding {
  const fitting = standing.filter((spec) => holdsEvery(spec, change.files)).toSorted(byStrictness);
  const [proven] = fitting.filter((spec) => authorsProven(spec, change));
  if (proven !== undefined && proven.bindsNothing !== true)
    return {
      kind: 'standing',
      spec: proven,
      neighbours: neighboursOf(shelf, change.files, (other) => isStricterThan(proven, other)),
    };
  if (shelf.unreadable.length > 0)
    return { kind: 'unreadable', named: null, files: shelf.unreadable };
  return {
    kind: 'none',
    active: shelf.active
      .map(({ spec }) => spec)
      .toSorted(byIdAndFile)
      .slice(0, NAMED_MAX),
    unproven: listed(fitting.map(({ id }) => id)),
  };
}

function holdsEvery(spec: StandingSpec, files: readonly FileChange[]): boolean {
  const paths = compileGlobs(spec.paths);
  return paths.ok && files.every((file) => touchesOnly(file, paths.value.matches));
}

/** An e-mail in a commit proves nobody; only a signature that the base's allowed signers vouch for does. */
function authorsProven({ authors }: StandingSpec, { commits }: Change): boolean {
  if (authors.length === 0) return true;
  const allowed = new Set(authors.map(principalOf));
  return (
    commits.length > 0 &&
    commits.every(
      ({ signature }) => signature.state === 'good' && allowed.has(principalOf(signature.signer)),
    )
  );
}

/** A lower tier, a smaller budget of its own, or a scope that lies within the other's. */
function isStricter(other: SpecScope, bound: SpecScope): boolean {
  if (other.spec.tier !== bound.spec.tier) return other.spec.tier < bound.spec.tier;
  const smaller = (dimension: 'files' | 'lines') =>
    (other.spec.changeBudget?.[dimension] ?? Infinity) <
    (bound.spec.changeBudget?.[dimension] ?? Infinity);
  return smaller('files') || smaller('lines') || isNarrower(other, bound);
}

/**
 * A standing spec has no budget of its own and holds every path of the change, so a working spec of
 * its tier is stricter by a budget of its own or by fixed beginnings that lie within its paths.
 */
function isStricterThan({ tier, paths }: StandingSpec, { spec }: SpecScope): boolean {
  if (spec.tier !== tier) return spec.tier < tier;
  const { files = null, lines = null } = spec.changeBudget ?? {};
  if (files !== null || lines !== null) return true;
  const held = compileGlobs(paths);
  return (
    held.ok &&
    spec.scopeIn.map(fixedBeginning).every((own) => own !== '' && held.value.matches(own))
  );
}

function hasExpired({ experimentalUntil }: Spec, now: Instant): boolean {
  return experimentalUntil !== null && !(now < Date.parse(experimentalUntil));
}

function duplicates(found: readonly SpecScope[]): Unbound {
  const files = found.map(({ spec }) => spec.file).toSorted();
  return { kind: 'conflict', why: 'duplicate-id', between: files.slice(0, NAMED_MAX) };
}

function byStrictness(
  one: { readonly id: string; readonly tier: RiskTier },
  other: { readonly id: string; readonly tier: RiskTier },
): number {
  return one.tier - other.tier || (one.id < other.id ? -1 : one.id > other.id ? 1 : 0);
}

function byIdAndFile(one: Spec, other: Spec): number {
  const [mine, theirs] = [`${one.id}\n${one.file}`, `${other.id}\n${other.file}`];
  return mine < theirs ? -1 : mine > theirs ? 1 : 0;
}

function principalOf(identity: string): string {
  return identity.trim().toLowerCase().replace(/^@/, '');
}

/** `FEAT-1` of `.caws/specs/FEAT-1.yaml`. */
function stemOf(file: string): string {
  return file.slice(file.lastIndexOf('/') + 1).replace(/\.[^.]*$/, '');
}

function distinct(names: readonly string[]): readonly string[] {
  return [...new Set(names.map((name) => name.trim()))].filter((name) => name !== '').toSorted();
}

function listed(names: readonly string[]): readonly string[] {
  return [...new Set(names)].toSorted().slice(0, NAMED_MAX);
}
