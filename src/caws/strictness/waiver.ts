import type { Instant } from '../../primitives.ts';
import { writtenInstant } from '../instant.ts';
import { nearest } from '../nearest.ts';
import { type Keyed, type LocatedDocument, mapping, own, type Path, quoted } from './document.ts';
import { unknownKeyBreaches } from './keys.ts';
import { budgetBreaches } from './numbers.ts';
import { publishedGates } from './policy.ts';
import type { StrictBreach, StrictRuleId } from './rules.ts';

/** The longest a waiver of 2025 could run by its policy, and long enough for any exception. */
const waiverDaysMax = 90;
/** An expiry from this year on is a way to write "never". */
const neverYear = 2100;
const dayMs = 86_400_000;

/** Every key of the four 2025 shapes and of v11. */
const knownKeys = [
  'applies_to',
  'approved_at',
  'approved_by',
  'approvers',
  'constraints',
  'created_at',
  'created_by',
  'delta',
  'description',
  'expires_at',
  'gates',
  'id',
  'impact_level',
  'justification',
  'metadata',
  'mitigation',
  'mitigation_plan',
  'reason',
  'reason_code',
  'requested_by',
  'revocation',
  'revoked_at',
  'revoked_by',
  'risk_assessment',
  'risk_owner',
  'scope',
  'status',
  'title',
];

/** What we hold against a waiver of a published dialect, or against each one of a registry. */
export function waiverStrictness(document: LocatedDocument): readonly StrictBreach[] {
  return waiversOf(document.value).flatMap(({ waiver, path }) => [
    ...unknownKeyBreaches(waiver, knownKeys, path),
    ...gateBreaches(waiver, path),
    ...approvalBreaches(waiver, path),
    ...timeBreaches(waiver, path),
    ...deltaBreaches(document, waiver, path),
  ]);
}

interface PlacedWaiver {
  readonly waiver: Keyed;
  readonly path: Path;
}

function waiversOf(value: unknown): readonly PlacedWaiver[] {
  const registry = own(value, 'waivers') ?? (Array.isArray(value) ? value : undefined);
  const base: Path = Array.isArray(value) ? [] : ['waivers'];
  if (typeof registry === 'object' && registry !== null)
    return Object.entries(registry).flatMap(([key, entry]) => {
      const waiver = mapping(entry);
      const step = Array.isArray(registry) ? Number(key) : key;
      return waiver === undefined ? [] : [{ waiver, path: [...base, step] }];
    });
  const waiver = mapping(value);
  return waiver === undefined ? [] : [{ waiver, path: [] }];
}

function gateBreaches(waiver: Keyed, path: Path): readonly StrictBreach[] {
  const gates: unknown = waiver['gates'];
  const at = [...path, 'gates'];
  if (!Array.isArray(gates) || gates.length === 0)
    return [{ rule: 'strict.waiver.no_gate', path: at, says: `${quoted(gates)} names no gate` }];
  return gates.flatMap((gate, index): readonly StrictBreach[] => {
    const place = [...at, index];
    if (typeof gate === 'string' && /^(\*+|all|any)$/i.test(gate.trim()))
      return [
        { rule: 'strict.waiver.every_gate', path: place, says: `${quoted(gate)} lifts every gate` },
      ];
    if (typeof gate === 'string' && publishedGates.includes(gate)) return [];
    const likely = typeof gate === 'string' ? nearest(gate, publishedGates) : undefined;
    const meant = likely === undefined ? '' : `; did you mean ${likely}?`;
    return [
      {
        rule: 'strict.waiver.gate_unknown',
        path: place,
        says: `${quoted(gate)} is no gate of CAWS${meant}`,
      },
    ];
  });
}

function approvalBreaches(waiver: Keyed, path: Path): readonly StrictBreach[] {
  const approvers = approversOf(waiver);
  if (approvers.length === 0)
    return [{ rule: 'strict.waiver.no_approver', path, says: 'nobody approved the waiver' }];
  const found: StrictBreach[] = [];
  const seen = new Set<string>();
  const requesters = ['requested_by', 'created_by', 'author'].map((key) => personOf(waiver[key]));
  for (const { name, place } of approvers) {
    const breach = (rule: StrictRuleId, says: string): void => {
      found.push({ rule, path: [...path, ...place], says: `${quoted(name)} ${says}` });
    };
    if (seen.has(name)) breach('strict.waiver.approver_twice', 'approves a second time');
    if (requesters.includes(name))
      breach('strict.waiver.approver_is_requester', 'asked for it, too');
    seen.add(name);
  }
  return found;
}

interface Approver {
  readonly name: string;
  readonly place: Path;
}

/** `approvers` where it has entries, else `approved_by`; naming one person in both is no fault. */
function approversOf(waiver: Keyed): readonly Approver[] {
  const list: unknown = waiver['approvers'];
  const listed = (Array.isArray(list) ? list : []).flatMap((entry: unknown, at): Approver[] => {
    const name = personOf(
      own(entry, 'handle') ?? own(entry, 'name') ?? own(entry, 'email') ?? entry,
    );
    return name === '' ? [] : [{ name, place: ['approvers', at] }];
  });
  if (listed.length > 0) return listed;
  const by = waiver['approved_by'];
  const names = typeof by === 'string' ? by.split(/[,;]/) : Array.isArray(by) ? by : [];
  return names
    .map(personOf)
    .filter((name) => name !== '')
    .map((name) => ({ name, place: ['approved_by'] }));
}

/** `@Ada` and `ada` are one person. */
function personOf(value: unknown): string {
  return typeof value === 'string'
    ? value.trim().replace(/^@/, '').normalize('NFKC').toLowerCase()
    : '';
}

function timeBreaches(waiver: Keyed, path: Path): readonly StrictBreach[] {
  const at = [...path, 'expires_at'];
  const written = waiver['expires_at'];
  if (written === undefined || written === null || written === '')
    return [{ rule: 'strict.waiver.no_expiry', path: at, says: 'the waiver never ends' }];
  const expiry = instantOf(written, 'end');
  if (expiry === undefined)
    return [
      { rule: 'strict.waiver.unreadable_time', path: at, says: `${quoted(written)} is no time` },
    ];
  const found: StrictBreach[] = [];
  const breach = (rule: StrictRuleId, says: string): void => {
    found.push({ rule, path: at, says: `${quoted(written)} ${says}` });
  };
  const text = typeof written === 'string' ? written.trim() : '';
  if (/^[\d-]+$/.test(text)) breach('strict.waiver.date_only', 'has no time');
  else if (!/(Z|[+-]\d\d:?\d\d)$/.test(text)) breach('strict.waiver.no_zone', 'has no zone');
  const createdKey = waiver['created_at'] === undefined ? 'approved_at' : 'created_at';
  const created = instantOf(waiver[createdKey], 'start');
  if (waiver[createdKey] !== undefined && created === undefined)
    found.push({
      rule: 'strict.waiver.unreadable_time',
      path: [...path, createdKey],
      says: `${quoted(waiver[createdKey])} is no time`,
    });
  const daysLong = created === undefined ? undefined : Math.floor((expiry - created) / dayMs);
  if (new Date(expiry).getUTCFullYear() >= neverYear)
    breach('strict.waiver.never_ends', 'is a way to write never');
  else if (created !== undefined && expiry <= created)
    breach('strict.waiver.expires_before_created', 'is not after the waiver was made');
  else if (daysLong !== undefined && daysLong > waiverDaysMax)
    breach('strict.waiver.too_long', `is ${daysLong} days away`);
  return found;
}

function instantOf(value: unknown, dateMeans: 'start' | 'end'): Instant | undefined {
  return typeof value === 'string' ? writtenInstant(value.trim(), dateMeans) : undefined;
}

function deltaBreaches(
  document: LocatedDocument,
  waiver: Keyed,
  path: Path,
): readonly StrictBreach[] {
  const delta = mapping(waiver['delta']);
  const raises = Array.isArray(waiver['gates']) && waiver['gates'].includes('budget_limit');
  const numbers = ['max_files', 'max_loc'].filter(
    (key) => delta !== undefined && Object.hasOwn(delta, key),
  );
  if (raises && numbers.length === 0)
    return [{ rule: 'strict.waiver.unbounded', path, says: 'lifts the budget without a bound' }];
  return numbers.flatMap((key) =>
    budgetBreaches(document, [...path, 'delta', key], own(delta, key)),
  );
}
