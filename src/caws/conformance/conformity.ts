import type { DocumentKind } from '../dialect.ts';
import { readChain2025 } from '../provenance.ts';
import type { Breach } from '../strictness/document.ts';
import { legacyPolicyBreaches, policyBreachesV11, tierPolicyBreaches } from './policy.ts';
import type { Parsed, ParseFailure, Reading } from './reading.ts';
import type { ConformanceRule } from './rules.ts';
import { legacySpecBreaches } from './spec-legacy.ts';
import { specBreachesV11 } from './spec-v11.ts';
import { legacyWaiverBreaches, waiverBreachesV11 } from './waiver.ts';

/** A dialect that a published CAWS command line validates. */
export type PublishedDialect = '2025' | '10' | '11';

export interface Conformity {
  readonly conforms: Readonly<Record<PublishedDialect, boolean>>;
  readonly breaches: (dialect: PublishedDialect) => readonly Breach<ConformanceRule>[];
}

type Answers = Readonly<Record<PublishedDialect, readonly Breach<ConformanceRule>[]>>;

/**
 * What each published command line answers about a document. A tier policy is judged by its own
 * 2025 form, since no command validates it; later tools do not know the file at all.
 *
 * @param text the document's text, for kinds that the tools read as JSON.
 */
export function conformity(kind: DocumentKind, reading: Reading, text: string): Conformity {
  const answers = answersFor(kind, reading, text);
  const conforms = (dialect: PublishedDialect): boolean => answers[dialect].length === 0;
  return {
    conforms: { '2025': conforms('2025'), '10': conforms('10'), '11': conforms('11') },
    breaches: (dialect) => answers[dialect],
  };
}

function answersFor(kind: DocumentKind, reading: Reading, text: string): Answers {
  const { core, standard } = reading;
  switch (kind) {
    case 'spec':
      return {
        '2025': parsed(standard, 'spec.yaml.parse_failed', (v) => legacySpecBreaches(v, '2025')),
        '10': parsed(standard, 'spec.yaml.parse_failed', (v) => legacySpecBreaches(v, '10')),
        '11': parsed(core, 'spec.yaml.parse_failed', specBreachesV11),
      };
    case 'policy': {
      const legacy = parsed(standard, 'policy.yaml.parse_failed', legacyPolicyBreaches);
      const v11 = parsed(core, 'policy.yaml.parse_failed', policyBreachesV11);
      return { '2025': legacy, '10': legacy, '11': v11 };
    }
    case 'waiver':
      return {
        '2025': parsed(standard, 'waiver.yaml.parse_failed', (v) =>
          legacyWaiverBreaches(v, '2025'),
        ),
        '10': parsed(standard, 'waiver.yaml.parse_failed', (v) => legacyWaiverBreaches(v, '10')),
        '11': parsed(standard, 'waiver.yaml.parse_failed', waiverBreachesV11),
      };
    case 'tier-policy': {
      const held = parsed(asJson(text, core), 'tier_policy.json.parse_failed', tierPolicyBreaches);
      return { '2025': held, '10': foreign, '11': foreign };
    }
    case 'provenance': {
      const held = parsed(asJson(text, core), 'document.parse_failed', chainBreaches);
      return { '2025': held, '10': held, '11': foreign };
    }
    case 'events':
    case 'unknown': {
      const held = parsed(core, 'document.parse_failed', () => foreign);
      return { '2025': held, '10': held, '11': held };
    }
  }
}

const foreign: readonly Breach<ConformanceRule>[] = [
  { rule: 'document.kind', path: [], says: 'no document that this dialect knows' },
];

const failureSays: Readonly<Record<ParseFailure, string>> = {
  syntax: 'cannot be read from here on',
  'duplicate-key': 'the key stands twice in one mapping',
  'several-documents': 'the file holds more than one document',
  tab: 'a tab stands in the indentation',
  'unknown-tag': 'a tag is not known to this dialect',
  'too-deep': 'is nested too deep',
};

function parsed(
  result: Parsed,
  failed: ConformanceRule,
  breachesOf: (value: unknown) => readonly Breach<ConformanceRule>[],
): readonly Breach<ConformanceRule>[] {
  if (result.ok) return breachesOf(result.value);
  return [{ rule: failed, path: [], says: failureSays[result.reason], spot: result.spot }];
}

/** JSON is stricter than the YAML it is a part of; a failure is placed where YAML fails, or at 1:1. */
function asJson(text: string, core: Parsed): Parsed {
  try {
    return { ok: true, value: JSON.parse(text) as unknown };
  } catch {
    if (!core.ok) return core;
    return { ok: false, reason: 'syntax', spot: { line: 1, column: 1 } };
  }
}

function chainBreaches(value: unknown): readonly Breach<ConformanceRule>[] {
  return readChain2025(value).faults.map(({ index, kind }) => ({
    rule: 'provenance.2025.chain',
    path: [index],
    says: `the chain does not hold here (${kind.replaceAll('-', ' ')})`,
  }));
}
