import { readdirSync, readFileSync } from 'node:fs';
import type { JudgeSaid } from '../../../src/3-deliberation/deliberation.ts';
import { judge } from '../../../src/4-verdict/judge.ts';
import type { VerdictRecord } from '../../../src/4-verdict/verdict.ts';
import { after, begun, type Progress } from '../../../src/5-publication/check/progress.ts';
import type { CheckContext, Decided } from '../../../src/5-publication/check/state.ts';
import type { CommitSha, Digest, Instant, VerdictId } from '../../../src/primitives.ts';

const precedents = new URL('../../precedents/', import.meta.url);

export const precedentNames = readdirSync(precedents, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .toSorted();

/** The record that a kept case gives, with an id and a digest of its own. */
export function recordOf(name: string): VerdictRecord {
  const file = JSON.parse(readFileSync(new URL(`${name}/case.json`, precedents), 'utf8'));
  const judged = judge(file, {
    id: '01a40088-0000-7000-8000-000000000001' as VerdictId,
    caseDigest: `sha256:${'c'.repeat(64)}` as Digest,
  });
  if (!judged.ok) throw new Error(name);
  return judged.value;
}

export const at = (iso: string): Instant => Date.parse(iso) as Instant;

export const context: CheckContext = {
  site: 'https://arbiter.example',
  repository: { owner: 'acme', name: 'shop' },
  name: 'CAWS verdict',
  id: '01a40088-0000-7000-8000-00000000000a',
  now: at('2027-03-01T10:01:00Z'),
  mode: 'enforce',
  imitators: [],
  unsaid: null,
  aside: null,
};

export function decided(record: VerdictRecord, more: Partial<Decided> = {}): Decided {
  const findings = [...record.examination.findings, ...record.deliberation.findings];
  return {
    kind: 'decided',
    record,
    entry: { sequence: 1842, digest: `sha256:4e0f${'a'.repeat(60)}` as Digest },
    tookMs: 3_200,
    annotatable: new Set(findings.flatMap(({ places }) => places.map(({ file }) => file))),
    pending: [],
    ...more,
  };
}

export const sha = (letter: string): CommitSha => letter.repeat(40) as CommitSha;

/** Two stages done, the third asks coverage. */
export function midway(): Progress {
  const record = recordOf('coverage-below-the-tier');
  const examined = after(begun(at('2027-03-01T10:00:00Z'), 200_000), {
    kind: 'pleaded',
    change: { files: [{ added: 5, deleted: 0 }], commits: [{}] } as never,
    at: at('2027-03-01T10:00:00.400Z'),
  });
  const asked = after(examined, {
    kind: 'examined',
    examination: {
      ...record.examination,
      spec: { id: 'CART-1', tier: 2, standing: false },
    } as never,
    at: at('2027-03-01T10:00:01.300Z'),
  });
  return after(asked, {
    kind: 'gate',
    gate: 'coverage',
    state: 'started',
    at: at('2027-03-01T10:00:18Z'),
  });
}

/** The record as it would be if every name and reason that strangers choose were this text. */
export function haunted(record: VerdictRecord, text: string): VerdictRecord {
  const { law, subject } = record;
  const finding = <Found extends VerdictRecord['examination']['findings'][number]>(
    found: Found,
  ) => ({
    ...found,
    gate: text,
    subject: text,
    places: found.places.map((place) => ({ ...place, file: text })),
    detail: Object.fromEntries(
      [...Object.keys(found.detail), 'because', 'output', 'pattern', 'by', 'reason'].map((key) => [
        key,
        text,
      ]),
    ),
    waivedBy: found.waivedBy === null ? null : text,
    waiversRefused: [{ waiver: text, because: 'expired' as const, detail: { needed: text } }],
  });
  return {
    ...record,
    subject: { ...subject, baseRef: `refs/heads/${text}`, branches: [text] },
    law: {
      ...law,
      policy: { ...law.policy, file: text },
      spec: law.spec && { ...law.spec, id: text },
      waivers: law.waivers.map((waiver) => ({ ...waiver, id: text })),
      waiving: [
        ...law.waiving,
        { gate: text, approvers: [text, '@acme/leads'], approversMin: 2, longestDays: 7 },
      ],
    },
    examination: {
      ...record.examination,
      budgets: record.examination.budgets.map((budget) => ({
        ...budget,
        id: budget.id === 'tier' ? 'tier' : text,
        spent: { ...budget.spent, files: 1 },
      })),
      findings: record.examination.findings.map(finding),
    },
    deliberation: {
      ...record.deliberation,
      gates: record.deliberation.gates.map((gate) => ({
        ...gate,
        gate: text,
        evidence: [{ name: text, digest: gate.evidence[0]?.digest ?? record.caseDigest }],
      })),
      findings: record.deliberation.findings.map(finding),
      judge: judgeSaying(text),
    },
  };
}

/** What a judge came to, where every word of it is a stranger's: a model is named by whoever serves it. */
export const judgeSaying = (text: string): JudgeSaid => ({
  protocol: 'CAWS-Judge v1',
  prompts: `sha256:${'7'.repeat(64)}` as Digest,
  models: [
    { name: text, file: `sha256:${'5'.repeat(64)}` as Digest, backend: text },
    { name: text, file: null, backend: text },
  ],
  said: text,
  calls: 4,
  agreeing: 3,
});

/** The waived budget as one person alone would have let it through. */
export function glassRecord(): VerdictRecord {
  const waived = recordOf('waived-budget');
  const breakGlass = {
    id: 'B-1',
    digest: waived.caseDigest,
    keyId: 'ab'.repeat(32),
    by: '@sam',
    reason: 'the till is down',
    expiresAt: '2027-03-01T11:00:00.000Z',
    verdict: waived.id,
    findings: 1,
  };
  const findings = waived.examination.findings.map((each) => ({ ...each, waivedBy: 'B-1' }));
  return {
    ...waived,
    law: { ...waived.law, waivers: [], breakGlass },
    examination: { ...waived.examination, findings },
  };
}
