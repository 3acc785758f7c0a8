/**
 * Which published form of a CAWS document a text is written in. 2025: CLI 4.0.0; 10: CLI 10.2.0;
 * 11: CLI 12.0.0; arbiter: our own superset, strict about unknown keys.
 */
export type Dialect = '2025' | '10' | '11' | 'arbiter';

/** What a file of a CAWS folder is. `unknown` covers JSON Schemas, registries and everything foreign. */
export type DocumentKind =
  | 'spec'
  | 'policy'
  | 'tier-policy'
  | 'waiver'
  | 'provenance'
  | 'events'
  | 'unknown';

type Keyed = Readonly<Record<string, unknown>>;

/**
 * The kind of a document. A name that CAWS reserves decides; only a file without such a name is
 * judged by its content, so that a broken spec in `.caws/specs/` stays a spec.
 *
 * @param file path with `/`, relative or absolute.
 * @param value the parsed content, or `keysOfText` where it did not parse.
 */
export function kindOf(file: string, value: unknown): DocumentKind {
  return kindOfPath(file) ?? kindOfContent(value);
}

/**
 * The dialect of a document, by its content and never by a date: one repository holds several at
 * once. A document that shows no mark of a later dialect counts as 2025.
 */
export function detectDialect(kind: DocumentKind, value: unknown): Dialect {
  const document = keyed(value);
  switch (kind) {
    case 'spec':
      return specDialect(document);
    case 'policy':
      return policyDialect(document);
    case 'waiver':
      return waiverDialect(document);
    case 'events':
      return '11';
    case 'tier-policy':
    case 'provenance':
    case 'unknown':
      return '2025';
  }
}

/**
 * What a text that cannot be parsed still shows: the keys that begin its lines, without values, so
 * that a broken document has the kind and the dialect it would have once mended.
 */
export function keysOfText(text: string): Keyed {
  const keys = text.matchAll(/^["']?([a-z_]\w{0,63})["']?[ \t]*:/gim);
  return Object.fromEntries(Array.from(keys, ([, key]) => [key, undefined]));
}

const reservedPaths: readonly (readonly [RegExp, DocumentKind])[] = [
  [/(^|\/)events(\.[^/]*)?\.jsonl$/, 'events'],
  [/(^|\/)provenance\/chain\.json$/, 'provenance'],
  [/(^|\/)\.agent\/provenance\.json$/, 'provenance'],
  [/(^|\/)tier-policy\.(json|ya?ml)$/, 'tier-policy'],
  // `observe.policy.yaml`: how the shipped policies are named, and drafts beside them.
  [/(^|\/)([^/]+\.)?policy\.ya?ml$/, 'policy'],
  [/(^|\/)(active-)?waivers\.ya?ml$/, 'waiver'],
  [/(^|\/)waivers\/[^/]+\.ya?ml$/, 'waiver'],
  [/(^|\/)\.caws\/(working-)?specs\/(.*\/)?[^/]+\.ya?ml$/, 'spec'],
  [/(^|\/)[^/]*working-spec[^/]*\.ya?ml$/, 'spec'],
];

function kindOfPath(file: string): DocumentKind | undefined {
  return reservedPaths.find(([pattern]) => pattern.test(file))?.[1];
}

function kindOfContent(value: unknown): DocumentKind {
  if (Array.isArray(value)) {
    const first = keyed(value[0]);
    return has(first, 'previous_hash', 'working_spec') ? 'provenance' : 'unknown';
  }
  if (isJsonSchema(value)) return 'unknown';
  const document = keyed(value);
  if (has(document, 'event_hash')) return 'events';
  if (has(document, 'risk_tier', 'lifecycle_state', 'blast_radius', 'acceptance')) return 'spec';
  if (has(document, 'risk_tiers')) return 'policy';
  if (has(document, 'expires_at') && has(document, 'gates')) return 'waiver';
  if (has(document, 'waivers') && Object.keys(document).length === 1) return 'waiver';
  if (has(keyed(document['1']), 'max_files', 'min_branch')) return 'tier-policy';
  return 'unknown';
}

function isJsonSchema(value: unknown): boolean {
  const document = keyed(value);
  return has(document, '$schema', '$id') && has(document, 'properties', '$defs', 'definitions');
}

function specDialect(spec: Keyed): Dialect {
  if (has(spec, 'lifecycle_state')) return '11';
  // Only the tools from 5.x to 10.x wrote these; their specs keep most keys of 2025 beside them.
  if (has(spec, 'acceptance_criteria') || (has(spec, 'type') && has(spec, 'status'))) return '10';
  return '2025';
}

/** Keys that only our own policy knows; one of them makes a policy ours. */
export const arbiterPolicyKeys: readonly string[] = [
  'mode',
  'lines',
  'budgets',
  'excluded',
  'protected_paths',
  'control_plane_paths',
  'governance',
  'standing_specs',
  'several_specs',
  'break_glass',
  'history',
  'rolling',
  'judge',
  'workers',
];

const arbiterGateKeys = [
  'answer',
  'measures',
  'minimum',
  'timeout_seconds',
  'waivable',
  'approvers',
  'min_approvers',
  'max_waiver_days',
  'min_trust',
];
const arbiterWaiverPolicyKeys = [
  'approvers',
  'min_approvers',
  'max_duration_days',
  'files_are_approvals',
];

function policyDialect(policy: Keyed): Dialect {
  if (has(policy, ...arbiterPolicyKeys)) return 'arbiter';
  const gates = Object.values(keyed(policy['gates'])).map(keyed);
  if (gates.some((gate) => has(gate, ...arbiterGateKeys))) return 'arbiter';
  if (has(keyed(policy['waivers']), ...arbiterWaiverPolicyKeys)) return 'arbiter';
  if (gates.some((gate) => has(gate, 'mode'))) return '11';
  if (has(policy, 'waivers', 'non_governed_zones', 'root_passthrough')) return '11';
  return '2025';
}

function waiverDialect(waiver: Keyed): Dialect {
  if (has(waiver, 'approvals', 'floors', 'granted_at')) return 'arbiter';
  if (has(waiver, 'scope', 'constraints', 'revocation')) return '11';
  if (has(waiver, 'waivers', 'approvers', 'delta', 'impact_level', 'risk_assessment'))
    return '2025';
  const id = waiver['id'];
  if (typeof id === 'string' && /^WV-\d{4}$/.test(id)) return '2025';
  return has(waiver, 'approved_by') && has(waiver, 'status') ? '11' : '2025';
}

function keyed(value: unknown): Keyed {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Keyed)
    : {};
}

function has(document: Keyed, ...keys: readonly string[]): boolean {
  return keys.some((key) => Object.hasOwn(document, key));
}
