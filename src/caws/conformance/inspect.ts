import { type Dialect, type DocumentKind, detectDialect, keysOfText, kindOf } from '../dialect.ts';
import { eventDialectOf, readChain2025, readEventLog } from '../provenance.ts';
import { type Breach, pointer, type Spot } from '../strictness/document.ts';
import { policyStrictness, tierPolicyStrictness } from '../strictness/policy.ts';
import { type Severity, type StrictBreach, strictRules } from '../strictness/rules.ts';
import { specStrictness } from '../strictness/spec.ts';
import { featureBreaches, textBreaches } from '../strictness/text.ts';
import { waiverStrictness } from '../strictness/waiver.ts';
import { conformity, type PublishedDialect } from './conformity.ts';
import {
  chainBytesMax,
  chainValuesMax,
  documentBytesMax,
  measure,
  type ParseFailure,
  type Reading,
  readText,
  valuesMax,
} from './reading.ts';
import { type ConformanceRule, conformanceRules } from './rules.ts';

/** A person reads this many; one more finding says how many there are. */
export const findingsMax = 100;

export interface InspectionInput {
  /** Path as the caller names it; decides the kind and stands in front of every finding. */
  readonly file: string;
  readonly bytes: Uint8Array;
  /** Which dialect's breaches to report; `auto` is the one that the content shows. */
  readonly dialect: 'auto' | PublishedDialect;
}

export interface DocumentFinding {
  /** An id of `conformanceRules` or `strictRules`, or `strict.findings.more`. */
  readonly rule: string;
  readonly severity: Severity;
  /** Begins with a JSON pointer to what it is about. */
  readonly message: string;
  readonly line: number;
  readonly column: number;
  readonly hint: string;
}

export interface DocumentReport {
  readonly file: string;
  readonly kind: DocumentKind;
  /** The asked dialect, or the detected one. */
  readonly dialect: Dialect;
  /** What CLI 4.0.0 (2025), CLI 10.2.0 (10) and CLI 12.0.0 (11) answer. */
  readonly conforms: Readonly<Record<PublishedDialect, boolean>>;
  /** Breaches of the reported dialect, and our own strictness (`strict.*`), by place. */
  readonly findings: readonly DocumentFinding[];
}

/**
 * Inspects one document of a CAWS folder. Total: every byte sequence gives a report.
 *
 * Bounds: 1 MiB for documents and 8 MiB for chains and logs, 64 levels, 50,000 values (1,000,000 in
 * a chain) once aliases are followed. What is over a bound is an error finding and conforms to
 * nothing, whatever the published tools would make of it.
 */
export function inspectDocument(input: InspectionInput): DocumentReport {
  const { file, bytes } = input;
  const byName = kindOf(file, undefined);
  const isChain = byName === 'events' || byName === 'provenance';
  if (bytes.length > (isChain ? chainBytesMax : documentBytesMax))
    return refused(input, byName, 'strict.text.too_large', `has ${bytes.length} bytes`);
  const decoded = decode(bytes);
  if (decoded === undefined)
    return refused(input, byName, 'strict.text.not_utf8', 'holds bytes that are not UTF-8');
  const marked = decoded.startsWith('\ufeff');
  const text = marked ? decoded.slice(1) : decoded;
  const report = byName === 'events' ? inspectLog(input, text) : inspectValue(input, text);
  if (!marked) return report;
  const mark = finding({
    rule: 'strict.text.byte_order_mark',
    path: [],
    says: 'begins with a byte order mark',
    spot: start,
  });
  return { ...report, findings: [mark, ...report.findings] };
}

const start: Spot = { line: 1, column: 1 };
const conformsToNothing = { '2025': false, '10': false, '11': false } as const;

function decode(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function refused(
  { file, dialect }: InspectionInput,
  kind: DocumentKind,
  rule: keyof typeof strictRules,
  says: string,
): DocumentReport {
  return {
    file,
    kind,
    dialect: dialect === 'auto' ? detectDialect(kind, undefined) : dialect,
    conforms: conformsToNothing,
    findings: [finding({ rule, path: [], says, spot: start })],
  };
}

function inspectValue(input: InspectionInput, text: string): DocumentReport {
  const { file } = input;
  const reading = readText(file, text);
  const value = reading.core.ok ? reading.core.value : undefined;
  const shown = reading.core.ok ? value : keysOfText(text);
  const kind = kindOf(file, shown);
  const bounds = { valuesMax: kind === 'provenance' ? chainValuesMax : valuesMax };
  const size = measure(value, bounds);
  const standard = reading.standard.ok ? reading.standard.value : undefined;
  const standardSize = standard === value ? size : measure(standard, bounds);
  if (size !== 'fits' || standardSize !== 'fits') {
    const deep = size === 'too-deep' || standardSize === 'too-deep';
    const rule = deep ? 'strict.text.too_deep' : 'strict.text.alias_bomb';
    return refused(input, kind, rule, deep ? 'is nested too deep' : 'has too many values');
  }
  const dialect = input.dialect === 'auto' ? detectDialect(kind, shown) : input.dialect;
  const { conforms, breaches } = conformity(kind, reading, text);
  const spotAt = reading.spotAt;
  const { document } = reading;
  const ofText = textBreaches(text, spotAt);
  const saidOfText = new Set(ofText.map(({ rule }) => rule));
  const strict: readonly StrictBreach[] = [
    ...failureBreaches(reading).filter(({ rule }) => !saidOfText.has(rule)),
    ...ofText,
    ...(document === undefined ? [] : featureBreaches(document)),
    ...(document === undefined ? [] : strictnessOf(kind, dialect, reading)),
  ];
  const held = dialect === 'arbiter' ? [] : breaches(dialect);
  return { file, kind, dialect, conforms, findings: placed([...held, ...strict], reading) };
}

function inspectLog(input: InspectionInput, text: string): DocumentReport {
  const detected = eventDialectOf(text);
  const dialect = input.dialect === 'auto' ? detected : input.dialect;
  const answers = { '10': readEventLog(text, '10'), '11': readEventLog(text, '11') };
  const valid = (answer: typeof detected): boolean => answers[answer].faults.length === 0;
  const reading = dialect === '10' ? answers['10'] : answers['11'];
  const lines = text.split('\n').flatMap((line, at) => (line.trim() === '' ? [] : [at + 1]));
  const findings = reading.faults.map(({ index, kind }) =>
    finding({
      rule: dialect === '10' ? 'events.10.chain' : 'events.11.chain',
      path: [index],
      says: `the chain does not hold here (${kind.replaceAll('-', ' ')})`,
      spot: { line: lines[index] ?? 1, column: 1 },
    }),
  );
  const unsigned = finding({
    rule: 'strict.chain.unsigned',
    path: [],
    says: 'nothing in this log is signed; whoever writes the file can compute its hashes',
    spot: start,
  });
  return {
    file: input.file,
    kind: 'events',
    dialect,
    conforms: { '2025': false, '10': valid('10'), '11': valid('11') },
    findings: [
      ...(reading.entries > 0 ? [unsigned] : []),
      ...findings.slice(0, findingsMax),
      ...rest(findings.slice(findingsMax).map(({ severity }) => severity)),
    ],
  };
}

function strictnessOf(
  kind: DocumentKind,
  dialect: Dialect,
  { document }: Reading,
): readonly StrictBreach[] {
  if (document === undefined) return [];
  const isV11 = dialect === '11';
  switch (kind) {
    case 'spec':
      return specStrictness(document, isV11);
    case 'policy':
      return policyStrictness(document, {
        isClosed: isV11 || dialect === 'arbiter',
        completes: dialect === 'arbiter',
      });
    case 'tier-policy':
      return tierPolicyStrictness(document);
    case 'waiver':
      return dialect === 'arbiter' ? [] : waiverStrictness(document);
    case 'provenance':
      return chainStrictness(document.value);
    case 'events':
    case 'unknown':
      return [];
  }
}

function chainStrictness(value: unknown): readonly StrictBreach[] {
  const { entries, uncovered } = readChain2025(value);
  if (uncovered.length === 0) return [];
  const named = uncovered.slice(0, 8).join(', ');
  const more = uncovered.length > 8 ? ` and ${uncovered.length - 8} more` : '';
  const says = `the hashes of ${entries} entries cover none of ${named}${more}`;
  return [{ rule: 'strict.chain.uncovered', path: [], says }];
}

const failureRules: Readonly<Partial<Record<ParseFailure, keyof typeof strictRules>>> = {
  'duplicate-key': 'strict.text.duplicate_key',
  'several-documents': 'strict.text.several_documents',
  tab: 'strict.text.tab_indent',
  'too-deep': 'strict.text.too_deep',
};

function failureBreaches({ core }: Reading): readonly StrictBreach[] {
  const rule = core.ok ? undefined : failureRules[core.reason];
  if (core.ok || rule === undefined) return [];
  return [{ rule, path: [], says: core.reason.replaceAll('-', ' '), spot: core.spot }];
}

type AnyBreach = Breach<ConformanceRule | keyof typeof strictRules>;

/** Places and sorts the first breaches; placing costs a walk each, so the rest is only counted. */
function placed(breaches: readonly AnyBreach[], reading: Reading): readonly DocumentFinding[] {
  const { document } = reading;
  const shown = breaches.slice(0, findingsMax).map((breach) => {
    const { place, path } = breach;
    const spot =
      breach.spot ??
      (place === undefined ? document?.spotOf(path) : document?.spotOf(place, 'key')) ??
      start;
    return finding({ ...breach, spot });
  });
  shown.sort((one, other) => one.line - other.line || one.column - other.column);
  return [...shown, ...rest(breaches.slice(findingsMax).map(({ rule }) => severityOf(rule)))];
}

function rest(hidden: readonly Severity[]): readonly DocumentFinding[] {
  if (hidden.length === 0) return [];
  return [
    {
      rule: 'strict.findings.more',
      severity: severities.find((severity) => hidden.includes(severity)) ?? 'info',
      message: `/: ${hidden.length} further findings are not shown`,
      ...start,
      hint: 'Mend the findings shown, then look again.',
    },
  ];
}

const severities: readonly Severity[] = ['error', 'warning'];

function severityOf(rule: AnyBreach['rule']): Severity {
  return Object.hasOwn(strictRules, rule)
    ? strictRules[rule as keyof typeof strictRules].severity
    : 'error';
}

function finding(breach: AnyBreach & { readonly spot: Spot }): DocumentFinding {
  const { rule, path, says, spot } = breach;
  const hints: Readonly<Record<string, string>> = conformanceRules;
  const hint = Object.hasOwn(strictRules, rule)
    ? strictRules[rule as keyof typeof strictRules].hint
    : hints[rule];
  return {
    rule,
    severity: severityOf(rule),
    message: `${pointer(path)}: ${says}`,
    line: spot.line,
    column: spot.column,
    hint: hint ?? '',
  };
}
