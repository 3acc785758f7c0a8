import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { noPlea } from '../../src/1-pleading/plea.ts';
import type { CaseFile } from '../../src/4-verdict/case.ts';
import { caseKeyOf } from '../../src/4-verdict/case-key.ts';
import { hear } from '../../src/4-verdict/hearing.ts';
import { judge } from '../../src/4-verdict/judge.ts';
import type { VerdictRecord } from '../../src/4-verdict/verdict.ts';
import { boundPolicyOf } from '../../src/caws/bound-policy.ts';
import type { Plea } from '../../src/caws/plea.ts';
import { RULE_SET } from '../../src/caws/rules.ts';
import type { VerdictId } from '../../src/primitives.ts';
import { aChange, aCommit, aFile, digestOf, later, now, sha } from '../2-examination/case.ts';
import { forge, glass, mia } from './glass-kit.ts';

const root = join(import.meta.dirname, '..', '..');
const shipped = {
  file: 'policies/default.policy.yaml',
  text: readFileSync(join(root, 'policies', 'default.policy.yaml'), 'utf8'),
};
const isRecord = new Ajv2020({ strict: false }).compile(
  JSON.parse(
    readFileSync(join(root, 'policies', 'schema', 'verdict.schema.json'), 'utf8'),
  ) as object,
);
const policyText = `version: 1
risk_tiers:
  1: { max_files: 5, max_loc: 100, max_bytes: 10000, max_line_bytes: 300 }
  2: { max_files: 10, max_loc: 200, max_bytes: 20000, max_line_bytes: 400 }
  3: { max_files: 20, max_loc: 400 }
waivers: { approvers: ['@mia', '@noor'], max_duration_days: 9, files_are_approvals: true }
`;
const testsGate = `gates:
  tests: { mode: block, measures: tests, min_trust: local, approvers: ['@qa'], max_waiver_days: 4, answer: { by: evidence, format: junit, file: junit.xml } }
`;
const specText = `id: FEAT-1
title: Prices are right
risk_tier: 2
mode: feature
lifecycle_state: active
blast_radius: { modules: [src], data_migration: false }
scope: { in: [src], out: [] }
invariants: [it stays so]
acceptance: [{ id: A1, given: a, when: b, then: c }]
non_functional: {}
contracts: [{ name: cart, type: api, path: src/a.ts }]
`;
const waiverText = (gate: string, expires: string) => `id: W-1
title: an exception
reason: it is needed once
status: active
gates: [${gate}]
approved_by: '@mia'
created_at: '2026-11-22T12:00:00Z'
expires_at: '${expires}'
`;
const id = '01890a5d-ac96-774b-bcce-b302099a8057' as VerdictId;
const caseDigest = digestOf('case');

interface Facts extends Partial<CaseFile> {
  readonly policy?: string | null;
  readonly spec?: string;
  readonly waiverFile?: string;
  readonly trustedKeys?: string;
}

function aCaseFile({ policy, spec, waiverFile, trustedKeys, ...facts }: Facts = {}): CaseFile {
  const text = (file: string, content: string) => ({ file, text: content });
  return {
    schema: 'caws-arbiter/case@1',
    tool: { version: '0.1.0', rules: RULE_SET },
    at: now,
    change: aChange(),
    law: {
      policy: policy === null ? null : text('.caws/policy.yaml', policy ?? policyText),
      specs: [text('.caws/specs/FEAT-1.yaml', spec ?? specText)],
      waivers: waiverFile === undefined ? [] : [text('.caws/waivers/W-1.yaml', waiverFile)],
      trustedKeys: trustedKeys === undefined ? null : text('.caws/trusted-keys.yaml', trustedKeys),
      allowedSigners: null,
    },
    shipped,
    plea: noPlea,
    pleaSigns: [],
    pleaFault: null,
    diff: { kind: 'absent' },
    specNamed: null,
    branches: ['42'],
    waiverEvents: [],
    waiverUses: {},
    history: { changes: [] },
    answers: [],
    ...facts,
  };
}

function recordOf(facts: Facts = {}): VerdictRecord {
  const judged = judge(aCaseFile(facts), { id, caseDigest });
  if (!judged.ok) throw new Error(JSON.stringify(judged.fault));
  return judged.value;
}

const ruled = ({ examination, deliberation }: VerdictRecord) =>
  [...examination.findings, ...deliberation.findings].map(
    ({ rule, standing }) => `${rule} ${standing}`,
  );
const junit = (text: string, name = 'junit.xml') => ({
  gate: 'tests',
  state: 'answered' as const,
  trust: 'local' as const,
  exitCode: null,
  durationMs: 7,
  evidence: [
    { name, format: 'junit' as const, digest: digestOf(text), trust: 'local' as const, text },
  ],
  outputTail: '',
  isolation: 'not run here',
});
const green = '<testsuite name="s"><testcase classname="c" name="a"/></testsuite>';
const red =
  '<testsuite name="s"><testcase classname="c" name="a"><failure/></testcase></testsuite>';

describe('the record of a verdict', () => {
  test('binds everything that it rests on', () => {
    const change = aChange({ files: [aFile('src/a.ts', { deleted: 3 }), aFile('src/b.ts')] });
    const record = recordOf({ change });
    expect(record).toMatchObject({
      schema: 'caws-arbiter/verdict@1',
      id,
      verdict: 'PASS',
      decidedAt: '2026-11-23T12:00:00.000Z',
      tool: { name: 'caws-arbiter', version: '0.1.0', rules: String(RULE_SET) },
      mode: 'enforce',
      subject: {
        repository: change.repository,
        baseRef: 'refs/heads/main',
        branches: ['42'],
        base: change.base,
        mergeBase: change.mergeBase,
        head: change.head,
        headTree: change.headTree,
        change: change.digest,
      },
      law: {
        policy: { file: '.caws/policy.yaml', kind: 'base', digest: digestOf(policyText) },
        spec: { id: 'FEAT-1', digest: digestOf(specText), standing: false },
        waivers: [],
        waiving: [],
      },
      totals: { files: 2, added: 20, deleted: 3, lines: 20, bytes: 800, commits: 1 },
      examination: { changeClass: 'code', tier: 2 },
      validUntil: null,
      caseDigest,
    });
    expect(ruled(record)).toEqual([]);
    expect(record.law).not.toHaveProperty('breakGlass');
  });

  test.each([
    ['what was measured and the gates', 300, testsGate, 2],
    ['a judge that is required and absent', 3, 'judge: { role: required }\n', 1],
  ] as const)('names the broken glass that let through %s', (_, lines, law, findings) => {
    const change = aChange({ files: [aFile('src/a.ts', { lines })] });
    const policy = `${policyText}${law}break_glass: { people: ['@mia'], max_minutes: 60 }\n`;
    const key = `{ id: ${mia.keyId}, algorithm: ed25519, publicKey: ${mia.publicKey}, role: maintainer, holder: '@mia', validFrom: '2026-01-01T00:00:00Z' }`;
    const trustedKeys = `version: 1\nkeys: [${key}]\n`;
    const broken = forge(glass({ policy: digestOf(policy) }), mia);
    const record = recordOf({
      ...{ change, policy, trustedKeys },
      breakGlassEvents: [JSON.stringify(broken)],
    });
    expect(record.verdict).toBe('PASS');
    expect(record.law).toMatchObject({ breakGlass: { by: '@mia', findings } });
  });

  test('says by whom and for how long each gate that holds it up may be waived', () => {
    const change = aChange({ files: [aFile('src/a.ts', { lines: 300 })] });
    const record = recordOf({ change, policy: `${policyText}${testsGate}` });
    expect(ruled(record)).toEqual(['budget.lines needs-waiver', 'gate.missing needs-waiver']);
    expect(record.law.waiving).toEqual([
      { gate: 'budget_limit', approvers: ['@mia', '@noor'], approversMin: 1, longestDays: 9 },
      { gate: 'tests', approvers: ['@qa'], approversMin: 1, longestDays: 4 },
    ]);
    expect(record.verdict).toBe('WAIVER_REQUIRED');
  });

  test('names the waivers that it used, and ends with the first of them', () => {
    const change = aChange({ files: [aFile('src/a.ts', { lines: 300 })] });
    const waiverFile = waiverText('budget_limit', '2026-11-25T00:00:00Z');
    const used = recordOf({ change, waiverFile });
    expect(ruled(used)).toEqual(['budget.lines waived', 'waiver.file-counted warns']);
    expect(used).toMatchObject({ verdict: 'PASS', validUntil: '2026-11-25T00:00:00.000Z' });
    expect(used.law.waivers).toEqual([
      { id: 'W-1', digest: digestOf(waiverFile), expiresAt: '2026-11-25T00:00:00.000Z' },
    ]);
    const long = waiverText('budget_limit', '2027-11-25T00:00:00Z');
    // Nine days after the grant, as the policy says, whatever the file says.
    expect(recordOf({ change, waiverFile: long }).validUntil).toBe('2026-12-01T12:00:00.000Z');
    const unused = recordOf({ waiverFile });
    expect(unused).toMatchObject({ validUntil: null, law: { waivers: [] } });
  });

  test('ends with the experiment that its spec is, or with a waiver before that', () => {
    const spec = `${specText}experimental_mode: { enabled: true, rationale: a try, expires_at: '2026-11-28T00:00:00Z' }\n`;
    expect(recordOf({ spec }).validUntil).toBe('2026-11-28T00:00:00.000Z');
    const change = aChange({ files: [aFile('src/a.ts', { lines: 300 })] });
    const waiverFile = waiverText('budget_limit', '2026-11-25T00:00:00Z');
    expect(recordOf({ spec, change, waiverFile }).validUntil).toBe('2026-11-25T00:00:00.000Z');
  });

  test('is the same for the same case, and another instant changes only the times', () => {
    const file = aCaseFile();
    expect(judge(file, { id, caseDigest })).toEqual(judge(file, { id, caseDigest }));
    expect(recordOf({ at: later(1) })).toEqual({
      ...recordOf(),
      decidedAt: '2026-11-24T12:00:00.000Z',
    });
  });
});

describe('no verdict is given', () => {
  test('by rules of another version', () => {
    expect(hear(aCaseFile({ tool: { version: '0', rules: RULE_SET + 1 } }))).toEqual({
      ok: false,
      fault: { kind: 'other-rules', needed: RULE_SET + 1, have: RULE_SET },
    });
  });

  test.each<[string, Facts, string]>([
    ['a policy that cannot be read', { policy: 'version: [' }, '.caws/policy.yaml'],
    ['trusted keys that cannot be read', { trustedKeys: 'keys: 1' }, '.caws/trusted-keys.yaml'],
  ])('under %s', (_name, facts, file) => {
    expect(hear(aCaseFile(facts))).toMatchObject({
      ok: false,
      fault: { kind: 'law-invalid', document: { file } },
    });
    expect(judge(aCaseFile(facts), { id, caseDigest }).ok).toBe(false);
  });

  test('and with trusted keys that can be read there is one', () => {
    expect(recordOf({ trustedKeys: 'version: 1\nkeys: []\n' }).verdict).toBe('PASS');
  });
});

describe('a plea that gives itself away', () => {
  test.each<[string, Facts, string, string, object]>([
    [
      'a diff that differs',
      { diff: { kind: 'differs', path: 'src/a.ts', what: 'another blob' } },
      'FAIL',
      'plea.diff-differs fails',
      {
        places: [{ file: 'src/a.ts', line: null, column: null }],
        detail: { because: 'another blob' },
      },
    ],
    [
      'a document that cannot be read',
      {
        pleaFault: {
          file: 'plea.yaml',
          problems: [{ rule: 'x', severity: 'error', message: 'no', line: 3, column: 4, hint: '' }],
        },
      },
      'WAIVER_REQUIRED',
      'plea.unreadable needs-waiver',
      { places: [{ file: 'plea.yaml', line: 3, column: 4 }], detail: { because: 'no' } },
    ],
    [
      'text that nobody sees',
      {
        pleaSigns: [
          { kind: 'bidi', codePoint: 0x202e, line: 1, column: 2 },
          { kind: 'bidi', codePoint: 0x202e, line: 1, column: 9 },
          { kind: 'control', codePoint: 0x1b, line: 2, column: 2 },
        ],
      },
      'FAIL',
      'plea.hidden-text fails',
      { detail: { codePoints: 'U+202E U+001B' } },
    ],
  ])('%s', (_name, facts, verdict, rule, shown) => {
    const record = recordOf(facts);
    expect(record.verdict).toBe(verdict);
    expect(ruled(record)).toEqual([rule]);
    expect(record.examination.findings[0]).toMatchObject(shown);
  });

  test.each<[string, Facts]>([
    ['a diff that is equal', { diff: { kind: 'equal' } }],
    [
      'words of another alphabet',
      { pleaSigns: [{ kind: 'homoglyph', codePoint: 0x430, line: 1, column: 1 }] },
    ],
  ])('%s is nothing to hold against it', (_name, facts) => {
    expect(ruled(recordOf(facts))).toEqual([]);
  });
});

describe('the spec', () => {
  const other = specText.replace('FEAT-1', 'FEAT-2').replace('in: [src]', 'in: [lib]');
  test.each<[string, Facts]>([
    [
      'a trailer of a commit',
      { change: aChange({ commits: [aCommit({ specTrailers: ['FEAT-9'] })] }) },
    ],
    ['the plea', { plea: { ...noPlea, spec: 'FEAT-9' } }],
    ['the person who runs the arbiter', { specNamed: 'FEAT-9' }],
  ])('is named by %s', (_name, facts) => {
    expect(ruled(recordOf(facts))).toEqual(['spec.named-missing fails']);
  });

  test('that a standing one of the policy is has the digest of the policy', () => {
    const policy = `${policyText}standing_specs: [{ id: DOCS-1, title: Documents, risk_tier: 3, paths: [docs/] }]\n`;
    const change = aChange({ files: [aFile('docs/a.md')] });
    expect(recordOf({ policy, change, spec: other }).law.spec).toEqual({
      id: 'DOCS-1',
      digest: digestOf(policy),
      standing: true,
    });
  });

  test('is none where none binds', () => {
    const record = recordOf({ spec: other });
    expect(record).toMatchObject({ verdict: 'FAIL', law: { spec: null } });
  });
});

describe('gates', () => {
  const policy = `${policyText}${testsGate}`;
  test('that pass let the change pass, and the score tells', () => {
    const record = recordOf({ policy, answers: [junit(green)] });
    expect(record.verdict).toBe('PASS');
    expect(record.deliberation.gates).toMatchObject([{ gate: 'tests', outcome: 'passed' }]);
    expect(record.deliberation.score.e).toBe(1);
  });

  test('that fail hold it up', () => {
    const record = recordOf({ policy, answers: [junit(red)] });
    expect(ruled(record)).toEqual(['gate.failed needs-waiver']);
    expect(record.verdict).toBe('WAIVER_REQUIRED');
  });

  test('that policy skips altogether leave nothing measured, and nothing measured is no pass', () => {
    const skips = (...gates: readonly string[]) =>
      `${policyText}gates: { ${gates.map((gate) => `${gate}: { mode: skip }`).join(', ')} }\n`;
    const all = ['budget_limit', 'scope_boundary', 'spec_completeness'];
    expect(recordOf({ policy: skips(...all) }).verdict).toBe('WAIVER_REQUIRED');
    for (const left of all)
      expect(recordOf({ policy: skips(...all.filter((gate) => gate !== left)) }).verdict).toBe(
        'PASS',
      );
  });

  test.each<[string, Partial<Plea>, number]>([
    [
      'on evidence that a gate recorded',
      { evidence: [{ name: 'report', file: 'junit.xml', digest: digestOf(green) }] },
      1,
    ],
    [
      'on evidence that nobody recorded',
      { evidence: [{ name: 'report', file: 'junit.xml', digest: digestOf('x') }] },
      0,
    ],
    ['on nothing', {}, 0],
  ])('prove a claim that rests %s', (_name, plea, share) => {
    const claims = [{ id: 'C1', text: 'it is tested', rests: ['report'] }];
    const record = recordOf({
      policy,
      answers: [junit(green)],
      plea: { ...noPlea, claims, ...plea },
    });
    expect(record.deliberation.score.p).toBe(share);
  });
});

describe('where the owner has a policy as well', () => {
  const commit = sha('github');
  const theirs = (text: string, at = commit) => ({
    repository: 'acme/.github',
    commit: at,
    policy: { file: 'acme/.github/.caws/policy.yaml', text },
  });
  const strict = policyText.replace('max_files: 10, max_loc: 200', 'max_files: 10, max_loc: 150');
  const change = aChange({ files: [aFile('src/a.ts', { lines: 180 })] });
  const under = (organization: ReturnType<typeof theirs>, policy: string | null = policyText) => {
    const file = aCaseFile({ change, policy });
    return { ...file, law: { ...file.law, organization } };
  };
  const judged = (file: CaseFile) => {
    const found = judge(file, { id, caseDigest });
    if (!found.ok) throw new Error(JSON.stringify(found.fault));
    return found.value;
  };

  test('the stricter value of both holds, and the record says whose it was', () => {
    const record = judged(under(theirs(strict)));
    expect(record.verdict).toBe('WAIVER_REQUIRED');
    expect(record.law.policy).toMatchObject({ kind: 'base', digest: digestOf(policyText) });
    expect(record.law.organization).toEqual({
      repository: 'acme/.github',
      commit,
      file: 'acme/.github/.caws/policy.yaml',
      digest: digestOf(strict),
      sets: ['risk_tiers.2.max_loc'],
    });
    expect(isRecord(record), JSON.stringify(isRecord.errors)).toBe(true);
    expect(judged(aCaseFile({ change })).verdict).toBe('PASS');
    expect(judged(under(theirs(policyText), strict)).verdict).toBe('WAIVER_REQUIRED');
  });

  test('it judges alone where the target has none', () => {
    const record = judged(under(theirs(strict), null));
    expect(record.law.policy).toMatchObject({ kind: 'organization', digest: digestOf(strict) });
    expect(record.verdict).toBe('WAIVER_REQUIRED');
    expect(ruled(record)).not.toContain('policy.default-used warns');
    expect(isRecord(record), JSON.stringify(isRecord.errors)).toBe(true);
  });

  test('one that cannot be read stops the case, and it is said whose it is', () => {
    expect(hear(under(theirs('mode: lenient')))).toMatchObject({
      ok: false,
      fault: { kind: 'organization-law-invalid', repository: 'acme/.github' },
    });
    expect(hear(under(theirs(strict), 'mode: lenient'))).toMatchObject({
      ok: false,
      fault: { kind: 'law-invalid', document: { file: '.caws/policy.yaml' } },
    });
  });

  test('what it says is in the name of a case; where its branch stands is not', () => {
    const key = caseKeyOf(under(theirs(strict)));
    expect(caseKeyOf(under(theirs(strict, sha('later'))))).toBe(key);
    expect(caseKeyOf(under(theirs(`${strict}# more\n`)))).not.toBe(key);
    expect(caseKeyOf(aCaseFile({ change }))).not.toBe(key);
  });

  test('a waiver is bound to both policies', () => {
    const bound = (text: string | null) =>
      boundPolicyOf(judged(text === null ? aCaseFile({ change }) : under(theirs(text))).law);
    expect(bound(null)).toBe(digestOf(policyText));
    expect(new Set([bound(null), bound(strict), bound(policyText)]).size).toBe(3);
  });
});
