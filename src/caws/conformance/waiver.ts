import { type Breach, own, type Path, quoted } from '../strictness/document.ts';
import { isRefused, member, textOf } from './loose.ts';
import type { ConformanceRule } from './rules.ts';

interface Loader {
  readonly dialect: '2025' | '10';
  readonly required: readonly string[];
  readonly statuses: readonly string[];
  /** Whether each approver has to be a mapping with a handle. */
  readonly handles: boolean;
}

const loaders: Readonly<Record<'2025' | '10', Loader>> = {
  '2025': {
    dialect: '2025',
    required: ['id', 'title', 'reason', 'status', 'gates', 'expires_at', 'approvers'],
    statuses: ['active', 'expired', 'revoked'],
    handles: false,
  },
  '10': {
    dialect: '10',
    required: [
      'id',
      'applies_to',
      'gates',
      'delta',
      'reason_code',
      'expires_at',
      'risk_owner',
      'approvers',
      'status',
    ],
    statuses: ['proposed', 'active', 'expired', 'revoked'],
    handles: true,
  },
};

/**
 * Why the budget loader of CLI 4.0.0 (2025) or CLI 10.2.0 (10) does not load a waiver parsed with
 * js-yaml's default schema: at most one breach, the first. Whether the waiver has expired is not
 * conformance. A registry of several waivers is not a waiver to either loader.
 */
export function legacyWaiverBreaches(
  waiver: unknown,
  dialect: '2025' | '10',
): readonly Breach<ConformanceRule>[] {
  const first = firstLegacyBreach(waiver, loaders[dialect]);
  return first === undefined ? [] : [first];
}

function firstLegacyBreach(waiver: unknown, loader: Loader): Breach<ConformanceRule> | undefined {
  const breach = (name: string, path: Path, says: string): Breach<ConformanceRule> => ({
    rule: `waiver.${loader.dialect}.${name}` as ConformanceRule,
    path,
    says,
  });
  if (typeof waiver !== 'object' || waiver === null)
    return breach('required', [], `is ${quoted(waiver)}, not a waiver`);
  const missing = loader.required.find((key) => !Object.hasOwn(waiver, key));
  if (missing !== undefined) return breach('required', [missing], `the key ${missing} is missing`);
  const keyed = (key: string): unknown => member(waiver, key);
  if (!/^WV-\d{4}$/.test(textOf(keyed('id'))))
    return breach('id', ['id'], `${quoted(keyed('id'))} is no waiver id`);
  if (!loader.statuses.some((status) => status === keyed('status')))
    return breach('status', ['status'], `${quoted(keyed('status'))} is no status`);
  const [gates, approvers] = [keyed('gates'), keyed('approvers')];
  if (!Array.isArray(gates) || gates.length === 0)
    return breach('gates', ['gates'], 'must be a list with an entry');
  if (!Array.isArray(approvers) || approvers.length === 0)
    return breach('approvers', ['approvers'], 'must be a list with an entry');
  const faceless = approvers.findIndex((one) => typeof member(one, 'handle') !== 'string');
  if (loader.handles && faceless >= 0)
    return breach('approvers', ['approvers', faceless], 'has no handle');
  if (!isReadableDate(keyed('expires_at')))
    return breach('expires_at', ['expires_at'], `${quoted(keyed('expires_at'))} is no date`);
  for (const key of ['max_files', 'max_loc']) {
    const value = member(keyed('delta'), key);
    if (value !== undefined && isRefused(value, (number) => number < 0))
      return breach('delta', ['delta', key], `${quoted(value)} is below 0`);
  }
  return undefined;
}

/** Whatever the engine's own date reader takes; null counts as the first instant of 1970. */
function isReadableDate(value: unknown): boolean {
  const date = value instanceof Date ? value : new Date(textOrNumber(value));
  return !Number.isNaN(date.getTime());
}

function textOrNumber(value: unknown): string | number {
  if (typeof value === 'number') return value;
  if (value === null || typeof value === 'boolean') return Number(value);
  return textOf(value);
}

const idForm = /^[A-Z][A-Z0-9]*(-[A-Z0-9]+)*-\d+[a-z]?$/;
const timeForm = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/**
 * Why CLI 12.0.0 refuses a waiver: at most one breach, the first. It reads waivers with js-yaml's
 * default schema, so that an unquoted time is a date to it and no text.
 */
export function waiverBreachesV11(waiver: unknown): readonly Breach<ConformanceRule>[] {
  const first = firstBreachV11(waiver);
  return first === undefined ? [] : [first];
}

function firstBreachV11(waiver: unknown): Breach<ConformanceRule> | undefined {
  const breach = (name: string, path: Path, says: string): Breach<ConformanceRule> => ({
    rule: `waiver.schema.${name}` as ConformanceRule,
    path,
    says,
  });
  const wrong = (name: string, key: string): Breach<ConformanceRule> =>
    breach(name, [key], `${quoted(own(waiver, key))} is not allowed`);
  if (typeof waiver !== 'object' || waiver === null || Array.isArray(waiver))
    return breach('invalid_id', [], `is ${quoted(waiver)}, not a waiver`);
  const long = (key: string, charactersMin: number): boolean => {
    const value = own(waiver, key);
    return typeof value === 'string' && value.trim().length >= charactersMin;
  };
  const matches = (key: string, form: RegExp): boolean => {
    const value = own(waiver, key);
    return typeof value === 'string' && form.test(value);
  };
  if (!matches('id', idForm)) return wrong('invalid_id', 'id');
  if (!long('title', 5)) return wrong('invalid_title', 'title');
  if (!matches('status', /^(active|revoked)$/)) return wrong('invalid_status', 'status');
  const gates = own(waiver, 'gates');
  if (
    !Array.isArray(gates) ||
    gates.length === 0 ||
    gates.some((gate) => typeof gate !== 'string' || gate === '')
  )
    return wrong('invalid_gates', 'gates');
  if (!long('reason', 3)) return wrong('invalid_reason', 'reason');
  if (!long('approved_by', 1)) return wrong('invalid_approved_by', 'approved_by');
  if (!matches('created_at', timeForm)) return wrong('invalid_created_at', 'created_at');
  if (!matches('expires_at', timeForm)) return wrong('invalid_expiry', 'expires_at');
  return boundsBreach(waiver, breach) ?? revocationBreach(waiver, breach);
}

type MakeBreach = (name: string, path: Path, says: string) => Breach<ConformanceRule>;

function boundsBreach(waiver: object, breach: MakeBreach): Breach<ConformanceRule> | undefined {
  for (const key of ['scope', 'constraints']) {
    const value = own(waiver, key);
    if (
      value !== undefined &&
      (typeof value !== 'object' || value === null || Array.isArray(value))
    )
      return breach('invalid_gates', [key], 'must be a mapping');
  }
  const spec = own(own(waiver, 'scope'), 'spec_id');
  if (spec !== undefined && typeof spec !== 'string')
    return breach('invalid_gates', ['scope', 'spec_id'], `${quoted(spec)} is not a text`);
  const uses = own(own(waiver, 'constraints'), 'max_uses');
  if (uses !== undefined && (!Number.isInteger(uses) || Number(uses) < 0))
    return breach(
      'invalid_gates',
      ['constraints', 'max_uses'],
      `${quoted(uses)} is no number of uses`,
    );
  return undefined;
}

function revocationBreach(waiver: object, breach: MakeBreach): Breach<ConformanceRule> | undefined {
  const record = own(waiver, 'revocation');
  if (own(waiver, 'status') === 'active')
    return record === undefined
      ? undefined
      : breach('active_status_carries_revocation_record', ['revocation'], 'the waiver is active');
  const at = own(record, 'revoked_at');
  return typeof at === 'string' && timeForm.test(at)
    ? undefined
    : breach('revoked_without_revocation_record', ['revocation'], 'no revoked_at with zone');
}
